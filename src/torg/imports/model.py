"""The words of imports."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class Refusal(Struct, frozen=True):
    """A line that cannot be used, by its number in the file; `given` is what stands in the field."""

    line: int
    field: str
    reason: str
    given: str = ""


class Reconciliation(Struct, frozen=True, kw_only=True):
    """That nothing got lost: `lines` are imported + refused, `total_file` is total_imported + total_refused + rounding.

    Totals are minor units. Prices may be finer than that: each line is rounded for itself, and `rounding` is what that
    makes over the file, whose total is rounded once.
    """

    lines: int
    imported: int
    refused: int
    total_file: int
    total_imported: int
    total_refused: int
    rounding: int
    seconds: float
    peak_mb: int


class Run(Struct, frozen=True):
    """The import of one content of a file: `done` of `portions` are in."""

    id: UUID
    source: str
    fingerprint: str
    settings: dict[str, str]
    portions: int
    done: int
    started_at: datetime
    finished_at: datetime | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """An amount of a source's books that belongs to no goods: a fee, a correction, a count of stock without a price.

    `number` is the document it stands on, `order_id` the order that the same document became, if it became one.
    """

    id: UUID
    source: str
    kind: str
    number: str
    code: str
    name: str
    quantity: int
    amount: int
    currency: str
    customer_id: UUID | None = None
    order_id: UUID | None = None
    at: datetime
