"""Promotions and codes in use: counted once per order, given back, and never past a limit however many come at once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from msgspec.structs import replace

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid, StaleVersion, TorgError
from torg.kernel.ids import new_id
from torg.promotions import (
    CodeNotValid,
    CodeRedeemed,
    CodeUsedUp,
    FirstPurchase,
    Here,
    KeptPromotion,
    Limits,
    PercentOff,
    Promotion,
    PromotionTaken,
    PromotionUsedUp,
    Use,
    buyer_names,
    change_promotion,
    count_buyers,
    create_promotion,
    disable_code,
    disable_promotion,
    give_back,
    list_promotions,
    open_codes,
    pause_promotion,
    promotion_of,
    ready,
    redeem,
    resume_promotion,
    share_code,
    standing,
    versions_of,
)
from torg.promotions.words import PromotionDisabledAlready

TEN = Promotion(
    key="ten",
    names={"en": "Ten percent"},
    effects=(PercentOff(100_000),),
    needs_code=True,
    limits=Limits(uses=2, per_customer=1),
)
READER = Actor(ActorKind.staff, id="reader", grants=(Grant(frozenset({"prices:read"})),))
ONCE = Use("ten", "TEN", limited=True, most=1)


@pytest_asyncio.fixture
async def shop(database: Database) -> Database:
    """A database with the practice retailer's markets, which promotions may name."""
    await database.run(demo.fill)
    return database


async def _here(tx: Transaction, key: str) -> Here:
    return ready([await promotion_of(tx, key, by=SYSTEM)])


async def _made(database: Database, **said: Any) -> KeptPromotion:
    key = f"p-{new_id().hex[-12:]}"
    rule = Promotion(key=key, names={"en": "Some"}, effects=(PercentOff(100_000),), **said)
    return await database.run(lambda tx: create_promotion(tx, rule, by=SYSTEM))


async def test_a_code_is_found_however_it_is_typed_and_opens_its_promotion_once(
    shop: Database, tx: Transaction
) -> None:
    await create_promotion(tx, TEN, by=SYSTEM, shared=("ten", "zehn"))
    opened = await open_codes(
        tx, ["TEN", "ZEHN", "NOPE"], await _here(tx, "ten"), customer_id=None, at=tx.now
    )
    assert {key: code.code for key, code in opened.codes.items()} == {"ten": "TEN"}
    assert [problem.code for problem in opened.wrong.values()] == ["unknown-code"]


async def test_a_code_of_somebody_else_or_that_has_ended_opens_nothing(
    shop: Database, tx: Transaction
) -> None:
    await create_promotion(tx, TEN, by=SYSTEM, shared=("TEN",))
    here = await _here(tx, "ten")
    await share_code(tx, "ten", "soon", valid_to=tx.now + timedelta(days=1), by=SYSTEM)
    later = tx.now + timedelta(days=1)
    assert (await open_codes(tx, ["SOON"], here, customer_id=None, at=tx.now)).wrong == {}
    assert [
        type(one) for one in (await open_codes(tx, ["SOON"], here, customer_id=None, at=later)).wrong.values()
    ] == [CodeNotValid]
    await disable_code(tx, "ten", "TEN", by=SYSTEM)
    found = await open_codes(tx, ["TEN"], here, customer_id=None, at=tx.now)
    assert [type(one) for one in found.wrong.values()] == [CodeNotValid]


async def test_an_order_counts_once_and_gives_back_once(shop: Database, tx: Transaction) -> None:
    await create_promotion(tx, TEN, by=SYSTEM, shared=("TEN",))
    order = new_id()
    for _ in range(3):
        await redeem(tx, order, [ONCE], buyers=["ann"])
    assert (await promotion_of(tx, "ten", by=SYSTEM)).used == 1
    assert [event for event in tx.recorded if isinstance(event, CodeRedeemed)] == [
        CodeRedeemed(promotion="ten", code="TEN", order_id=order)
    ]
    for _ in range(2):
        await give_back(tx, order, ["ten"])
    assert (await promotion_of(tx, "ten", by=SYSTEM)).used == 0
    await redeem(tx, new_id(), [ONCE], buyers=["ann"])


@pytest.mark.parametrize("buyers", [["ann"], ["ann", "email:1"]])
async def test_a_customer_uses_a_promotion_as_often_as_she_may(
    shop: Database, tx: Transaction, buyers: list[str]
) -> None:
    await create_promotion(tx, replace(TEN, limits=Limits(per_customer=1)), by=SYSTEM)
    use = Use("ten", None, limited=False, most=1)
    await redeem(tx, new_id(), [use], buyers=buyers)
    here = await _here(tx, "ten")
    assert "ten" in (await standing(tx, here, buyers, {"ten"})).used_up
    await redeem(tx, new_id(), [use], buyers=["bob"])
    with pytest.raises(PromotionUsedUp):
        await redeem(tx, new_id(), [use], buyers=buyers)


