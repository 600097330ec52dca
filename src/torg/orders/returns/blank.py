"""A return of an order before anything is said of it but whose it is."""

from datetime import datetime
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.ids import new_id
from torg.orders.model import Order, OrderLine
from torg.orders.returns.model import Return, ReturnLine, ReturnState


def blank(order: Order, id: UUID, number: str, at: datetime, by: Actor) -> Return:
    """A return of the order without lines and money."""
    return Return(
        id=id,
        order_id=order.order_id,
        state=ReturnState.announced,
        number=number,
        channel=order.channel,
        market=order.market,
        seller=order.seller,
        customer_id=order.customer_id,
        currency=order.currency,
        net=0,
        tax=0,
        gross=0,
        units=0,
        actor=str(by),
        returned_at=at,
        created_at=at,
    )


def blank_line(line: OrderLine, position: int) -> ReturnLine:
    """A line of a return, of nothing yet, for a line of its order."""
    return ReturnLine(
        id=new_id(),
        position=position,
        line_id=line.id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        quantity=0,
        net=0,
        tax=0,
        gross=0,
    )
