"""Payment intents at a Stripe that others made: taken, given back, declined late, with a second factor, told twice."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
import stripe
from tests.connectors.stripes import KEY, SECRET, Stripe, localstripe
from tests.payments.steps import PRICE, fresh, start, told

from torg.connectors.stripe.gateway import StripeGateway
from torg.kernel.access import SYSTEM
from torg.kernel.clock import SystemClock
from torg.kernel.database import Database
from torg.payments import Gateways, Payment, PaymentState, ask, capture, hear, look_again, record
from torg.payments.move import carry_out, claim_return, refund
from torg.settings import Settings

CARD = {"exp_month": "12", "exp_year": "2030", "cvc": "123"}


@pytest.fixture(scope="module")
def theirs() -> Iterator[Stripe]:
    """Their Stripe."""
    with localstripe() as running:
        yield running


class Desk:
    """Payments at their Stripe."""

    def __init__(self, stripe: Stripe, database: Database, settings: Settings) -> None:
        self.stripe = stripe
        self.database = database
        self.gateways = Gateways(StripeGateway(settings))

    def token(self, number: str = "4242424242424242", **means: Any) -> str:
        """What Stripe's own fields make of a card."""
        card = {f"card[{name}]": value for name, value in (CARD | {"number": number}).items()}
        body = {"type": "card", **card} if not means else {f"{name}": value for name, value in means.items()}
        answer = httpx.post(f"{self.stripe.url}/v1/payment_methods", data=body, auth=(KEY, ""))
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def pay(self, token: str) -> Payment:
        _, errand = await self.database.run(lambda tx: start(tx, self.gateways, token, return_url=None))
        assert errand is not None
        answer = await ask(self.gateways, errand)
        return await self.database.run(lambda tx: record(tx, errand, answer))

    async def hear(self, letter: tuple[dict[str, str], bytes]) -> Payment | None:
        return await hear(self.database, self.gateways, "stripe", *letter)

    def confirm(self, payment: Payment) -> None:
        """The customer gives her second factor."""
        intents = f"{self.stripe.url}/v1/payment_intents/{payment.reference}"
        secret = httpx.get(intents, auth=(KEY, "")).json()["client_secret"]
        body = {"client_secret": secret, "success": "true", "key": "pk_test_of_the_tests"}
        httpx.post(f"{intents}/_authenticate", data=body).raise_for_status()

    def letter(self, about: Payment, kind: str) -> tuple[dict[str, str], bytes]:
        """An event about a payment as it stands there now, signed by the official library: it sends none itself."""
        url = f"{self.stripe.url}/v1/payment_intents/{about.reference}"
        event = {"id": "evt_1", "object": "event", "type": kind}
        body = json.dumps(event | {"data": {"object": httpx.get(url, auth=(KEY, "")).json()}})
        return {
            "stripe-signature": stripe.WebhookSignature.generate_signature_header(body, SECRET)
        }, body.encode()


@pytest_asyncio.fixture
async def desk(theirs: Stripe, database_url: str, settings: Settings) -> AsyncIterator[Desk]:
    """Payments at their Stripe, by the true time."""
    ours = msgspec.structs.replace(
        settings, stripe_secret_key=KEY, stripe_webhook_secret=SECRET, stripe_url=theirs.url
    )
    database = await Database.open(database_url, clock=SystemClock(), pool_size=5)
    yield Desk(theirs, database, ours)
    await database.close()


async def test_a_card_is_authorised_captured_and_refunded_in_parts(desk: Desk) -> None:
    payment = await desk.pay(desk.token())
    assert (payment.state, payment.authorised, payment.captures_once) == (
        PaymentState.authorised,
        PRICE.amount,
        True,
    )
    assert str(payment.reference).startswith("pi_")
    payment = await capture(desk.database, desk.gateways, payment.order_id, payment.id, None, by=SYSTEM)
    assert (payment.state, payment.captured, payment.capturable) == (PaymentState.captured, PRICE.amount, 0)
    for amount in (9_900, 10_000):
        given = await refund(
            desk.database, desk.gateways, payment.order_id, payment.id, amount, reason="broken", by=SYSTEM
        )
        assert given.state == "done"
    payment = await fresh(desk.database, payment)
    assert (payment.refunded, payment.refundable) == (PRICE.amount, 0)
    assert await told(desk.database, payment) == [
        "payment.authorised",
        "payment.captured",
        "payment.refunded",
        "payment.refunded",
    ]


async def test_an_authorisation_is_let_go_of(desk: Desk) -> None:
    payment = await desk.pay(desk.token())
    errand = await desk.database.run(lambda tx: claim_return(tx, payment, reason="cancelled", by=SYSTEM))
    assert errand is not None
    payment = await carry_out(desk.database, desk.gateways, errand, by=SYSTEM)
    assert (payment.state, payment.secured) == (PaymentState.voided, 0)


async def test_a_card_that_is_declined_ends_the_payment(desk: Desk) -> None:
    payment = await desk.pay(desk.token("4000000000000341"))
    assert (payment.state, payment.code) == (PaymentState.declined, "card_declined")


async def test_a_debit_that_the_bank_declines_later_ends_the_payment_when_it_is_told(desk: Desk) -> None:
    payment = await desk.pay(desk.token(type="sepa_debit", **{"sepa_debit[iban]": "DE62370400440532013001"}))
    assert payment.state is PaymentState.pending
    await asyncio.sleep(0.7)
    heard = await desk.hear(desk.letter(payment, "payment_intent.payment_failed"))
    assert heard is not None and heard.state is PaymentState.declined
    assert await told(desk.database, payment) == ["payment.failed"]


async def test_a_second_factor_is_waited_for(desk: Desk) -> None:
    payment = await desk.pay(desk.token("4000002500003155"))
    assert payment.state is PaymentState.needs_action
    desk.confirm(payment)
    payment = await look_again(desk.database, desk.gateways, payment.order_id, payment.id, asked=True)
    assert payment.state is PaymentState.authorised


async def test_what_is_told_twice_and_late_changes_nothing(desk: Desk) -> None:
    payment = await desk.pay(desk.token())
    letters = [desk.letter(payment, "payment_intent.amount_capturable_updated")]
    payment = await capture(desk.database, desk.gateways, payment.order_id, payment.id, None, by=SYSTEM)
    letters.append(desk.letter(payment, "payment_intent.succeeded"))
    await refund(desk.database, desk.gateways, payment.order_id, payment.id, 100, reason="late", by=SYSTEM)
    before = await fresh(desk.database, payment)
    for letter in [*reversed(letters), *letters]:
        assert await desk.hear(letter) == before
    assert (before.captured, before.refunded) == (PRICE.amount, 100)
    assert await fresh(desk.database, payment) == before
