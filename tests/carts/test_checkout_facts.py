"""Who buys, where to, how it gets there, and codes; and what is still missing before it can be bought."""

from datetime import date
from functools import partial

import pytest
from tests.carts.conftest import Shop

from torg.carts import (
    Cart,
    Contact,
    DeliveryNotPossible,
    Intent,
    LineChange,
    TooManyCodes,
    Trouble,
    apply_code,
    change_line,
    choices,
    choose_delivery,
    demands,
    drop_code,
    missing,
    set_address,
    set_contact,
)
from torg.customers import Address
from torg.inventory import DeliveryKind, UnknownDeliveryMethod
from torg.kernel.access import SYSTEM
from torg.kernel.errors import Invalid
from torg.kernel.money import ratio
from torg.markets import atlas
from torg.promotions import (
    AmountOff,
    CodeNotValid,
    Promotion,
    UnknownCode,
    create_promotion,
    disable_promotion,
)

HOME = Address(country="NO", name="Kari Nordmann", street="Storgata 1", city="Oslo", postal_code="0155")


async def contacted(retailer: Shop, cart: Cart, contact: Contact) -> Cart:
    return await retailer.run(lambda tx: set_contact(tx, cart.id, contact, by=retailer.visitor(cart)))


async def sent_to(
    retailer: Shop, cart: Cart, address: Address | None, billing: Address | None = None
) -> Cart:
    return await retailer.run(
        lambda tx: set_address(tx, cart.id, address, billing, by=retailer.visitor(cart))
    )


async def chosen(retailer: Shop, cart: Cart, method: str, store: str | None = None) -> Cart:
    return await retailer.run(
        lambda tx: choose_delivery(tx, cart.id, method, by=retailer.visitor(cart), store=store)
    )


def lacking(cart: Cart) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in missing(cart)]


async def test_who_buys_is_tidied_and_every_wrong_field_is_named(retailer: Shop) -> None:
    cart = await retailer.cart()
    cart = await contacted(retailer, cart, Contact(" Kari@Example.NO ", "22 33 44 55", " Kari  Nordmann "))
    assert (cart.email, cart.phone, cart.name) == ("kari@example.no", "+4722334455", "Kari Nordmann")
    with pytest.raises(Invalid) as refused:
        await contacted(retailer, cart, Contact("nobody", "12"))
    assert [problem.field for problem in refused.value.problems] == ["email", "phone"]
    assert (await retailer.look(cart)).email == "kari@example.no"
    cart = await contacted(retailer, cart, Contact())
    assert (cart.email, cart.phone, cart.name) == (None, None, None)


async def test_an_address_is_checked_by_its_country_s_rules_and_the_market_s_countries(
    retailer: Shop,
) -> None:
    cart = await sent_to(retailer, await retailer.cart(), HOME)
    assert cart.address == HOME
    abroad = Address(country="SE", name="K", street="Gatan 1", city="Stockholm", postal_code="111 21")
    broken = Address(country="NO", name="K", street="", city="Oslo", postal_code="1")
    with pytest.raises(Invalid) as refused:
        await sent_to(retailer, cart, abroad, broken)
    fields = [problem.field for problem in refused.value.problems]
    assert fields[0] == "delivery.country"
    assert {"billing.street", "billing.postal_code"} <= set(fields)
    assert (await retailer.look(cart)).address == HOME
    cart = await sent_to(retailer, cart, HOME, abroad)
    assert cart.billing_address is not None and cart.billing_address.country == "SE"


async def test_tax_follows_the_address_and_a_place_without_known_tax_is_refused(retailer: Shop) -> None:
    from torg.pricing import TaxUnknown

    mug = await retailer.product(price=100_00)
    cart = await retailer.cart(mug, channel="web-us")
    assert (cart.currency, cart.totals.net, cart.totals.gross > 100_00) == ("USD", 100_00, True)
    texas = Address(
        country="US", name="K", street="1 Main St", city="Austin", region="TX", postal_code="78701"
    )
    with pytest.raises(TaxUnknown):
        await sent_to(retailer, cart, texas)
    assert (await retailer.look(cart)).address is None


async def test_goods_are_shipped_by_the_chosen_method_with_its_price_and_dates(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00, weight_g=3_000)
    cart = await sent_to(retailer, await retailer.cart(mug, mug), HOME)
    cart = await chosen(retailer, cart, "standard")
    (delivery,) = cart.deliveries
    assert (delivery.method, delivery.kind, delivery.weight_g) == ("standard", DeliveryKind.ship, 6_000)
    # Ordered on Friday at 13:00, before the cut-off at 14:00; two to four working days.
    assert (delivery.earliest, delivery.latest) == (date(2026, 11, 24), date(2026, 11, 26))
    assert delivery.quote is not None and delivery.quote.unit == 100_00  # heavier than five kilograms
    assert cart.totals.gross == 300_00
    assert cart.totals.tax == ratio(300_00, 25, 125)
    cart = await retailer.run(
        lambda tx: change_line(
            tx, cart.id, cart.lines[0].id, LineChange(quantity=11), by=retailer.visitor(cart)
        )
    )
    assert cart.deliveries[0].quote is not None and cart.deliveries[0].quote.unit == 0  # free from 1,000


