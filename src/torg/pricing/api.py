"""Prices over HTTP, for staff and programs: what customers see of them is in the storefront and the cart."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from msgspec import UnsetType

from torg.catalog import sellables
from torg.customers import Membership
from torg.kernel import cursors
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid
from torg.kernel.http import (
    Body,
    Call,
    Cursor,
    FromPath,
    Limit,
    MomentText,
    Page,
    QueryParameter,
    moment,
    read,
    write,
)
from torg.kernel.i18n import words
from torg.kernel.ids import parse
from torg.kernel.money import Money
from torg.markets import Market, atlas, load_atlas
from torg.permissions import Permission
from torg.pricing import checks
from torg.pricing.context import PriceContext
from torg.pricing.delivery import add_delivery_rate, change_delivery_rate
from torg.pricing.keep_lists import add_price_list, change_price_list
from torg.pricing.model import NoPrice, Price, PriceList, PriceRequest, Quote
from torg.pricing.quoting import quote, with_lowest
from torg.pricing.reading import delivery_rates, price_history, price_list, price_lists, prices_of
from torg.pricing.schedule.api import ROUTES as SCHEDULE_ROUTES
from torg.pricing.set import set_prices
from torg.pricing.tax import regimes
from torg.pricing.views import (
    DeliveryRatePatch,
    DeliveryRateView,
    DeliveryStepView,
    NewDeliveryRate,
    NewPriceList,
    PriceChangeView,
    PriceListPatch,
    PriceListView,
    PricesToSet,
    PricesView,
    PriceView,
    QuoteView,
    TaxRateView,
)

TAGS = ["prices"]

CodeQuery = Annotated[str, QueryParameter(min_length=1, max_length=40)]
ListQuery = Annotated[str | None, QueryParameter(max_length=40, description="Only of this price list.")]
CountryQuery = Annotated[str | None, QueryParameter(min_length=2, max_length=2, description="ISO 3166-1")]
VariantQuery = Annotated[str, QueryParameter(max_length=36, description="A variant's id.")]
OneVariant = Annotated[str | None, QueryParameter(max_length=36, description="Only of this variant.")]
QuantityQuery = Annotated[int, QueryParameter(ge=1, le=1_000_000, description="How many of it.")]
GroupsQuery = Annotated[
    list[str] | None,
    QueryParameter(max_items=50, description="Customer groups; repeat the parameter for each."),
]
OneCompany = Annotated[str | None, QueryParameter(max_length=36, description="A company's id.")]
PlaceQuery = Annotated[str | None, QueryParameter(max_length=20)]


@read("/price-lists", permission=Permission.prices_read, summary="Price lists", tags=TAGS)
async def list_price_lists(call: Call) -> Page[PriceListView]:
    """Every price list that the caller may see."""
    found = await call.read(lambda tx: price_lists(tx, by=call.actor))
    return Page([PriceListView.of(one) for one in found])


@read("/price-lists/{code:str}", permission=Permission.prices_read, summary="A price list", tags=TAGS)
async def read_price_list(call: Call, code: FromPath[str]) -> PriceListView:
    """One price list, without its prices."""
    return PriceListView.of(await call.read(lambda tx: price_list(tx, code, by=call.actor)))


@write(
    "POST",
    "/price-lists",
    permission=Permission.prices_write,
    summary="Add a price list",
    tags=TAGS,
    status=201,
)
async def create_price_list(call: Call, data: Body[NewPriceList]) -> Response[PriceListView]:
    """A new list has no prices yet."""
    return await call.write(
        lambda tx: add_price_list(tx, data.price_list(), by=call.actor), view=PriceListView.of, status=201
    )


@write(
    "PATCH",
    "/price-lists/{code:str}",
    permission=Permission.prices_write,
    summary="Change a price list",
    tags=TAGS,
)
async def patch_price_list(
    call: Call, code: FromPath[str], data: Body[PriceListPatch]
) -> Response[PriceListView]:
    """Change a list's name, priority or time."""
    return await call.write(
        lambda tx: change_price_list(tx, code, data.change(), version=data.version, by=call.actor),
        view=PriceListView.of,
    )


