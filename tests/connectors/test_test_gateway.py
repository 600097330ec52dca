"""The test gateway behaves as it is told, keeps its own books, and tells Torg over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import msgspec
import pytest
import pytest_asyncio
from tests.conftest import running
from tests.payments.steps import PRICE, fresh, pay, told

from torg.app import SUBSCRIPTIONS, build
from torg.connectors.test_gateway import NotInLive, TestGateway, plugged_in
from torg.connectors.test_gateway.signature import HEADER, derive, genuine, sign
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.drain import drain
from torg.kernel.ports import Ports
from torg.payments import GatewayRefused, Gateways, Payment, PaymentState, capture, look_again, sweep
from torg.payments.errands import charge_of
from torg.settings import Settings


class Lab:
    """Torg, the gateway beside it, and the line between them."""

    def __init__(self, settings: Settings, database: Database, client: httpx.AsyncClient) -> None:
        self.settings = settings
        self.database = database
        self.client = client
        self.gateway = TestGateway(settings, database, transport=client._transport)
        self.gateways = Gateways(self.gateway)
        self.ports = Ports()
        self.ports.add(Gateways, self.gateways)

    async def drain(self) -> None:
        await drain(self.database, SUBSCRIPTIONS, settings=self.settings, ports=self.ports)

    async def now(self, payment: Payment) -> Payment:
        return await fresh(self.database, payment)


@pytest_asyncio.fixture
async def lab(settings: Settings, database: Database) -> AsyncIterator[Lab]:
    await database.run(
        lambda tx: tx.execute("TRUNCATE payments, payment_attempts, payment_disputes, refunds")
    )
    app = build(settings, database)
    async with running(app) as client:
        yield Lab(settings, database, client)


async def test_ok_is_authorised_and_taken(lab: Lab) -> None:
    payment = await pay(lab.database, lab.gateway, "ok")
    assert payment.state is PaymentState.authorised
    taken = await capture(lab.database, lab.gateways, payment.order_id, payment.id, None, by=SYSTEM)
    assert taken.captured == PRICE.amount


async def test_decline_is_declined(lab: Lab) -> None:
    payment = await pay(lab.database, lab.gateway, "decline")
    assert (payment.state, payment.code) == (PaymentState.declined, "insufficient-funds")


@pytest.mark.parametrize(
    ("method", "ends"),
    [
        ("delay", PaymentState.authorised),
        ("delay_decline", PaymentState.declined),
        ("callback_twice", PaymentState.authorised),
    ],
)
async def test_a_delayed_payment_is_told_later_over_http(
    lab: Lab, clock: FixedClock, method: str, ends: PaymentState
) -> None:
    payment = await pay(lab.database, lab.gateway, method)
    assert payment.state is PaymentState.pending
    await lab.drain()
    assert (await lab.now(payment)).state is PaymentState.pending
    clock.move(seconds=3)
    await lab.drain()
    assert (await lab.now(payment)).state is ends
    assert len(await told(lab.database, payment)) == 1


async def test_a_gateway_that_never_calls_is_found_out_by_the_sweeper(lab: Lab, clock: FixedClock) -> None:
    payment = await pay(lab.database, lab.gateway, "callback_never")
    clock.move(seconds=3)
    await lab.drain()
    assert (await lab.now(payment)).state is PaymentState.pending
    clock.move(seconds=10)
    await sweep(lab.database, lab.gateways)
    assert (await lab.now(payment)).state is PaymentState.authorised


async def test_an_answer_that_was_lost_after_the_charge_is_looked_up(lab: Lab, clock: FixedClock) -> None:
    payment = await pay(lab.database, lab.gateway, "timeout_after_charge")
    assert payment.state is PaymentState.created
    clock.move(seconds=10)
    await sweep(lab.database, lab.gateways)
    assert (await lab.now(payment)).state is PaymentState.authorised


async def test_a_capture_that_is_refused_takes_nothing(lab: Lab) -> None:
    payment = await pay(lab.database, lab.gateway, "capture_refused")
    after = await capture(lab.database, lab.gateways, payment.order_id, payment.id, None, by=SYSTEM)
    assert (after.captured, after.capturable) == (0, PRICE.amount)


@pytest.mark.parametrize(
    ("decision", "ends"), [("confirm", PaymentState.authorised), ("reject", PaymentState.declined)]
)
async def test_the_second_step_is_a_page_where_the_customer_decides_once(
    lab: Lab, decision: str, ends: PaymentState
) -> None:
    payment = await pay(lab.database, lab.gateway, "second_step")
    assert payment.state is PaymentState.needs_action
    assert payment.action_url is not None
    path = payment.action_url.removeprefix(lab.settings.origin)
    page = await lab.client.get(path, headers={"Accept-Language": "nb"})
    assert page.status_code == 200
    assert "199,00" in page.text
    answer = await lab.client.post(path, data={"decision": decision})
    assert answer.status_code == 200
    assert 'href="https://shop.test/back"' in answer.text
    await lab.client.post(path, data={"decision": "confirm" if decision == "reject" else "reject"})
    await lab.drain()
    assert (await lab.now(payment)).state is ends


async def test_a_page_that_nobody_has_is_not_found(lab: Lab) -> None:
    assert (await lab.client.get("/test-gateway/tgw_no")).status_code == 404
    assert (await lab.client.post("/test-gateway/tgw_no", data={"decision": "confirm"})).status_code == 404
    payment = await pay(lab.database, lab.gateway, "second_step")
    assert payment.action_url is not None
    path = payment.action_url.removeprefix(lab.settings.origin)
    assert (await lab.client.post(path, data={"decision": "steal"})).status_code == 404
    assert (await lab.client.post(path, content=b"\xff\xfe")).status_code == 404
    assert (await lab.now(payment)).state is PaymentState.needs_action


async def test_its_books_survive_a_restart(lab: Lab) -> None:
    payment = await pay(lab.database, lab.gateway, "callback_never")
    restarted = TestGateway(lab.settings, lab.database)
    found = await look_again(lab.database, Gateways(restarted), payment.order_id, payment.id, asked=True)
    assert found.state is PaymentState.authorised


async def test_the_same_key_moves_money_once_even_at_once(lab: Lab) -> None:
    payment = await pay(lab.database, lab.gateway, "ok")
    charge = charge_of(payment)
    standings = await asyncio.gather(*(lab.gateway.capture(charge, 1_000, "k") for _ in range(6)))
    assert {standing.captured for standing in standings} == {1_000}
    await lab.gateway.capture(charge, 500, "other")
    with pytest.raises(GatewayRefused):
        await lab.gateway.capture(charge, PRICE.amount, "too much")
    standings = await asyncio.gather(*(lab.gateway.refund(charge, 700, "r") for _ in range(6)))
    assert {standing.refunded for standing in standings} == {700}


async def test_a_callback_must_be_signed_and_fresh(lab: Lab) -> None:
    payment = await pay(lab.database, lab.gateway, "delay")
    standing = msgspec.to_builtins(await lab.gateway.query(charge_of(payment)))
    body = msgspec.json.encode(
        {
            "order_id": payment.order_id,
            "payment_id": payment.id,
            "standing": {**standing, "state": "authorised", "authorised": PRICE.amount},
        }
    )
    key, now = derive(lab.settings.secret, "callbacks"), lab.database.clock.now()
    url = "/api/v1/gateways/test/callback"
    for header in (
        "",
        "t=1,v1=2",
        "v1",
        "t=x",
        sign(b"another key", body, now),
        sign(key, body + b" ", now),
        sign(key, body, now - timedelta(minutes=6)),
        sign(key, body, now + timedelta(minutes=6)),
    ):
        answer = await lab.client.post(url, content=body, headers={HEADER: header})
        assert answer.status_code == 401, header
        assert answer.json()["code"] == "callback-not-genuine"
    nonsense = b'{"order_id": 1}'
    answer = await lab.client.post(url, content=nonsense, headers={HEADER: sign(key, nonsense, now)})
    assert answer.status_code == 401
    assert await lab.now(payment) == payment
    answer = await lab.client.post(url, content=body, headers={HEADER: sign(key, body, now)})
    assert answer.status_code == 200
    assert (await lab.now(payment)).state is PaymentState.authorised


async def test_a_callback_to_a_gateway_that_is_not_there_is_refused(lab: Lab) -> None:
    answer = await lab.client.post("/api/v1/gateways/stripe/callback", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (409, "gateway-not-offered")


def test_a_signature_fits_one_body_at_one_time(clock: FixedClock) -> None:
    key = derive("secret", "callbacks")
    header = sign(key, b"body", clock.now())
    assert genuine(key, header, b"body", clock.now())
    assert not genuine(key, header, b"body ", clock.now())
    assert not genuine(derive("secret", "references"), header, b"body", clock.now())
    assert not genuine(key, header.replace("t=1", "t=2"), b"body", clock.now())


async def test_a_live_installation_has_no_test_gateway(settings: Settings, database: Database) -> None:
    live = msgspec.structs.replace(settings, environment="live")
    assert plugged_in(live, database) == ()
    with pytest.raises(NotInLive):
        TestGateway(live, database)
    app = build(live, database)
    async with running(app) as client:
        assert (await client.get("/test-gateway/tgw_x")).status_code == 404
        answer = await client.post("/api/v1/gateways/test/callback", content=b"{}")
        assert answer.json()["code"] == "gateway-not-offered"
