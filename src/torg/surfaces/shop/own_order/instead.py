"""What a customer may take for goods that come back: any variant of their product, or another article by its number."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from torg import catalog, inventory
from torg.catalog import Kind, Sellable
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import public
from torg.orders import Intent, Order, OrderLine, Returnable, Taken
from torg.surfaces.shop.front import Front
from torg.surfaces.shop.own_order import goods

OTHER: Final = "other-"
"""Before a line's name: the field in which the number of another article is written."""
LONGEST: Final = 64


class Choice(Struct, frozen=True):
    """A variant that may be taken, and whether there is any of it now."""

    id: str
    name: str
    there: bool
    chosen: bool


class InsteadSeen(Struct, frozen=True):
    """What may be taken for a line, and the number of another article that was written."""

    choices: tuple[Choice, ...]
    other: str


class Offered(Struct, frozen=True):
    """What this order's channel sells of the products of its lines, and of the numbers that were written."""

    of_product: Mapping[UUID, Sequence[Sellable]]
    of_number: Mapping[str, Sellable]
    there: frozenset[UUID]


def exchangeable(here: Returnable) -> dict[UUID, int]:
    """How many of each line may be exchanged: goods that were paid for and can be sent, or kept in a store."""
    lines = {line.id: line for line in here.lines}
    return {
        id: units
        for id, units in goods.most(here).items()
        if lines[id].kind == Kind.physical
        and lines[id].gift is None
        and how(here.order, lines[id])[0] is not None
    }


def how(order: Order, line: OrderLine) -> tuple[Intent | None, str | None]:
    """How she gets what she takes: sent where the order was sent, else kept in the store that it was bought in."""
    if order.address is not None:
        return Intent.ship, None
    store = line.store or order.store
    return (Intent.pick_up, store) if store else (None, None)


async def offered(tx: Transaction, at: Front, here: Returnable, said: Mapping[str, str]) -> Offered:
    """What there is to take; nothing where the order's channel sells no more."""
    may, channel = exchangeable(here), at.shop.atlas.channel(here.order.channel)
    products = {line.product_id for line in here.lines if may.get(line.id)}
    if not products or not channel.active:
        return Offered({}, {}, frozenset())
    numbers = [text.strip() for name, text in said.items() if name.startswith(OTHER)]
    look: dict[str, Any] = {"channel": channel, "language": at.language}
    found = await catalog.sellables(tx, product_ids=sorted(products), **look)
    wished = [number for number in numbers if number and len(number) <= LONGEST]
    others = await catalog.sellables(tx, skus=wished, **look)
    ids = [one.variant_id for one in found]
    free = await inventory.availability(tx, ids, channel.locations, channel=channel.code)
    return Offered(
        {id: [one for one in found if one.product_id == id] for id in products},
        {one.sku: one for one in others if one.kind is Kind.physical},
        frozenset(id for id, places in free.items() if sum(places.values()) > 0),
    )


def shown(here: Returnable, there: Offered, said: Mapping[str, str]) -> dict[str, InsteadSeen]:
    """The choices of each line, by its name in the form."""
    may = exchangeable(here)
    return {public("lin", line.id): _shown(line, there, said) for line in here.lines if may.get(line.id)}


def _shown(line: OrderLine, there: Offered, said: Mapping[str, str]) -> InsteadSeen:
    name = public("lin", line.id)
    wished = said.get(goods.INSTEAD + name, "")
    choices = tuple(
        Choice(
            public("var", one.variant_id),
            one.options or one.name,
            one.variant_id in there.there,
            public("var", one.variant_id) == wished,
        )
        for one in there.of_product.get(line.product_id, ())
    )
    return InsteadSeen(choices, said.get(OTHER + name, ""))


def taken(
    here: Returnable, there: Offered, units: Mapping[UUID, int], said: Mapping[str, str]
) -> tuple[Taken, ...]:
    """What is taken for so many units of these lines; `Invalid` names every line for which it is not said."""
    lines = {line.id: line for line in here.lines}
    found, wrong = [], []
    for id, quantity in units.items():
        line, name = lines[id], public("lin", id)
        number = said.get(OTHER + name, "").strip()
        if number:
            variant = there.of_number[number].variant_id if number in there.of_number else None
            if variant is None:
                wrong.append(FieldProblem(OTHER + name, "unknown-article", "We sell no such article here."))
        else:
            wished = said.get(goods.INSTEAD + name, "")
            of = (one.variant_id for one in there.of_product.get(line.product_id, ()))
            variant = next((one for one in of if public("var", one) == wished), None)
            if variant is None:
                wrong.append(FieldProblem(goods.INSTEAD + name, "choose-instead", "Choose what you take."))
        intent, store = how(here.order, line)
        if variant is not None and intent is not None:
            found.append(Taken(variant, quantity, intent, store))
    if wrong:
        raise Invalid.of(*wrong)
    return tuple(found)
