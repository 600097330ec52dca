"""What a change would make of an order: who may ask for it, what of it is possible, what it costs.

A preview and the change itself come out of this one function, so the one cannot say what the other does not do.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg import fulfilment, inventory
from torg.carts import Cart, Trouble
from torg.fulfilment import Fulfilment
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem
from torg.kernel.ids import parse, public
from torg.markets import Atlas, Channel, atlas
from torg.orders import store
from torg.orders.changes.actions import Action, SetPrice
from torg.orders.changes.build import Drawn, begun_of, draw, kept_units
from torg.orders.changes.edit import SENTENCES, Facts, Wanted, wanted
from torg.orders.changes.model import CannotBeChanged, Prices
from torg.orders.changes.money import Difference, difference
from torg.orders.changes.reprice import Repriced, reprice
from torg.orders.changes.see import STAFF
from torg.orders.model import Intent, Order, OrderLine, OrderState
from torg.orders.price_limits import PriceAsked, too_low
from torg.payments import Payment
from torg.payments import of_order as payments_of

TOLD: Final = {
    Trouble.not_for_sale: "not-for-sale",
    Trouble.no_price: "not-for-sale",
    Trouble.no_delivery: "no-way",
    Trouble.out_of_stock: "out-of-stock",
}
OUT_OF_STOCK: Final = "There is not enough of this in stock."


class WorkedOut(Struct, frozen=True, kw_only=True):
    """An order as it is, as it would be, and what stands in the way.

    `cart` is what it was reckoned as, where prices were asked; `problems` name the actions by their places.
    """

    order: Order
    lines: list[OrderLine]
    fulfilments: list[Fulfilment]
    payments: list[Payment]
    channel: Channel
    known: Atlas
    drawn: Drawn
    cart: Cart | None
    money: Difference
    credit: int
    problems: tuple[FieldProblem, ...]

    def paid_by(self, payments: list[Payment]) -> "WorkedOut":
        """The same where only these payments count."""
        money = difference(self.order, self.drawn.order.gross, payments, self.credit)
        return replace(self, payments=payments, money=money)


async def work_out(
    tx: Transaction,
    order: Order,
    actions: Sequence[Action],
    prices: Prices,
    change_id: UUID,
    *,
    by: Actor,
    buying: bool,
    credit: int = 0,
    counter: str | None = None,
) -> WorkedOut:
    """What these actions make of an order that the actor may change in this way. Nothing is written.

    In an exchange goods worth the `credit` pay for it, and the customer may stand at a `counter`.

    Raises `TaxNotDecided` where an outside engine decides about tax and has not been asked about this basket.
    """
    _must_be_ours(order)
    known = await atlas(tx.database)
    channel = known.channel(order.channel)
    lines = await store.lines(tx, order.order_id)
    there, payments = await fulfilment.of_order(tx, order.order_id), await payments_of(tx, order.order_id)
    begun = begun_of(lines, there)
    methods = {one.code: one for one in (await inventory.means(tx.database)).methods}
    facts, fewer = Facts(channel, known, methods, begun, counter), by.kind not in STAFF
    want = wanted(order, lines, actions, facts, change_id, fewer_only=fewer, at=tx.now)
    problems = [*_not_hers(actions, channel, lines, begun, by), *want.problems]
    as_it_is = WorkedOut(
        order=order,
        lines=lines,
        fulfilments=there,
        payments=payments,
        channel=channel,
        known=known,
        drawn=Drawn(_reached(order, want), lines, [], {}),
        cart=None,
        money=difference(order, order.gross, payments, credit),
        credit=credit,
        problems=tuple(problems),
    )
    if not (want.cart.lines and any(action.prices for action in actions)):
        return as_it_is
    repriced = await reprice(tx, order, lines, want, kept_units(there, lines), prices, buying=buying)
    problems += await _too_low(tx, order, actions, repriced, by)
    return _drawn(replace(as_it_is, problems=tuple(problems)), want, repriced.cart, begun, by)


def _must_be_ours(order: Order) -> None:
    if order.state is not OrderState.placed or order.source is not None:
        raise CannotBeChanged(state=order.source or order.state.value)


def _drawn(worked: WorkedOut, want: Wanted, cart: Cart, begun: Mapping[UUID, int], by: Actor) -> WorkedOut:
    """The same with what the order would be at these prices."""
    problems = [*worked.problems, *_troubles(cart, worked.lines, want)]
    if any(line.quote is None for line in cart.lines):
        return replace(worked, cart=cart, problems=tuple(problems))
    drawn = draw(worked.order, worked.lines, want, cart, begun, worked.known, worked.channel, by=by)
    problems += _kinds(drawn.lines, worked.lines)
    drawn = replace(drawn, order=_reached(drawn.order, want))
    money = difference(worked.order, drawn.order.gross, worked.payments, worked.credit)
    return replace(worked, drawn=drawn, cart=cart, money=money, problems=tuple(problems))


def _reached(order: Order, want: Wanted) -> Order:
    """The order with how its customer is reached, and where the bill goes, which no price follows from."""
    cart = want.cart
    return replace(order, email=cart.email, phone=cart.phone, name=want.name, billing=cart.billing_address)


def _not_hers(
    actions: Sequence[Action],
    channel: Channel,
    lines: Sequence[OrderLine],
    begun: Mapping[UUID, int],
    by: Actor,
) -> Iterable[FieldProblem]:
    """What a customer may not do by herself: what her channel leaves to staff, and all once somebody works on it."""
    if by.kind in STAFF:
        return
    working = any(begun[line.id] for line in lines if line.intent in {Intent.ship, Intent.pick_up})
    for place, action in enumerate(actions):
        if action.customers is None or action.customers not in channel.settings.changes.by_customer:
            yield FieldProblem(f"actions.{place}", "only-staff", SENTENCES["only-staff"])
        elif working:
            yield FieldProblem(f"actions.{place}", "being-prepared", SENTENCES["being-prepared"])


def _troubles(cart: Cart, lines: Sequence[OrderLine], want: Wanted) -> Iterable[FieldProblem]:
    """What cannot be sold or brought of what is new; what was bought stays bought."""
    was = {line.id: (line.intent.value, line.store) for line in lines}
    ways = {line.id: (line.intent.value, line.store) for line in want.cart.lines}
    for one in cart.warnings:
        code = TOLD.get(one.code)
        if code is None or one.line_id is None:
            continue
        new = one.line_id not in was
        if new or (one.code is Trouble.no_delivery and ways[one.line_id] != was[one.line_id]):
            yield FieldProblem(_line(one.line_id), code, SENTENCES.get(code, OUT_OF_STOCK))
        elif one.code is Trouble.out_of_stock:
            yield FieldProblem(_line(one.line_id), code, OUT_OF_STOCK)


def _line(id: UUID) -> str:
    return f"lines.{public('lin', id)}"


def _kinds(lines: Sequence[OrderLine], before: Sequence[OrderLine]) -> Iterable[FieldProblem]:
    """What is new and cannot reach the customer like that, or needs an order of its own."""
    was = {line.id for line in before}
    for line in lines:
        if line.id in was or line.gift is not None:
            continue
        if line.gift_card:
            yield FieldProblem(_line(line.id), "gift-cards-new-order", SENTENCES["gift-cards-new-order"])
        elif (line.kind == "physical") is (line.intent is Intent.digital):
            yield FieldProblem(_line(line.id), "no-way", SENTENCES["no-way"])


async def _too_low(
    tx: Transaction, order: Order, actions: Sequence[Action], repriced: Repriced, by: Actor
) -> list[FieldProblem]:
    """Prices that staff of her role may not give; who has no right to give any is refused."""
    asked = [(place, action) for place, action in enumerate(actions) if isinstance(action, SetPrice)]
    if not asked or by.kind not in STAFF:
        return []
    return await too_low(
        tx,
        (await atlas(tx.database)).channel(order.channel),
        {
            f"actions.{place}.unit": PriceAsked(
                action.unit, repriced.listed.get(parse("lin", action.line), 0)
            )
            for place, action in asked
        },
        order.currency,
        by=by,
    )
