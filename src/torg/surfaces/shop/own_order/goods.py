"""Goods of an order in a form: each with how many of it are meant, in a field that is named after its line."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request
from msgspec import Struct

from torg.kernel.errors import FieldProblem, Invalid, TorgError
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.kernel.page_forms import Wrong, wrong
from torg.orders import Order, OrderLine, Returnable, ReturnReason
from torg.surfaces.shop.front import Front
from torg.surfaces.storefront.pictures import ShopPicture

UNITS: Final = "units-"
INSTEAD: Final = "instead-"
"""Before a line's name: the field that says what is taken for it."""
TOLD: Final = {"lines": UNITS, "taken": INSTEAD}


class GoodsSeen(Struct, frozen=True):
    """A line that can be meant, up to `most` units of it; `chosen` so many, for this `reason`."""

    id: str
    name: str
    options: str
    picture: ShopPicture | None
    most: int
    chosen: int
    amount: Money
    reason: str = ""


async def sent(request: Request[Any, Any, Any]) -> dict[str, str]:
    """All texts of the form that was sent."""
    return {name: text for name, text in (await request.form()).items() if isinstance(text, str)}


def field_of(line_id: UUID) -> str:
    """The name of the field that says how many of a line are meant."""
    return UNITS + public("lin", line_id)


def meant(said: Mapping[str, str], most: Mapping[UUID, int]) -> dict[UUID, int]:
    """How many of each line are meant; lines of which nothing is said are left out."""
    found: dict[UUID, int] = {}
    wrong = []
    for line_id, limit in most.items():
        text = said.get(field_of(line_id), "").strip()
        if not text:
            continue
        if text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= limit:
            found[line_id] = int(text)
        else:
            wrong.append(FieldProblem(field_of(line_id), "out-of-range", f"At most {limit}."))
    if wrong:
        raise Invalid.of(*wrong)
    return found


def shown(
    at: Front,
    order: Order,
    lines: Sequence[OrderLine],
    most: Mapping[UUID, int],
    said: Mapping[str, str],
    *,
    all_at_first: bool = False,
) -> tuple[GoodsSeen, ...]:
    """The lines that can be meant, with what has just been said of them."""
    return tuple(
        GoodsSeen(
            public("lin", line.id),
            line.name,
            line.options,
            at.shop.pictures.show(line.image, "", small=True),
            most[line.id],
            _chosen(said, line, most[line.id] if all_at_first else 0),
            Money(line.gross, order.currency),
            said.get(f"reason-{public('lin', line.id)}", ""),
        )
        for line in lines
        if most.get(line.id)
    )


def _chosen(said: Mapping[str, str], line: OrderLine, at_first: int) -> int:
    text = said.get(field_of(line.id), "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else at_first


def most(here: Returnable) -> dict[UUID, int]:
    """How many of each line may be announced to come back."""
    return {line.id: here.stands.delivered(line, announced_too=False) for line in here.lines}


def reason(line_id: UUID, said: Mapping[str, str]) -> ReturnReason:
    """Why a line comes back; of which nothing is said, because its customer has changed her mind."""
    field = f"reason-{public('lin', line_id)}"
    try:
        return msgspec.convert(said.get(field, "") or ReturnReason.changed_mind.value, ReturnReason)
    except msgspec.ValidationError:
        raise Invalid.of(FieldProblem(field, "unknown-value", "Choose one of these.")) from None


def told(request: Request[Any, Any, Any], error: TorgError, said: Mapping[str, str]) -> Wrong:
    """What was wrong, told at the fields of the goods: a refusal counts the wishes, which are those that were said."""
    found = wrong(request, error)
    units = [name for name, text in said.items() if name.startswith(UNITS) and text not in {"", "0"}]
    fields = {}
    for name, text in found.fields.items():
        kind, _, place = name.partition(".")
        at = place.partition(".")[0]
        if kind in TOLD and at.isdigit() and int(at) < len(units):
            fields[TOLD[kind] + units[int(at)].removeprefix(UNITS)] = text
        else:
            fields[name] = text
    return Wrong(found.told, fields)
