"""What a channel keeps for its carts: for whom, how many, until when, and what becomes of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.carts.conftest import Shop

from torg import carts, inventory
from torg.carts import Cart, LineChange, LineWish, add_line, change_line, claim, create, freeze, remove_line
from torg.inventory import expire, verify
from torg.inventory.soft import store as soft_store
from torg.inventory.soft.model import SoftHold
from torg.inventory.store import reads
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.access.tokens import digest
from torg.kernel.access.touchpoint import Touchpoint
from torg.kernel.clock import FixedClock
from torg.kernel.database import TALLY, Tally, Transaction, Unstorable
from torg.kernel.ids import new_id
from torg.markets import CartHold, ChannelChange, ChannelSettings, KeepWhen, change_channel

CHANNEL = "web-no"
WAREHOUSE = {"lager-oslo": 10}


@pytest_asyncio.fixture
async def keeping(retailer: Shop) -> AsyncIterator[Shop]:
    """The shop, whose web channel keeps up to five of one and eight in all for each visitor."""
    yield await says(retailer, CartHold(KeepWhen.always, minutes=15, most_of_one=5, most=8))
    await says(retailer, CartHold())


async def says(retailer: Shop, terms: CartHold, channel: str = CHANNEL) -> Shop:
    change = ChannelChange(settings=ChannelSettings(cart_hold=terms))
    await retailer.database.run(lambda tx: change_channel(tx, channel, change, version=None, by=SYSTEM))
    retailer.database.forget("markets.atlas")
    return retailer


def visitor(network: str | None = None, *tokens: bytes) -> Actor:
    return Actor(ActorKind.visitor, tokens=tokens, touch=Touchpoint(network=network))


async def begin(shop: Shop, *lines: LineWish, network: str | None = None, channel: str = CHANNEL) -> Cart:
    id = new_id()
    begun = await shop.database.run(
        lambda tx: create(tx, channel=channel, by=visitor(network), language="en", lines=lines, cart_id=id)
    )
    assert begun.token is not None
    shop.visitors[begun.cart.id] = visitor(network, digest(begun.token))
    return begun.cart


async def kept(shop: Shop, cart: Cart) -> list[SoftHold]:
    return await shop.database.read(lambda tx: soft_store.of_order(tx, cart.id))


async def free(shop: Shop, variant: UUID, place: str = "lager-oslo") -> int:
    found = await shop.database.read(lambda tx: inventory.availability(tx, [variant], [place]))
    return found[variant].get(place, 0)


async def assert_sound(shop: Shop) -> None:
    assert await shop.database.run(lambda tx: verify(tx, by=SYSTEM)) == []


async def states(shop: Shop, cart: Cart) -> dict[str, int]:
    sql = "SELECT state, sum(quantity)::int AS units FROM soft_holds WHERE order_id = %(id)s GROUP BY state"
    rows: list[dict[str, Any]] = await shop.database.read(lambda tx: tx.all(dict, sql, id=cart.id))
    return {row["state"]: row["units"] for row in rows}


async def test_a_line_is_kept_as_it_comes_grows_shrinks_and_goes(keeping: Shop, clock: FixedClock) -> None:
    mug = await keeping.product(stock=WAREHOUSE)
    cart = await begin(keeping, LineWish(mug, 2))
    line = cart.lines[0]
    assert (line.kept_at(clock.now()), await free(keeping, mug)) == (2, 8)
    assert line.kept_until is not None and (line.kept_until - clock.now()).total_seconds() == 15 * 60
    by = keeping.visitor(cart)
    for quantity, left in ((5, 5), (1, 9), (3, 7)):
        change = LineChange(quantity=quantity)
        cart = await keeping.run(lambda tx: change_line(tx, cart.id, line.id, change, by=by))  # noqa: B023  # awaited here
        assert cart.lines[0].kept_at(clock.now()) == quantity
        assert await free(keeping, mug) == left
    cart = await keeping.run(lambda tx: remove_line(tx, cart.id, line.id, by=by))
    assert (await kept(keeping, cart), await free(keeping, mug)) == ([], 10)
    await assert_sound(keeping)


async def test_goods_that_are_picked_up_elsewhere_are_kept_there(keeping: Shop) -> None:
    mug = await keeping.product(stock={"lager-oslo": 3, "bergen": 3})
    cart = await begin(keeping, LineWish(mug, 2))
    by = keeping.visitor(cart)
    change = LineChange(intent=carts.Intent.pick_up, store="bergen")
    cart = await keeping.run(lambda tx: change_line(tx, cart.id, cart.lines[0].id, change, by=by))
    assert [(hold.location, hold.quantity) for hold in await kept(keeping, cart)] == [("bergen", 2)]
    assert (await free(keeping, mug), await free(keeping, mug, "bergen")) == (3, 1)
    assert not cart.warnings


async def test_the_last_unit_is_kept_for_one_of_sixty_four_and_the_others_are_told(
    keeping: Shop, clock: FixedClock
) -> None:
    mug = await keeping.product(stock={"lager-oslo": 1})
    made = await asyncio.gather(*(begin(keeping, LineWish(mug)) for _ in range(64)))
    assert sorted(cart.lines[0].kept_at(clock.now()) for cart in made) == [0] * 63 + [1]
    for cart in made:
        has = cart.lines[0].kept_at(clock.now())
        assert [warning.code for warning in cart.warnings] == ([] if has else [carts.Trouble.out_of_stock])
    await assert_sound(keeping)


async def test_thirty_two_carts_of_one_visitor_together_keep_no_more_than_the_channel_says(
    keeping: Shop,
) -> None:
    mug, beans = await keeping.product(stock={"lager-oslo": 99}), await keeping.product(stock=WAREHOUSE)
    wishes = [LineWish(mug, 2), LineWish(beans, 2)]
    made = await asyncio.gather(*(begin(keeping, *wishes, network="192.0.2.7") for _ in range(32)))
    holds = [hold for cart in made for hold in await kept(keeping, cart)]
    assert max(sum(hold.quantity for hold in holds if hold.variant_id == v) for v in (mug, beans)) <= 5
    assert sum(hold.quantity for hold in holds) == 8
    other = await begin(keeping, LineWish(mug, 3), network="192.0.2.8")
    assert sum(hold.quantity for hold in await kept(keeping, other)) == 3
    await assert_sound(keeping)


async def test_few_keeps_only_what_is_nearly_gone(retailer: Shop) -> None:
    shop = await says(retailer, CartHold(KeepWhen.few, few=3))
    mug, rare = await shop.product(stock={"lager-oslo": 50}), await shop.product(stock={"lager-oslo": 3})
    cart = await begin(shop, LineWish(mug, 2), LineWish(rare, 2))
    assert [(hold.variant_id, hold.quantity) for hold in await kept(shop, cart)] == [(rare, 2)]
    await says(retailer, CartHold())


async def test_what_has_expired_is_free_again_and_the_line_says_so_and_can_be_kept_anew(
    keeping: Shop, clock: FixedClock
) -> None:
    mug = await keeping.product(stock={"lager-oslo": 2})
    cart = await begin(keeping, LineWish(mug, 2))
    clock.move(minutes=16)
    seen = (await keeping.look(cart)).lines[0]
    assert seen.kept_at(clock.now()) == 0 and seen.kept_until is not None and seen.kept_until < clock.now()
    await sweep(keeping)
    assert (await free(keeping, mug), await states(keeping, cart)) == (2, {"expired": 2})
    assert not (await keeping.look(cart)).warnings
    by, change = keeping.visitor(cart), LineChange(quantity=1)
    cart = await keeping.run(lambda tx: change_line(tx, cart.id, cart.lines[0].id, change, by=by))
    assert cart.lines[0].kept_at(clock.now()) == 1
    await assert_sound(keeping)


async def sweep(shop: Shop) -> None:
    while await shop.database.run(lambda tx: expire(tx, most=7)):
        pass


async def test_a_change_after_the_time_but_before_the_sweep_begins_the_time_anew(
    keeping: Shop, clock: FixedClock
) -> None:
    mug = await keeping.product(stock={"lager-oslo": 2})
    cart = await begin(keeping, LineWish(mug))
    clock.move(minutes=16)
    cart = await keeping.add(cart, mug)
    assert cart.lines[0].kept_at(clock.now()) == 2
    await sweep(keeping)
    assert sum(hold.quantity for hold in await kept(keeping, cart)) == 2
    await assert_sound(keeping)


async def test_lines_that_are_added_at_once_are_all_kept(keeping: Shop, clock: FixedClock) -> None:
    await says(keeping, CartHold(KeepWhen.always, most_of_one=50, most=200))
    variants = [await keeping.product(stock={"lager-oslo": 99}) for _ in range(4)]
    cart = await begin(keeping)
    await asyncio.gather(*(keeping.add(cart, variant) for variant in variants * 2))
    seen = await keeping.look(cart)
    assert [(line.quantity, line.kept_at(clock.now())) for line in seen.lines] == [(2, 2)] * 4
    assert sum(hold.quantity for hold in await kept(keeping, cart)) == 8
    await assert_sound(keeping)


async def test_a_change_that_comes_to_nothing_gives_back_what_was_kept_for_it(
    keeping: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mug = await keeping.product(stock=WAREHOUSE)
    cart = await begin(keeping, LineWish(mug))
    by = keeping.visitor(cart)

    async def broken(tx: Transaction) -> Cart:
        await add_line(tx, cart.id, LineWish(mug, 2), by=by)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await keeping.run(broken)
    assert [hold.quantity for hold in await kept(keeping, cart)] == [1]
    assert await free(keeping, mug) == 9
    await assert_sound(keeping)


async def test_what_dies_between_the_flush_and_the_change_only_expires(
    keeping: Shop, clock: FixedClock
) -> None:
    mug = await keeping.product(stock=WAREHOUSE)
    cart = await begin(keeping)
    terms = CartHold(KeepWhen.always)
    demand = inventory.Demand(new_id(), mug, 2, ("lager-oslo",))
    await inventory.wished(
        keeping.database, inventory.Wish(cart.id, "cart:gone", "visitor", (demand,), terms)
    )
    cart = await keeping.add(cart, mug)
    assert (cart.lines[0].kept_at(clock.now()), await free(keeping, mug)) == (1, 7)
    clock.move(minutes=16)
    await sweep(keeping)
    assert await free(keeping, mug) == 10
    await assert_sound(keeping)


async def test_a_cart_that_is_handed_over_counts_as_its_customers_and_only_as_far_as_she_may(
    keeping: Shop,
) -> None:
    mug = await keeping.product(stock={"lager-oslo": 99})
    customer = Actor(ActorKind.customer, id="cus_1", customer_id=new_id())
    wishes, first = [LineWish(mug, 3)], new_id()
    hers = await keeping.database.run(
        lambda tx: create(tx, channel=CHANNEL, by=customer, lines=wishes, cart_id=first)
    )
    await keeping.database.run(lambda tx: freeze(tx, first))  # while she buys it another becomes her own
    cart = await begin(keeping, LineWish(mug, 4), network="192.0.2.9")
    both = replace(customer, tokens=keeping.visitor(cart).tokens)
    assert customer.customer_id is not None
    id = customer.customer_id
    claimed = await keeping.run(lambda tx: claim(tx, cart.id, id, by=both))
    assert [hold.quantity for hold in await kept(keeping, claimed)] == [2]
    assert [part.quantity for part in claimed.lines[0].kept] == [2]
    assert sum(hold.quantity for hold in await kept(keeping, hers.cart)) == 3
    again = await begin(keeping, LineWish(mug, 4), network="192.0.2.9")
    assert [hold.quantity for hold in await kept(keeping, again)] == [4]
    await assert_sound(keeping)


async def test_a_channel_that_keeps_nothing_costs_not_one_statement_more(retailer: Shop) -> None:
    mug = await retailer.product(stock=WAREHOUSE)
    cart = await begin(retailer, LineWish(mug))
    by = retailer.visitor(cart)
    counted = Tally()
    token = TALLY.set(counted)
    cart = await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=by))
    TALLY.reset(token)
    assert counted.statements == 3  # the cart under its lock, the cart written, its event
    assert (cart.lines[0].kept, cart.lines[0].kept_until) == ((), None)


async def test_a_cart_of_an_earlier_version_opens_with_nothing_kept(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await begin(retailer, LineWish(mug))
    sql = "SELECT lines->0 ? 'kept' FROM carts WHERE order_id = %(id)s"
    assert not await retailer.database.read(lambda tx: tx.one(bool, sql, id=cart.id))


async def test_the_ledger_names_the_cart_of_every_unit_that_is_kept(keeping: Shop) -> None:
    mug = await keeping.product(stock=WAREHOUSE)
    made = await asyncio.gather(*(begin(keeping, LineWish(mug)) for _ in range(5)))
    moves = await keeping.database.read(
        lambda tx: reads.movements(tx, mug, "lager-oslo", before=2**62, most=10)
    )
    assert {move.document for move in moves if move.reserved == 1} == {f"crt_{cart.id.hex}" for cart in made}
    assert [move.sequence for move in moves] == list(range(6, 0, -1))


async def test_what_the_channel_leaves_to_others_is_not_kept_for_its_carts_and_not_pinned_for_them(
    keeping: Shop,
) -> None:
    mug = await keeping.product(stock={"lager-oslo": 4})
    spared = inventory.Plan(kept={CHANNEL: 2})
    await keeping.database.run(lambda tx: inventory.plan(tx, mug, "lager-oslo", spared, by=SYSTEM))
    cart = await begin(keeping, LineWish(mug, 3))
    assert [hold.quantity for hold in await kept(keeping, cart)] == [2]
    assert await free(keeping, mug) == 2
    line = inventory.Demand(cart.lines[0].id, mug, 3, ("lager-oslo",), channel=CHANNEL)

    async def bought(tx: Transaction) -> None:
        await inventory.hold(tx, cart.id, [line], expires_at=tx.now, by=SYSTEM, kept=True)

    with pytest.raises(inventory.OutOfStock):
        await keeping.database.run(bought)
    line = replace(line, quantity=2)
    await keeping.database.run(bought)
    assert (await states(keeping, cart), await free(keeping, mug)) == ({"pinned": 2}, 2)
    await assert_sound(keeping)


async def test_a_cart_that_is_emptied_keeps_nothing_and_emptied_again_it_stays_as_it_is(
    keeping: Shop,
) -> None:
    mug, beans = await keeping.product(stock=WAREHOUSE), await keeping.product(stock=WAREHOUSE)
    cart = await begin(keeping, LineWish(mug, 2), LineWish(beans))
    by = keeping.visitor(cart)
    emptied = await keeping.run(lambda tx: carts.empty(tx, cart.id, by=by))
    again = await keeping.run(lambda tx: carts.empty(tx, cart.id, by=by))
    assert (emptied.lines, emptied.version, again.version) == ((), 2, 2)
    assert (await kept(keeping, cart), await free(keeping, mug), await free(keeping, beans)) == ([], 10, 10)
    assert await states(keeping, cart) == {"released": 3}
    await assert_sound(keeping)


async def test_what_goes_wrong_with_one_wish_is_told_to_whose_it_is_and_not_to_those_beside_it(
    keeping: Shop,
) -> None:
    mug = await keeping.product(stock={"lager-oslo": 40})
    wishes = [
        inventory.Wish(
            new_id(),
            f"cart:{number}",
            "nobody\0" if number == 5 else "visitor",
            (inventory.Demand(new_id(), mug, 1, ("lager-oslo",)),),
            CartHold(KeepWhen.always),
        )
        for number in range(12)
    ]
    answers = await asyncio.gather(
        *(inventory.wished(keeping.database, wish) for wish in wishes), return_exceptions=True
    )
    failed = [number for number, answer in enumerate(answers) if isinstance(answer, Unstorable)]
    assert failed == [5]
    assert all(isinstance(a, inventory.Kept) and a.made for n, a in enumerate(answers) if n != 5)
    assert await free(keeping, mug) == 40 - 11
    await assert_sound(keeping)
