"""A small shop for the catalogue's tests: two markets, three channels, some words to describe goods with."""

from typing import Any

import pytest
import pytest_asyncio

from torg.catalog import (
    CategoryText,
    Choice,
    Listing,
    NewAttribute,
    NewCategory,
    NewProduct,
    NewVariant,
    Product,
    ProductText,
    create,
    create_category,
    declare,
    publish,
)
from torg.catalog.model import AttributeKind
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id
from torg.markets import (
    Atlas,
    Channel,
    ChannelKind,
    ChannelSettings,
    Market,
    Seller,
    SiteAddress,
    TaxDisplay,
    add_market,
    add_seller,
    atlas,
    open_channel,
)

ADDRESS = SiteAddress(lines=("Torggata 1",), postal_code="0181", city="Oslo", country="NO")


async def _places(tx: Transaction) -> None:
    await add_seller(tx, Seller("nord", "Nord AS", "974760673", (), ADDRESS), by=SYSTEM)
    for code, currency, languages in (("NO", "NOK", ("nb", "en")), ("SE", "SEK", ("sv", "en"))):
        market = Market(code, {"en": code}, (code,), currency, languages, TaxDisplay.including, "nord")
        await add_market(tx, market, by=SYSTEM)
    for code, kind, market_code in (
        ("web-no", ChannelKind.web, "NO"),
        ("app-no", ChannelKind.app, "NO"),
        ("web-se", ChannelKind.web, "SE"),
    ):
        channel = Channel(code, kind, code, market_code, "nord", None, (), ChannelSettings(), True, 1)
        await open_channel(tx, channel, by=SYSTEM)


def _names(name: str) -> dict[str, str]:
    return {"en": name, "nb": name + " (nb)"}


async def _words(tx: Transaction) -> None:
    colours = tuple(Choice(code, _names(code)) for code in ("blue", "red", "green"))
    sizes = tuple(Choice(code, _names(code)) for code in ("s", "m", "l"))
    for new in (
        NewAttribute(code="colour", kind=AttributeKind.choice, names=_names("Colour"), choices=colours),
        NewAttribute(code="size", kind=AttributeKind.choice, names=_names("Size"), choices=sizes, position=1),
        NewAttribute(code="volume", kind=AttributeKind.number, unit="ml", names=_names("Volume")),
        NewAttribute(code="dishwasher", kind=AttributeKind.boolean, names=_names("Dishwasher")),
        NewAttribute(code="care", kind=AttributeKind.text, names=_names("Care")),
    ):
        await declare(tx, new, by=SYSTEM)
    for code, parent in (("kitchen", None), ("cups", "kitchen"), ("outdoor", None)):
        texts = {"en": CategoryText(code.capitalize()), "nb": CategoryText(f"Avdeling {code}")}
        await create_category(tx, NewCategory(code=code, parent=parent, texts=texts), by=SYSTEM)


@pytest_asyncio.fixture
async def places(database: Database) -> Atlas:
    """The markets and channels, made once per module."""
    if not (await atlas(database)).markets:
        await database.run(_places)
        await database.run(_words)
        database.forget("markets.atlas")
    return await atlas(database)


PICTURES = tuple(f"{letter * 64}.jpg" for letter in "abc")


@pytest_asyncio.fixture
async def pictures(database: Database) -> tuple[str, ...]:
    """Names of three files that are kept (their bytes do not matter to the catalogue)."""
    row = """INSERT INTO files (name, media_type, size, width, height, status, claimed_at)
             VALUES (%(name)s, 'image/jpeg', 1, 1, 1, 'kept', %(at)s) ON CONFLICT DO NOTHING"""
    async with database.transaction() as tx:
        for name in PICTURES:
            await tx.execute(row, name=name, at=tx.now)
    return PICTURES


@pytest.fixture
def web(places: Atlas) -> Channel:
    """The Norwegian web shop."""
    return places.channel("web-no")


def new_mug(**given: Any) -> NewProduct:
    """A mug in two colours with numbers of its own, offered in Norway."""
    mark = new_id().hex[-12:].upper()
    fields: dict[str, Any] = {
        "options": ("colour",),
        "attributes": {"volume": 350, "dishwasher": True},
        "categories": ("cups",),
        "texts": {
            "nb": ProductText(f"Kaffekopp {mark}", "En kopp til morgenkaffen."),
            "en": ProductText(f"Coffee cup {mark}", "A cup for the morning coffee."),
        },
        "variants": (
            NewVariant(sku=f"CUP-{mark}-B", options={"colour": "blue"}, weight_g=300),
            NewVariant(sku=f"CUP-{mark}-R", options={"colour": "red"}, weight_g=300),
        ),
        "assortment": (Listing("market:NO"),),
    }
    return NewProduct(**{**fields, **given})


async def published_mug(tx: Transaction, **given: Any) -> Product:
    """A mug that is on sale."""
    product = await create(tx, new_mug(**given), by=SYSTEM)
    return await publish(tx, product.id, product.version, by=SYSTEM)
