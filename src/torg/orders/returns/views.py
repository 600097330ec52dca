"""Returns as the outside sees them."""

from datetime import datetime

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.money import Money
from torg.orders.returns.model import Return


class ReturnLineView(Struct, frozen=True):
    """Units that came back; `line` is the order's line that bought them, where that is known."""

    id: str
    line: str | None
    product: str
    variant: str
    sku: str
    name: str
    quantity: int
    gross: Money


class ReturnView(Struct, frozen=True):
    """Goods that came back and what was given back for them; without `order` they came without a receipt."""

    id: str
    order: str | None
    source: str | None
    number: str | None
    channel: str
    store: str | None
    customer: str | None
    units: int
    net: Money
    tax: Money
    total: Money
    delivery: Money
    reason: str | None
    lines: list[ReturnLineView]
    returned_at: datetime

    @classmethod
    def of(cls, returned: Return) -> "ReturnView":
        """The return as its customer and staff see it."""

        def money(amount: int) -> Money:
            return Money(amount, returned.currency)

        return cls(
            id=ids.public("ret", returned.id),
            order=ids.public("ord", returned.order_id) if returned.order_id else None,
            source=returned.source,
            number=returned.number,
            channel=returned.channel,
            store=returned.store,
            customer=ids.public("cus", returned.customer_id) if returned.customer_id else None,
            units=returned.units,
            net=money(returned.net),
            tax=money(returned.tax),
            total=money(returned.gross),
            delivery=money(returned.delivery),
            reason=returned.reason,
            lines=[
                ReturnLineView(
                    id=ids.public("lin", line.id),
                    line=ids.public("lin", line.line_id) if line.line_id else None,
                    product=ids.public("prd", line.product_id),
                    variant=ids.public("var", line.variant_id),
                    sku=line.sku,
                    name=line.name,
                    quantity=line.quantity,
                    gross=money(line.gross),
                )
                for line in returned.lines
            ],
            returned_at=returned.returned_at,
        )
