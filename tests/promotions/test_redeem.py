"""Codes in use: found, counted once per order, given back, and never past their limit however many come at once."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from msgspec.structs import replace

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.ids import new_id
from torg.markets import Channel, CodeTaken
from torg.promotions import (
    CodeNotValid,
    CodePromotion,
    CodeRedeemed,
    CodeUsedUp,
    UnknownCode,
    create_promotion,
    disable_promotion,
    find_code,
    give_back,
    list_promotions,
    promotion_of,
    redeem,
)

WEB = next(channel for channel in demo.CHANNELS if channel.code == "web-no")
TEN = CodePromotion(
    code="ten", name={"en": "Ten percent"}, percent=100_000, usage_limit=2, usage_per_customer=1
)
READER = Actor(ActorKind.staff, id="reader", grants=(Grant(frozenset({"prices:read"})),))


@pytest_asyncio.fixture
async def shop(database: Database) -> Database:
    """A database with the practice retailer's markets, for the atlas that codes are looked up with."""
    await database.run(demo.fill)
    return database


async def test_a_code_is_found_however_it_is_typed_with_how_often_it_was_used(
    shop: Database, tx: Transaction
) -> None:
    await create_promotion(tx, TEN, by=SYSTEM)
    await redeem(tx, "TEN", new_id())
    found = await find_code(tx, " Ten ", channel=WEB, at=tx.now)
    assert (found.code, found.used, found.called("nb")) == ("TEN", 1, "Ten percent")
    with pytest.raises(UnknownCode):
        await find_code(tx, "ELEVEN", channel=WEB, at=tx.now)
    with pytest.raises(UnknownCode):
        await redeem(tx, "ELEVEN", new_id())


async def test_a_code_that_does_not_hold_here_or_now_is_refused(shop: Database, tx: Transaction) -> None:
    await create_promotion(tx, replace(TEN, channels=("app-sg",)), by=SYSTEM)
    kroner = CodePromotion(code="KR", name={"en": "kr"}, amount=100, currency="SEK")
    await create_promotion(tx, kroner, by=SYSTEM)
    for code in ("TEN", "KR"):
        with pytest.raises(CodeNotValid):
            await find_code(tx, code, channel=WEB, at=tx.now)


async def test_an_order_counts_once_and_gives_back_once(shop: Database, tx: Transaction) -> None:
    await create_promotion(tx, TEN, by=SYSTEM)
    order = new_id()
    for _ in range(3):
        await redeem(tx, "TEN", order, customer="ann")
    assert (await promotion_of(tx, "TEN", by=SYSTEM)).used == 1
    assert [event for event in tx.recorded if isinstance(event, CodeRedeemed)] == [
        CodeRedeemed(promotion="TEN", order_id=order)
    ]
    for _ in range(2):
        await give_back(tx, "TEN", order)
    assert (await promotion_of(tx, "TEN", by=SYSTEM)).used == 0
    await redeem(tx, "TEN", new_id(), customer="ann")


async def test_a_code_that_is_used_up_is_refused_and_counts_nothing(shop: Database, tx: Transaction) -> None:
    await create_promotion(tx, TEN, by=SYSTEM)
    for _ in range(2):
        await redeem(tx, "TEN", new_id())
    order = new_id()
    with pytest.raises(CodeUsedUp):
        await redeem(tx, "TEN", order)
    with pytest.raises(CodeUsedUp):
        await find_code(tx, "TEN", channel=WEB, at=tx.now)
    assert (
        await tx.all(UUID, "SELECT order_id FROM promotion_redemptions WHERE order_id = %(id)s", id=order)
        == []
    )
    assert len(tx.recorded) == 3


async def test_a_customer_uses_a_code_as_often_as_she_may(shop: Database, tx: Transaction) -> None:
    await create_promotion(tx, replace(TEN, usage_limit=None), by=SYSTEM)
    await redeem(tx, "TEN", new_id(), customer="ann")
    with pytest.raises(CodeUsedUp):
        await find_code(tx, "TEN", channel=WEB, at=tx.now, customer="ann")
    with pytest.raises(CodeUsedUp):
        await redeem(tx, "TEN", new_id(), customer="ann")
    await redeem(tx, "TEN", new_id(), customer="bob")
    assert (await promotion_of(tx, "TEN", by=SYSTEM)).used == 2


