"""What other Stripes lack: hosted pages, idempotency keys, disputes, refunds that go too far, events in any order."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
import stripe
from tests.connectors.stripes import KEY, SECRET, Stripe, simulator
from tests.live import ROOT
from tests.payments.steps import PRICE, fresh, start, told
from tests.simulators.stripe_books import SAMPLES

from torg.connectors.stripe.gateway import StripeGateway
from torg.connectors.stripe.means import to_stripe
from torg.connectors.stripe.signature import read_event
from torg.kernel.access import SYSTEM
from torg.kernel.clock import SystemClock
from torg.kernel.database import Database
from torg.kernel.errors import Invalid
from torg.kernel.money import Money
from torg.payments import (
    CallbackNotGenuine,
    Charge,
    Dispute,
    DisputeState,
    Gateways,
    Payment,
    PaymentState,
    ask,
    capture,
    hear,
    look_again,
    record,
)
from torg.payments.disputes.store import of_payment
from torg.payments.model import TooMuchToRefund
from torg.payments.move import carry_out, claim_return, refund
from torg.settings import Settings

OFFICIAL = ROOT.parent / "shared" / "specs" / "stripe" / "fixtures3.json"


class Desk:
    """Payments at the simulator, by the true time."""

    def __init__(self, stripe: Stripe, database: Database, settings: Settings) -> None:
        self.stripe = stripe
        self.database = database
        self.settings = settings
        self.gateway = StripeGateway(settings)
        self.gateways = Gateways(self.gateway)

    async def pay(self, method: str = "hosted", amount: Money = PRICE) -> Payment:
        _, errand = await self.database.run(lambda tx: start(tx, self.gateways, method, amount=amount))
        assert errand is not None
        answer = await ask(self.gateways, errand)
        return await self.database.run(lambda tx: record(tx, errand, answer))

    async def paid(self, method: str = "pm_ok", amount: Money = PRICE) -> Payment:
        """A payment that was authorised and taken."""
        payment = await self.pay(method, amount)
        return await self.capture(payment)

    async def capture(self, payment: Payment, amount: int | None = None) -> Payment:
        return await capture(self.database, self.gateways, payment.order_id, payment.id, amount, by=SYSTEM)

    async def refund(self, payment: Payment, amount: int | None = None) -> Any:
        return await refund(
            self.database, self.gateways, payment.order_id, payment.id, amount, reason="broken", by=SYSTEM
        )

    async def let_go(self, payment: Payment) -> Payment:
        errand = await self.database.run(lambda tx: claim_return(tx, payment, reason="cancelled", by=SYSTEM))
        assert errand is not None
        return await carry_out(self.database, self.gateways, errand, by=SYSTEM)

    async def look(self, payment: Payment) -> Payment:
        return await look_again(self.database, self.gateways, payment.order_id, payment.id, asked=True)

    async def now(self, payment: Payment) -> Payment:
        return await fresh(self.database, payment)

    async def hear(self, letter: tuple[dict[str, str], bytes]) -> Payment | None:
        return await hear(self.database, self.gateways, "stripe", *letter)

    async def disputes(self, payment: Payment) -> list[Dispute]:
        return await self.database.read(lambda tx: of_payment(tx, payment.order_id, payment.id))

    def intent_of(self, payment: Payment) -> dict[str, Any]:
        """The one payment intent that Stripe has for a payment."""
        (found,) = [one for one in self.stripe.books() if one["metadata"]["payment"] == payment.id.hex]
        return found

    async def wait(self, payment: Payment) -> None:
        """Let the lease of whoever asked before come to its end."""
        await self.database.run(
            lambda tx: tx.execute(
                "UPDATE payment_attempts SET lease_until = %(now)s WHERE payment_id = %(id)s",
                now=tx.now - timedelta(seconds=1),
                id=payment.id,
            )
        )


@pytest.fixture(scope="module")
def ours() -> Iterator[Stripe]:
    """The simulator."""
    with simulator() as running:
        yield running


@pytest_asyncio.fixture
async def desk(ours: Stripe, database_url: str, settings: Settings) -> AsyncIterator[Desk]:
    """Payments at the simulator, which behaves until a test says otherwise."""
    ours.play("_behave", multicapture=False, share=0)
    ours.events()
    connected = msgspec.structs.replace(
        settings, stripe_secret_key=KEY, stripe_webhook_secret=f"whsec_old {SECRET}", stripe_url=ours.url
    )
    database = await Database.open(database_url, clock=SystemClock(), pool_size=10)
    yield Desk(ours, database, connected)
    await database.close()


def test_the_simulator_speaks_as_the_official_samples_do() -> None:
    if not OFFICIAL.exists():
        pytest.skip(f"the official samples are not on this machine ({OFFICIAL})")
    official = json.loads(OFFICIAL.read_text())["resources"]
    for kind, sample in SAMPLES.items():
        missing = [name for name in sample if name not in official[kind]]
        assert not missing, (kind, missing)


async def test_a_customer_pays_on_stripes_page(desk: Desk) -> None:
    payment = await desk.pay()
    assert (payment.state, payment.authorised) == (PaymentState.needs_action, 0)
    assert payment.action_url == f"https://checkout.stripe.test/{payment.reference}"
    desk.stripe.play(f"_customer/{payment.reference}", **{"as": "pays"})
    for letter in desk.stripe.events():
        await desk.hear(letter)
    payment = await desk.now(payment)
    assert (payment.state, payment.authorised, payment.action_url) == (
        PaymentState.authorised,
        PRICE.amount,
        None,
    )
    assert payment.authorised_until is not None
    payment = await desk.capture(payment)
    assert (payment.state, payment.captured) == (PaymentState.captured, PRICE.amount)
    assert await told(desk.database, payment) == ["payment.authorised", "payment.captured"]


async def test_a_declined_card_on_the_page_is_not_the_end(desk: Desk) -> None:
    payment = await desk.pay()
    desk.stripe.play(f"_customer/{payment.reference}", **{"as": "declined"})
    for letter in desk.stripe.events():
        await desk.hear(letter)
    assert (await desk.now(payment)).state is PaymentState.needs_action
    desk.stripe.play(f"_customer/{payment.reference}", **{"as": "pays"})
    assert (await desk.look(payment)).state is PaymentState.authorised


async def test_a_page_that_is_given_up_takes_no_money_any_more(desk: Desk) -> None:
    payment = await desk.pay()
    desk.stripe.play(f"_customer/{payment.reference}", **{"as": "declined"})
    payment = await desk.let_go(payment)
    assert payment.state.failed
    with pytest.raises(Exception, match="400"):
        desk.stripe.play(f"_customer/{payment.reference}", **{"as": "pays"})


async def test_a_bank_that_says_no_later_ends_the_payment(desk: Desk) -> None:
    payment = await desk.pay()
    desk.stripe.play(f"_customer/{payment.reference}", **{"as": "later"})
    assert (await desk.look(payment)).state is PaymentState.pending
    desk.stripe.play(f"_late/{desk.intent_of(payment)['id']}", **{"as": "fails"})
    payment = await desk.look(await desk.now(payment))
    assert (payment.state, payment.code) == (PaymentState.declined, "insufficient_funds")


async def test_a_second_factor_leads_to_the_banks_page(desk: Desk) -> None:
    payment = await desk.pay("pm_3ds")
    assert payment.state is PaymentState.needs_action
    assert payment.action_url == f"https://hooks.stripe.test/{payment.reference}"
    desk.stripe.play(f"_late/{payment.reference}", **{"as": "succeeds"})
    assert (await desk.look(payment)).state is PaymentState.authorised


async def test_a_token_that_is_declined_says_why(desk: Desk) -> None:
    payment = await desk.pay("pm_declined")
    assert (payment.state, payment.code) == (PaymentState.declined, "insufficient_funds")


@pytest.mark.parametrize("lost", ["lose_request", "lose_answer"])
@pytest.mark.parametrize("method", ["hosted", "pm_ok"])
async def test_what_is_lost_on_the_way_is_asked_again_and_happens_once(
    desk: Desk, method: str, lost: str
) -> None:
    desk.stripe.play("_behave", **{lost: 2 if method == "pm_ok" and lost == "lose_request" else 1})
    payment = await desk.pay(method)
    assert (payment.state, payment.reference) == (PaymentState.created, None)
    desk.stripe.play("_behave")
    await desk.wait(payment)
    payment = await desk.look(payment)
    if method == "hosted":
        desk.stripe.play(f"_customer/{payment.reference}", **{"as": "pays"})
        payment = await desk.look(payment)
    assert payment.state is PaymentState.authorised
    assert desk.intent_of(payment)["status"] == "requires_capture"


@pytest.mark.parametrize("operation", ["capture", "refund", "let_go"])
@pytest.mark.parametrize("lost", ["lose_request", "lose_answer"])
async def test_money_is_moved_once_however_often_it_is_asked(desk: Desk, operation: str, lost: str) -> None:
    payment = await (desk.paid() if operation == "refund" else desk.pay("pm_ok"))
    for missed in range(3):
        desk.stripe.play("_behave", lose_request=0, lose_answer=0)
        desk.stripe.play("_behave", **{lost: 1})
        if missed == 0:
            await getattr(desk, operation)(payment)
        else:
            await desk.wait(payment)
            await desk.look(payment)
    desk.stripe.play("_behave")
    await desk.wait(payment)
    payment = await desk.look(payment)
    intent = desk.intent_of(payment)
    if operation == "let_go":
        assert (payment.state, intent["status"]) == (PaymentState.voided, "canceled")
    else:
        assert intent["amount_received"] == payment.captured == PRICE.amount
        back = PRICE.amount if operation == "refund" else 0
        assert intent["latest_charge"]["amount_refunded"] == payment.refunded == back


async def test_a_part_that_is_taken_lets_go_of_the_rest(desk: Desk) -> None:
    payment = await desk.pay("pm_ok")
    assert payment.captures_once
    payment = await desk.capture(payment, 9_900)
    assert (payment.captured, payment.released, payment.capturable, payment.secured) == (
        9_900,
        10_000,
        0,
        9_900,
    )
    assert payment.refunded == 0
    await desk.refund(payment, 900)
    payment = await desk.now(payment)
    assert (payment.refunded, payment.refundable) == (900, 9_000)


async def test_where_a_card_allows_it_several_parts_are_taken(desk: Desk) -> None:
    desk.stripe.play("_behave", multicapture=True)
    payment = await desk.pay("pm_ok")
    assert not payment.captures_once
    for amount, left in ((5_000, 14_900), (4_900, 10_000), (10_000, 0)):
        payment = await desk.capture(payment, amount)
        assert (payment.capturable, payment.released) == (left, 0)
    assert desk.intent_of(payment)["status"] == "succeeded"


async def test_two_refunds_at_once_never_give_back_more_than_was_taken(desk: Desk) -> None:
    payment = await desk.paid()
    results = await asyncio.gather(*(desk.refund(payment, 12_000) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, TooMuchToRefund) for one in results) == 3
    assert desk.intent_of(payment)["latest_charge"]["amount_refunded"] == 12_000


async def test_stripe_itself_refuses_to_give_back_more_than_was_taken(desk: Desk) -> None:
    payment = await desk.paid()
    charge = Charge(payment.order_id, payment.id, payment.reference, PRICE)
    await desk.gateway.refund(charge, 19_000, "elsewhere")
    refused = await desk.refund(payment, 1_000)
    assert (refused.state, refused.code) == ("refused", "charge_already_refunded")
    payment = await desk.now(payment)
    assert (await desk.look(payment)).refund_claimed == 0


async def test_an_authorisation_that_ran_out_is_told(desk: Desk) -> None:
    payment = await desk.pay("pm_ok")
    desk.stripe.play(f"_expire/{payment.reference}")
    for letter in desk.stripe.events():
        await desk.hear(letter)
    payment = await desk.now(payment)
    assert (payment.state, payment.secured) == (PaymentState.expired, 0)
    assert await told(desk.database, payment) == ["payment.authorised", "payment.failed"]


async def test_events_that_come_twice_and_in_the_wrong_order_lead_to_the_same_payment(desk: Desk) -> None:
    payment = await desk.pay()
    desk.stripe.play(f"_customer/{payment.reference}", **{"as": "declined"})
    desk.stripe.play(f"_customer/{payment.reference}", **{"as": "pays"})
    payment = await desk.capture(await desk.look(payment))
    await desk.refund(payment, 900)
    letters = desk.stripe.events()
    assert len(letters) >= 5
    before = await desk.now(payment)
    for letter in [*reversed(letters), *letters]:
        await desk.hear(letter)
    assert await desk.now(payment) == before
    assert (before.captured, before.refunded) == (PRICE.amount, 900)


@pytest.mark.parametrize("end", ["won", "lost"])
async def test_a_dispute_is_a_fact_of_its_payment(desk: Desk, end: str) -> None:
    payment = await desk.paid()
    desk.stripe.events()
    seen = []
    for status in ("warning_needs_response", "needs_response", end):
        desk.stripe.play(f"_dispute/{payment.reference}", status=status)
        for letter in desk.stripe.events() * 2:
            await desk.hear(letter)
        payment = await desk.now(payment)
        (dispute,) = await desk.disputes(payment)
        seen.append((dispute.state, payment.disputed, payment.refundable))
    lost = (DisputeState.lost, PRICE.amount, 0)
    assert seen == [
        (DisputeState.inquiry, 0, PRICE.amount),
        (DisputeState.open, PRICE.amount, 0),
        lost if end == "lost" else (DisputeState.won, 0, PRICE.amount),
    ]
    assert (await told(desk.database, payment))[2:] == ["payment.disputed", "payment.dispute_ended"]
    if end == "lost":
        with pytest.raises(TooMuchToRefund):
            await desk.refund(payment, 1)


async def test_a_callback_without_a_good_signature_is_refused(desk: Desk) -> None:
    payment = await desk.pay("pm_ok")
    headers, body = desk.stripe.events()[0]
    old = headers["stripe-signature"].replace("t=", "t=1")
    for wrong in ("", "t=1", "v1=00", old, headers["stripe-signature"].split(",v1=")[0] + ",v1=" + "0" * 64):
        with pytest.raises(CallbackNotGenuine):
            await desk.hear(({"stripe-signature": wrong}, body))
    with pytest.raises(CallbackNotGenuine):
        await desk.hear((headers, body + b" "))
    at = desk.database.clock.now()
    for early_or_late in (timedelta(minutes=6), timedelta(minutes=-6)):
        with pytest.raises(CallbackNotGenuine):
            read_event([SECRET], headers["stripe-signature"], body, at + early_or_late)
    assert (await desk.hear((headers, body))) == await desk.now(payment)


async def test_what_others_do_with_the_same_account_is_none_of_ours(desk: Desk) -> None:
    payment = await desk.pay("pm_ok")
    headers, body = desk.stripe.events()[0]
    event = json.loads(body)
    event["data"]["object"] = {"object": "customer", "id": "cus_1"}
    foreign = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(foreign, SECRET, int(time.time()))
    assert await desk.hear(({"stripe-signature": header}, foreign.encode())) is None
    assert (await desk.hear((headers, body))) == await desk.now(payment)


async def test_a_first_answer_that_is_never_found_again_is_searched_for(desk: Desk) -> None:
    for method in ("hosted", "pm_ok"):
        payment = await desk.pay(method)
        lost = Charge(payment.order_id, payment.id, None, PRICE)
        found = await desk.gateway.query(lost)
        assert found is not None and found.reference == payment.reference
        assert (await desk.gateway.void(lost, "void")).state is PaymentState.voided
    unknown = Charge(payment.order_id, UUID(int=payment.id.int ^ 1), None, PRICE)
    assert await desk.gateway.query(unknown) is None
    assert (await desk.gateway.void(unknown, "void")).state is PaymentState.voided


async def test_yen_and_dinars_are_told_as_stripe_counts_them(desk: Desk) -> None:
    for amount in (Money(500, "JPY"), Money(5_120, "KWD"), Money(7, "ISK")):
        payment = await desk.paid("pm_ok", amount)
        assert (payment.captured, payment.currency) == (amount.amount, amount.currency)
        assert desk.intent_of(payment)["amount_received"] == to_stripe(amount)
    with pytest.raises(Invalid) as refused:
        await desk.pay("pm_ok", Money(5_124, "KWD"))
    assert [problem.field for problem in refused.value.problems] == ["payment.amount"]
