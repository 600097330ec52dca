"""Webhooks arrive signed and once per event, tried for days, and sent again on demand."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import msgspec
import pytest
import pytest_asyncio
from standardwebhooks import Webhook, WebhookVerificationError
from tests.simulators import webhook_target
from tests.simulators.webhook_target import Target, answer

from torg.kernel.access import SYSTEM, Actor
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.drain import drain
from torg.kernel.errors import Forbidden, StaleVersion, Unauthenticated
from torg.kernel.webhooks import SUBSCRIPTIONS, deliveries, endpoints
from torg.kernel.webhooks.model import DeliveryState, EndpointState, NotActive, Outcome

from .actors import VISITOR, staff
from .relay_events import BallCaught, BallThrown
from .webhook_world import (
    DOOR,
    deliver,
    empty,
    happen,
    make,
    only_call,
    sent,
    state_of,
    subscribe,
)


@pytest_asyncio.fixture(autouse=True)
async def _empty(database: Database) -> None:
    await empty(database)


async def test_an_event_arrives_signed_so_that_the_standard_s_own_package_verifies_it(
    database: Database,
) -> None:
    async with Target() as target:
        made = await make(database, target.url)
        endpoint = made.endpoint
        await happen(database, "red")
        assert await deliver(database) == 1
    (received,) = target.received
    now = int(database.clock.now().timestamp())
    with patch("standardwebhooks.webhooks.datetime") as told:
        told.now.return_value = database.clock.now()
        told.fromtimestamp.side_effect = lambda stamp, tz: database.clock.now().fromtimestamp(stamp, tz)
        data = Webhook(made.secret).verify(received.body, received.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(made.secret).verify(received.body + b" ", received.headers)
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
    made = await make(database, "http://127.0.0.1:1/")
    secret = base64.b64decode(made.secret.removeprefix("whsec_"))
    assert len(secret) == 32
    (locked,) = await database.read(lambda tx: tx.all(bytes, "SELECT locked FROM webhook_secrets"))
    assert secret not in locked


async def test_while_a_secret_is_rotated_both_sign_and_then_only_the_new_one(
    database: Database, clock: FixedClock
) -> None:
    async with Target() as target:
        made = await make(database, target.url)
        rotated = await database.run(
            lambda tx: endpoints.rotate(tx, DOOR, made.endpoint.id, keep_old=timedelta(hours=24), by=SYSTEM)
        )
        old, new = made.secret, rotated.secret
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


async def test_a_change_on_a_stale_version_is_refused(database: Database) -> None:
    endpoint = await subscribe(database, "http://127.0.0.1:1/")
    changed = await database.run(
        lambda tx: endpoints.change(tx, DOOR, endpoint.id, types=["ball.caught"], version=1, by=SYSTEM)
    )
    assert (changed.types, changed.version) == (("ball.caught",), 2)
    with pytest.raises(StaleVersion):
        await database.run(lambda tx: endpoints.change(tx, DOOR, endpoint.id, types=[], version=1, by=SYSTEM))
    assert (await state_of(database, endpoint)).types == ("ball.caught",)


@pytest.mark.parametrize("actor", [VISITOR, staff("webhooks:read")])
async def test_who_may_not_change_webhooks_changes_nothing(database: Database, actor: Actor) -> None:
    endpoint = await subscribe(database, "http://127.0.0.1:1/")
    await happen(database, "a")
    (one,) = await sent(database, endpoint)
    for refused in (
        lambda tx: endpoints.create(tx, DOOR, url="http://127.0.0.1:2/", description="", types=(), by=actor),
        lambda tx: endpoints.change(tx, DOOR, endpoint.id, url="http://127.0.0.1:2/", by=actor),
        lambda tx: endpoints.pause(tx, endpoint.id, by=actor),
        lambda tx: endpoints.enable(tx, endpoint.id, by=actor),
        lambda tx: endpoints.delete(tx, endpoint.id, by=actor),
        lambda tx: endpoints.rotate(tx, DOOR, endpoint.id, keep_old=timedelta(0), by=actor),
        lambda tx: deliveries.send_test(tx, endpoint.id, by=actor),
        lambda tx: deliveries.replay(tx, endpoint.id, one.delivery.id, by=actor),
        lambda tx: deliveries.replay_range(
            tx, endpoint.id, after=0, until=None, delivered_too=True, by=actor
        ),
    ):
        with pytest.raises((Forbidden, Unauthenticated)):
            await database.run(refused)
    assert await state_of(database, endpoint) == endpoint
    assert await sent(database, endpoint) == [one]


async def test_deleting_an_endpoint_forgets_its_secrets_and_its_log(database: Database) -> None:
    endpoint = await subscribe(database, "http://127.0.0.1:1/")
    await happen(database, "a")
    await deliver(database)
    await database.run(lambda tx: endpoints.delete(tx, endpoint.id, by=staff("webhooks:write")))
    tables = ("webhook_endpoints", "webhook_secrets", "webhook_deliveries", "webhook_calls")
    counts = " + ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    assert await database.read(lambda tx: tx.one(int, f"SELECT {counts}")) == 0