async def test_a_disabled_code_holds_no_longer(shop: Database, tx: Transaction) -> None:
    await create_promotion(tx, TEN, by=SYSTEM)
    with pytest.raises(StaleVersion):
        await disable_promotion(tx, "TEN", version=9, by=SYSTEM)
    ended = await disable_promotion(tx, "ten", version=1, by=SYSTEM)
    assert (ended.disabled_at, ended.version) == (tx.now, 2)
    assert await disable_promotion(tx, "TEN", version=None, by=SYSTEM) == ended
    with pytest.raises(CodeNotValid):
        await find_code(tx, "TEN", channel=WEB, at=tx.now)


async def test_only_who_may_makes_codes_and_a_wrong_one_is_not_kept(shop: Database, tx: Transaction) -> None:
    with pytest.raises(SignInNeeded):
        await create_promotion(tx, TEN, by=VISITOR)
    with pytest.raises(RightMissing):
        await create_promotion(tx, TEN, by=READER)
    with pytest.raises(Invalid):
        await create_promotion(tx, replace(TEN, percent=None), by=SYSTEM)
    assert await list_promotions(tx, by=READER) == []
    await create_promotion(tx, TEN, by=SYSTEM)
    with pytest.raises(CodeTaken):
        await create_promotion(tx, TEN, by=SYSTEM)
    with pytest.raises(RightMissing):
        await disable_promotion(tx, "TEN", version=None, by=READER)
    assert (await promotion_of(tx, "TEN", by=READER)).disabled_at is None


async def _redeemed(database: Database, code: str, count: int, customer: str | None = None) -> Counter[str]:
    room = asyncio.Semaphore(20)  # as many as there are connections to write with

    async def one() -> str:
        async with room:
            try:
                await database.run(lambda tx: redeem(tx, code, new_id(), customer=customer))
            except CodeUsedUp:
                return "used up"
            return "redeemed"

    return Counter(await asyncio.gather(*(one() for _ in range(count))))


async def test_a_thousand_at_once_never_pass_the_limit(shop: Database) -> None:
    code = f"RUSH-{new_id().hex[-8:]}".upper()
    limited = CodePromotion(code=code, name={"en": "Rush"}, percent=100_000, usage_limit=50)
    await shop.run(lambda tx: create_promotion(tx, limited, by=SYSTEM))
    assert await _redeemed(shop, code, 1000) == {"redeemed": 50, "used up": 950}
    found = await shop.read(lambda tx: promotion_of(tx, code, by=SYSTEM))
    rows = "SELECT count(*) FROM promotion_redemptions WHERE code = %(code)s"
    assert found.used == 50
    assert await shop.read(lambda tx: tx.one(int, rows, code=code)) == 50


async def test_one_customer_at_fifty_tills_uses_a_code_once(shop: Database) -> None:
    code = f"ONCE-{new_id().hex[-8:]}".upper()
    once = CodePromotion(code=code, name={"en": "Once"}, percent=100_000, usage_per_customer=1)
    await shop.run(lambda tx: create_promotion(tx, once, by=SYSTEM))
    assert await _redeemed(shop, code, 50, customer="ann") == {"redeemed": 1, "used up": 49}
    assert (await shop.read(lambda tx: promotion_of(tx, code, by=SYSTEM))).used == 1


async def test_the_same_order_at_twenty_connections_counts_once(shop: Database) -> None:
    code = f"SAME-{new_id().hex[-8:]}".upper()
    same = CodePromotion(code=code, name={"en": "Same"}, percent=100_000)
    await shop.run(lambda tx: create_promotion(tx, same, by=SYSTEM))
    order = new_id()
    await asyncio.gather(*(shop.run(lambda tx: redeem(tx, code, order)) for _ in range(20)))
    assert (await shop.read(lambda tx: promotion_of(tx, code, by=SYSTEM))).used == 1


async def test_a_code_that_ran_out_in_time_is_found_no_more(shop: Database, tx: Transaction) -> None:
    await create_promotion(tx, replace(TEN, valid_to=tx.now + timedelta(days=1)), by=SYSTEM)
    channel: Channel = WEB
    await find_code(tx, "TEN", channel=channel, at=tx.now)
    with pytest.raises(CodeNotValid):
        await find_code(tx, "TEN", channel=channel, at=tx.now + timedelta(days=1))
