"""How carts are taxed: as companies, over borders, in several stores at once, and what of it the order keeps."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from tests.carts.conftest import Shop
from tests.orders.conftest import Till
from tests.orders.conftest import till as till
from tests.orders.conftest import web as web

from torg.app import ports
from torg.carts import Business, Cart, Intent, apply_code, load, set_address, set_business
from torg.customers import (
    Address,
    CheckedNumber,
    Finding,
    RegisterSilent,
    VatRegister,
    Verdict,
    check_vat_number,
)
from torg.inventory import Receipt, receive
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid
from torg.kernel.money import Money
from torg.markets import (
    MarketChange,
    MarketTax,
    Scheme,
    SellerChange,
    TaxRegistration,
    change_market,
    change_seller,
)
from torg.pricing import NewPrice, PriceList, Treatment, add_price_list, set_prices

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BERLIN = Address(country="DE", name="Kurt", street="Weg 1", city="Berlin", postal_code="10115")
VIENNA = Address(country="AT", name="Sissi", street="Ring 1", city="Wien", postal_code="1010")
ZURICH = Address(country="CH", name="Heidi", street="Gasse 1", city="Zürich", postal_code="8001")
SVALBARD = Address(country="NO", name="Kari", street="Veg 1", city="Longyearbyen", postal_code="9170")
BELFAST = Address(country="GB", name="Pat", street="1 Street", city="Belfast", postal_code="BT1 1AA")
DEFAULT = MarketTax()
ACME = Business("Acme GmbH", CheckedNumber("ATU13585627", Verdict.confirmed, NOW, "test", reference="R-1"))


async def europe(shop: Shop, tax: MarketTax = DEFAULT) -> None:
    """The German market sells to Austria, Switzerland and the United Kingdom as well."""

    async def work(tx: Transaction) -> None:
        countries = ("DE", "AT", "CH", "GB")
        await change_market(tx, "DE", MarketChange(countries=countries, tax=tax), by=SYSTEM)

    await shop.database.run(work)
    shop.database.forget("markets.atlas")


async def thing(shop: Shop, price: int = 119_00, tax_class: str = "standard") -> UUID:
    """Something to buy in Germany, at a price with tax in it."""
    variant = await shop.product(markets=("DE", "NO", "US"), tax_class=tax_class)

    async def work(tx: Transaction) -> None:
        if not await tx.one(bool, "SELECT count(*) > 0 FROM price_lists WHERE code = 'de'"):
            prices = PriceList("de", "DE", "EUR", tax_included=True, market="DE")
            await add_price_list(tx, prices, by=SYSTEM)
        await set_prices(tx, "de", [NewPrice(variant, Money(price, "EUR"), valid_from=tx.now)], by=SYSTEM)
        await receive(tx, [Receipt(variant, "lager-hamburg", 20)], document="DN", by=SYSTEM)

    await shop.database.run(work)
    return variant


async def to(shop: Shop, cart: Cart, address: Address, business: Business | None = None) -> Cart:
    """The cart, for an address and whoever buys."""
    by = shop.visitor(cart)
    await shop.run(lambda tx: set_address(tx, cart.id, address, None, by=by))
    return await shop.run(lambda tx: set_business(tx, cart.id, business, by=by))


def told(cart: Cart) -> tuple[int, int, int, list[Treatment]]:
    """What a cart comes to, and how it is taxed."""
    totals = cart.totals
    return totals.net, totals.tax, totals.gross, [basis.treatment for basis in cart.tax_basis]


@pytest.mark.parametrize("abroad", ["gross", "net"])
async def test_goods_to_another_country_keep_their_price_with_tax_or_without_as_the_market_says(
    retailer: Shop, abroad: str
) -> None:
    await europe(retailer, MarketTax(abroad=abroad))  # type: ignore[arg-type]  # the parameter is one of the two
    cart = await retailer.cart(await thing(retailer), channel="web-de")
    assert told(cart) == (100_00, 19_00, 119_00, [Treatment.domestic])
    vienna = await to(retailer, cart, VIENNA)
    expected = (99_17, 19_83, 119_00) if abroad == "gross" else (100_00, 20_00, 120_00)
    assert told(vienna) == (*expected, [Treatment.distance_sale])
    assert vienna.tax_basis[0].scheme is Scheme.oss
    zurich = await to(retailer, cart, ZURICH)
    assert told(zurich) == (100_00, 0, 100_00, [Treatment.export])
    belfast = await to(retailer, cart, BELFAST)
    assert told(belfast) == (*expected, [Treatment.distance_sale])


async def test_a_company_abroad_buys_without_tax_only_with_a_number_that_is_enough(retailer: Shop) -> None:
    await europe(retailer)
    cart = await retailer.cart(await thing(retailer), channel="web-de")
    form_only = Business("Acme", CheckedNumber("ATU13585627", Verdict.form_valid, NOW))
    refuted = Business("Acme", CheckedNumber("ATU13585627", Verdict.refuted, NOW))
    for business in (Business("Acme"), form_only, refuted):
        assert told(await to(retailer, cart, VIENNA, business))[3] == [Treatment.distance_sale]
    without_tax = await to(retailer, cart, VIENNA, ACME)
    assert told(without_tax) == (100_00, 0, 100_00, [Treatment.intra_community])
    assert told(await to(retailer, cart, BERLIN, ACME))[3] == [Treatment.domestic]
    await europe(retailer, MarketTax(vat_check="form"))
    assert told(await to(retailer, cart, VIENNA, form_only))[3] == [Treatment.intra_community]
    assert told(await to(retailer, cart, VIENNA, refuted))[3] == [Treatment.distance_sale]
    await europe(retailer)


async def test_what_is_handed_over_in_a_store_is_taxed_there_and_what_is_sent_where_it_goes(
    retailer: Shop,
) -> None:
    variant = await retailer.product(price=125_00)
    cart = await retailer.cart(variant)
    cart = await retailer.add(cart, variant, intent=Intent.pick_up, store="bergen")
    cart = await to(retailer, cart, SVALBARD)
    assert [(line.quote.unit, line.quote.treatment) for line in cart.lines if line.quote] == [
        (100_00, Treatment.export),
        (125_00, Treatment.domestic),
    ]
    assert told(cart)[:3] == (200_00, 25_00, 225_00)
    assert {basis.treatment: basis.lines for basis in cart.tax_basis} == {
        Treatment.export: (cart.lines[0].id,),
        Treatment.domestic: (cart.lines[1].id,),
    }


async def test_things_of_low_value_into_norway_are_taxed_one_by_one(retailer: Shop) -> None:
    """A Japanese seller with a VOEC number, and a customer in Norway: 2,999 kr and 3,000 kr without tax."""
    await retailer.database.run(_voec)
    retailer.database.forget("markets.atlas")
    dear, cheap = await retailer.product(price=3_750_00), await retailer.product(price=3_748_75)
    food = await retailer.product(price=115_00, tax_class="food")
    cart = await to(retailer, await retailer.cart(dear, cheap, food, channel="web-no"), SVALBARD)
    home = Address(country="NO", name="Kari", street="Veg 1", city="Oslo", postal_code="0155")
    cart = await to(retailer, cart, home)
    found = [(line.quote.unit, line.quote.treatment) for line in cart.lines if line.quote]
    await retailer.database.run(_as_before)
    retailer.database.forget("markets.atlas")
    assert found == [
        (3_000_00, Treatment.export),
        (3_748_75, Treatment.low_value),
        (100_00, Treatment.export),
    ]


async def test_a_thing_is_of_low_value_by_what_it_is_sold_for_after_discounts(retailer: Shop) -> None:
    """3,000 kr without tax is too much for VOEC; less ten percent it is not, and the tax is in the price again."""
    await retailer.database.run(_voec)
    retailer.database.forget("markets.atlas")
    dear = await retailer.product(price=3_750_00)
    home = Address(country="NO", name="Kari", street="Veg 1", city="Oslo", postal_code="0155")
    cart = await to(retailer, await retailer.cart(dear, channel="web-no"), home)
    by = retailer.visitor(cart)
    reduced = await retailer.run(lambda tx: apply_code(tx, cart.id, "TEN", by=by))
    again = await retailer.database.read(lambda tx: load(tx, cart.id, by=by))
    await retailer.database.run(_as_before)
    retailer.database.forget("markets.atlas")
    assert (cart.totals.lines[0].gross, cart.tax_basis[0].treatment) == (3_000_00, Treatment.export)
    assert reduced.totals == again.totals
    line = reduced.totals.lines[0]
    assert (line.gross, line.net, line.discount) == (3_375_00, 2_700_00, 375_00)
    assert [basis.treatment for basis in reduced.tax_basis] == [Treatment.low_value]


async def _voec(tx: Transaction) -> None:
    registrations = (
        TaxRegistration("JP", "9254095937187"),
        TaxRegistration("NO", "2024509", Scheme.voec),
    )
    await change_seller(tx, "torg-nordic", SellerChange(registrations=registrations), by=SYSTEM)
    await tx.execute(
        "UPDATE locations SET address = address || '{\"country\": \"JP\"}' WHERE code = 'lager-oslo'"
    )


async def _as_before(tx: Transaction) -> None:
    registrations = (TaxRegistration("NO", "316737579MVA"),)
    await change_seller(tx, "torg-nordic", SellerChange(registrations=registrations), by=SYSTEM)
    await tx.execute(
        "UPDATE locations SET address = address || '{\"country\": \"NO\"}' WHERE code = 'lager-oslo'"
    )


async def test_the_order_keeps_who_bought_and_why_it_was_taxed_so(till: Till) -> None:
    shop = till.shop
    cart = await till.cart(await shop.product(price=125_00))
    by = shop.visitor(cart)
    await shop.run(lambda tx: set_business(tx, cart.id, ACME, by=by))
    cart = await shop.run(lambda tx: set_address(tx, cart.id, SVALBARD, None, by=by))
    placed = await till.buy(cart)
    seen = await till.order(cart)
    assert placed.order.gross == cart.totals.gross == seen.order.gross
    assert seen.order.business == ACME
    (basis,) = seen.order.tax_basis
    assert (basis.treatment, basis.sent_from, basis.to) == (Treatment.export, "NO", "NO")
    assert (basis.number, basis.law) == ("316737579MVA", "Merverdiavgiftsloven § 6-21")
    assert [line.treatment for line in seen.lines] == [Treatment.export]
    assert [(tax.rate, tax.tax, tax.treatment) for tax in seen.order.taxes] == [(0, 0, Treatment.export)]


class Register(VatRegister):
    """A register that knows one number, refutes another, and does not answer for the rest."""

    name = "register"

    async def find(self, number: str) -> Finding:
        """What it says."""
        if number == "DE136695976":
            return Finding(True, "Acme GmbH", "R-7")
        if number == "SE556036079301":
            return Finding(False)
        raise RegisterSilent(number)


@pytest.mark.parametrize(
    ("register", "text", "verdict"),
    [
        (VatRegister(), "DE 136695976", Verdict.form_valid),
        (Register(), "de136695976", Verdict.confirmed),
        (Register(), "SE556036079301", Verdict.refuted),
        (Register(), "ATU13585627", Verdict.form_valid),
    ],
)
async def test_a_vat_number_is_as_sure_as_its_register_makes_it(
    register: VatRegister, text: str, verdict: Verdict
) -> None:
    checked = await check_vat_number(register, text, at=NOW)
    assert checked.verdict is verdict
    assert (checked.reference == "R-7") is (verdict is Verdict.confirmed)


async def test_a_number_that_its_country_cannot_have_given_is_refused() -> None:
    with pytest.raises(Invalid):
        await check_vat_number(VatRegister(), "DE136695977", at=NOW)


async def test_a_company_is_said_over_http_and_the_answer_tells_what_to_write_on_documents(
    web: httpx.AsyncClient, retailer: Shop
) -> None:
    await europe(retailer, MarketTax(vat_check="form"))
    variant = (await thing(retailer)).hex
    begun = await web.post(
        "/api/v1/carts", json={"channel": "web-de", "lines": [{"variant": f"var_{variant}"}], "country": "AT"}
    )
    path, headers = f"/api/v1/carts/{begun.json()['id']}", {"Torg-Token": begun.json()["token"]}
    wrong = await web.put(f"{path}/business", json={"company": "A", "vat_number": "DE1"}, headers=headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "vat_number")
    lacking = await web.put(f"{path}/business", json={"vat_number": "ATU13585627"}, headers=headers)
    assert lacking.json()["errors"][0]["field"] == "company"
    body = {"company": " Acme  GmbH ", "vat_number": "ATU 13585627"}
    for language, begins in (
        ("de", "Steuerfreie innergemeinschaftliche"),
        ("ja", "EU域内供給"),
        ("en", "Intra-"),
    ):
        answer = await web.put(f"{path}/business", json=body, headers=headers | {"Accept-Language": language})
        (tax,) = answer.json()["tax"]
        assert tax["treatment"] == "intra_community" and tax["note"].startswith(begins)
    business = answer.json()["business"]
    assert (business["company"], business["vat_number"], business["verdict"]) == (
        "Acme GmbH",
        "ATU13585627",
        "form_valid",
    )
    again = await web.put(f"{path}/business", json={}, headers=headers)
    assert again.json()["business"] is None
    assert again.json()["tax"][0]["treatment"] == "distance_sale"
    await europe(retailer)


def test_without_a_connector_there_is_no_register(settings: object, database: Database) -> None:
    assert type(ports(settings, database).get(VatRegister)) is VatRegister  # type: ignore[arg-type]  # the fixture's type
