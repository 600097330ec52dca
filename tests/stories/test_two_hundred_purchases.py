"""Two hundred purchases over gateways that lose, double, delay and reorder what is said, by buyers who die in between.

In the end: never paid without an order, never an order without its payment, nothing taken or given back twice, and the
books of stock, payments, gift cards and gateways agree.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
import stripe
from tests.carts.conftest import Shop
from tests.connectors.stripes import KEY, SECRET, Stripe, simulator
from tests.orders.conftest import Till
from tests.orders.conftest import retailer as retailer
from tests.orders.crediting import agree, buy, card, gift
from tests.simulators.gateway import SimulatedGateway

from torg.carts import Cart
from torg.commands.payments import differences
from torg.connectors.stripe.gateway import StripeGateway
from torg.inventory import expire
from torg.inventory import verify as verify_stock
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.drain import Failures
from torg.kernel.errors import TorgError
from torg.orders import OrderState, cancel
from torg.payments import Gateways, PaymentState, Tender, TenderChoice, hear
from torg.settings import Settings

PURCHASES = 200
SCARCE = 40
AT_ONCE = 8
SEED = 20_261_123
MEANS = {
    "sim": ("ok", "chaos", "delay", "delay_decline", "second_step", "direct", "decline"),
    "stripe": ("pm_ok", "pm_late", "pm_3ds", "pm_declined", "hosted"),
}


class Street:
    """Buyers, two gateways and all that goes wrong between them; what happens follows from one seed."""

    def __init__(self, till: Till, other: Stripe) -> None:
        self.till = till
        self.other = other
        self.random = random.Random(SEED)
        self.letters: list[tuple[str, dict[str, str], bytes]] = []
        self.outcomes: Counter[str] = Counter()

    async def shop(self, cart: Cart, number: int, cards: list[Any]) -> None:
        """Buy a cart with one to three tenders; some come back, some die in the middle, some do it twice at once."""
        code = "stripe" if number % 5 == 0 else "sim"
        method = self.random.choice(MEANS[code])
        rest = TenderChoice(Tender.gateway, code, method, "https://shop.test/back")
        parts = [gift(self.random.choice(cards), 1_000)] if number % 3 == 0 else []
        calls = self.random.choice((1, 1, 2))
        tasks = [asyncio.create_task(buy(self.till, cart, *parts, rest)) for _ in range(calls)]
        if self.random.random() < 0.2:
            await asyncio.sleep(self.random.random() * 0.05)
            for task in tasks:
                task.cancel()
        for done in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(done, BaseException) and not isinstance(done, TorgError | asyncio.CancelledError):
                raise done
            self.outcomes[type(done).__name__] += 1

    async def go_on(self) -> None:
        """Banks and customers decide, some callbacks come, in any order, late or twice, and a minute goes by."""
        await self._decide_here()
        await asyncio.to_thread(self._decide_there)
        gateway = self.till.gateway
        self.letters += [("sim", *callback) for callback in gateway.callbacks]
        gateway.callbacks.clear()
        for _, body in await asyncio.to_thread(self.other.events):
            self.letters.append(("stripe", {}, body))
        self.random.shuffle(self.letters)
        taken, self.letters = self.letters[:60], self.letters[50:] if len(self.letters) > 60 else []
        for code, headers, body in taken:
            try:
                await hear(self.till.database, self.till.gateways, code, headers or self._signed(body), body)
            except TorgError as refused:
                self.outcomes[f"callback {refused.code}"] += 1

    async def _decide_here(self) -> None:
        gateway = self.till.gateway
        for book in list(gateway.books.values()):
            if book.state.open and self.random.random() < 0.4:
                gateway.decide(
                    book.payment_id, self.random.choice([PaymentState.authorised, PaymentState.declined])
                )
            if self.random.random() < 0.3:
                gateway.call(book.payment_id)

    def _decide_there(self) -> None:
        for intent in self.other.books():
            if intent["status"] in {"processing", "requires_action"} and self.random.random() < 0.4:
                self.other.play(f"_late/{intent['id']}", **{"as": self.random.choice(["succeeds", "fails"])})

    async def work(self, **by: float) -> None:
        """Time goes by in a worker whose jobs may fail; each is tried again later."""
        try:
            await self.till.pass_time(**by)
        except Failures:
            self.outcomes["failed jobs"] += 1

    def _signed(self, body: bytes) -> dict[str, str]:
        at = int(self.till.clock.now().timestamp())
        made = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, at)
        return {"stripe-signature": made}


@pytest.fixture(scope="module")
def other() -> Iterator[Stripe]:
    """The other gateway, a program of its own."""
    with simulator() as running:
        yield running


@pytest_asyncio.fixture
async def street(
    retailer: Shop, database: Database, clock: FixedClock, settings: Settings, other: Stripe
) -> AsyncIterator[Street]:
    """Somewhere to buy, through two gateways that cannot be relied on."""
    gateway = SimulatedGateway(seed=SEED, lose_request=0.15, lose_answer=0.15)
    till = Till(retailer, database, clock, settings, gateway)
    connected = msgspec.structs.replace(
        settings, stripe_secret_key=KEY, stripe_webhook_secret=SECRET, stripe_url=other.url
    )
    till.gateways = Gateways(gateway, StripeGateway(connected), till.bank)
    till.ports.add(Gateways, till.gateways)
    other.play("_behave", share=0.1, seed=SEED)
    yield Street(till, other)


@pytest.mark.slow
async def test_two_hundred_purchases_end_with_books_that_agree(street: Street) -> None:
    till = street.till
    plenty = await till.shop.product(stock={"lager-oslo": PURCHASES})
    scarce = await till.shop.product(stock={"lager-oslo": SCARCE})
    cards = [await card(till, 20_000) for _ in range(3)]
    carts = [await till.cart(scarce if n % 4 == 0 else plenty) for n in range(PURCHASES)]
    for first in range(0, PURCHASES, AT_ONCE):
        some = enumerate(carts[first : first + AT_ONCE], first)
        await asyncio.gather(*(street.shop(cart, number, cards) for number, cart in some))
        await street.go_on()
        if first % 40 == 0:
            await street.work(minutes=1)
    for cart in street.random.sample(carts, 20):
        await cancelled(till, cart)
    for _ in range(4):
        await street.go_on()
        await street.work(minutes=5)
    till.gateway.lose_request = till.gateway.lose_answer = 0.0
    await asyncio.to_thread(street.other.play, "_behave", share=0)
    for _ in range(8):
        await street.go_on()
        await till.pass_time(minutes=20)
        await till.database.run(expire)
    await all_is_well(street, carts, {plenty: PURCHASES, scarce: SCARCE})


async def cancelled(till: Till, cart: Cart) -> None:
    """Somebody cancels an order, if there is one."""
    try:
        await till.database.run(lambda tx: cancel(tx, cart.id, reason="changed my mind", by=SYSTEM))
    except TorgError:
        return


async def all_is_well(street: Street, carts: list[Cart], stock: dict[Any, int]) -> None:
    """Every order, payment, unit and gift card tells the same story."""
    till, states, placed = street.till, Counter[str](), Counter[Any]()
    secured_here = 0
    for cart in carts:
        try:
            seen = await till.order(cart)
        except TorgError:
            states["never"] += 1
            continue
        states[seen.order.state.value] += 1
        secured = sum(payment.secured for payment in seen.payments)
        told = (await till.told(cart)).count("order.placed")
        if seen.order.state is OrderState.placed:
            assert (secured, told) == (seen.order.gross, 1), seen
            placed[cart.lines[0].variant_id] += 1
        else:
            assert seen.order.state in {OrderState.lapsed, OrderState.cancelled}, seen
            assert secured == 0, seen
        for payment in seen.payments:
            assert not payment.state.open, payment
            assert payment.refunded <= payment.captured <= payment.amount, payment
            book = till.gateway.books.get(payment.id)
            if book:
                secured_here += payment.secured
                assert (book.captured, book.refunded) == (payment.captured, payment.refunded), payment
    assert secured_here == till.gateway.live_money()
    assert states["placed"] > 40 and states["lapsed"] > 20, (states, street.outcomes)
    for variant, units in stock.items():
        assert await till.stock(variant) == {"lager-oslo": (units, 0, placed[variant])}
    await agree(till)
    assert await till.database.read(lambda tx: verify_stock(tx, by=SYSTEM)) == []
    assert await differences(till.database, till.gateways, days=10_000) == []
