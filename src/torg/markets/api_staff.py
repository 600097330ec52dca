"""What sales channels stand on, entered by staff over HTTP: sellers, markets, locations and stores, in that order."""

from typing import Annotated, Any

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel.database import Transaction
from torg.kernel.http import Body, Call, write
from torg.markets import (
    Code,
    Location,
    LocationKind,
    Market,
    Seller,
    SiteAddress,
    SpecialDay,
    Store,
    TaxDisplay,
    WeeklyOpening,
    add_location,
    add_market,
    add_seller,
    add_store,
    load_atlas,
)
from torg.markets.api import TAGS, StoreView
from torg.permissions import Permission

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Names = Annotated[
    dict[str, Name],
    Meta(min_length=1, max_length=20, description="The name by language.", examples=[{"en": "Norway"}]),
]
Number = Annotated[str, Meta(min_length=1, max_length=40)]
Country = Annotated[str, Meta(min_length=2, max_length=2, description="ISO 3166-1 alpha-2", examples=["NO"])]
Region = Annotated[
    str,
    Meta(min_length=1, max_length=20, description="The part after the hyphen of ISO 3166-2", examples=["NY"]),
]
Zone = Annotated[
    str,
    Meta(min_length=1, max_length=60, description="A name of the IANA database.", examples=["Europe/Oslo"]),
]
Microdegrees = Annotated[
    int, Meta(ge=-180_000_000, le=180_000_000, description="Millionths of a degree.", examples=[10_741_500])
]


class NewSeller(Struct, frozen=True, forbid_unknown_fields=True):
    """A legal entity that is to sell."""

    code: Code
    legal_name: Name
    registration_number: Annotated[Number, Meta(description="Its number in its country's company register.")]
    address: SiteAddress
    tax_numbers: Annotated[
        dict[str, Number], Meta(max_length=250, description="VAT, GST or sales tax registrations by country.")
    ] = {}


class NewMarket(Struct, frozen=True, forbid_unknown_fields=True):
    """Countries that are to be sold to alike; the first language is the default."""

    code: Code
    name: Names
    countries: Annotated[tuple[Country, ...], Meta(min_length=1, max_length=250)]
    currency: Annotated[str, Meta(min_length=3, max_length=3, description="ISO 4217", examples=["NOK"])]
    languages: Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(min_length=1, max_length=20)]
    tax_display: TaxDisplay
    seller: Code
    region: Region | None = None
    postal_code: Annotated[str, Meta(min_length=1, max_length=20)] | None = None


class NewLocation(Struct, frozen=True, forbid_unknown_fields=True):
    """A place that is to hold stock."""

    code: Code
    kind: LocationKind
    name: Name
    country: Country
    time_zone: Zone
    address: SiteAddress
    latitude_e6: Microdegrees
    longitude_e6: Microdegrees
    region: Region | None = None


class NewStore(Struct, frozen=True, forbid_unknown_fields=True):
    """A shop that customers walk into; its stock stands at `location`."""

    code: Code
    name: Names
    location: Code
    market: Code
    address: SiteAddress
    time_zone: Zone
    opening_hours: Annotated[tuple[WeeklyOpening, ...], Meta(max_length=70)] = ()
    special_days: Annotated[tuple[SpecialDay, ...], Meta(max_length=1000)] = ()
    phone: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    email: Annotated[str, Meta(min_length=3, max_length=254)] | None = None


@write(
    "POST", "/sellers", permission=Permission.channels_write, summary="Enter a seller", tags=TAGS, status=201
)
async def create_seller(call: Call, data: Body[NewSeller]) -> Response[Seller]:
    """Enter a legal entity that sells; its company and tax numbers are checked."""
    seller = Seller(**_fields(data))
    return await call.write(lambda tx: add_seller(tx, seller, by=call.actor), status=201)


@write(
    "POST", "/markets", permission=Permission.channels_write, summary="Enter a market", tags=TAGS, status=201
)
async def create_market(call: Call, data: Body[NewMarket]) -> Response[Market]:
    """Enter a market of one currency; its seller exists already."""
    market = Market(**_fields(data))
    return await call.write(lambda tx: add_market(tx, market, by=call.actor), status=201)


@write(
    "POST",
    "/locations",
    permission=Permission.channels_write,
    summary="Enter a stock location",
    tags=TAGS,
    status=201,
)
async def create_location(call: Call, data: Body[NewLocation]) -> Response[Location]:
    """Enter a place that holds stock."""
    location = Location(**_fields(data))
    return await call.write(lambda tx: add_location(tx, location, by=call.actor), status=201)


@write(
    "POST", "/stores", permission=Permission.channels_write, summary="Enter a store", tags=TAGS, status=201
)
async def create_store(call: Call, data: Body[NewStore]) -> Response[StoreView]:
    """Enter a store with its opening hours; its market and stock location exist already."""
    shop = Store(**_fields(data))

    async def work(tx: Transaction) -> StoreView:
        made = await add_store(tx, shop, by=call.actor)
        location = (await load_atlas(tx)).location(made.location)
        return StoreView.of(made, location, call.database.clock.now(), call.language)

    return await call.write(work, status=201)


def _fields(data: Struct) -> dict[str, Any]:
    return {name: getattr(data, name) for name in data.__struct_fields__}


ROUTES = [create_seller, create_market, create_location, create_store]