async def test_nobody_is_asked_how_often_she_used_what_a_code_opens_that_she_has_not_given(
    shop: Database, tx: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_promotion(tx, replace(TEN, limits=Limits(per_customer=1)), by=SYSTEM)
    here = await _here(tx, "ten")
    await redeem(tx, new_id(), [Use("ten", None, limited=False, most=1)], buyers=["ann"])
    await standing(tx, here, ["ann"], ())  # reference data is known
    asked: list[str] = []
    monkeypatch.setattr(Transaction, "_count", staticmethod(lambda statements: asked.append("some")))
    assert "ten" not in (await standing(tx, here, ["ann"], ())).used_up
    assert not asked
    assert "ten" in (await standing(tx, here, ["ann"], ["ten"])).used_up
    assert asked


async def test_who_has_bought_once_has_no_first_purchase_left_and_has_it_again_when_it_came_to_nothing(
    shop: Database, tx: Transaction
) -> None:
    first = Promotion(
        key="first", names={"en": "First"}, effects=(PercentOff(1),), conditions=(FirstPurchase(),)
    )
    await create_promotion(tx, first, by=SYSTEM)
    here, customer = await _here(tx, "first"), new_id()
    names = buyer_names(customer, "ann@example.org")
    assert (await standing(tx, here, names, ())).first_purchase is True
    assert (await standing(tx, here, (), ())).first_purchase is None
    await count_buyers(tx, [(None, "Ann@example.org", 1)])
    assert (await standing(tx, here, names, ())).first_purchase is False
    await count_buyers(tx, [(None, "ann@example.org", -1)])
    assert (await standing(tx, here, names, ())).first_purchase is True


async def test_a_promotion_is_changed_paused_resumed_and_ended_and_all_that_it_was_is_kept(
    shop: Database, tx: Transaction
) -> None:
    await create_promotion(tx, TEN, by=SYSTEM)
    wider = replace(TEN, limits=Limits(uses=5), effects=(PercentOff(200_000),))
    with pytest.raises(StaleVersion):
        await change_promotion(tx, "ten", wider, version=9, by=SYSTEM)
    assert (await change_promotion(tx, "ten", wider, version=1, by=SYSTEM)).version == 2
    assert (await change_promotion(tx, "ten", wider, version=2, by=SYSTEM)).version == 2
    assert (await pause_promotion(tx, "ten", version=None, by=SYSTEM)).paused_at == tx.now
    assert (await resume_promotion(tx, "ten", version=3, by=SYSTEM)).paused_at is None
    ended = await disable_promotion(tx, "ten", version=4, by=SYSTEM)
    assert (ended.disabled_at, ended.version) == (tx.now, 5)
    assert (await disable_promotion(tx, "ten", version=None, by=SYSTEM)).version == 5
    with pytest.raises(PromotionDisabledAlready):
        await resume_promotion(tx, "ten", version=None, by=SYSTEM)
    kept = await versions_of(tx, "ten", by=SYSTEM)
    assert [(one.version, one.rule.limits.uses) for one in kept] == [(5, 5), (4, 5), (3, 5), (2, 5), (1, 2)]


async def test_a_limit_that_comes_later_counts_what_was_used_before(shop: Database, tx: Transaction) -> None:
    free = replace(TEN, limits=Limits())
    await create_promotion(tx, free, by=SYSTEM)
    for _ in range(3):
        await redeem(tx, new_id(), [Use("ten")])
    await change_promotion(tx, "ten", replace(TEN, limits=Limits(uses=3)), version=None, by=SYSTEM)
    with pytest.raises(PromotionUsedUp):
        await redeem(tx, new_id(), [Use("ten", limited=True)])


async def test_only_who_may_makes_promotions_and_a_wrong_one_is_not_kept(
    shop: Database, tx: Transaction
) -> None:
    with pytest.raises(SignInNeeded):
        await create_promotion(tx, TEN, by=VISITOR)
    with pytest.raises(RightMissing):
        await create_promotion(tx, TEN, by=READER)
    with pytest.raises(Invalid):
        await create_promotion(tx, replace(TEN, key="T-"), by=SYSTEM)
    assert await list_promotions(tx, by=READER) == []
    await create_promotion(tx, TEN, by=SYSTEM, shared=("TEN",))
    with pytest.raises(PromotionTaken):
        await create_promotion(tx, TEN, by=SYSTEM)
    with pytest.raises(Invalid) as refused:
        await create_promotion(tx, replace(TEN, key="other"), by=SYSTEM, shared=("ANOTHER", "TEN"))
    assert [(one.field, one.code) for one in refused.value.problems] == [("codes.1", "code-taken")]


async def _redeemed(database: Database, count: int, *uses: Use, buyers: tuple[str, ...] = ()) -> Counter[str]:
    room = asyncio.Semaphore(20)  # as many as there are connections to write with

    async def one() -> str:
        async with room:
            try:
                await database.run(lambda tx: redeem(tx, new_id(), uses, buyers=buyers))
            except (CodeUsedUp, PromotionUsedUp) as full:
                return full.code
            return "redeemed"

    return Counter(await asyncio.gather(*(one() for _ in range(count))))


async def _rows(database: Database, key: str) -> int:
    count = "SELECT count(*) FROM promotion_redemptions WHERE promotion = %(key)s"
    return await database.read(lambda tx: tx.one(int, count, key=key))


async def test_a_thousand_at_once_never_pass_the_limit(shop: Database) -> None:
    made = await _made(shop, limits=Limits(uses=50))
    found = await _redeemed(shop, 1000, Use(made.key, limited=True))
    assert found == {"redeemed": 50, "promotion-used-up": 950}
    assert await _rows(shop, made.key) == 50


async def test_a_thousand_for_one_single_use_code_are_one(shop: Database) -> None:
    made = await _made(shop, needs_code=True, limits=Limits(per_code=1))
    code = made.key.upper()
    await shop.run(lambda tx: share_code(tx, made.key, code, by=SYSTEM))
    found = await _redeemed(shop, 1000, Use(made.key, code, own_limit=True))
    assert found == {"redeemed": 1, "code-used-up": 999}
    assert await _rows(shop, made.key) == 1


async def test_two_limited_promotions_in_any_order_never_stand_in_each_others_way(shop: Database) -> None:
    one, two = await _made(shop, limits=Limits(uses=30)), await _made(shop, limits=Limits(uses=30))
    uses = [Use(one.key, limited=True), Use(two.key, limited=True)]
    there, back = await asyncio.gather(_redeemed(shop, 40, *uses), _redeemed(shop, 40, *reversed(uses)))
    assert there["redeemed"] + back["redeemed"] == 30
    assert [await _rows(shop, key) for key in (one.key, two.key)] == [30, 30]


async def test_one_customer_at_fifty_tills_uses_a_promotion_once(shop: Database) -> None:
    made = await _made(shop, limits=Limits(per_customer=1))
    found = await _redeemed(shop, 50, Use(made.key, most=1), buyers=("ann",))
    assert found == {"redeemed": 1, "promotion-used-up": 49}


async def test_the_same_order_at_twenty_connections_counts_once_and_gives_back_once(shop: Database) -> None:
    made = await _made(shop, limits=Limits(uses=1))
    order, use = new_id(), Use(made.key, limited=True)
    await asyncio.gather(*(shop.run(lambda tx: redeem(tx, order, [use])) for _ in range(20)))
    await asyncio.gather(*(shop.run(lambda tx: give_back(tx, order, [made.key])) for _ in range(20)))
    assert await _rows(shop, made.key) == 0
    assert await _redeemed(shop, 3, use) == {"redeemed": 1, "promotion-used-up": 2}


async def test_what_fails_after_it_was_counted_is_not_counted(shop: Database) -> None:
    made = await _made(shop, limits=Limits(uses=1))
    use = Use(made.key, limited=True)

    class Crash(TorgError):
        code = "crash"
        message = "crash"

    async def crash(tx: Transaction) -> None:
        await redeem(tx, new_id(), [use])
        raise Crash()

    for _ in range(5):
        with pytest.raises(Crash):
            await shop.run(crash)
    assert await _redeemed(shop, 2, use) == {"redeemed": 1, "promotion-used-up": 1}


async def test_who_comes_at_once_and_gives_back_leaves_the_count_right(shop: Database) -> None:
    made = await _made(shop, limits=Limits(uses=10))
    use = Use(made.key, limited=True)
    orders: list[UUID] = []

    async def come_and_go() -> None:
        order = new_id()
        try:
            await shop.run(lambda tx: redeem(tx, order, [use]))
        except PromotionUsedUp:
            return
        orders.append(order)
        if len(orders) % 2:
            await shop.run(lambda tx: give_back(tx, order, [made.key]))

    room = asyncio.Semaphore(20)

    async def one() -> None:
        async with room:
            await come_and_go()

    await asyncio.gather(*(one() for _ in range(100)))
    counted = "SELECT used FROM promotion_counters WHERE promotion = %(key)s"
    used = await shop.read(lambda tx: tx.one(int, counted, key=made.key))
    assert used == await _rows(shop, made.key) <= 10


async def test_once_for_each_customer_holds_with_and_without_her_account(tx: Transaction) -> None:
    key = f"p-{new_id().hex[-12:]}"
    once = Promotion(key=key, names={"en": "x"}, effects=(PercentOff(1),), limits=Limits(per_customer=1))
    await create_promotion(tx, once, by=SYSTEM)
    use, ann, order = Use(key, None, False, 1, False), new_id(), new_id()
    both = buyer_names(ann, "ann@example.org")
    for _ in range(2):  # the same order once
        await redeem(tx, order, [use], buyers=both)
    for buyers in (both, buyer_names(None, "Ann+again@example.org"), buyer_names(ann, None)):
        with pytest.raises(PromotionUsedUp):
            await redeem(tx, new_id(), [use], buyers=buyers)
    await give_back(tx, order, [key])
    guest = new_id()
    await redeem(tx, guest, [use], buyers=buyer_names(None, "ann@example.org"))
    with pytest.raises(PromotionUsedUp):
        await redeem(tx, new_id(), [use], buyers=both)
