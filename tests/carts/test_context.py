"""A cart keeps the context of its prices, and changes it only when its customer asks, having seen both totals."""

import pytest
from msgspec.structs import replace
from tests.carts.conftest import Shop

from torg.carts import (
    BothPrices,
    Cart,
    ContextWish,
    Intent,
    LineWish,
    PricesMoved,
    add_line,
    change_context,
    compare,
    set_address,
)
from torg.carts.model import Loss
from torg.customers import Address
from torg.kernel.access.touchpoint import DeviceKind, Touchpoint
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.money import Money

JAPAN = ContextWish("web-jp", language="en")
HOME = Address(country="NO", name="Kari", street="Storgata 1", city="Oslo", postal_code="0155")


async def compared(retailer: Shop, cart: Cart, wish: ContextWish) -> BothPrices:
    by = retailer.visitor(cart)
    return await retailer.database.read(lambda tx: compare(tx, cart.id, wish, by=by))


async def moved(retailer: Shop, cart: Cart, wish: ContextWish, total: Money) -> Cart:
    by = retailer.visitor(cart)
    return await retailer.run(lambda tx: change_context(tx, cart.id, wish, total, by=by))


async def test_another_device_language_or_country_converts_nothing(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00, jpy=1_100)
    cart = await retailer.cart(mug)
    abroad = replace(retailer.visitor(cart), touch=Touchpoint("web-jp", DeviceKind.phone))
    cart = await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=abroad, channel="web-jp"))
    assert (cart.currency, cart.market, cart.totals.gross) == ("NOK", "NO", 200_00)


async def test_she_sees_both_totals_before_and_gets_what_she_saw(retailer: Shop) -> None:
    mug, only_here = await retailer.product(price=100_00, jpy=1_100), await retailer.product(markets=("NO",))
    cart = await retailer.cart(mug, only_here)
    await retailer.add(cart, mug, intent=Intent.pick_up, store="oslo")
    by = retailer.visitor(cart)
    await retailer.run(lambda tx: set_address(tx, cart.id, HOME, None, by=by))
    both = await compared(retailer, cart, JAPAN)
    assert (both.present.currency, both.present.totals.gross) == ("NOK", 300_00)
    assert (both.wished.currency, both.wished.totals.gross, both.wished.country) == ("JPY", 2_200, "JP")
    assert [one.why for one in both.wished.left_out] == [Loss.no_address, Loss.other_way]
    assert [warning.code.value for warning in both.wished.warnings] == ["not-for-sale"]
    before = await retailer.look(cart)
    assert (before.currency, before.version) == ("NOK", both.present.version)
    with pytest.raises(PricesMoved):
        await moved(retailer, cart, JAPAN, Money(2_199, "JPY"))
    assert await retailer.look(cart) == replace(before, at=(await retailer.look(cart)).at)
    there = await moved(retailer, cart, JAPAN, Money(2_200, "JPY"))
    assert (there.channel, there.market, there.language, there.totals.gross) == ("web-jp", "JP", "en", 2_200)
    assert {line.intent for line in there.lines} == {Intent.ship} and there.address is None
    again = await moved(retailer, cart, JAPAN, Money(2_200, "JPY"))
    assert again.version == there.version == before.version + 1


async def test_a_context_is_one_of_a_market_and_decided_on_a_version(retailer: Shop) -> None:
    cart = await retailer.cart(await retailer.product())
    for wish in (ContextWish(country="DE"), ContextWish(language="xx")):
        with pytest.raises(Invalid):
            await compared(retailer, cart, wish)
    by = retailer.visitor(cart)
    with pytest.raises(StaleVersion):
        await retailer.run(lambda tx: change_context(tx, cart.id, JAPAN, Money(1, "JPY"), by=by, version=7))
