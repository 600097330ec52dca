"""Which ways of delivery an address has, and what they cannot bring."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

import pytest
import pytest_asyncio
from tests.inventory.conftest import make_variant

from torg.demo import markets as demo_markets
from torg.inventory import (
    DeliveryChoice,
    DeliveryKind,
    DeliveryMethod,
    DeliveryMethodChanged,
    Receipt,
    UnknownDeliveryMethod,
    Zone,
    delivery_choices,
    delivery_method,
    delivery_methods,
    offer_delivery,
    receive,
)
from torg.kernel.access import SYSTEM, Actor, ActorKind, Grant, RightMissing
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.markets import UnknownStore, atlas

SHIP = DeliveryMethod(
    "standard", DeliveryKind.ship, {"en": "Standard"}, (Zone("NO", 2, 4), Zone("SE", 3, 5)), place=1
)
PICK_UP = DeliveryMethod(
    "pick-up", DeliveryKind.pick_up, {"en": "Pick-up"}, stores=("oslo", "bergen", "berlin"), place=2
)
OLD = DeliveryMethod("sledge", DeliveryKind.ship, {"en": "Sledge"}, (Zone("NO", 9, 9),), active=False)


@dataclass
class Shop:
    """A retailer with one variant: two at the warehouse, one in Oslo, three in Bergen."""

    database: Database
    variant: UUID

    async def choices(
        self, wanted: int, country: str = "NO", channel: str = "web-no"
    ) -> list[DeliveryChoice]:
        known = await atlas(self.database)
        return await self.database.run(
            lambda tx: delivery_choices(
                tx,
                channel=known.channel(channel),
                country=country,
                postal_code="0159",
                wanted={self.variant: wanted},
            )
        )


@pytest_asyncio.fixture
async def retailer(database: Database) -> AsyncIterator[Shop]:
    async def fill(tx: Transaction) -> UUID:
        await demo_markets.fill(tx)
        for method in (SHIP, PICK_UP, OLD):
            await offer_delivery(tx, method, by=SYSTEM)
        variant = await make_variant(tx)
        places = {"lager-oslo": 2, "oslo": 1, "bergen": 3}
        receipts = [Receipt(variant, place, quantity) for place, quantity in places.items()]
        await receive(tx, receipts, document="DN", by=SYSTEM)
        return variant

    yield Shop(database, await database.run(fill))


def told(choices: list[DeliveryChoice]) -> list[tuple[str, str | None, bool]]:
    return [(choice.code, choice.store, not choice.short) for choice in choices]


async def test_what_the_warehouse_has_is_sent_or_picked_up_where_it_is(retailer: Shop) -> None:
    assert told(await retailer.choices(1)) == [
        ("standard", None, True),
        ("pick-up", "bergen", True),
        ("pick-up", "oslo", True),
    ]
    choice = (await retailer.choices(1))[0]
    # Ordered on Friday at 13:00 in Oslo, after the cut-off at noon: it leaves on Monday.
    assert (choice.earliest, choice.latest) == (date(2026, 11, 25), date(2026, 11, 27))


async def test_what_is_sold_out_in_one_place_is_told_for_that_place_only(retailer: Shop) -> None:
    assert told(await retailer.choices(3)) == [
        ("standard", None, True),  # from the warehouse and a store together
        ("pick-up", "bergen", True),
        ("pick-up", "oslo", False),
    ]
    assert told(await retailer.choices(7))[0] == ("standard", None, False)


async def test_only_the_market_s_stores_and_the_address_s_country_are_offered(retailer: Shop) -> None:
    assert told(await retailer.choices(1, country="DK")) == [
        ("pick-up", "bergen", True),
        ("pick-up", "oslo", True),
    ]
    assert told(await retailer.choices(1, channel="web-de", country="DE")) == [("pick-up", "berlin", False)]


async def test_a_method_is_written_as_a_whole_and_over_the_version_that_was_seen(retailer: Shop) -> None:
    async def write(tx: Transaction, method: DeliveryMethod, version: int | None) -> DeliveryMethod:
        return await offer_delivery(tx, method, by=SYSTEM, version=version)

    before = await delivery_method(retailer.database, "standard")
    changed = DeliveryMethod(
        "standard", DeliveryKind.ship, {"en": "Post"}, (Zone("DK", 1, 2),), cut_off=time(9)
    )
    await retailer.database.run(lambda tx: write(tx, changed, before.version))
    with pytest.raises(StaleVersion):
        await retailer.database.run(lambda tx: write(tx, SHIP, before.version))
    after = await delivery_method(retailer.database, "standard")
    assert (after.zones, after.name, after.cut_off) == (changed.zones, {"en": "Post"}, time(9))
    assert after.version == before.version + 1
    with pytest.raises(UnknownDeliveryMethod):
        await delivery_method(retailer.database, "pigeon")


async def test_a_method_that_goes_nowhere_is_refused_with_all_that_is_wrong(tx: Transaction) -> None:
    wrong = DeliveryMethod("no good", DeliveryKind.ship, {"nb": "Feil"})
    with pytest.raises(Invalid) as refused:
        await offer_delivery(tx, wrong, by=SYSTEM)
    assert [problem.field for problem in refused.value.problems] == ["code", "name.en", "zones"]
    twice = DeliveryMethod("x", DeliveryKind.ship, {"en": "X"}, (Zone("NO", 3, 1), Zone("NO", 1, 1)))
    with pytest.raises(Invalid) as refused:
        await offer_delivery(tx, twice, by=SYSTEM)
    assert [problem.field for problem in refused.value.problems] == ["zones.0.days_to", "zones.1"]
    nowhere = DeliveryMethod("y", DeliveryKind.pick_up, {"en": "Y"}, stores=("atlantis",))
    with pytest.raises(UnknownStore):
        async with tx.savepoint():
            await offer_delivery(tx, nowhere, by=SYSTEM)
    assert not [event for event in tx.recorded if isinstance(event, DeliveryMethodChanged)]


async def test_only_who_may_change_channels_changes_methods(retailer: Shop, tx: Transaction) -> None:
    clerk = Actor(ActorKind.staff, "stf", (Grant(frozenset({"stock:adjust"})),))
    with pytest.raises(RightMissing):
        await offer_delivery(tx, SHIP, by=clerk)
    assert {method.code for method in await delivery_methods(retailer.database)} == {
        "standard",
        "pick-up",
        "sledge",
    }
