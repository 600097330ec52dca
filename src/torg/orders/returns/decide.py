"""What comes of giving units of an order back: whether it may be, and how much money. The same for preview and deed."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from torg import catalog, fulfilment
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.markets import atlas
from torg.orders import store as orders
from torg.orders.model import Order, OrderLine, OrderState, UnknownOrder
from torg.orders.returns import rules
from torg.orders.returns.model import Came, NotReturnable, Return
from torg.orders.returns.policy import ReturnPolicy
from torg.orders.returns.rules import Barred, Standing, Value
from torg.orders.returns.set_policy import policy_of
from torg.orders.returns.store import returns as store
from torg.orders.returns.windows import Windows, local_day, windows


class Known(Struct, frozen=True):
    """An order as whoever decides about a return of it knows it."""

    order: Order
    lines: list[OrderLine]
    returns: list[Return]
    policy: ReturnPolicy
    windows: Windows
    stands: Standing
    barred: Barred


class Decision(Struct, frozen=True):
    """What is given back, and whether by the law of withdrawal."""

    value: Value
    withdrawal: bool


async def placed(tx: Transaction, order_id: UUID, *, lock: bool) -> Order:
    """An order that was placed and is to be delivered, for who may know of it."""
    order = await orders.find(tx, order_id, lock=lock)
    if order is None or order.state is not OrderState.placed:
        raise UnknownOrder(order=public("ord", order_id))
    return order


async def known(tx: Transaction, order: Order, but: UUID | None = None) -> Known:
    """What has to be known of an order to decide; `but` is the announced return that is being decided about."""
    lines = await orders.lines(tx, order.order_id)
    returned = await store.of_order(tx, order.order_id)
    policy = await policy_of(tx, order.market)
    channel = (await atlas(tx.database)).channel(order.channel)
    sent = await fulfilment.of_order(tx, order.order_id)
    return Known(
        order,
        lines,
        returned,
        policy,
        windows(order, sent, policy, channel.kind),
        rules.standing(lines, returned, but),
        await _barred(tx, lines, policy),
    )


async def _barred(tx: Transaction, lines: Sequence[OrderLine], policy: ReturnPolicy) -> Barred:
    variants = [line.variant_id for line in lines]

    async def among(categories: tuple[str, ...]) -> frozenset[UUID]:
        if not categories:
            return frozenset()
        found = await catalog.select(tx, ids=variants, categories=categories)
        return frozenset(one.variant_id for one in found)

    return Barred(await among(policy.excluded), await among(policy.sealed))


def decide(
    here: Known,
    came: Sequence[Came],
    tx: Transaction,
    *,
    postage: bool,
    announced_too: bool,
    overruled: bool = False,
    since: Return | None = None,
    exchange: bool = False,
) -> Decision:
    """What is given back for these units; `NotReturnable` names everything that is wrong with them.

    A return that was announced in time (`since`) may come later.
    """
    day = local_day(here.order, since.created_at if since else tx.now)
    wrong = rules.problems(
        here.stands,
        came,
        here.barred,
        here.policy,
        open=here.windows.open(day),
        announced_too=announced_too,
        overruled=overruled,
    )
    if wrong:
        raise NotReturnable(*wrong)
    withdrawal = here.windows.withdrawal(day)
    worth = rules.value(
        here.order,
        here.stands,
        here.returns,
        came,
        here.policy,
        withdrawal=withdrawal,
        postage=postage,
        waived=overruled,
        exchange=exchange,
    )
    return Decision(worth, withdrawal)


def may_give_back(order: Order, by: Actor) -> bool:
    """Whether the order is the actor's own, as its customer or by its token."""
    hers = order.customer_id is not None and order.customer_id == by.customer_id
    return hers or (order.token_hash is not None and order.token_hash in by.tokens)
