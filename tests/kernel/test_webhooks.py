"""Webhooks arrive signed and once per event, whatever the target does."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from standardwebhooks import Webhook, WebhookVerificationError
from tests.simulators import webhook_target
from tests.simulators.webhook_target import Target, answer, certificate

from torg.kernel.access import SYSTEM
from torg.kernel.access.vault import Vault
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.drain import drain
from torg.kernel.errors import Invalid, StaleVersion
from torg.kernel.jobs import Work
from torg.kernel.ports import Ports
from torg.kernel.webhooks import SUBSCRIPTIONS, Dispatcher, Door, deliveries, dispatch, endpoints
from torg.kernel.webhooks.deliveries import Sent
from torg.kernel.webhooks.model import DeliveryState, Endpoint, EndpointState, NotActive, Outcome
from torg.settings import Settings

from .eventually import eventually
from .relay_events import BallCaught, BallThrown

SECRET = "0123456789abcdef0123456789abcdef"
DOOR = Door(Vault(SECRET), allow_private=True)
STRICT = Door(Vault(SECRET))


@pytest_asyncio.fixture(autouse=True)
async def _empty(database: Database) -> None:
    async with database.transaction() as tx:
        for table in ("webhook_endpoints", "outbox", "feed", "event_streams", "subscriptions"):
            await tx.execute(f"DELETE FROM {table}")
        await tx.execute("UPDATE feed_head SET position = 0")
    await drain(database, SUBSCRIPTIONS)


def work(database: Database, *, allow_private: bool = True, secret: str = SECRET) -> Work:
    return Work(database, Settings(secret=secret, webhook_allow_private=allow_private), Ports())


async def subscribe(database: Database, url: str, *types: str) -> Endpoint:
    return await database.run(
        lambda tx: endpoints.create(tx, DOOR, url=url, description="test", types=types, by=SYSTEM)
    )


async def secret_of(database: Database, endpoint: Endpoint) -> str:
    return await database.read(lambda tx: endpoints.newest_secret(tx, DOOR, endpoint.id, by=SYSTEM))


async def state_of(database: Database, endpoint: Endpoint) -> Endpoint:
    return await database.read(lambda tx: endpoints.load(tx, endpoint.id, by=SYSTEM))


async def happen(database: Database, *balls: str) -> None:
    """Let things happen and reach the outbox of the webhooks."""
    for ball in balls:
        async with database.transaction() as tx:
            tx.record(BallThrown(ball=ball, number=1))
    await drain(database, SUBSCRIPTIONS)


async def deliver(database: Database, **how: Any) -> int:
    return await Dispatcher(work(database, **how)).deliver_due()


async def sent(database: Database, endpoint: Endpoint) -> list[Sent]:
    """All deliveries with their calls, oldest first."""
    listed = await database.read(lambda tx: deliveries.list_deliveries(tx, endpoint.id, by=SYSTEM, limit=100))

    def load(id: UUID) -> Any:
        return database.read(lambda tx: deliveries.load(tx, endpoint.id, id, by=SYSTEM))

    return [await load(delivery.id) for delivery in reversed(listed)]


async def only_call(database: Database, endpoint: Endpoint) -> Any:
    (delivery,) = await sent(database, endpoint)
    (call,) = delivery.calls
    return call


@asynccontextmanager
async def instant(seconds: float = 0.3) -> AsyncIterator[None]:
    """Let a call take at most a moment."""
    with patch("torg.kernel.webhooks.sending.TOTAL", seconds):
        yield


async def test_an_event_arrives_signed_so_that_the_standard_s_own_package_verifies_it(
    database: Database,
) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "red")
        assert await deliver(database) == 1
    (received,) = target.received
    now = int(database.clock.now().timestamp())
    with patch("standardwebhooks.webhooks.datetime") as told:
        told.now.return_value = database.clock.now()
        told.fromtimestamp.side_effect = lambda stamp, tz: database.clock.now().fromtimestamp(stamp, tz)
        data = Webhook(await secret_of(database, endpoint)).verify(received.body, received.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(await secret_of(database, endpoint)).verify(received.body + b" ", received.headers)
    assert received.headers["webhook-timestamp"] == str(now)
    assert received.headers["webhook-id"].startswith("evt_")
    assert received.headers["content-type"] == "application/json"
    assert data == {
        "type": "ball.thrown",
        "timestamp": "2026-11-20T12:00:00.000Z",
        "data": {"ball": "red", "number": 1},
        "position": 1,
    }
    call = await only_call(database, endpoint)
    assert (call.outcome, call.status, call.answer) == (Outcome.delivered, 200, "ok")
    assert await deliver(database) == 0


async def test_an_endpoint_gets_only_the_types_it_wants_and_nothing_from_before_it_was_made(
    database: Database,
) -> None:
    await happen(database, "before")
    async with Target() as target:
        await subscribe(database, target.url, "ball.caught")
        everything = await subscribe(database, target.url)
        async with database.transaction() as tx:
            tx.record(BallThrown(ball="red", number=1), BallCaught(ball="red"))
        await drain(database, SUBSCRIPTIONS)
        assert await deliver(database) == 3
    assert [one.delivery.type for one in await sent(database, everything)] == ["ball.thrown", "ball.caught"]


async def test_the_secret_is_nowhere_readable_in_the_database(database: Database) -> None:
    endpoint = await subscribe(database, "http://127.0.0.1:1/")
    secret = base64.b64decode((await secret_of(database, endpoint)).removeprefix("whsec_"))
    assert len(secret) == 32
    (locked,) = await database.read(lambda tx: tx.all(bytes, "SELECT locked FROM webhook_secrets"))
    assert secret not in locked


async def test_while_a_secret_is_rotated_both_sign_and_then_only_the_new_one(
    database: Database, clock: FixedClock
) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, target.url)
        old = await secret_of(database, endpoint)
        await database.run(
            lambda tx: endpoints.rotate(tx, DOOR, endpoint.id, keep_old=timedelta(hours=24), by=SYSTEM)
        )
        new = await secret_of(database, endpoint)
        await happen(database, "red")
        await deliver(database)
        clock.move(hours=25)
        await happen(database, "blue")
        await deliver(database)
    during, after = target.received
    assert old != new
    assert [accepts(secret, during) for secret in (old, new)] == [True, True]
    assert [accepts(secret, after) for secret in (old, new)] == [False, True]


def accepts(secret: str, received: webhook_target.Received) -> bool:
    """Whether a receiver with this secret takes the message (told the time of the message)."""
    stamp, name = received.headers["webhook-timestamp"], received.headers["webhook-id"]
    from datetime import UTC, datetime

    signature = Webhook(secret).sign(name, datetime.fromtimestamp(int(stamp), UTC), received.body.decode())
    return signature in received.headers["webhook-signature"].split(" ")


async def test_a_target_that_answers_500_for_an_hour_gets_everything_later_and_nothing_twice(
    database: Database, clock: FixedClock
) -> None:
    async with Target(answer(500, b"out of order")) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a", "b", "c")
        end = clock.now() + timedelta(hours=1)
        while clock.now() < end:
            await deliver(database)
            clock.move(seconds=15)
        failing = await sent(database, endpoint)
        assert [one.delivery.state for one in failing] == [DeliveryState.waiting] * 3
        assert [len(one.calls) for one in failing] == [4] * 3
        assert failing[0].calls[0].reason == "It answered 500."
        assert failing[0].calls[0].answer == "out of order"
        pauses = [
            (later.at - earlier.at).total_seconds()
            for earlier, later in zip(failing[0].calls, failing[0].calls[1:], strict=False)
        ]
        assert 5 <= pauses[0] <= 25 and 300 <= pauses[1] <= 380 and 1800 <= pauses[2] <= 2180
        assert (await state_of(database, endpoint)).failing_since is not None
        target.acts = answer(204, b"")
        target.received.clear()
        clock.move(hours=3)
        await deliver(database)
    assert sorted(target.ids) == sorted(f"evt_{one.delivery.event_id.hex}" for one in failing)
    assert [one.delivery.state for one in await sent(database, endpoint)] == [DeliveryState.delivered] * 3
    assert (await state_of(database, endpoint)).failing_since is None


async def test_a_target_that_fails_for_days_is_disabled_and_goes_on_when_it_is_enabled(
    database: Database, clock: FixedClock
) -> None:
    async with Target(answer(500)) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        for _ in range(12):
            await deliver(database)
            clock.move(hours=29)
        stopped = await state_of(database, endpoint)
        assert stopped.state is EndpointState.disabled
        assert "Nothing could be delivered since 2026-11-20" in str(stopped.disabled_reason)
        (given_up,) = await sent(database, endpoint)
        assert (given_up.delivery.state, len(given_up.calls)) == (DeliveryState.given_up, 10)
        events = await database.read(lambda tx: tx.all(dict, "SELECT type, payload FROM outbox"))
        assert [event["type"] for event in events] == ["webhook.disabled"]
        await happen(database, "b")
        assert await deliver(database) == 0
        target.acts = answer(200)
        await database.run(lambda tx: endpoints.enable(tx, endpoint.id, by=SYSTEM))
        await happen(database, "c")
        replayed = await database.run(
            lambda tx: deliveries.replay_range(
                tx, endpoint.id, after=0, until=None, delivered_too=False, by=SYSTEM
            )
        )
        target.received.clear()
        await deliver(database)
    got = [msgspec.json.decode(received.body)["data"].get("ball") for received in target.received]
    assert replayed.done and sorted(ball for ball in got if ball) == ["a", "b", "c"]
    assert (await state_of(database, endpoint)).state is EndpointState.active


async def test_410_gone_disables_at_once(database: Database) -> None:
    async with Target(answer(410)) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
    stopped = await state_of(database, endpoint)
    assert (stopped.state, stopped.disabled_reason) == (EndpointState.disabled, "It answered 410 Gone.")
    assert stopped.missed_after == 1


async def test_a_busy_target_is_left_alone_as_long_as_it_asks(database: Database, clock: FixedClock) -> None:
    async with Target(answer(503, Retry_After="120")) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a", "b")
        await deliver(database)
        calls = len(target.received)
        clock.move(seconds=119)
        assert await deliver(database) == 0
        clock.move(seconds=1)
        target.acts = answer(200)
        await deliver(database)
        clock.move(minutes=10)
        await deliver(database)
    assert calls <= 2
    assert [one.delivery.state for one in await sent(database, endpoint)] == [DeliveryState.delivered] * 2


async def test_a_target_that_hangs_is_cut_off_and_holds_up_nobody_else(database: Database) -> None:
    async with Target(webhook_target.hang) as hanging, Target() as healthy, instant():
        slow = await subscribe(database, hanging.url)
        good = await subscribe(database, healthy.url)
        await happen(database, *[f"ball-{number}" for number in range(20)])
        stop = asyncio.Event()
        running = asyncio.create_task(Dispatcher(work(database)).run(stop))
        await eventually(lambda: asyncio.sleep(0, len(healthy.received) >= 20))
        assert hanging.most_open <= dispatch.AT_ONCE_PER_ENDPOINT
        stop.set()
        await running
    assert [one.delivery.state for one in await sent(database, good)] == [DeliveryState.delivered] * 20
    tried = [one for one in await sent(database, slow) if one.calls]
    assert {one.calls[0].outcome for one in tried} == {Outcome.timed_out}
    assert "did not answer in time" in tried[0].calls[0].reason


@pytest.mark.parametrize(
    ("acts", "outcome", "words"),
    [
        (webhook_target.drip, Outcome.timed_out, "did not answer in time"),
        (webhook_target.hang_up, Outcome.broken_answer, "broke off"),
        (webhook_target.talk_nonsense, Outcome.broken_answer, "broke off"),
        (answer(404), Outcome.refused_by_answer, "answered 404"),
        (answer(200, b"\x00\xff" * 100), Outcome.delivered, "answered 200"),
    ],
)
async def test_every_bad_answer_has_its_reason_in_words(
    database: Database, acts: webhook_target.Answering, outcome: Outcome, words: str
) -> None:
    async with Target(acts) as target, instant():
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
    call = await only_call(database, endpoint)
    assert call.outcome is outcome
    assert words in call.reason


async def test_of_an_endless_answer_only_the_beginning_is_read(database: Database) -> None:
    async with Target(webhook_target.flood) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
    call = await only_call(database, endpoint)
    assert (call.outcome, len(call.answer)) == (Outcome.delivered, 1000)


async def test_nobody_listening_is_told_as_such(database: Database) -> None:
    async with Target() as target:
        url = target.url
    endpoint = await subscribe(database, url)
    await happen(database, "a")
    await deliver(database)
    call = await only_call(database, endpoint)
    assert (call.outcome, call.status) == (Outcome.unreachable, None)


@pytest.mark.parametrize(
    "where", ["http://10.0.0.5/admin", "http://[::1]/", "//169.254.169.254/latest/meta-data"]
)
async def test_a_redirect_to_a_private_address_is_refused_with_the_reason(
    database: Database, where: str
) -> None:
    async with Target(answer(302, Location=where)) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
    call = await only_call(database, endpoint)
    assert (call.outcome, call.status) == (Outcome.redirected, 302)
    assert "a redirect to a private address" in call.reason and "not followed" in call.reason


async def test_a_certificate_that_proves_nothing_is_refused(database: Database, tmp_path: Path) -> None:
    async with Target(tls=certificate(tmp_path, "somebody.example")) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
        assert target.received == []
    call = await only_call(database, endpoint)
    assert (call.outcome, call.status) == (Outcome.tls_failed, None)
    assert "certificate" in call.reason


async def test_a_name_that_leads_inside_is_never_called(database: Database) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, f"http://localhost:{target.port}/")
        await happen(database, "a")
        await deliver(database, allow_private=False)
        assert target.received == []
    call = await only_call(database, endpoint)
    assert call.outcome is Outcome.address_not_allowed
    assert "not a public address" in call.reason


async def test_a_name_that_changes_its_mind_after_the_check_gains_nothing(database: Database) -> None:
    answers = [[(2, 1, 6, "", ("93.184.215.14", 80))], [(2, 1, 6, "", ("127.0.0.1", 80))]]
    async with Target() as target, instant(1.0):
        url = f"http://rebinding.example:{target.port}/"
        endpoint = await subscribe(database, url)
        await happen(database, "a")
        with patch("torg.kernel.webhooks.addresses.socket.getaddrinfo", side_effect=answers) as look_up:
            await deliver(database, allow_private=False)
        assert look_up.call_count == 1
        assert target.received == []
    assert (await only_call(database, endpoint)).outcome in (Outcome.timed_out, Outcome.unreachable)


async def test_a_secret_of_another_installation_is_told_and_nothing_is_sent(database: Database) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database, secret="f" * 32)
        assert target.received == []
    assert (await only_call(database, endpoint)).outcome is Outcome.secret_unreadable


async def test_a_worker_that_died_after_the_call_sends_again_under_the_same_id(
    database: Database, clock: FixedClock
) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        with patch(
            "torg.kernel.webhooks.dispatch._record", side_effect=ZeroDivisionError("the process died")
        ):
            assert await deliver(database) == 1
        assert await deliver(database) == 0
        clock.move(seconds=61)
        assert await deliver(database) == 1
    assert len(target.ids) == 2 and len(set(target.ids)) == 1
    (delivery,) = await sent(database, endpoint)
    assert delivery.delivery.state is DeliveryState.delivered


async def test_two_workers_share_the_deliveries_without_sending_one_twice(database: Database) -> None:
    async with Target() as target:
        await subscribe(database, target.url)
        await happen(database, *[f"ball-{number}" for number in range(30)])
        await asyncio.gather(*(deliver(database) for _ in range(3)))
    assert len(target.ids) == 30 == len(set(target.ids))


async def test_one_delivery_is_replayed_under_its_own_id(database: Database) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
        (first,) = await sent(database, endpoint)
        await database.run(lambda tx: deliveries.replay(tx, endpoint.id, first.delivery.id, by=SYSTEM))
        await deliver(database)
    assert len(target.ids) == 2 and len(set(target.ids)) == 1


async def test_a_test_event_arrives(database: Database) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, target.url, "ball.caught")
        await database.run(lambda tx: deliveries.send_test(tx, endpoint.id, by=SYSTEM))
        await deliver(database)
    told = msgspec.json.decode(target.received[0].body)
    assert (told["type"], told["position"]) == ("webhook.test", None)


async def test_a_paused_endpoint_gets_nothing_and_takes_no_replays(database: Database) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await database.run(lambda tx: endpoints.pause(tx, endpoint.id, by=SYSTEM))
        assert await deliver(database) == 0
        with pytest.raises(NotActive):
            await database.run(lambda tx: deliveries.send_test(tx, endpoint.id, by=SYSTEM))
        await database.run(lambda tx: endpoints.enable(tx, endpoint.id, by=SYSTEM))
        assert await deliver(database) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook",
        "https://10.1.2.3/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://user:password@shop.example/",
        "https:///nowhere",
        "https://shop.example/#part",
        "ftp://shop.example/",
        "https://shop.example:99999/",
        "https://sh op.example/",
        "javascript:alert(1)",
    ],
)
async def test_an_unsuitable_url_is_refused_and_nothing_is_made(database: Database, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        await database.run(
            lambda tx: endpoints.create(tx, STRICT, url=url, description="", types=["no.such"], by=SYSTEM)
        )
    assert [problem.field for problem in refused.value.problems] == ["types.0", "url"]
    assert await database.read(lambda tx: endpoints.list_endpoints(tx, by=SYSTEM)) == []


async def test_a_change_on_a_stale_version_is_refused(database: Database) -> None:
    endpoint = await subscribe(database, "http://127.0.0.1:1/")
    changed = await database.run(
        lambda tx: endpoints.change(tx, DOOR, endpoint.id, types=["ball.caught"], version=1, by=SYSTEM)
    )
    assert (changed.types, changed.version) == (("ball.caught",), 2)
    with pytest.raises(StaleVersion):
        await database.run(lambda tx: endpoints.change(tx, DOOR, endpoint.id, types=[], version=1, by=SYSTEM))
    assert (await state_of(database, endpoint)).types == ("ball.caught",)
