"""Changing what sales channels stand on: sellers, markets, locations and stores.

What others have been reckoned with stays for ever: codes, a market's currency, a location's kind and country, where a
store stands and sells.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, NotFound, StaleVersion
from torg.kernel.events import Event
from torg.markets import fields, rules, snapshot, store
from torg.markets.events import LocationChanged, MarketChanged, SellerChanged, StoreChanged
from torg.markets.model import (
    Code,
    Location,
    Market,
    Seller,
    SiteAddress,
    Store,
    TaxDisplay,
    UnknownLocation,
    UnknownMarket,
    UnknownSeller,
    UnknownStore,
)
from torg.markets.snapshot import Atlas
from torg.markets.taxation import MarketTax
from torg.permissions import Permission

T = TypeVar("T", Seller, Market, Location, Store)


class SellerChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a seller; what is left out stays."""

    legal_name: fields.Name | UnsetType = UNSET
    registration_number: fields.Number | UnsetType = UNSET
    registrations: fields.Registrations | UnsetType = UNSET
    address: SiteAddress | UnsetType = UNSET
    version: fields.Version | None = None


class MarketChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a market; what is left out stays. Its currency stays for ever."""

    name: fields.Names | UnsetType = UNSET
    countries: fields.Countries | UnsetType = UNSET
    languages: fields.Languages | UnsetType = UNSET
    tax_display: TaxDisplay | UnsetType = UNSET
    seller: Code | UnsetType = UNSET
    region: fields.Region | UnsetType | None = UNSET
    postal_code: fields.PostalCode | UnsetType | None = UNSET
    tax: MarketTax | UnsetType = UNSET
    version: fields.Version | None = None


class LocationChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a location; what is left out stays. Its kind and country stay for ever."""

    name: fields.Name | UnsetType = UNSET
    address: SiteAddress | UnsetType = UNSET
    time_zone: fields.Zone | UnsetType = UNSET
    latitude_e6: fields.Microdegrees | UnsetType = UNSET
    longitude_e6: fields.Microdegrees | UnsetType = UNSET
    version: fields.Version | None = None


class StoreChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about a store; what is left out stays. Where its stock stands and its market stay for ever."""

    name: fields.Names | UnsetType = UNSET
    address: SiteAddress | UnsetType = UNSET
    time_zone: fields.Zone | UnsetType = UNSET
    opening_hours: fields.Hours | UnsetType = UNSET
    special_days: fields.SpecialDays | UnsetType = UNSET
    closed_on_holidays: fields.KeepsHolidays | UnsetType = UNSET
    phone: fields.Phone | UnsetType | None = UNSET
    email: fields.Email | UnsetType | None = UNSET
    version: fields.Version | None = None


async def change_seller(tx: Transaction, code: str, change: SellerChange, *, by: Actor) -> Seller:
    """Change a seller; its company and tax numbers are checked anew."""
    by.must(Permission.channels_write)
    before = _there(await store.lock(tx, Seller, code), UnknownSeller(seller=code[:80]))
    return await _changed(tx, before, change, lambda one, _: rules.seller_problems(one), SellerChanged, by)


async def change_market(tx: Transaction, code: str, change: MarketChange, *, by: Actor) -> Market:
    """Change a market; its currency stays."""
    by.must(Permission.channels_write)
    before = _there(await store.lock(tx, Market, code), UnknownMarket(market=code[:80]))

    def problems(one: Market, known: Atlas) -> Iterable[FieldProblem]:
        return rules.market_problems(one, known.sellers)

    return await _changed(tx, before, change, problems, MarketChanged, by)


async def change_location(tx: Transaction, code: str, change: LocationChange, *, by: Actor) -> Location:
    """Change a location; its kind and country stay."""
    by.must(Permission.channels_write)
    before = _there(await store.lock(tx, Location, code), UnknownLocation(location=code[:80]))
    return await _changed(
        tx, before, change, lambda one, _: rules.location_problems(one), LocationChanged, by
    )


async def change_store(tx: Transaction, code: str, change: StoreChange, *, by: Actor) -> Store:
    """Change a store's name, address, hours or how it is reached; its stock location and market stay."""
    by.must(Permission.channels_write, store=code)
    before = _there(await store.lock(tx, Store, code), UnknownStore(store=code[:80]))

    def problems(one: Store, known: Atlas) -> Iterable[FieldProblem]:
        return rules.store_problems(one, known.locations, known.markets)

    return await _changed(tx, before, change, problems, StoreChanged, by)


def _there(found: T | None, unknown: NotFound) -> T:
    if found is None:
        raise unknown
    return found


async def _changed(
    tx: Transaction,
    before: T,
    change: SellerChange | MarketChange | LocationChange | StoreChange,
    problems: Callable[[T, Atlas], Iterable[FieldProblem]],
    told: Callable[..., Event],
    by: Actor,
) -> T:
    """The thing as it is then, kept, told and written down; a change that changes nothing is no new version."""
    given = asdict(change)
    version = given.pop("version")
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    after: T = replace(before, **{name: value for name, value in given.items() if value is not UNSET})
    if after == before:
        return before
    if found := tuple(problems(after, await snapshot.load_atlas(tx))):
        raise Invalid.of(*found)
    after = replace(after, version=before.version + 1)
    await store.save(tx, after)
    tx.database.forget(snapshot.NAME)
    await audit.write(
        tx, by, f"{type(after).__name__.lower()}.changed", after.code, before=before, after=after
    )
    tx.record(told(code=after.code, version=after.version))
    return after
