"""FINALIZE: what becomes of a pending order once its payment is known. Idempotent; everybody ends here.

The browser's answer, a gateway's callback, the customer who comes back and the sweeper all call `decide` with the order
locked: it places a paid order, lets an unpaid one lapse, and says when money has to go back.
"""

from collections.abc import Coroutine, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from torg import carts, inventory, promotions
from torg.inventory import Held, HoldEnded, OutOfStock
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.markets import atlas
from torg.orders import rules, store
from torg.orders.events import OrderLapsed, OrderPlaced
from torg.orders.model import Intent, Moved, Order, OrderLine, OrderState
from torg.orders.placement import Placement
from torg.orders.promise_pick_ups import promise_again
from torg.orders.quotes import becoming as quotes
from torg.orders.rules import CHECK, Step
from torg.payments import Payment, let_go, take_credit
from torg.payments import of_order as payments_of

SOLD_OUT: Final = "sold-out"
UNPAID: Final = "unpaid"
MOST_NUMBERS: Final = 20


async def advance(tx: Transaction, order_id: UUID) -> tuple[Placement, Step]:
    """Bring an order as far as its payments allow, and tell what that was."""
    order = await store.find(tx, order_id, lock=True)
    if order is None:
        raise LookupError("an order that is to be advanced does not exist")
    return await decide(tx, order, await payments_of(tx, order_id))


async def decide(
    tx: Transaction, order: Order, payments: list[Payment], lines: list[OrderLine] | None = None
) -> tuple[Placement, Step]:
    """Bring a locked order as far as these payments of it allow, and tell what that was."""
    step = rules.next_step(order, payments)
    if step is Step.place:
        placement = await finalize(tx, order, lines or await store.lines(tx, order.order_id), payments)
        return placement, rules.next_step(placement.order, placement.payments)
    if step is Step.lapse:
        order, payments = await _lapse(tx, order, payments, _why(payments))
    elif step is Step.wait:
        order = await _wait(tx, order)
    elif order.check_at is not None and order.check_at <= tx.now:
        later = None if step is Step.rest else tx.now + rules.pause(order, tx.now)
        await store.watch(tx, order, later, order.held_until)
    return Placement(order, lines or [], payments), step


async def finalize(
    tx: Transaction, order: Order, lines: list[OrderLine], payments: list[Payment]
) -> Placement:
    """Make a pending order that is paid for a placed one: its goods are its own, it has a number, everybody is told.

    When its hold ran out and the goods are gone it lapses instead, and its money goes back.
    """
    try:
        allocated = await _allocate(tx, order, lines)
    except OutOfStock:
        order, payments = await _lapse(tx, order, payments, SOLD_OUT)
        return Placement(order, lines, payments)
    return await _place(tx, order, lines, payments, allocated, await _number(tx, order))


async def finalize_at_once(
    tx: Transaction, order: Order, lines: list[OrderLine], paying: Coroutine[Any, Any, Payment]
) -> Placement:
    """The same for who has just prepared the order, has not locked it, and is about to record its one payment.

    `Moved` when that does not pay for it, somebody was faster or has its number, `OutOfStock` when the goods are gone.
    """
    number = rules.number_of(order.market, order.order_id, 0)
    payment, allocated, moved = await tx.together(
        paying,
        _allocate_wanted(tx, order, lines),
        tx.together(store.claim_number(tx, number, order.order_id), _move(tx, order, number)),
    )
    if payment.secured < order.gross or not all(moved):
        raise Moved()
    return await _placed(tx, order, lines, [payment], allocated, number)


async def _place(
    tx: Transaction,
    order: Order,
    lines: list[OrderLine],
    payments: list[Payment],
    allocated: Sequence[Held],
    number: str,
) -> Placement:
    if not await _move(tx, order, number):
        raise Moved()
    return await _placed(tx, order, lines, payments, allocated, number)


