"""Lines come, change and go; totals are of this moment."""

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.carts.conftest import Shop

from torg.carts import (
    Cart,
    CartChanged,
    CartState,
    Intent,
    IntentNotPossible,
    LineChange,
    LineWish,
    NotForSale,
    TooManyLines,
    TooManyUnits,
    Trouble,
    UnknownLine,
    add_line,
    change_line,
    remove_line,
    rules,
)
from torg.carts.model import MOST_LINES, StoredCart, StoredLine
from torg.catalog import Kind, archive
from torg.inventory import Reason, adjust
from torg.kernel.access import SYSTEM, Actor, ActorKind, Grant, SignInNeeded
from torg.kernel.clock import FixedClock
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.markets import UnknownStore
from torg.pricing import NewPrice, set_prices

TILL = Actor(ActorKind.staff, "stf", (Grant(frozenset({"carts:write", "carts:read"})),))


def troubles(cart: Cart) -> list[tuple[Trouble, UUID | None]]:
    return [(warning.code, warning.line_id) for warning in cart.warnings]


async def test_a_line_is_priced_with_its_tax_and_added_up(retailer: Shop) -> None:
    beans = await retailer.product(price=115_00, tax_class="food")
    mug = await retailer.product(price=250_00)
    cart = await retailer.cart(beans, mug)
    assert [line.quote.unit for line in cart.lines if line.quote] == [115_00, 250_00]
    assert (cart.totals.gross, cart.totals.tax) == (365_00, 15_00 + 50_00)
    assert [line.total.gross for line in cart.lines if line.total] == [115_00, 250_00]
    assert cart.warnings == ()
    assert (cart.currency, cart.market, cart.seller) == ("NOK", "NO", "torg-nordic")


