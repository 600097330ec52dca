"""Returns as the outside sees them."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from torg.fulfilment import Shipment, ShipmentState
from torg.kernel import ids
from torg.kernel.money import Money
from torg.orders.returns.model import Condition, PaidBack, Return, ReturnKind, ReturnReason, ReturnState


class ReturnLineView(Struct, frozen=True):
    """Units that were announced, and what came of them; `line` is the order's line that bought them, where known.

    `gross` is what was paid for those that are taken back, `fee` the part of it that is kept.
    """

    id: str
    line: str | None
    product: str
    variant: str
    sku: str
    name: str
    announced: int
    quantity: int
    rejected: int
    rejection: str | None
    reason: ReturnReason | None
    note: str | None
    condition: Condition | None
    gross: Money
    fee: Money


class ReturnView(Struct, frozen=True):
    """Goods that come back and what is given back for them; without `order` they came without a receipt.

    `total` is what is given back: what was paid for the lines, with the `delivery`, less the `fee`. `refunded` of it is
    on its way; what the customer had not paid is not given back.
    """

    id: str
    order: str | None
    kind: ReturnKind
    state: ReturnState
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
    fee: Money
    refunded: Money
    destination: PaidBack
    withdrawal: bool
    reason: str | None
    lines: list[ReturnLineView]
    returned_at: datetime
    expires_at: datetime | None
    settled_at: datetime | None
    version: int

    @classmethod
    def of(cls, returned: Return) -> "ReturnView":
        """The return as its customer and staff see it."""

        def money(amount: int) -> Money:
            return Money(amount, returned.currency)

        return cls(
            id=ids.public("ret", returned.id),
            order=ids.public("ord", returned.order_id) if returned.order_id else None,
            customer=ids.public("cus", returned.customer_id) if returned.customer_id else None,
            net=money(returned.net),
            tax=money(returned.tax),
            total=money(returned.gross),
            delivery=money(returned.delivery),
            fee=money(returned.fee),
            refunded=money(returned.refunded),
            lines=_lines(returned),
            **{name: getattr(returned, name) for name in SAME},
        )


SAME = """
kind state source number channel store units destination withdrawal reason returned_at expires_at settled_at version
""".split()


def _lines(returned: Return) -> list[ReturnLineView]:
    return [
        ReturnLineView(
            id=ids.public("lin", line.id),
            line=ids.public("lin", line.line_id) if line.line_id else None,
            product=ids.public("prd", line.product_id),
            variant=ids.public("var", line.variant_id),
            sku=line.sku,
            name=line.name,
            announced=line.announced,
            quantity=line.quantity,
            rejected=line.rejected,
            rejection=line.rejection,
            reason=line.reason,
            note=line.note,
            condition=line.condition,
            gross=Money(line.gross, returned.currency),
            fee=Money(line.fee, returned.currency),
        )
        for line in returned.lines
    ]


class ReturnLabelView(Struct, frozen=True):
    """How far a return's label is: asked for (`booking`), there (`booked`), `refused`, or given up (`cancelled`)."""

    state: ShipmentState
    carrier: str
    service: str | None
    location: str

    @classmethod
    def of(cls, shipment: Shipment) -> "ReturnLabelView":
        """The shipment by which a return comes back, as its customer sees it."""
        return cls(shipment.state, shipment.carrier, shipment.service, shipment.location)


class PreviewLineView(Struct, frozen=True):
    """What was paid for the units of a line, and what of that is kept."""

    line: str
    gross: Money
    fee: Money


class ReturnPreview(Struct, frozen=True):
    """What would be given back. Until `withdraw_until` the law lets her, until `return_until` the policy."""

    lines: list[PreviewLineView]
    delivery: Money
    fee: Money
    net: Money
    tax: Money
    total: Money
    withdrawal: bool
    withdraw_until: date | None
    return_until: date | None
    gifts: list[str]


class ReturnableLine(Struct, frozen=True):
    """A line of an order, and how many of its units may still come back; `announced` ones among them."""

    line: str
    sku: str
    name: str
    options: str
    image: str | None
    quantity: int
    returnable: int
    announced: int
    gross: Money


class Returnable(Struct, frozen=True):
    """An order as whoever takes goods back needs it, and what was announced of it."""

    order: str
    number: str | None
    channel: str
    placed_at: datetime | None
    customer: str | None
    currency: str
    withdraw_until: date | None
    return_until: date | None
    lines: Sequence[ReturnableLine]
    returns: Sequence[ReturnView]
