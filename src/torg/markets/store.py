"""The tables of sellers, markets, locations, stores and channels."""

from typing import Any, TypeVar

import psycopg
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.markets.model import Channel, CodeTaken, Location, Market, Seller, Store, UnknownChannel

T = TypeVar("T", bound=Struct)

TABLES = ("channels", "channel_locations", "stores", "locations", "markets", "sellers")
SELLERS = """
SELECT code, legal_name, registration_number, registrations, address, version
FROM sellers ORDER BY code
"""
SELLER = """
SELECT code, legal_name, registration_number, registrations, address, version
FROM sellers WHERE code = %(code)s FOR UPDATE
"""
MARKETS = """
SELECT code, name, countries, currency, languages, tax_display, seller, region, postal_code, tax,
       version
FROM markets ORDER BY code
"""
MARKET = """
SELECT code, name, countries, currency, languages, tax_display, seller, region, postal_code, tax,
       version
FROM markets WHERE code = %(code)s FOR UPDATE
"""
LOCATIONS = """
SELECT code, kind, name, country, region, time_zone, address, latitude_e6, longitude_e6, version
FROM locations ORDER BY code
"""
LOCATION = """
SELECT code, kind, name, country, region, time_zone, address, latitude_e6, longitude_e6, version
FROM locations WHERE code = %(code)s FOR UPDATE
"""
STORES = """
SELECT code, name, location, market, address, time_zone, opening_hours, special_days, closed_on_holidays,
       phone, email, version
FROM stores ORDER BY code
"""
STORE = """
SELECT code, name, location, market, address, time_zone, opening_hours, special_days, closed_on_holidays,
       phone, email, version
FROM stores WHERE code = %(code)s FOR UPDATE
"""
CHANNELS = """
SELECT code, kind, name, market, seller, store, settings, active, version,
       ARRAY(SELECT location FROM channel_locations WHERE channel = code ORDER BY position) AS locations
FROM channels ORDER BY code
"""
CHANNEL = """
SELECT code, kind, name, market, seller, store, settings, active, version,
       ARRAY(SELECT location FROM channel_locations WHERE channel = code ORDER BY position) AS locations
FROM channels WHERE code = %(code)s FOR UPDATE
"""
ADD_SELLER = """
INSERT INTO sellers (code, legal_name, registration_number, registrations, address)
VALUES (%(code)s, %(legal_name)s, %(registration_number)s, %(registrations)s, %(address)s)
"""
ADD_MARKET = """
INSERT INTO markets (code, name, countries, currency, languages, tax_display, seller, region, postal_code,
                     tax)
VALUES (%(code)s, %(name)s, %(countries)s, %(currency)s, %(languages)s, %(tax_display)s, %(seller)s,
        %(region)s, %(postal_code)s, %(tax)s)
"""
ADD_LOCATION = """
INSERT INTO locations (code, kind, name, country, region, time_zone, address, latitude_e6, longitude_e6)
VALUES (%(code)s, %(kind)s, %(name)s, %(country)s, %(region)s, %(time_zone)s, %(address)s, %(latitude_e6)s,
        %(longitude_e6)s)
"""
ADD_STORE = """
INSERT INTO stores
    (code, name, location, market, address, time_zone, opening_hours, special_days, closed_on_holidays,
     phone, email)
VALUES (%(code)s, %(name)s, %(location)s, %(market)s, %(address)s, %(time_zone)s, %(opening_hours)s,
        %(special_days)s, %(closed_on_holidays)s, %(phone)s, %(email)s)
"""
ADD_CHANNEL = """
INSERT INTO channels (code, kind, name, market, seller, store, settings, active, version)
VALUES (%(code)s, %(kind)s, %(name)s, %(market)s, %(seller)s, %(store)s, %(settings)s, %(active)s,
        %(version)s)
"""
SAVE_SELLER = """
UPDATE sellers SET legal_name = %(legal_name)s, registration_number = %(registration_number)s,
    registrations = %(registrations)s, address = %(address)s, version = %(version)s
WHERE code = %(code)s
"""
SAVE_MARKET = """
UPDATE markets SET name = %(name)s, countries = %(countries)s, languages = %(languages)s,
    tax_display = %(tax_display)s, seller = %(seller)s, region = %(region)s, postal_code = %(postal_code)s,
    tax = %(tax)s, version = %(version)s
WHERE code = %(code)s
"""
SAVE_LOCATION = """
UPDATE locations SET name = %(name)s, time_zone = %(time_zone)s, address = %(address)s,
    latitude_e6 = %(latitude_e6)s, longitude_e6 = %(longitude_e6)s, version = %(version)s
WHERE code = %(code)s
"""
SAVE_STORE = """
UPDATE stores SET name = %(name)s, address = %(address)s, time_zone = %(time_zone)s,
    opening_hours = %(opening_hours)s, special_days = %(special_days)s,
    closed_on_holidays = %(closed_on_holidays)s, phone = %(phone)s, email = %(email)s, version = %(version)s
WHERE code = %(code)s
"""
SAVE_CHANNEL = """
UPDATE channels SET name = %(name)s, settings = %(settings)s, active = %(active)s, version = version + 1
WHERE code = %(code)s AND version = %(version)s
"""
CLEAR_CHANNEL_LOCATIONS = "DELETE FROM channel_locations WHERE channel = %(channel)s"
ADD_CHANNEL_LOCATION = """
INSERT INTO channel_locations (channel, position, location) VALUES (%(channel)s, %(position)s, %(location)s)
"""

