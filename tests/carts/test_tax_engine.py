"""Another tax engine decides: asked outside of a transaction, believed for one basket, and what happens without it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from tests.carts.conftest import Shop
from tests.orders.conftest import Till
from tests.orders.conftest import till as till
from tests.simulators import tax_engine
from tests.simulators.tax_engine import HttpTaxEngine

from torg import carts, orders
from torg.carts import Cart, Contact, choose_delivery, look, set_address, set_contact
from torg.customers import Address
from torg.kernel.access import SYSTEM
from torg.kernel.money import Money
from torg.markets import MarketChange, MarketTax, change_market
from torg.orders import Completion
from torg.payments import Tender, TenderChoice
from torg.pricing import BuiltIn, TaxEngines, TaxNotDecided, TaxUnknown, Treatment

SAN_FRANCISCO = Address(
    country="US", name="Ann", street="1 Market St", city="San Francisco", region="CA", postal_code="94105"
)
NEW_YORK = Address(
    country="US", name="Ann", street="1 Broadway", city="New York", region="NY", postal_code="10012"
)


class Engine:
    """The program, and how it is told to behave."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engines = TaxEngines(HttpTaxEngine(url))

    def behave(self, how: str) -> None:
        """Make it well, slow, silent, forgetful or absurd."""
        httpx.post(f"{self.url}/behave", json={"as": how})

    def asked(self) -> int:
        """How often it was asked."""
        return int(httpx.get(self.url).json()["asked"])