async def test_the_same_thing_in_the_same_way_becomes_more_of_it(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    cart = await retailer.add(cart, mug, 2)
    assert [(line.quantity, line.intent) for line in cart.lines] == [(3, Intent.ship)]
    cart = await retailer.add(cart, mug, 1, intent=Intent.pick_up, store="oslo")
    cart = await retailer.add(cart, mug, 1, note="a gift")
    assert [(line.quantity, line.store, line.note) for line in cart.lines] == [
        (3, None, None),
        (1, "oslo", None),
        (1, None, "a gift"),
    ]
    assert cart.version == 4


async def test_a_line_changes_and_goes(retailer: Shop) -> None:
    mug, beans = await retailer.product(), await retailer.product()
    cart = await retailer.cart(mug, beans)
    by, line = retailer.visitor(cart), cart.lines[0].id
    change = LineChange(quantity=4, note="blue, please")
    cart = await retailer.run(lambda tx: change_line(tx, cart.id, line, change, by=by))
    assert (cart.lines[0].quantity, cart.lines[0].note) == (4, "blue, please")
    pick_up = LineChange(intent=Intent.pick_up, store="bergen")
    cart = await retailer.run(lambda tx: change_line(tx, cart.id, line, pick_up, by=by))
    assert (cart.lines[0].intent, cart.lines[0].store) == (Intent.pick_up, "bergen")
    cart = await retailer.run(lambda tx: remove_line(tx, cart.id, line, by=by))
    assert [left.variant_id for left in cart.lines] == [beans]
    with pytest.raises(UnknownLine):
        await retailer.run(lambda tx: remove_line(tx, cart.id, line, by=by))
    assert (await retailer.look(cart)).version == cart.version


async def test_a_change_of_a_cart_that_moved_on_is_refused_and_one_that_changes_nothing_is_not_told(
    retailer: Shop,
) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    by, line = retailer.visitor(cart), cart.lines[0].id
    await retailer.add(cart, mug)
    with pytest.raises(StaleVersion) as stale:
        await retailer.run(lambda tx: remove_line(tx, cart.id, line, by=by, version=1))
    assert stale.value.facts == {"given": 1, "present": 2}
    async with retailer.database.transaction() as tx:
        same = await change_line(tx, cart.id, line, LineChange(quantity=2), by=by, version=2)
        assert (same.version, tx.recorded) == (2, ())
        await change_line(tx, cart.id, line, LineChange(quantity=3), by=by, version=2)
        assert tx.recorded == (CartChanged(order_id=cart.id, version=3, lines=1),)


async def test_only_what_the_channel_sells_now_comes_into_the_cart(retailer: Shop) -> None:
    abroad = await retailer.product(markets=("SE",))
    cart = await retailer.cart()
    for variant in (abroad, new_id()):
        with pytest.raises(NotForSale):
            await retailer.add(cart, variant)
    assert (await retailer.look(cart)).lines == ()


async def test_a_line_that_lost_its_price_publication_or_stock_is_warned_of(
    retailer: Shop, clock: FixedClock
) -> None:
    product = await retailer.made(100_00, 1_000, 50, Kind.physical, "standard", 300, ("NO",))
    gone, dear = product.variants[0].id, await retailer.product()
    few, unpriced = await retailer.product(stock=2), await retailer.product(price=None)
    cart = await retailer.cart(gone, dear, few, unpriced)
    assert troubles(cart) == [(Trouble.no_price, cart.lines[3].id)]
    db = retailer.database
    await db.run(lambda tx: archive(tx, product.id, product.version, by=SYSTEM))
    clock.move(minutes=1)
    await db.run(lambda tx: set_prices(tx, "no", [NewPrice(dear, Money(120_00, "NOK"))], by=SYSTEM))
    for place in ("lager-oslo", "oslo", "bergen"):
        await db.run(lambda tx, at=place: adjust(tx, few, at, 2, reason=Reason.lost, by=SYSTEM))  # type: ignore[misc]  # bound per turn
    cart = await retailer.look(cart)
    assert troubles(cart) == [
        (Trouble.not_for_sale, cart.lines[0].id),
        (Trouble.no_price, cart.lines[3].id),
        (Trouble.out_of_stock, cart.lines[2].id),
    ]
    assert [line.total.gross if line.total else None for line in cart.lines] == [None, 120_00, 100_00, None]
    assert cart.totals.gross == 220_00


async def test_two_lines_of_one_variant_share_what_is_there(retailer: Shop) -> None:
    mug = await retailer.product(stock={"lager-oslo": 2, "oslo": 1})
    cart = await retailer.cart(mug)
    cart = await retailer.add(cart, mug, 1, intent=Intent.pick_up, store="oslo")
    assert cart.warnings == ()
    cart = await retailer.add(cart, mug, 2)
    assert troubles(cart) == [(Trouble.out_of_stock, cart.lines[1].id)]


async def test_goods_go_only_where_they_can(retailer: Shop) -> None:
    mug, song = await retailer.product(), await retailer.product(kind=Kind.digital, stock=0)
    cart = await retailer.cart(mug, song)
    assert [line.intent for line in cart.lines] == [Intent.ship, Intent.digital]
    assert cart.warnings == ()
    refused: list[dict[str, Any]] = [
        {"intent": Intent.carry_out},  # a web shop hands nothing over
        {"intent": Intent.digital},
        {"intent": Intent.pick_up},
        {"intent": Intent.pick_up, "store": "berlin"},  # another market's store
    ]
    for wish in refused:
        with pytest.raises(IntentNotPossible):
            await retailer.add(cart, mug, **wish)
    with pytest.raises(IntentNotPossible):
        await retailer.add(cart, song, intent=Intent.ship)
    with pytest.raises(UnknownStore):
        await retailer.add(cart, mug, intent=Intent.pick_up, store="atlantis")
    assert len((await retailer.look(cart)).lines) == 2


async def test_a_till_hands_over_and_a_cart_from_the_web_can_be_carried_out_there(retailer: Shop) -> None:
    mug, beans = await retailer.product(), await retailer.product()
    at_till = await retailer.cart(mug, channel="till-oslo", by=TILL)
    assert (at_till.lines[0].intent, at_till.lines[0].store) == (Intent.carry_out, "oslo")
    web = await retailer.cart(mug)
    wish = LineWish(beans)
    web = await retailer.run(lambda tx: add_line(tx, web.id, wish, by=TILL, channel="till-oslo"))
    assert [(line.intent, line.store) for line in web.lines] == [
        (Intent.ship, None),
        (Intent.carry_out, "oslo"),
    ]


async def test_nobody_but_staff_carries_goods_out_of_a_store(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    with pytest.raises(SignInNeeded):
        wish = LineWish(mug, intent=Intent.carry_out)
        by = retailer.visitor(cart)
        await retailer.run(lambda tx: add_line(tx, cart.id, wish, by=by, channel="till-oslo"))
    with pytest.raises(IntentNotPossible):
        await retailer.run(
            lambda tx: change_line(
                tx, cart.id, cart.lines[0].id, LineChange(intent=Intent.carry_out, store="oslo"), by=TILL
            )
        )
    assert (await retailer.look(cart)).version == 1


async def test_a_cart_and_a_line_have_an_end(retailer: Shop, clock: FixedClock) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    with pytest.raises(TooManyUnits):
        await retailer.add(cart, mug, 10_000)
    moment = clock.now()
    stored = StoredCart(
        id=cart.id,
        state=CartState.open,
        version=1,
        customer_id=None,
        token_hash=b"",
        channel="web-no",
        market="NO",
        language="nb",
        currency="NOK",
        country="NO",
        created_by="visitor",
        created_at=moment,
        changed_at=moment,
    )
    line = StoredLine(new_id(), mug, 1, Intent.ship, None, None, "web-no", moment)
    for number in range(MOST_LINES):
        stored = rules.with_line(stored, replace(line, id=new_id(), note=str(number)))
    with pytest.raises(TooManyLines):
        rules.with_line(stored, replace(line, id=new_id(), note="one more"))