ADD: dict[type[Struct], str] = {
    Seller: ADD_SELLER,
    Market: ADD_MARKET,
    Location: ADD_LOCATION,
    Store: ADD_STORE,
    Channel: ADD_CHANNEL,
}
LOCK: dict[type[Struct], str] = {Seller: SELLER, Market: MARKET, Location: LOCATION, Store: STORE}
SAVE: dict[type[Struct], str] = {
    Seller: SAVE_SELLER,
    Market: SAVE_MARKET,
    Location: SAVE_LOCATION,
    Store: SAVE_STORE,
}
LISTS_OF_DOCUMENTS = ("opening_hours", "registrations", "special_days")


async def sellers(tx: Transaction) -> list[Seller]:
    """Every seller."""
    return await tx.all(Seller, SELLERS)


async def markets(tx: Transaction) -> list[Market]:
    """Every market."""
    return await tx.all(Market, MARKETS)


async def locations(tx: Transaction) -> list[Location]:
    """Every location."""
    return await tx.all(Location, LOCATIONS)


async def stores(tx: Transaction) -> list[Store]:
    """Every store."""
    return await tx.all(Store, STORES)


async def channels(tx: Transaction) -> list[Channel]:
    """Every sales channel."""
    return await tx.all(Channel, CHANNELS)


async def lock_channel(tx: Transaction, code: str) -> Channel:
    """The channel, held against other changes until the transaction ends."""
    found = await tx.find(Channel, CHANNEL, code=code)
    if found is None:
        raise UnknownChannel(channel=code)
    return found


async def lock(tx: Transaction, kind: type[T], code: str) -> T | None:
    """The seller, market, location or store, held against other changes until the transaction ends."""
    return await tx.find(kind, LOCK[kind], code=code)


async def save(tx: Transaction, thing: Seller | Market | Location | Store) -> None:
    """Keep the changes of what is locked."""
    await tx.execute(SAVE[type(thing)], **_row(thing))


async def add(tx: Transaction, thing: Seller | Market | Location | Store | Channel) -> None:
    """Keep something new; refuses a code that is in use."""
    try:
        async with tx.savepoint():
            await tx.execute(ADD[type(thing)], **_row(thing))
    except psycopg.errors.UniqueViolation:
        raise CodeTaken(taken=thing.code) from None
    if isinstance(thing, Channel):
        await _keep_locations(tx, thing)


async def save_channel(tx: Transaction, before: Channel, after: Channel) -> Channel:
    """Keep a locked channel's changes under the next version."""
    row = _row(after) | {"version": before.version}
    if await tx.execute(SAVE_CHANNEL, **row) != 1:
        raise LookupError(f"channel {before.code} was not locked")
    if before.locations != after.locations:
        await tx.execute(CLEAR_CHANNEL_LOCATIONS, channel=after.code)
        await _keep_locations(tx, after)
    return Channel(**_fields(after) | {"version": before.version + 1})


async def _keep_locations(tx: Transaction, channel: Channel) -> None:
    await tx.execute_many(
        ADD_CHANNEL_LOCATION,
        [
            {"channel": channel.code, "position": position, "location": location}
            for position, location in enumerate(channel.locations)
        ],
    )


def _fields(thing: Struct) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__struct_fields__}


def _row(thing: Struct) -> dict[str, Any]:
    return {name: _column(name, value) for name, value in _fields(thing).items()}


def _column(name: str, value: Any) -> Any:
    if isinstance(value, dict | Struct) or name in LISTS_OF_DOCUMENTS:
        return Jsonb(value)
    return list(value) if isinstance(value, tuple) else value
