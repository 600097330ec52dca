"""The words of returns."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class ReturnLine(Struct, frozen=True, kw_only=True):
    """Units of a variant that came back, and what was given back for them; `line_id` is the line that bought them."""

    id: UUID
    position: int
    line_id: UUID | None = None
    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    quantity: int
    net: int
    tax: int
    gross: int


class Return(Struct, frozen=True, kw_only=True):
    """Goods that came back, of `order_id` or, where that is None, bought nobody knows where.

    `gross` is what was given back, with the `delivery` that is part of it. Amounts are minor units of `currency`.
    """

    id: UUID
    order_id: UUID | None = None
    source: str | None = None
    number: str | None = None
    channel: str
    market: str
    seller: str
    store: str | None = None
    customer_id: UUID | None = None
    currency: str
    net: int
    tax: int
    gross: int
    delivery: int = 0
    units: int
    reason: str | None = None
    actor: str
    returned_at: datetime
    created_at: datetime
    version: int = 1
    lines: tuple[ReturnLine, ...] = ()

    @property
    def key(self) -> UUID:
        """Under which its rows stand: its order's id, or its own when nobody knows the order."""
        return self.order_id or self.id
