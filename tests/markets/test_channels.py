"""Opening, changing and closing sales channels, and the atlas that everybody reads."""

import pytest
from msgspec.structs import replace

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.database import TALLY, Database, Tally, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.markets import (
    CartHold,
    ChannelChange,
    ChannelClosed,
    ChannelOpened,
    ChannelSettings,
    ChannelSwitched,
    CodeTaken,
    KeepWhen,
    UnknownChannel,
    UnknownLocation,
    UnknownMarket,
    UnknownSeller,
    UnknownStore,
    add_seller,
    add_store,
    atlas,
    change_channel,
    close_channel,
    load_atlas,
    open_channel,
    reopen_channel,
)

POP_UP = replace(demo.CHANNELS[0], code="pop-up", name="Pop-up")
CLERK = Actor(ActorKind.staff, id="clerk", grants=(Grant(frozenset({"channels:read"})),))
NORWAY_ONLY = Actor(
    ActorKind.staff,
    id="nora",
    grants=(Grant(frozenset({"channels:write"}), channels=frozenset({"web-no"})),),
)


async def test_filling_twice_is_the_same_as_once(tx: Transaction) -> None:
    await demo.fill(tx)
    first = await load_atlas(tx)
    await demo.fill(tx)
    assert await load_atlas(tx) == first
    assert tuple(first.channels) == tuple(sorted(channel.code for channel in demo.CHANNELS))
    assert first.channel("web-no").locations == ("lager-oslo", "oslo", "bergen")
    assert first.store("oslo") == next(store for store in demo.STORES if store.code == "oslo")
    assert [store.code for store in first.stores_of("NO")] == ["bergen", "oslo"]
    assert first.market("US").called("de") == "Vereinigte Staaten"


async def test_a_warm_atlas_costs_no_statement(database: Database) -> None:
    await atlas(database)
    tally = Tally()
    token = TALLY.set(tally)
    try:
        for _ in range(100):
            await atlas(database)
    finally:
        TALLY.reset(token)
    assert tally.statements == 0


async def test_a_code_that_nobody_made_is_not_found(tx: Transaction) -> None:
    known = await load_atlas(tx)
    for lookup, error in (
        (known.channel, UnknownChannel),
        (known.selling, UnknownChannel),
        (known.market, UnknownMarket),
        (known.store, UnknownStore),
        (known.location, UnknownLocation),
        (known.seller, UnknownSeller),
    ):
        with pytest.raises(error):
            lookup("nowhere")


async def test_an_opened_channel_is_kept_with_its_locations_in_order_and_told(tx: Transaction) -> None:
    await demo.fill(tx)
    await open_channel(tx, replace(POP_UP, locations=("oslo", "lager-oslo")), by=SYSTEM)
    kept = (await load_atlas(tx)).channel("pop-up")
    assert kept.locations == ("oslo", "lager-oslo")
    assert kept.version == 1
    assert ChannelOpened(channel="pop-up", kind="web", market="NO") in tx.recorded


async def test_a_wrong_channel_is_refused_with_every_field_and_nothing_is_kept(tx: Transaction) -> None:
    await demo.fill(tx)
    told = len(tx.recorded)
    with pytest.raises(Invalid) as refused:
        await open_channel(tx, replace(POP_UP, market="XX", seller="x", locations=("moon",)), by=SYSTEM)
    assert {problem.field for problem in refused.value.problems} == {"market", "seller", "locations.0"}
    assert "pop-up" not in (await load_atlas(tx)).channels
    assert len(tx.recorded) == told


async def test_a_code_in_use_is_refused_and_the_transaction_goes_on(tx: Transaction) -> None:
    await demo.fill(tx)
    with pytest.raises(CodeTaken):
        await open_channel(tx, replace(POP_UP, code="web-no"), by=SYSTEM)
    with pytest.raises(CodeTaken):
        await add_seller(tx, demo.SELLERS[0], by=SYSTEM)
    assert (await load_atlas(tx)).channel("web-no").name == "Web shop Norway"


async def test_a_wrong_seller_or_store_is_refused_and_not_kept(tx: Transaction) -> None:
    await demo.fill(tx)
    with pytest.raises(Invalid):
        await add_seller(tx, replace(demo.SELLERS[0], code="new", registration_number="1"), by=SYSTEM)
    with pytest.raises(Invalid):
        await add_store(tx, replace(demo.STORES[0], code="new", time_zone="Mars"), by=SYSTEM)
    known = await load_atlas(tx)
    assert "new" not in known.sellers
    assert "new" not in known.stores


async def test_only_who_may_opens_channels(tx: Transaction) -> None:
    await demo.fill(tx)
    with pytest.raises(SignInNeeded):
        await open_channel(tx, POP_UP, by=VISITOR)
    for actor in (CLERK, NORWAY_ONLY):
        with pytest.raises(RightMissing):
            await open_channel(tx, POP_UP, by=actor)
    assert "pop-up" not in (await load_atlas(tx)).channels


async def test_a_change_raises_the_version_and_a_stale_one_is_refused(tx: Transaction) -> None:
    await demo.fill(tx)
    settings = ChannelSettings(guest_checkout=False, cart_hold=CartHold(KeepWhen.few, minutes=5))
    change = ChannelChange(settings=settings, locations=("bergen",))
    changed = await change_channel(tx, "web-no", change, version=1, by=NORWAY_ONLY)
    assert (changed.version, changed.settings, changed.locations) == (2, settings, ("bergen",))
    assert (await load_atlas(tx)).channel("web-no") == changed
    with pytest.raises(StaleVersion):
        await change_channel(tx, "web-no", ChannelChange(name="Other"), version=1, by=SYSTEM)
    assert (await load_atlas(tx)).channel("web-no").name == "Web shop Norway"


async def test_a_change_that_changes_nothing_is_no_new_version(tx: Transaction) -> None:
    await demo.fill(tx)
    told = len(tx.recorded)
    same = await change_channel(tx, "web-no", ChannelChange(name="Web shop Norway"), version=None, by=SYSTEM)
    assert same.version == 1
    assert len(tx.recorded) == told


async def test_a_grant_for_one_channel_does_not_reach_another(tx: Transaction) -> None:
    await demo.fill(tx)
    with pytest.raises(RightMissing):
        await change_channel(tx, "web-se", ChannelChange(name="Mine"), version=None, by=NORWAY_ONLY)
    with pytest.raises(RightMissing):
        await close_channel(tx, "web-se", version=None, by=NORWAY_ONLY)
    assert (await load_atlas(tx)).channel("web-se") == replace(demo.CHANNELS[1])


async def test_a_closed_channel_is_found_but_does_not_sell_until_it_is_reopened(tx: Transaction) -> None:
    await demo.fill(tx)
    closed = await close_channel(tx, "web-no", version=1, by=SYSTEM)
    again = await close_channel(tx, "web-no", version=None, by=SYSTEM)
    assert closed == again
    known = await load_atlas(tx)
    assert known.channel("web-no").code == "web-no"
    with pytest.raises(ChannelClosed):
        known.selling("web-no")
    assert ChannelSwitched(channel="web-no", active=False, version=2) in tx.recorded
    opened = await reopen_channel(tx, "web-no", version=2, by=SYSTEM)
    assert (opened.active, opened.version) == (True, 3)


async def test_a_channel_that_nobody_made_cannot_be_changed(tx: Transaction) -> None:
    with pytest.raises(UnknownChannel):
        await change_channel(tx, "nowhere", ChannelChange(name="x"), version=None, by=SYSTEM)