async def test_what_is_picked_up_needs_no_address_and_costs_nothing(retailer: Shop) -> None:
    mug = await retailer.product(stock={"bergen": 1})
    cart = await contacted(retailer, await retailer.cart(mug), Contact("kari@example.no"))
    assert [warning.code for warning in cart.warnings] == []
    assert lacking(cart) == [("address.delivery", "required"), ("delivery.method", "required")]
    cart = await chosen(retailer, cart, "pick-up", "bergen")
    assert [(line.intent, line.store) for line in cart.lines] == [(Intent.pick_up, "bergen")]
    assert (cart.deliveries[0].store, cart.deliveries[0].quote) == ("bergen", None)
    assert cart.totals.gross == 100_00
    assert lacking(cart) == []
    known = await atlas(retailer.database)
    assert [demand.locations for demand in demands(cart, known)] == [("bergen",)]
    cart = await chosen(retailer, cart, "pick-up", "oslo")
    assert lacking(cart) == [("lines.0", "out-of-stock")]


async def test_lines_of_one_cart_go_different_ways(retailer: Shop) -> None:
    mug, beans = await retailer.product(), await retailer.product()
    cart = await sent_to(retailer, await retailer.cart(mug, beans), HOME)
    cart = await chosen(retailer, cart, "express")
    second = [cart.lines[1].id]
    cart = await retailer.run(
        lambda tx: choose_delivery(
            tx, cart.id, "pick-up", by=retailer.visitor(cart), store="oslo", line_ids=second
        )
    )
    assert [(one.method, one.store, one.lines) for one in cart.deliveries] == [
        ("express", None, (cart.lines[0].id,)),
        ("pick-up", "oslo", (cart.lines[1].id,)),
    ]
    assert cart.totals.gross == 200_00 + 100_00
    known = await atlas(retailer.database)
    assert [demand.locations for demand in demands(cart, known)] == [
        ("lager-oslo", "oslo", "bergen"),
        ("oslo",),
    ]


async def test_a_delivery_that_does_not_go_there_is_refused(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    with pytest.raises(UnknownDeliveryMethod):
        await chosen(retailer, cart, "pigeon")
    with pytest.raises(Invalid):
        await chosen(retailer, cart, "pick-up")
    with pytest.raises(DeliveryNotPossible):
        await chosen(retailer, cart, "pick-up", "berlin")
    kept = await retailer.look(cart)
    assert (kept.version, kept.deliveries) == (1, ())


async def test_what_is_sold_out_in_the_warehouse_is_offered_where_it_is(retailer: Shop) -> None:
    mug = await retailer.product(stock={"bergen": 2})
    cart = await sent_to(retailer, await retailer.cart(mug, mug), HOME)
    offered = await retailer.database.read(lambda tx: choices(tx, cart.id, by=retailer.visitor(cart)))
    told = [(o.choice.code, o.choice.store, not o.choice.short, o.quote and o.quote.unit) for o in offered]
    assert told == [
        ("standard", None, True, 50_00),  # sent from Bergen
        ("express", None, True, 100_00),
        ("pick-up", "bergen", True, None),
        ("pick-up", "oslo", False, None),
    ]


async def test_a_code_takes_something_off_until_it_is_dropped_or_ends(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00)
    cart = await retailer.cart(mug)
    by = retailer.visitor(cart)
    cart = await retailer.run(lambda tx: apply_code(tx, cart.id, " ten ", by=by))
    assert (cart.codes, cart.totals.discount, cart.totals.gross) == (("TEN",), 10_00, 90_00)
    again = await retailer.run(lambda tx: apply_code(tx, cart.id, "TEN", by=by))
    assert again.version == cart.version
    with pytest.raises(UnknownCode):
        await retailer.run(lambda tx: apply_code(tx, cart.id, "NOPE", by=by))
    with pytest.raises(CodeNotValid):
        await retailer.run(lambda tx: apply_code(tx, cart.id, "SWEDEN", by=by))
    other = Promotion(
        key="ending", names={"en": "Ending"}, effects=(AmountOff({"NOK": 5_00}),), needs_code=True
    )
    more = [f"MORE-{number}" for number in range(10)]
    await retailer.database.run(lambda tx: create_promotion(tx, other, by=SYSTEM, shared=("ENDING", *more)))
    both = await retailer.run(lambda tx: apply_code(tx, cart.id, "ENDING", by=by))
    assert (both.codes, both.totals.discount) == (
        ("TEN", "ENDING"),
        14_50,
    )  # 5.00 first, ten percent of the rest
    for code in more[2:]:
        await retailer.run(partial(apply_code, cart_id=cart.id, code=code, by=by))
    with pytest.raises(TooManyCodes):
        await retailer.run(lambda tx: apply_code(tx, cart.id, more[0], by=by))
    for code in ("ENDING", *more[2:]):
        await retailer.run(partial(drop_code, cart_id=cart.id, code=code, by=by))
    cart = await retailer.run(lambda tx: drop_code(tx, cart.id, "ten", by=by))
    assert (cart.codes, cart.totals.gross) == ((), 100_00)
    with pytest.raises(UnknownCode):
        await retailer.run(lambda tx: drop_code(tx, cart.id, "TEN", by=by))
    await retailer.run(lambda tx: apply_code(tx, cart.id, "ENDING", by=by))
    await retailer.database.run(lambda tx: disable_promotion(tx, "ending", version=None, by=SYSTEM))
    cart = await retailer.look(cart)
    assert (cart.totals.gross, cart.warnings[0].code, cart.warnings[0].subject) == (
        100_00,
        Trouble.code_not_valid,
        "ENDING",
    )
    assert ("codes.ENDING", "code-not-valid") in lacking(cart)


async def test_what_is_missing_is_told_all_at_once(retailer: Shop) -> None:
    assert lacking(await retailer.cart()) == [("lines", "empty")]
    unpriced = await retailer.product(price=None, stock=0)
    cart = await retailer.cart(unpriced)
    assert lacking(cart) == [
        ("lines.0", "no-price"),
        ("contact", "no-way-to-reach"),
        ("address.delivery", "required"),
        ("delivery.method", "required"),
    ]
