"""What sales channels stand on, entered and changed by staff over HTTP: sellers, markets, locations and stores."""

from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct
from msgspec.structs import asdict

from torg.kernel.database import Transaction
from torg.kernel.http import Body, Call, FromPath, write
from torg.markets import (
    Code,
    Location,
    LocationChange,
    LocationKind,
    Market,
    MarketChange,
    MarketTax,
    Seller,
    SellerChange,
    SiteAddress,
    Store,
    StoreChange,
    TaxDisplay,
    add_location,
    add_market,
    add_seller,
    add_store,
    change_location,
    change_market,
    change_seller,
    change_store,
    fields,
    load_atlas,
)
from torg.markets.api import TAGS, StoreView
from torg.permissions import Permission


class NewSeller(Struct, frozen=True, forbid_unknown_fields=True):
    """A legal entity that is to sell."""

    code: Code
    legal_name: fields.Name
    registration_number: Annotated[
        fields.Number, Meta(description="Its number in its country's company register.")
    ]
    address: SiteAddress
    registrations: fields.Registrations = ()


class NewMarket(Struct, frozen=True, forbid_unknown_fields=True):
    """Countries that are to be sold to alike; the first language is the default."""

    code: Code
    name: fields.Names
    countries: fields.Countries
    currency: Annotated[str, Meta(min_length=3, max_length=3, description="ISO 4217", examples=["NOK"])]
    languages: fields.Languages
    tax_display: TaxDisplay
    seller: Code
    region: fields.Region | None = None
    postal_code: fields.PostalCode | None = None
    tax: MarketTax = MarketTax()


class NewLocation(Struct, frozen=True, forbid_unknown_fields=True):
    """A place that is to hold stock."""

    code: Code
    kind: LocationKind
    name: fields.Name
    country: fields.Country
    time_zone: fields.Zone
    address: SiteAddress
    latitude_e6: fields.Microdegrees
    longitude_e6: fields.Microdegrees
    region: fields.Region | None = None


class NewStore(Struct, frozen=True, forbid_unknown_fields=True):
    """A shop that customers walk into; its stock stands at `location`."""

    code: Code
    name: fields.Names
    location: Code
    market: Code
    address: SiteAddress
    time_zone: fields.Zone
    opening_hours: fields.Hours = ()
    special_days: fields.SpecialDays = ()
    closed_on_holidays: fields.KeepsHolidays = False
    phone: fields.Phone | None = None
    email: fields.Email | None = None


@write(
    "POST", "/sellers", permission=Permission.channels_write, summary="Enter a seller", tags=TAGS, status=201
)
async def create_seller(call: Call, data: Body[NewSeller]) -> Response[Seller]:
    """Enter a legal entity that sells; its company and tax numbers are checked."""
    seller = Seller(**asdict(data))
    return await call.write(lambda tx: add_seller(tx, seller, by=call.actor), status=201)


@write(
    "POST", "/markets", permission=Permission.channels_write, summary="Enter a market", tags=TAGS, status=201
)
async def create_market(call: Call, data: Body[NewMarket]) -> Response[Market]:
    """Enter a market of one currency; its seller exists already."""
    market = Market(**asdict(data))
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
    location = Location(**asdict(data))
    return await call.write(lambda tx: add_location(tx, location, by=call.actor), status=201)


@write(
    "POST", "/stores", permission=Permission.channels_write, summary="Enter a store", tags=TAGS, status=201
)
async def create_store(call: Call, data: Body[NewStore]) -> Response[StoreView]:
    """Enter a store with its opening hours; its market and stock location exist already."""
    shop = Store(**asdict(data))

    async def work(tx: Transaction) -> StoreView:
        made = await add_store(tx, shop, by=call.actor)
        location = (await load_atlas(tx)).location(made.location)
        return StoreView.of(made, location, call.database.clock.now(), call.language)

    return await call.write(work, status=201)


@write(
    "PATCH", "/sellers/{code:str}", permission=Permission.channels_write, summary="Change a seller", tags=TAGS
)
async def patch_seller(call: Call, code: FromPath[str], data: Body[SellerChange]) -> Response[Seller]:
    """Change a seller; its company and tax numbers are checked anew."""
    return await call.write(lambda tx: change_seller(tx, code, data, by=call.actor))


@write(
    "PATCH", "/markets/{code:str}", permission=Permission.channels_write, summary="Change a market", tags=TAGS
)
async def patch_market(call: Call, code: FromPath[str], data: Body[MarketChange]) -> Response[Market]:
    """Change a market; prices and tax follow its countries from the next second on."""
    return await call.write(lambda tx: change_market(tx, code, data, by=call.actor))


@write(
    "PATCH",
    "/locations/{code:str}",
    permission=Permission.channels_write,
    summary="Change a location",
    tags=TAGS,
)
async def patch_location(call: Call, code: FromPath[str], data: Body[LocationChange]) -> Response[Location]:
    """Change a stock location's name, address or position."""
    return await call.write(lambda tx: change_location(tx, code, data, by=call.actor))


@write(
    "PATCH", "/stores/{code:str}", permission=Permission.channels_write, summary="Change a store", tags=TAGS
)
async def patch_store(call: Call, code: FromPath[str], data: Body[StoreChange]) -> Response[StoreView]:
    """Change a store's name, address, hours or how it is reached."""

    async def work(tx: Transaction) -> StoreView:
        changed = await change_store(tx, code, data, by=call.actor)
        location = (await load_atlas(tx)).location(changed.location)
        return StoreView.of(changed, location, call.database.clock.now(), call.language)

    return await call.write(work)


ROUTES = [
    create_seller,
    create_market,
    create_location,
    create_store,
    patch_seller,
    patch_market,
    patch_location,
    patch_store,
]