@pytest.fixture(scope="module")
def program() -> Iterator[Engine]:
    """The engine, as a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = Path(tax_engine.__file__)
    process = subprocess.Popen([sys.executable, str(script), str(port)])  # our own script
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 20
    while True:
        try:
            httpx.get(url)
            break
        except httpx.HTTPError:
            assert time.monotonic() < until, "the engine does not start"
            time.sleep(0.05)
    yield Engine(url)
    process.terminate()
    process.wait()


@pytest_asyncio.fixture
async def engine(program: Engine, retailer: Shop) -> Engine:
    """The engine decides in the United States, and behaves."""
    program.behave("well")
    await says(retailer, MarketTax(engine="simulated"))
    return program


async def says(shop: Shop, tax: MarketTax) -> None:
    """What the market says about tax."""
    await shop.database.run(lambda tx: change_market(tx, "US", MarketChange(tax=tax), by=SYSTEM))
    shop.database.forget("markets.atlas")


async def filled(shop: Shop, address: Address, price: int = 100_00) -> Cart:
    """A cart that lacks nothing: a thing, food, and delivery."""
    thing, food = await shop.product(price=price), await shop.product(price=10_00, tax_class="food")
    cart = await shop.cart(thing, food, channel="web-us")
    by = shop.visitor(cart)
    await shop.run(lambda tx: set_contact(tx, cart.id, Contact(email="a@example.com", name="Ann"), by=by))
    await shop.run(lambda tx: set_address(tx, cart.id, address, None, by=by))
    return await shop.run(lambda tx: choose_delivery(tx, cart.id, "standard", by=by))


async def complete(till: Till, engines: TaxEngines, cart: Cart, gross: int) -> orders.Placement:
    """Buy the cart for what it is said to come to."""
    choice = TenderChoice(Tender.gateway, "sim", "ok", "https://shop.test/back")
    asked = Completion(Money(gross, "USD"), (choice,))
    by = till.shop.visitor(cart)
    return await orders.complete(till.database, till.gateways, cart.id, asked, by=by, engines=engines)


async def test_the_engine_decides_where_the_tables_do_not_know_and_the_order_keeps_its_reference(
    engine: Engine, till: Till
) -> None:
    shop = till.shop
    cart = await filled(shop, SAN_FRANCISCO)
    assert cart.undecided is not None
    assert [problem.code for problem in carts.missing(cart)] == ["tax-not-decided"]
    before = engine.asked()
    seen = await look(shop.database, engine.engines, cart.id, by=shop.visitor(cart))
    assert seen.undecided is None and not carts.missing(seen)
    assert [(tax.rate, tax.tax) for tax in seen.totals.taxes] == [(86_250, 8_63), (0, 0)]
    again = await look(shop.database, engine.engines, cart.id, by=shop.visitor(cart))
    assert again.totals == seen.totals and engine.asked() == before + 1
    placed = await complete(till, engine.engines, cart, seen.totals.gross)
    assert engine.asked() == before + 1
    basis = {one.law: one for one in placed.order.tax_basis}
    assert set(basis) == {"CA Rev. & Tax. Code § 6051", "CA Rev. & Tax. Code § 6359"}
    assert {(one.engine, one.reference) for one in basis.values()} == {("simulated", f"T-{before + 1}")}
    assert placed.order.tax == sum(line.tax for line in placed.lines) == 8_63


async def test_a_cart_that_nobody_looked_at_is_decided_before_it_is_bought(
    engine: Engine, till: Till
) -> None:
    cart = await filled(till.shop, SAN_FRANCISCO)
    gross = 100_00 + 8_63 + 10_00 + cart.totals.delivery[0].net
    placed = await complete(till, engine.engines, cart, gross)
    assert placed.order.gross == gross


@pytest.mark.parametrize("how", ["silent", "slow", "forgetful", "absurd"])
async def test_without_an_answer_nothing_is_sold(engine: Engine, till: Till, how: str) -> None:
    cart = await filled(till.shop, SAN_FRANCISCO)
    engine.behave(how)
    seen = await look(till.database, engine.engines, cart.id, by=till.shop.visitor(cart))
    assert seen.undecided is not None
    with pytest.raises(TaxNotDecided):
        await complete(till, engine.engines, cart, seen.totals.gross)
    after = await till.cart_now(cart)
    assert (after.state, after.version) == (carts.CartState.open, cart.version)
    engine.behave("well")
    seen = await look(till.database, engine.engines, cart.id, by=till.shop.visitor(cart))
    assert (await complete(till, engine.engines, cart, seen.totals.gross)).order.tax == 8_63


async def test_the_built_in_engine_stands_in_where_the_market_says_so_and_refuses_what_it_does_not_know(
    engine: Engine, till: Till
) -> None:
    await says(till.shop, MarketTax(engine="simulated", without_engine="built-in"))
    engine.behave("silent")
    here, there = await filled(till.shop, NEW_YORK, 200_00), await filled(till.shop, SAN_FRANCISCO)
    seen = await look(till.database, engine.engines, here.id, by=till.shop.visitor(here))
    assert [tax.rate for tax in seen.totals.taxes] == [88_750, 0]
    assert {basis.engine for basis in seen.tax_basis} == {"built-in"}
    with pytest.raises(TaxUnknown):
        await look(till.database, engine.engines, there.id, by=till.shop.visitor(there))


async def test_an_engine_that_nobody_plugged_in_sells_nothing(engine: Engine, till: Till) -> None:
    cart = await filled(till.shop, NEW_YORK)
    with pytest.raises(TaxNotDecided):
        await complete(till, TaxEngines(), cart, cart.totals.gross)


async def test_through_the_port_the_built_in_engine_says_what_carts_show(till: Till, engine: Engine) -> None:
    cart = await filled(till.shop, NEW_YORK, 109_00)
    assert cart.undecided is not None
    said = await BuiltIn().assess(cart.undecided.basket, datetime.now(UTC))
    await says(till.shop, MarketTax())
    shown = await till.cart_now(cart)
    for line in shown.lines:
        assert line.quote is not None
        item = said.about(line.id.hex)
        assert (item.rate, item.name, item.treatment) == (
            line.quote.tax_rate,
            line.quote.tax_name,
            Treatment.domestic,
        )
