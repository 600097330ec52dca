"""The words of bulk changes: what is wished, what it would do, how far it is."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from torg.kernel import ids
from torg.kernel.errors import Conflict, NotFound
from torg.pricing.model import Converted

Decimals = Annotated[
    str, Meta(max_length=20, pattern=r"^\d{1,12}(\.\d{1,6})?$", description="In units of the currency: 0.90")
]
Rate = Annotated[str, Meta(max_length=24, pattern=r"^\d{1,9}(\.\d{1,12})?$", examples=["11.7425"])]


class Direction(StrEnum):
    """Which way is rounded; nearest takes the higher one of two that are equally near."""

    nearest = "nearest"
    up = "up"
    down = "down"


class Rounding(Struct, frozen=True, forbid_unknown_fields=True):
    """How prices end: `step` 1 and `ending` 0.90 gives 12.90, 13.90; `step` 10 and `ending` 8 gives 1,238 in yen."""

    step: Decimals
    ending: Decimals = "0"
    direction: Direction = Direction.nearest


class Conversion(Struct, frozen=True, forbid_unknown_fields=True):
    """Take the prices of another list: one unit of its currency is worth `rate` units of this one's, on that day, says
    the source.
    """

    price_list: Annotated[str, Meta(min_length=1, max_length=40)]
    rate: Rate
    as_of: date
    source: Annotated[str, Meta(min_length=1, max_length=200, examples=["Norges Bank"])]


class Selection(Struct, frozen=True):
    """Which variants: below these categories, with all of these attributes, of these ids; what is empty does not
    narrow.
    """

    categories: tuple[str, ...] = ()
    attributes: dict[str, str | bool | int] = {}
    variants: tuple[UUID, ...] = ()


class BulkWish(Struct, frozen=True):
    """What is to become of the prices of a list: converted, then changed by a share (millionths) or an amount, rounded,
    and kept at least so much (millionths) above cost; from a time (now) until another.
    """

    selection: Selection = Selection()
    share: int = 0
    amount: int = 0
    conversion: Conversion | None = None
    rounding: Rounding | None = None
    above_cost: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class Row(Struct, frozen=True):
    """What a price would be, and what it is now, if there is one."""

    variant_id: UUID
    from_quantity: int
    amount_before: int | None
    amount: int


class Preview(Struct, frozen=True):
    """What a wish would do: how many variants were selected, had nothing to go by, stay as they are, are left alone
    since they are in a campaign, were kept up by their cost; and the prices that change. `token` stands for all of it.
    """

    token: str
    selected: int
    without_price: int
    unchanged: int
    in_campaign: int
    kept_above_cost: int
    rows: tuple[Row, ...]

    @property
    def raised(self) -> int:
        """How many prices rise, or are new."""
        return sum(row.amount_before is None or row.amount > row.amount_before for row in self.rows)

    @property
    def total_before(self) -> int:
        """What the changed prices add up to now."""
        return sum(row.amount_before or 0 for row in self.rows)

    @property
    def total(self) -> int:
        """What they would add up to."""
        return sum(row.amount for row in self.rows)


class BulkState(StrEnum):
    """Whether all of its prices are written."""

    applying = "applying"
    applied = "applied"


class Bulk(Struct, frozen=True):
    """A bulk change under way or done: of so many prices so many are written, and some left alone since somebody else
    had changed them.
    """

    id: UUID
    price_list: str
    wish: BulkWish
    digest: str
    converted: Converted | None
    valid_from: datetime
    valid_to: datetime | None
    state: BulkState
    prices: int
    written: int
    left_alone: int
    actor: str
    begun_at: datetime
    finished_at: datetime | None

    @property
    def public_id(self) -> str:
        """Its id as the outside sees it."""
        return ids.public("blk", self.id)


class UnknownBulk(NotFound):
    """The list has no such bulk change."""

    code = "unknown-price-bulk"
    message = "There is no bulk change {bulk} of this price list."


class PreviewStale(Conflict):
    """Something would come out differently from what was previewed."""

    code = "price-preview-stale"
    message = "Prices, goods or the list have changed since the preview. Look at a new one."


class BulkUnderWay(Conflict):
    """Another bulk change of the list is not finished."""

    code = "price-bulk-under-way"
    message = "Another bulk change of the price list {price_list} is under way."
