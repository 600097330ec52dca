"""Bulk changes over HTTP: a preview, applying it, and how far that is."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import cursors
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, read, write
from torg.kernel.ids import parse, public
from torg.kernel.money import Money
from torg.permissions import Permission
from torg.pricing import checks
from torg.pricing.bulk.apply import apply_bulk
from torg.pricing.bulk.look import bulk_of, bulks_of
from torg.pricing.bulk.model import (
    Bulk,
    BulkState,
    BulkWish,
    Conversion,
    Preview,
    Rounding,
    Selection,
)
from torg.pricing.bulk.preview import preview
from torg.pricing.reading import price_list

TAGS = ["prices"]
EXAMPLES = 20

Codes = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=80)], ...],
    Meta(max_length=100, description="Categories, with all below them."),
]
Variants = Annotated[
    tuple[Annotated[str, Meta(min_length=36, max_length=36, pattern="^var_[0-9a-f]{32}$")], ...],
    Meta(max_length=10_000),
]
Said = Annotated[
    dict[Annotated[str, Meta(max_length=40)], str | bool | int],
    Meta(max_length=20, description="Attributes and options, all of which must be said of it."),
]
Share = Annotated[
    int, Meta(ge=-1_000_000, le=100_000_000, description="Millionths: -100000 takes ten per cent off.")
]
Above = Annotated[int, Meta(ge=0, le=100_000_000, description="Millionths: 200000 is 20 % above cost.")]


class BulkBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to become of prices of a list; without categories, attributes and variants, of all of them."""

    categories: Codes = ()
    attributes: Said = {}
    variants: Variants = ()
    share: Share = 0
    amount: Money | None = None
    conversion: Conversion | None = None
    rounding: Rounding | None = None
    above_cost: Above | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    async def wish(self, tx: Transaction, code: str, call: Call) -> BulkWish:
        """The wish in the words of pricing; an amount of another currency is refused."""
        if self.amount is not None:
            of = await price_list(tx, code, by=call.actor)
            if self.amount.currency != of.currency:
                raise Invalid.of(checks.problem("amount.currency", "not-the-lists-currency"))
        return BulkWish(
            Selection(
                self.categories, dict(self.attributes), tuple(parse("var", one) for one in self.variants)
            ),
            self.share,
            self.amount.amount if self.amount else 0,
            self.conversion,
            self.rounding,
            self.above_cost,
            self.valid_from,
            self.valid_to,
        )


class BulkToApply(BulkBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same wish with the token of its preview."""

    token: Annotated[str, Meta(min_length=1, max_length=64)]


class ExampleView(Struct, frozen=True):
    """A price that would change."""

    variant_id: str
    from_quantity: int
    before: Money | None
    after: Money


class PreviewView(Struct, frozen=True):
    """What a wish would do. Of the variants that were `selected`, `without_price` have nothing to go by. Of their
    prices, so many stay as they are, so many are left alone since they are in a campaign, so many change; some of these
    are kept up by their cost.
    """

    token: str
    selected: int
    without_price: int
    unchanged: int
    in_campaign: int
    changed: int
    raised: int
    kept_above_cost: int
    total_before: Money
    total_after: Money
    examples: list[ExampleView]

    @classmethod
    def of(cls, found: Preview, currency: str) -> "PreviewView":
        """The preview in the list's currency."""
        return cls(
            token=found.token,
            selected=found.selected,
            without_price=found.without_price,
            unchanged=found.unchanged,
            in_campaign=found.in_campaign,
            changed=len(found.rows),
            raised=found.raised,
            kept_above_cost=found.kept_above_cost,
            total_before=Money(found.total_before, currency),
            total_after=Money(found.total, currency),
            examples=[
                ExampleView(
                    public("var", row.variant_id),
                    row.from_quantity,
                    None if row.amount_before is None else Money(row.amount_before, currency),
                    Money(row.amount, currency),
                )
                for row in found.rows[:EXAMPLES]
            ],
        )


class BulkView(Struct, frozen=True):
    """A bulk change under way or done: of so many prices so many are written, and some left alone since somebody else
    had changed them.
    """

    id: str
    price_list: str
    state: BulkState
    prices: int
    written: int
    left_alone: int
    conversion: Conversion | None
    valid_from: datetime
    valid_to: datetime | None
    actor: str
    begun_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, bulk: Bulk) -> "BulkView":
        """How far it is."""
        names = (name for name in cls.__struct_fields__ if name not in {"id", "conversion"})
        fields: dict[str, Any] = {name: getattr(bulk, name) for name in names}
        return cls(id=bulk.public_id, conversion=bulk.wish.conversion, **fields)


@write(
    "POST",
    "/price-lists/{code:str}/bulk-preview",
    permission=Permission.prices_write,
    summary="Look at what a bulk change would do",
    tags=TAGS,
)
async def look_at_bulk(call: Call, code: FromPath[str], data: Body[BulkBody]) -> Response[PreviewView]:
    """Counts, sums, examples, and a token for applying exactly this; nothing is changed."""

    async def work(tx: Transaction) -> PreviewView:
        found = await preview(tx, code, await data.wish(tx, code, call), by=call.actor)
        return PreviewView.of(found, (await price_list(tx, code, by=call.actor)).currency)

    return await call.write(work)


@write(
    "POST",
    "/price-lists/{code:str}/bulks",
    permission=Permission.prices_write,
    status=202,
    summary="Apply a bulk change as it was previewed",
    tags=TAGS,
)
async def create_bulk(call: Call, code: FromPath[str], data: Body[BulkToApply]) -> Response[BulkView]:
    """Refused when anything would come out differently now; a job writes the prices, hundreds at a time."""

    async def work(tx: Transaction) -> Bulk:
        return await apply_bulk(tx, code, await data.wish(tx, code, call), data.token, by=call.actor)

    return await call.write(work, view=BulkView.of, status=202)


@read(
    "/price-lists/{code:str}/bulks",
    permission=Permission.prices_read,
    summary="Bulk changes of a price list",
    tags=TAGS,
)
async def list_bulks(
    call: Call, code: FromPath[str], cursor: Cursor = None, limit: Limit = 100
) -> Page[BulkView]:
    """Newest first."""
    key = cursors.decode(cursor, tuple[UUID])
    before = key[0] if key else None
    found = await call.read(lambda tx: bulks_of(tx, code, by=call.actor, before=before, limit=limit + 1))
    return Page.cut(found, limit, lambda one: (one.id,)).map(BulkView.of)


@read(
    "/price-lists/{code:str}/bulks/{bulk_id:str}",
    permission=Permission.prices_read,
    summary="How far a bulk change is",
    tags=TAGS,
)
async def read_bulk(call: Call, code: FromPath[str], bulk_id: FromPath[str]) -> BulkView:
    """Done when its state is `applied`."""
    id = parse("blk", bulk_id)
    return BulkView.of(await call.read(lambda tx: bulk_of(tx, code, id, by=call.actor)))


ROUTES: list[Any] = [look_at_bulk, create_bulk, list_bulks, read_bulk]
