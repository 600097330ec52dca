"""Whoever takes goods back finds their order: by its number, which stands on the receipt, or by the return's."""

from datetime import date
from functools import partial

from torg.kernel import ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.money import Money
from torg.orders import store as orders
from torg.orders.model import UnknownOrder
from torg.orders.returns import decide
from torg.orders.returns.decide import Decision, Known
from torg.orders.returns.store import returns as store
from torg.orders.returns.views import PreviewLineView, Returnable, ReturnableLine, ReturnPreview, ReturnView
from torg.orders.returns.windows import OPEN_ENDED
from torg.permissions import Permission


async def find(tx: Transaction, number: str, *, by: Actor) -> Known:
    """The order with this number, or of the return with it, wherever it was bought: the number is its proof."""
    by.must(Permission.orders_return, anywhere=True)
    wanted = number.strip().upper()
    order_id = await orders.claimed(tx, wanted)
    if order_id is None:
        named = await store.numbered(tx, wanted)
        order_id = named.key if named else None
    if order_id is None:
        raise UnknownOrder(order=number[:40])
    return await decide.known(tx, await decide.placed(tx, order_id, lock=False))


def returnable(here: Known) -> Returnable:
    """What may come back of the order."""
    order = here.order
    money = partial(Money, currency=order.currency)
    return Returnable(
        order=ids.public("ord", order.order_id),
        number=order.number,
        channel=order.channel,
        placed_at=order.placed_at,
        customer=ids.public("cus", order.customer_id) if order.customer_id else None,
        currency=order.currency,
        withdraw_until=_day(here.windows.withdraw_until),
        return_until=_day(here.windows.return_until),
        lines=[
            ReturnableLine(
                line=ids.public("lin", line.id),
                sku=line.sku,
                name=line.name,
                options=line.options,
                image=line.image,
                quantity=line.quantity,
                returnable=here.stands.delivered(line, announced_too=True),
                announced=here.stands.announced.get(line.id, 0),
                gross=money(line.gross),
            )
            for line in here.lines
        ],
        returns=[ReturnView.of(one) for one in here.returns],
    )


def preview(here: Known, decision: Decision) -> ReturnPreview:
    """What would be given back, with the days until which that holds and the gifts that she keeps."""
    value = decision.value
    money = partial(Money, currency=here.order.currency)
    return ReturnPreview(
        lines=[
            PreviewLineView(ids.public("lin", id), money(one.paid.gross), money(one.fee.gross))
            for id, one in value.lines.items()
        ],
        delivery=money(value.delivery.gross),
        fee=money(value.fee.gross),
        net=money(value.total.net),
        tax=money(value.total.tax),
        total=money(value.total.gross),
        withdrawal=decision.withdrawal,
        withdraw_until=_day(here.windows.withdraw_until),
        return_until=_day(here.windows.return_until),
        gifts=[ids.public("lin", line.id) for line in here.lines if line.gift and line.id not in value.lines],
    )


def _day(day: date | None) -> date | None:
    return None if day == OPEN_ENDED else day
