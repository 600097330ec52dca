"""What goods cost that are taken in an exchange, as actions of a change.

Present price, with what promotions take off today for everybody. Where the market's policy says so, another variant of
a product that comes back costs what was paid for the old one, if both have one price today: a bigger pack is never had
for the price of a small one. The price is agreed on once: it stands in the change.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from torg import carts
from torg.carts import Cart, CartLine, StoredLine
from torg.carts import Intent as CartIntent
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem
from torg.kernel.ids import public
from torg.markets import Atlas
from torg.orders.balance import NOTHING, shares
from torg.orders.changes.actions import Action, AddLine, SetPrice
from torg.orders.changes.edit import EXCHANGED, as_cart
from torg.orders.changes.model import ChangeNotPossible
from torg.orders.exchanges.model import Taken
from torg.orders.model import Order, OrderLine
from torg.orders.returns.decide import Known
from torg.orders.returns.model import Came
from torg.orders.returns.policy import ExchangePrice
from torg.pricing import TaxNotDecided


class Paid(Struct):
    """Units of a variant that come back, and what was paid for one."""

    variant_id: UUID
    units: int
    unit: int


async def priced(
    tx: Transaction,
    here: Known,
    came: Sequence[Came],
    taken: Sequence[Taken],
    change_id: UUID,
    store: str | None,
    known: Atlas,
) -> tuple[Action, ...]:
    """The new goods as lines that are added at a price; `ChangeNotPossible` names those that are not for sale."""
    cart = await _present(tx, here.order, taken, store, known)
    lines = {line.id: line for line in cart.lines}
    paid = _paid(here, came) if here.policy.same_product is ExchangePrice.original else {}
    today = await _today(tx, here.order, lines.values(), paid, store, known)
    actions: list[Action] = []
    missing = []
    for place, wish in enumerate(taken):
        line = lines.get(_line_id(here.order, place))
        if line is None or line.quote is None or line.total is None:
            told = "This cannot be bought here at present."
            missing.append(FieldProblem(f"taken.{place}.variant", "not-for-sale", told))
            continue
        for units, unit in _portions(line, wish.quantity, paid, today):
            new = public("lin", uuid5(change_id, str(len(actions))))
            actions.append(
                AddLine(public("var", wish.variant_id), units, intent=wish.intent, store=wish.store)
            )
            actions.append(SetPrice(new, unit, EXCHANGED))
    if missing:
        raise ChangeNotPossible(*missing)
    return tuple(actions)


def _paid(here: Known, came: Sequence[Came]) -> dict[UUID, list[Paid]]:
    """What was paid for what comes back, by product, in the terms of its price."""
    found: dict[UUID, list[Paid]] = {}
    for one in came:
        line = here.stands.lines.get(one.line_id)
        if line is None or not one.quantity:
            continue
        worth = shares(line, one.quantity, here.stands.back.get(line.id, NOTHING)).paid
        amount = worth.gross if line.tax_included else worth.net
        part = Paid(line.variant_id, one.quantity, amount // one.quantity)
        found.setdefault(line.product_id, []).append(part)
    return found


async def _today(
    tx: Transaction,
    order: Order,
    lines: Iterable[CartLine],
    paid: Mapping[UUID, Sequence[Paid]],
    store: str | None,
    known: Atlas,
) -> dict[UUID, int]:
    """What one of each costs today of those products of which another variant is taken than comes back."""
    variants = set[UUID]()
    for line in lines:
        old = {one.variant_id for one in paid.get(line.product_id, ())} if line.product_id else set()
        if old - {line.variant_id}:
            variants |= {line.variant_id, *old}
    if not variants:
        return {}
    cart = await _present(tx, order, [Taken(one, 1) for one in sorted(variants)], store, known)
    return {line.variant_id: line.quote.unit for line in cart.lines if line.quote is not None}


def _portions(
    line: CartLine, quantity: int, paid: Mapping[UUID, Sequence[Paid]], today: Mapping[UUID, int]
) -> list[tuple[int, int]]:
    """How many units at what price: as many as come back of the same worth at theirs, the others at today's."""
    found = []
    for one in paid.get(line.product_id, ()) if line.product_id is not None else ():
        units = min(quantity, one.units)
        if units and _alike(one.variant_id, line.variant_id, today):
            found.append((units, one.unit))
            one.units -= units
            quantity -= units
    if quantity:
        assert line.total is not None
        found.append((quantity, (line.total.amount - line.total.discount) // line.quantity))
    return found


def _alike(old: UUID, new: UUID, today: Mapping[UUID, int]) -> bool:
    return old == new or (old in today and today[old] == today.get(new))


def _line_id(order: Order, place: int) -> UUID:
    return uuid5(order.order_id, f"taken:{place}")


async def _present(
    tx: Transaction, order: Order, taken: Sequence[Taken], store: str | None, known: Atlas
) -> Cart:
    """The new goods as somebody would buy them today, where the customer stands or the order was made."""
    nothing: list[OrderLine] = []
    cart = as_cart(order, nothing)
    at = (one for one in known.channels.values() if one.store == store and one.market == order.market)
    channel = next((one.code for one in at), order.channel) if store else order.channel
    lines = tuple(
        StoredLine(
            id=_line_id(order, place),
            variant_id=one.variant_id,
            quantity=one.quantity,
            intent=CartIntent(one.intent.value),
            store=one.store,
            note=None,
            channel=channel,
            added_at=tx.now,
        )
        for place, one in enumerate(taken)
    )
    present = await carts.reckoned(tx, replace(cart, channel=channel, codes=(), lines=lines), fresh=True)
    if present.undecided is not None:
        raise TaxNotDecided.about(present.undecided)
    return present
