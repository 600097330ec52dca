"""What sales channels stand on, entered and changed by staff over HTTP: sellers, markets, locations and stores."""

from typing import Annotated, Any

from litestar import Response
from msgspec import UNSET, Meta, Struct, UnsetType

from torg.kernel.database import Transaction
from torg.kernel.http import Body, Call, FromPath, write
from torg.markets import (
    Code,
    Location,
    LocationChange,
    LocationKind,
    Market,
    MarketChange,
    Seller,
    SellerChange,
    SiteAddress,
    SpecialDay,
    Store,
    StoreChange,
    TaxDisplay,
    WeeklyOpening,
    add_location,
    add_market,
    add_seller,
    add_store,
    change_location,
    change_market,
    change_seller,
    change_store,
    load_atlas,
)
from torg.markets.api import TAGS, StoreView, Version
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


TaxNumbers = Annotated[
    dict[str, Number], Meta(max_length=250, description="VAT, GST or sales tax registrations by country.")
]
Countries = Annotated[tuple[Country, ...], Meta(min_length=1, max_length=250)]
Languages = Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(min_length=1, max_length=20)]
PostalCode = Annotated[str, Meta(min_length=1, max_length=20)]
Hours = Annotated[tuple[WeeklyOpening, ...], Meta(max_length=70)]
SpecialDays = Annotated[tuple[SpecialDay, ...], Meta(max_length=1000)]
KeepsHolidays = Annotated[
    bool,
    Meta(
        description="Closed on the public holidays of its country and region, unless a special day says otherwise."
    ),
]
Phone = Annotated[str, Meta(min_length=1, max_length=40)]
Email = Annotated[str, Meta(min_length=3, max_length=254)]


class NewSeller(Struct, frozen=True, forbid_unknown_fields=True):
    """A legal entity that is to sell."""

    code: Code
    legal_name: Name
    registration_number: Annotated[Number, Meta(description="Its number in its country's company register.")]
    address: SiteAddress
    tax_numbers: TaxNumbers = {}


class NewMarket(Struct, frozen=True, forbid_unknown_fields=True):
    """Countries that are to be sold to alike; the first language is the default."""

    code: Code
    name: Names
    countries: Countries
    currency: Annotated[str, Meta(min_length=3, max_length=3, description="ISO 4217", examples=["NOK"])]
    languages: Languages
    tax_display: TaxDisplay
    seller: Code
    region: Region | None = None
    postal_code: PostalCode | None = None


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
    opening_hours: Hours = ()
    special_days: SpecialDays = ()
    closed_on_holidays: KeepsHolidays = False
    phone: Phone | None = None
    email: Email | None = None


class SellerPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a seller; what is left out stays."""

    legal_name: Name | UnsetType = UNSET
    registration_number: Number | UnsetType = UNSET
    tax_numbers: TaxNumbers | UnsetType = UNSET
    address: SiteAddress | UnsetType = UNSET
    version: Version | None = None


class MarketPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a market; what is left out stays. Its currency stays for ever."""

    name: Names | UnsetType = UNSET
    countries: Countries | UnsetType = UNSET
    languages: Languages | UnsetType = UNSET
    tax_display: TaxDisplay | UnsetType = UNSET
    seller: Code | UnsetType = UNSET
    region: Region | UnsetType | None = UNSET
    postal_code: PostalCode | UnsetType | None = UNSET
    version: Version | None = None


class LocationPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a location; what is left out stays. Its kind and country stay for ever."""

    name: Name | UnsetType = UNSET
    address: SiteAddress | UnsetType = UNSET
    time_zone: Zone | UnsetType = UNSET
    latitude_e6: Microdegrees | UnsetType = UNSET
    longitude_e6: Microdegrees | UnsetType = UNSET
    version: Version | None = None


class StorePatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a store; what is left out stays. Where its stock stands and its market stay for ever."""

    name: Names | UnsetType = UNSET
    address: SiteAddress | UnsetType = UNSET
    time_zone: Zone | UnsetType = UNSET
    opening_hours: Hours | UnsetType = UNSET
    special_days: SpecialDays | UnsetType = UNSET
    closed_on_holidays: KeepsHolidays | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    version: Version | None = None


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


@write(
    "PATCH", "/sellers/{code:str}", permission=Permission.channels_write, summary="Change a seller", tags=TAGS
)
async def patch_seller(call: Call, code: FromPath[str], data: Body[SellerPatch]) -> Response[Seller]:
    """Change a seller; its company and tax numbers are checked anew."""
    change = SellerChange(**_changes(data))
    return await call.write(lambda tx: change_seller(tx, code, change, version=data.version, by=call.actor))


@write(
    "PATCH", "/markets/{code:str}", permission=Permission.channels_write, summary="Change a market", tags=TAGS
)
async def patch_market(call: Call, code: FromPath[str], data: Body[MarketPatch]) -> Response[Market]:
    """Change a market; prices and tax follow its countries from the next second on."""
    change = MarketChange(**_changes(data))
    return await call.write(lambda tx: change_market(tx, code, change, version=data.version, by=call.actor))


@write(
    "PATCH",
    "/locations/{code:str}",
    permission=Permission.channels_write,
    summary="Change a location",
    tags=TAGS,
)
async def patch_location(call: Call, code: FromPath[str], data: Body[LocationPatch]) -> Response[Location]:
    """Change a stock location's name, address or position."""
    change = LocationChange(**_changes(data))
    return await call.write(lambda tx: change_location(tx, code, change, version=data.version, by=call.actor))


@write(
    "PATCH", "/stores/{code:str}", permission=Permission.channels_write, summary="Change a store", tags=TAGS
)
async def patch_store(call: Call, code: FromPath[str], data: Body[StorePatch]) -> Response[StoreView]:
    """Change a store's name, address, hours or how it is reached."""
    change = StoreChange(**_changes(data))

    async def work(tx: Transaction) -> StoreView:
        changed = await change_store(tx, code, change, version=data.version, by=call.actor)
        location = (await load_atlas(tx)).location(changed.location)
        return StoreView.of(changed, location, call.database.clock.now(), call.language)

    return await call.write(work)


def _changes(data: Struct) -> dict[str, Any]:
    return {name: value for name, value in _fields(data).items() if name != "version"}


def _fields(data: Struct) -> dict[str, Any]:
    return {name: getattr(data, name) for name in data.__struct_fields__}


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