async def _move(tx: Transaction, order: Order, number: str) -> bool:
    """Pending to placed, and its cart with it; False when somebody else moved the order."""
    placed, _ = await tx.together(store.place(tx, order.order_id, number), carts.ordered(tx, order.order_id))
    return placed


async def _placed(
    tx: Transaction,
    order: Order,
    lines: list[OrderLine],
    payments: list[Payment],
    allocated: Sequence[Held],
    number: str,
) -> Placement:
    """What else a placed order needs, and the news of it."""
    payments = await take_credit(tx, payments, by=SYSTEM)
    order = await promise_again(tx, order, lines)
    await _carry_out(tx, order, lines, allocated)
    order = replace(
        order,
        state=OrderState.placed,
        number=number,
        placed_at=tx.now,
        updated_at=tx.now,
        check_at=None,
        version=order.version + 1,
    )
    if order.quote is not None:
        await quotes.accepted(tx, order.order_id)
    tx.record(OrderPlaced.of(order))
    return Placement(order, lines, payments)


def _wants_goods(lines: Sequence[OrderLine]) -> bool:
    return any(line.intent is not Intent.digital for line in lines)


async def _allocate(tx: Transaction, order: Order, lines: list[OrderLine]) -> list[Held]:
    if not _wants_goods(lines):
        return []
    try:
        return await inventory.allocate(tx, order.order_id)
    except HoldEnded:
        return await _allocate_wanted(tx, order, lines)


async def _allocate_wanted(tx: Transaction, order: Order, lines: list[OrderLine]) -> list[Held]:
    if not _wants_goods(lines):
        return []
    known = await atlas(tx.database)
    demands = rules.demands(lines, known.channel(order.channel), known)
    return await inventory.allocate(tx, order.order_id, demands)


async def _number(tx: Transaction, order: Order) -> str:
    for attempt in range(MOST_NUMBERS):
        number = rules.number_of(order.market, order.order_id, attempt)
        if await store.claim_number(tx, number, order.order_id):
            return number
    raise LookupError("no number is free: they need more digits")


async def _carry_out(
    tx: Transaction, order: Order, lines: list[OrderLine], allocated: Sequence[Held]
) -> None:
    taken = {line.id: line for line in lines if line.intent is Intent.carry_out}
    if not taken:
        return
    units = [(h.variant_id, h.location, h.quantity) for h in allocated if h.line_id in taken]
    await inventory.ship(tx, order.order_id, units)
    await store.mark_gone(tx, order.order_id, {line.id: line.quantity for line in taken.values()})


def _why(payments: Sequence[Payment]) -> str:
    return next((payment.code for payment in reversed(payments) if payment.code), None) or UNPAID


async def _lapse(
    tx: Transaction, order: Order, payments: list[Payment], reason: str
) -> tuple[Order, list[Payment]]:
    if not await store.lapse(tx, order.order_id, reason, tx.now + CHECK):
        raise Moved()
    await inventory.release(tx, order.order_id, reason)
    await inventory.drop_pick_ups(tx, order.order_id, order.picked_up_at)
    await promotions.give_back(tx, order.order_id, order.used)
    await carts.reopen(tx, order.order_id)
    if order.quote is not None:
        await quotes.not_accepted(tx, order.order_id)
    payments = await let_go(tx, payments, by=SYSTEM)
    lapsed = replace(
        order,
        state=OrderState.lapsed,
        reason=reason,
        updated_at=tx.now,
        check_at=tx.now + CHECK,
        version=order.version + 1,
    )
    tx.record(OrderLapsed.of(lapsed))
    return lapsed, payments


async def _wait(tx: Transaction, order: Order) -> Order:
    # The payment ends before its goods are let go; only a gateway that cannot be reached makes this necessary.
    until = rules.hold_until(order, tx.now)
    if until != order.held_until:
        await inventory.extend(tx, order.order_id, until)
    if order.check_at is None or order.check_at <= tx.now or until != order.held_until:
        await store.watch(tx, order, tx.now + CHECK, until)
    return replace(order, held_until=until)
