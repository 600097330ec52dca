"""From the cart that an order would be to the order and its lines, and what that means for goods: no database.

What was bought stays as it was called then; units that have left stay on their line, whatever else becomes of it.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts import Cart
from torg.fulfilment import Fulfilment, FulfilmentState, begun_units
from torg.inventory import Units
from torg.kernel.access import Actor
from torg.markets import Atlas, Channel
from torg.orders.changes.edit import Wanted
from torg.orders.draft import draft
from torg.orders.model import Intent, Order, OrderDelivery, OrderLine, OrderPromotion

AS_BOUGHT: Final = """
product_id sku name options image kind weight_g components promised expected gone position
""".split()
RECKONED: Final = """
country region email phone address billing promotions net tax gross discount delivery taxes units tax_basis
""".split()

NOBODY: Final = frozenset({FulfilmentState.cancelled, FulfilmentState.rejected})

Part = tuple[UUID, UUID]
"""A line and a variant: a bundle's line has several."""


class Drawn(Struct, frozen=True):
    """The order as it would be, and what that means for goods.

    `more` are lines with the units that have to be found for them, `less` the units that are not wanted any more.
    """

    order: Order
    lines: list[OrderLine]
    more: list[OrderLine]
    less: dict[Part, int]


def begun_of(lines: Sequence[OrderLine], fulfilments: Sequence[Fulfilment]) -> dict[UUID, int]:
    """How many units of each line nobody can take out: they have left, or somebody prepares them.

    Of a bundle, one with any component that is prepared is begun. Digital goods are delivered with the purchase.
    """
    parts = begun_units(fulfilments)
    found = {}
    for line in lines:
        per = {one.variant_id: one.quantity for one in line.components} or {line.variant_id: 1}
        units = max(-(-parts.get((line.id, variant), 0) // each) for variant, each in per.items())
        found[line.id] = (
            line.quantity if line.intent in {Intent.digital, Intent.carry_out} else max(units, line.gone)
        )
    return found


def draw(
    order: Order,
    lines: Sequence[OrderLine],
    wanted: Wanted,
    cart: Cart,
    begun: Mapping[UUID, int],
    known: Atlas,
    channel: Channel,
    *,
    by: Actor,
) -> Drawn:
    """The order and lines that this cart makes of it."""
    made, drafted = draft(cart, known, channel, at=order.created_at, by=by)
    was = {line.id: line for line in lines}
    new = _lines(was, drafted, wanted, begun)
    reckoned = {name: getattr(made, name) for name in RECKONED} | {
        "units": sum(line.quantity for line in new)
    }
    changed = replace(
        order,
        **reckoned,
        name=wanted.name or made.name,
        deliveries=_deliveries(order, made),
        codes=made.codes,
    )
    changed = replace(changed, promotions=_promotions(order, made))
    return Drawn(changed, new, _more(was, new), _less(was, new))


def _lines(
    was: Mapping[UUID, OrderLine], drafted: Sequence[OrderLine], wanted: Wanted, begun: Mapping[UUID, int]
) -> list[OrderLine]:
    last = max((line.position for line in was.values()), default=-1)
    found = []
    for line in drafted:
        before = was.get(line.id)
        if before is not None:
            found.append(replace(line, **{name: getattr(before, name) for name in AS_BOUGHT}))
        else:
            last += 1
            found.append(replace(line, position=last))
    there = {line.id for line in found}
    # A gift that has left, or is being prepared, stays hers.
    gifts = [
        replace(line, quantity=begun[line.id])
        for line in was.values()
        if line.gift is not None and line.id not in there and begun.get(line.id)
    ]
    prices = wanted.set_prices
    found = [replace(line, price_reason=prices[line.id][1] if line.id in prices else None) for line in found]
    return sorted([*found, *gifts], key=lambda line: (line.position, line.id))


def _deliveries(order: Order, made: Order) -> tuple[OrderDelivery, ...]:
    """What was promised stays promised."""
    was = {(one.intent, one.method, one.store): one for one in order.deliveries}
    found = []
    for one in made.deliveries:
        before = was.get((one.intent, one.method, one.store))
        if before is not None:
            one = replace(one, earliest=before.earliest, latest=before.latest, ready_at=before.ready_at)
        found.append(one)
    return tuple(found)


def _promotions(order: Order, made: Order) -> tuple[OrderPromotion, ...]:
    """Codes for next time that were given stay the same codes."""
    was = {one.promotion: one.coupons for one in order.promotions}
    return tuple(
        replace(one, coupons=was[one.promotion]) if was.get(one.promotion) and one.coupons else one
        for one in made.promotions
    )


def parts_of(line: OrderLine) -> dict[Part, int]:
    """What a line takes from the shelves, and who has it: a bundle its components."""
    if line.intent is Intent.digital:
        return {}
    if line.components:
        return {(line.id, one.variant_id): one.quantity * line.quantity for one in line.components}
    return {(line.id, line.variant_id): line.quantity}


def _way(line: OrderLine) -> tuple[Intent, str | None]:
    return line.intent, line.store


def _more(was: Mapping[UUID, OrderLine], new: Sequence[OrderLine]) -> list[OrderLine]:
    found = []
    for line in new:
        before = was.get(line.id)
        there = before.quantity if before is not None and _way(before) == _way(line) else 0
        if line.quantity > there and line.intent is not Intent.digital:
            found.append(_portion(line, line.quantity - there))
    return found


def _portion(line: OrderLine, units: int) -> OrderLine:
    return replace(line, quantity=units, gross=line.gross * units // line.quantity)


def _less(was: Mapping[UUID, OrderLine], new: Sequence[OrderLine]) -> dict[Part, int]:
    left = {line.id: line for line in new}
    less: dict[Part, int] = {}
    for before in was.values():
        line = left.get(before.id)
        kept = parts_of(line) if line is not None and _way(line) == _way(before) else {}
        for part, units in parts_of(before).items():
            if units > kept.get(part, 0):
                less[part] = units - kept.get(part, 0)
    return less


def kept_units(held: Sequence[Fulfilment], lines: Sequence[OrderLine]) -> list[Units]:
    """What places have for the order, or have let leave, so that it is not taken for sold out when it is reckoned."""
    mine = {line.id for line in lines}
    return [
        Units(line.variant_id, one.location, line.quantity)
        for one in held
        for line in one.lines
        if line.line_id in mine and one.state not in NOBODY
    ]
