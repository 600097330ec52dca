"""A change becomes the order: goods, work, promotions, amounts and history move in one transaction, or nothing does."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from torg import fulfilment, inventory, promotions
from torg.fulfilment import Direction
from torg.inventory import Held
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import public
from torg.orders import rules
from torg.orders import store as orders
from torg.orders.changes import store
from torg.orders.changes.events import OrderChanged
from torg.orders.changes.model import Change, ChangeState
from torg.orders.changes.work_out import WorkedOut
from torg.orders.model import Intent, Order, OrderLine
from torg.orders.plans import plans
from torg.orders.returns import known as returns
from torg.orders.rules import CHECK
from torg.orders.shortfalls.take_off import take_off
from torg.payments import take_credit


async def carry_out(tx: Transaction, worked: WorkedOut, change: Change, *, by: Actor) -> tuple[Order, Change]:
    """Make the order what was worked out. It is locked; what it wants more of is held under the change's id.

    `NotOnAList` when somebody has begun to prepare what is not wanted any more, `HoldEnded` when goods are not held.
    """
    held = await _move_goods(tx, worked, change, by)
    lines = [_as_promised(line, held) for line in worked.drawn.lines]
    order = replace(
        worked.drawn.order,
        given_back=worked.order.given_back + worked.money.give_back,
        exchanged=worked.order.exchanged + worked.money.exchanged,
        updated_at=tx.now,
    )
    order = await _promise_pick_ups(tx, worked, order, lines)
    await _direct(tx, worked.order, order)
    order = await _plan(tx, worked, order, lines, held, change.id)
    taken = await _hand_over(tx, worked, held)
    await _use_promotions(tx, worked, order)
    if not await store.save_order(tx, order, lines):
        raise StaleVersion(given=order.version, present=order.version + 1)
    if taken:
        await orders.mark_gone(tx, order.order_id, taken)
    if change.return_id is not None:
        await returns.exchanged(tx, order.order_id, change.return_id, worked.money.exchanged)
    await take_credit(tx, [one for one in worked.payments if one.id in change.payments], by=by)
    order = replace(order, version=order.version + 1)
    done = replace(
        change,
        state=ChangeState.applied,
        version=order.version,
        give_back=worked.money.give_back,
        ended_at=tx.now,
        settled_at=None if worked.money.give_back else tx.now,
        check_at=tx.now + CHECK if worked.money.give_back else None,
    )
    facts = {"reason": change.reason, "before": change.before.gross, "after": order.gross}
    await audit.write(tx, by, "order.changed", public("ord", order.order_id), **facts)
    tx.record(OrderChanged.of_change(order, done))
    return order, done


async def _move_goods(tx: Transaction, worked: WorkedOut, change: Change, by: Actor) -> list[Held]:
    """What is not wanted any more can be sold to others, and what was held for the change is the order's."""
    order_id = worked.order.order_id
    left = await take_off(tx, order_id, worked.drawn.less, by=by)
    taken = await fulfilment.take_off(tx, order_id, left)
    if taken:
        units = [(one.variant_id, one.location, one.quantity) for one in taken]
        await inventory.give_back(tx, order_id, units, cause="order-changed")
    return await inventory.adopt(tx, order_id, change.id) if worked.drawn.more else []


def _as_promised(line: OrderLine, held: Sequence[Held]) -> OrderLine:
    mine = [part for part in held if part.line_id == line.id and part.late]
    return rules.as_promised(line, mine) if mine else line


async def _promise_pick_ups(
    tx: Transaction, worked: WorkedOut, order: Order, lines: Sequence[OrderLine]
) -> Order:
    """Stores that are new promise when it is ready; those that have nothing of it any more promise it to others."""
    before, after = set(worked.order.picked_up_at), set(order.picked_up_at)
    await inventory.drop_pick_ups(tx, order.order_id, sorted(before - after))
    methods = {shop: one.method for one in order.deliveries if (shop := one.picked_up_at) is not None}
    moments = {
        shop: await inventory.promise_pick_up(
            tx, order.order_id, methods[shop], shop, expected=rules.expected_at(lines, shop)
        )
        for shop in sorted(after - before)
    }
    return replace(
        order,
        deliveries=tuple(
            replace(one, ready_at=moments[shop], earliest=moments[shop].date(), latest=moments[shop].date())
            if (shop := one.picked_up_at) in moments and shop is not None
            else one
            for one in order.deliveries
        ),
    )


async def _direct(tx: Transaction, before: Order, after: Order) -> None:
    """What nobody works on yet goes to the new address, by the new method; news go to the new e-mail address."""
    to = Direction(after.name, after.address, after.email, _method(after))
    if to != Direction(before.name, before.address, before.email, _method(before)):
        await fulfilment.direct(tx, after.order_id, to)


def _method(order: Order) -> str | None:
    return next((one.method for one in order.deliveries if one.intent is Intent.ship), None)


async def _plan(
    tx: Transaction,
    worked: WorkedOut,
    order: Order,
    lines: Sequence[OrderLine],
    held: Sequence[Held],
    origin: UUID,
) -> Order:
    """Tell places what they send besides, and the order which stores those are."""
    wanted = plans(order, list(lines), held, worked.known, origin=origin)
    if not wanted:
        return order
    stores = tuple(sorted({*order.stores, *(plan.store for plan in wanted if plan.store)}))
    await orders.delivered_by(tx, {order.order_id: stores})
    await fulfilment.plan(tx, {order.order_id: wanted})
    return replace(order, stores=stores)


async def _hand_over(tx: Transaction, worked: WorkedOut, held: Sequence[Held]) -> dict[UUID, int]:
    """What the customer takes along leaves the shelf as the order gets it."""
    taken = {line.id: line.quantity for line in worked.drawn.more if line.intent is Intent.carry_out}
    units = [(one.variant_id, one.location, one.quantity) for one in held if one.line_id in taken]
    if units:
        await inventory.ship(tx, worked.order.order_id, units)
    return taken


async def _use_promotions(tx: Transaction, worked: WorkedOut, order: Order) -> None:
    """What does not apply any more is uncounted, what applies now is counted; what stays is counted once."""
    before, after = set(worked.order.used), set(order.used)
    await promotions.give_back(tx, order.order_id, sorted(before - after))
    new = [use for use in (worked.cart.uses if worked.cart else ()) if use.promotion not in before]
    if new:
        buyers = promotions.buyer_names(order.customer_id, order.email)
        await promotions.redeem(tx, order.order_id, new, buyers=buyers)