@read(
    "/price-lists/{code:str}/prices", permission=Permission.prices_read, summary="Prices of a list", tags=TAGS
)
async def list_prices(
    call: Call,
    code: FromPath[str],
    variant_id: OneVariant = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[PriceView]:
    """Past, present and future prices of a list, by variant and beginning."""
    after = cursors.decode(cursor, tuple[UUID, datetime, int])
    variant = None if variant_id is None else parse("var", variant_id)

    async def work(tx: Transaction) -> tuple[PriceList, list[Price]]:
        found = await prices_of(tx, code, by=call.actor, variant_id=variant, after=after, limit=limit + 1)
        return await price_list(tx, code, by=call.actor), found

    of, found = await call.read(work)
    page = Page.cut(found, limit, lambda price: price.key)
    return page.map(lambda price: PriceView.of(price, of.currency))


@write(
    "PUT",
    "/price-lists/{code:str}/prices",
    permission=Permission.prices_write,
    summary="Set prices of a list, all or none",
    tags=TAGS,
)
async def put_prices(call: Call, code: FromPath[str], data: Body[PricesToSet]) -> Response[PricesView]:
    """Set up to a thousand prices; one that begins when another of the variant does takes its place."""
    wanted = [price.price() for price in data.prices]
    currency = data.prices[0].amount.currency
    return await call.write(
        lambda tx: set_prices(tx, code, wanted, by=call.actor),
        view=lambda kept: PricesView.of(kept, currency),
    )


@read(
    "/variants/{variant_id:str}/price-history",
    permission=Permission.prices_read,
    summary="What a variant's prices were",
    tags=TAGS,
)
async def list_price_history(
    call: Call,
    variant_id: FromPath[str],
    price_list: ListQuery = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[PriceChangeView]:
    """Every change of a variant's prices with who made it, newest first."""
    variant, key = parse("var", variant_id), cursors.decode(cursor, tuple[UUID])
    before = key[0] if key else None
    found = await call.read(
        lambda tx: price_history(tx, variant, by=call.actor, code=price_list, before=before, limit=limit + 1)
    )
    return Page.cut(found, limit, lambda change: (change.id,)).map(PriceChangeView.of)


@read(
    "/price-check", permission=Permission.prices_read, summary="Why a variant costs what it costs", tags=TAGS
)
async def check_price(
    call: Call,
    channel: CodeQuery,
    variant_id: VariantQuery,
    country: CountryQuery = None,
    region: PlaceQuery = None,
    postal_code: PlaceQuery = None,
    quantity: QuantityQuery = 1,
    customer_groups: GroupsQuery = None,
    company: OneCompany = None,
    at: MomentText = None,
) -> QuoteView:
    """The price of so many of a variant in a channel, at a place and time, for members of these groups or buyers of a
    company, with every step that led to it.
    """
    call.actor.must(Permission.prices_read, channel=channel)
    known = await atlas(call.database)
    selling, variant = known.channel(channel), parse("var", variant_id)
    wanted = moment("at", at) or call.database.clock.now()
    place = {"country": country, "region": region, "postal_code": postal_code}
    buyer = Membership(tuple(customer_groups or ()), parse("com", company) if company else None)
    context = PriceContext.of(known, selling, at=wanted, buyer=buyer, **place)

    async def work(tx: Transaction) -> dict[UUID, Quote]:
        found = await sellables(
            tx, channel=selling, language=call.language, variant_ids=[variant], unpublished=True
        )
        items = [PriceRequest(variant, each.tax_class, quantity) for each in found]
        return await with_lowest(tx, context, await quote(tx, context, items), items)

    quotes = await call.read(work)
    if variant not in quotes:
        raise NoPrice(skus=variant_id)
    return QuoteView.of(variant_id, channel, quotes[variant], words(call.language, context.country))


@read("/tax-rates", permission=Permission.prices_read, summary="Rates of tax with their sources", tags=TAGS)
async def list_tax_rates(call: Call, country: CountryQuery = None) -> Page[TaxRateView]:
    """Every rate that Torg knows, or a country's, past and future ones too."""
    call.actor.must(Permission.prices_read, anywhere=True)
    found = [tax for tax in regimes().values() if country in {None, tax.country}]
    return Page([TaxRateView.of(row) for tax in found for row in tax.rates])


@read("/delivery-rates", permission=Permission.prices_read, summary="Delivery rates", tags=TAGS)
async def list_delivery_rates(call: Call) -> Page[DeliveryRateView]:
    """What delivery costs, everywhere."""
    known = await atlas(call.database)
    found = await call.read(lambda tx: delivery_rates(tx, by=call.actor))
    return Page([DeliveryRateView.of(rate, known.market(rate.market).currency) for rate in found])


@write(
    "POST",
    "/delivery-rates",
    permission=Permission.prices_write,
    summary="Add a delivery rate",
    tags=TAGS,
    status=201,
)
async def create_delivery_rate(call: Call, data: Body[NewDeliveryRate]) -> Response[DeliveryRateView]:
    """A rate for a method in a market, to some countries or postal codes."""

    async def work(tx: Transaction) -> DeliveryRateView:
        market = (await load_atlas(tx)).markets.get(data.market)
        _refuse_other_currencies(data.steps, data.free_from, market)
        rate = await add_delivery_rate(tx, data.rate(), by=call.actor)
        return DeliveryRateView.of(rate, market.currency if market else "")

    return await call.write(work, status=201)


@write(
    "PATCH",
    "/delivery-rates/{code:str}",
    permission=Permission.prices_write,
    summary="Change a delivery rate",
    tags=TAGS,
)
async def patch_delivery_rate(
    call: Call, code: FromPath[str], data: Body[DeliveryRatePatch]
) -> Response[DeliveryRateView]:
    """Change where a rate reaches and what it asks for."""

    async def work(tx: Transaction) -> DeliveryRateView:
        rate = await change_delivery_rate(tx, code, data.change(), version=data.version, by=call.actor)
        market = (await load_atlas(tx)).market(rate.market)
        _refuse_other_currencies(data.steps, data.free_from, market)
        return DeliveryRateView.of(rate, market.currency)

    return await call.write(work)


def _refuse_other_currencies(
    steps: Sequence[DeliveryStepView] | UnsetType, free_from: Money | UnsetType | None, market: Market | None
) -> None:
    """Refuse amounts in another currency than the market's; whoever calls is inside the transaction of the
    change.
    """
    given = {f"steps.{i}.amount": step.amount for i, step in enumerate(steps or ())}
    if isinstance(free_from, Money):
        given["free_from"] = free_from
    problems = [
        checks.problem(f"{field}.currency", "not-the-markets-currency")
        for field, money in given.items()
        if market is not None and money.currency != market.currency
    ]
    if problems:
        raise Invalid.of(*problems)


ROUTES: list[Any] = [
    list_price_lists,
    read_price_list,
    create_price_list,
    patch_price_list,
    list_prices,
    put_prices,
    list_price_history,
    check_price,
    list_tax_rates,
    list_delivery_rates,
    create_delivery_rate,
    patch_delivery_rate,
    *SCHEDULE_ROUTES,
]
