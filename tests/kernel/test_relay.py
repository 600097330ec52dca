"""The relay moves facts into the feed, and subscriptions follow it, each event once and in order."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio

from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.drain import drain
from torg.kernel.errors import Forbidden, Invalid, Unauthenticated
from torg.kernel.events import Recorded, Subscription
from torg.kernel.feed import read_feed
from torg.kernel.relay import Leader, move, parked

from .actors import VISITOR, staff
from .eventually import eventually
from .relay_events import BallCaught, BallThrown

SEEN = """
CREATE TABLE IF NOT EXISTS seen (
    position bigint NOT NULL, subscription text NOT NULL, ball text NOT NULL, number integer NOT NULL,
    order_seen bigserial
)
"""


@pytest_asyncio.fixture(autouse=True)
async def _empty(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(SEEN)
        for table in ("seen", "outbox", "feed", "event_streams", "subscriptions", "parked_events"):
            await tx.execute(f"DELETE FROM {table}")
        await tx.execute("UPDATE feed_head SET position = 0")


def watcher(name: str = "watcher", poison: set[tuple[str, int]] | None = None) -> Subscription:
    """A subscription that writes down what it sees, and fails at what is poison to it."""

    async def handle(tx: Transaction, events: Sequence[Recorded]) -> None:
        for recorded in events:
            assert isinstance(recorded.event, BallThrown)
            ball, number = recorded.event.ball, recorded.event.number
            if (ball, number) in (poison or ()):
                raise ValueError(f"{ball} {number} is poison")
            await tx.execute(
                "INSERT INTO seen (position, subscription, ball, number) VALUES (%(p)s, %(s)s, %(b)s, %(n)s)",
                p=recorded.position,
                s=name,
                b=ball,
                n=number,
            )

    return Subscription(name=name, types=(BallThrown,), handle=handle)


async def throw(database: Database, ball: str, *numbers: int) -> None:
    async with database.transaction() as tx:
        tx.record(*[BallThrown(ball=ball, number=number) for number in numbers])


async def seen(database: Database, name: str = "watcher") -> list[tuple[str, int]]:
    rows = await database.read(
        lambda tx: tx.all(
            dict, "SELECT ball, number FROM seen WHERE subscription = %(n)s ORDER BY order_seen", n=name
        )
    )
    return [(row["ball"], row["number"]) for row in rows]


async def seen_are(database: Database, number: int) -> bool:
    return len(await seen(database)) >= number


async def feed(database: Database) -> list[dict[str, object]]:
    return await database.read(lambda tx: tx.all(dict, "SELECT * FROM feed ORDER BY position"))


async def test_positions_have_no_gaps_and_follow_the_order_of_telling(database: Database) -> None:
    for number in range(7):
        await throw(database, f"ball-{number % 3}", number)
    await drain(database, [])
    rows = await feed(database)
    assert [row["position"] for row in rows] == list(range(1, 8))
    assert [row["payload"]["number"] for row in rows] == list(range(7))  # type: ignore[index]  # jsonb
    assert await database.read(lambda tx: tx.one(int, "SELECT count(*) FROM outbox")) == 0


async def test_events_of_an_aggregate_keep_their_sequence_when_clocks_disagree(database: Database) -> None:
    await throw(database, "red", 1, 2, 3)
    await throw(database, "blue", 1)
    ids = await database.read(lambda tx: tx.all(UUID, "SELECT id FROM outbox ORDER BY key DESC, sequence"))
    backwards = [UUID(int=100 - place) for place in range(len(ids))]
    async with database.transaction() as tx:
        for old, new in zip(ids, backwards, strict=True):
            await tx.execute("UPDATE outbox SET id = %(new)s WHERE id = %(old)s", new=new, old=old)
    async with database.transaction() as tx:
        await move(await tx.connection(), limit=2)  # the two smallest ids: blue's, and red's last
    rows = await feed(database)
    assert [row["sequence"] for row in rows if row["aggregate"] == "ball:red"] == [1, 2, 3]
    assert [row["position"] for row in rows] == [1, 2, 3, 4]


async def test_movers_at_once_neither_lose_nor_double_nor_leave_gaps(database: Database) -> None:
    async def tell(ball: str) -> None:
        for number in range(20):
            await throw(database, ball, number)

    async def mover(stop: asyncio.Event) -> None:
        while not stop.is_set():
            async with database.transaction() as tx:
                await move(await tx.connection(), limit=7)

    stop = asyncio.Event()
    movers = [asyncio.create_task(mover(stop)) for _ in range(3)]
    await asyncio.gather(*(tell(f"ball-{number}") for number in range(8)))
    stop.set()
    await asyncio.gather(*movers)
    await drain(database, [])
    rows = await feed(database)
    assert [row["position"] for row in rows] == list(range(1, 161))
    for number in range(8):
        assert [row["sequence"] for row in rows if row["aggregate"] == f"ball:ball-{number}"] == list(
            range(1, 21)
        )


async def test_a_subscription_sees_only_its_types_once_and_in_order(database: Database) -> None:
    await throw(database, "red", 1, 2)
    async with database.transaction() as tx:
        tx.record(BallCaught(ball="red"))
    await throw(database, "red", 3)
    await drain(database, [watcher()])
    await drain(database, [watcher()])
    assert await seen(database) == [("red", 1), ("red", 2), ("red", 3)]


async def test_a_new_subscription_starts_at_the_beginning_or_at_the_end_as_it_declares(
    database: Database,
) -> None:
    await throw(database, "red", 1)
    await drain(database, [])
    early, late = watcher("early"), watcher("late")
    late = Subscription(name="late", types=late.types, handle=late.handle, from_start=False)
    await drain(database, [early, late])
    await throw(database, "red", 2)
    await drain(database, [early, late])
    assert await seen(database, "early") == [("red", 1), ("red", 2)]
    assert await seen(database, "late") == [("red", 2)]


async def test_an_event_that_cannot_be_handled_is_parked_and_only_its_aggregate_waits(
    database: Database,
) -> None:
    for number in range(1, 5):
        for ball in ("red", "blue", "green"):
            await throw(database, ball, number)
    await drain(database, [watcher(poison={("blue", 2)})], tolerant=True)
    await throw(database, "blue", 5)
    await drain(database, [watcher(poison={("blue", 2)})], tolerant=True)
    got = await seen(database)
    assert [number for ball, number in got if ball == "red"] == [1, 2, 3, 4]
    assert [number for ball, number in got if ball == "blue"] == [1]
    parked = await database.read(lambda tx: tx.all(dict, "SELECT * FROM parked_events ORDER BY position"))
    assert [(row["aggregate"], row["attempts"]) for row in parked] == [
        ("ball:blue", 5),
        ("ball:blue", 0),
        ("ball:blue", 0),
        ("ball:blue", 0),
    ]
    assert "blue 2 is poison" in parked[0]["error"]
    assert [row["error"] for row in parked[1:]] == [None] * 3


async def test_a_leader_moves_and_hands_on_within_moments(database: Database) -> None:
    stop = asyncio.Event()
    leading = asyncio.create_task(Leader(database, [watcher()]).run(stop))
    try:
        await throw(database, "red", 1, 2)
        await eventually(lambda: seen_are(database, 2))
    finally:
        stop.set()
        await leading
    assert await seen(database) == [("red", 1), ("red", 2)]


async def test_a_second_leader_takes_over_when_the_first_loses_its_connection(database: Database) -> None:
    stop = asyncio.Event()
    leaders = [Leader(database, [watcher()]) for _ in range(2)]
    running = [asyncio.create_task(leader.run(stop)) for leader in leaders]
    try:
        await eventually(lambda: asyncio.sleep(0, any(leader.leading for leader in leaders)))
        assert sum(leader.leading for leader in leaders) == 1
        for number in range(40):
            await throw(database, "red", number)
            if number % 10 == 5:
                async with database.transaction() as tx:
                    await tx.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND application_name = 'torg-leader'"
                    )
        await eventually(lambda: seen_are(database, 40))
    finally:
        stop.set()
        await asyncio.gather(*running)
    assert await seen(database) == [("red", number) for number in range(40)]


async def test_two_subscriptions_with_one_name_are_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="share a name"):
        Leader(database, [watcher(), watcher()])


async def test_a_handler_that_fails_is_told_to_the_test(database: Database) -> None:
    ball = uuid4().hex
    await throw(database, ball, 1)
    with pytest.raises(ValueError, match="poison"):
        await drain(database, [watcher(poison={(ball, 1)})])
    assert await seen(database) == []


async def park_blue(database: Database, poison: set[tuple[str, int]]) -> int:
    """Park blue 1 with blue 2 and 3 behind it; tells the position of blue 1."""
    await throw(database, "blue", 1, 2, 3)
    await drain(database, [watcher(poison=poison)], tolerant=True)
    events = await database.read(lambda tx: parked.list_parked(tx, by=staff("jobs:read")))
    assert len(events) == 3
    return events[0].position


async def parked_numbers(database: Database) -> int:
    return len(await database.read(lambda tx: parked.list_parked(tx, by=SYSTEM)))


async def test_replaying_a_parked_event_handles_it_and_those_behind_it_in_order(database: Database) -> None:
    poison = {("blue", 1)}
    position = await park_blue(database, poison)
    poison.clear()
    await throw(database, "blue", 4)
    await drain(database, [watcher(poison=poison)])
    assert await seen(database) == []
    asked = await database.run(
        lambda tx: parked.replay(tx, "watcher", position, by=staff("jobs:replay")), actor="stf_test"
    )
    assert asked == 4
    await throw(database, "blue", 5)
    await drain(database, [watcher(poison=poison)])
    assert await seen(database) == [("blue", number) for number in range(1, 6)]
    assert await parked_numbers(database) == 0


async def test_a_replayed_event_that_fails_again_stays_parked_with_the_new_reason(database: Database) -> None:
    poison = {("blue", 1)}
    position = await park_blue(database, poison)
    poison.clear()
    poison.add(("blue", 2))
    await database.run(lambda tx: parked.replay_all(tx, "watcher", by=SYSTEM))
    await drain(database, [watcher(poison=poison)], tolerant=True)
    assert await seen(database) == [("blue", 1)]
    left = await database.read(lambda tx: parked.list_parked(tx, by=SYSTEM))
    assert [(event.position - position, event.attempts, event.replay) for event in left] == [
        (1, 1, False),
        (2, 0, False),
    ]
    assert "blue 2 is poison" in str(left[0].error)


async def test_a_dropped_event_is_never_handled_and_those_behind_it_go_on(database: Database) -> None:
    poison = {("blue", 1)}
    position = await park_blue(database, poison)
    await database.run(lambda tx: parked.drop(tx, "watcher", position, by=staff("jobs:replay")))
    await drain(database, [watcher(poison=poison)])
    assert await seen(database) == [("blue", 2), ("blue", 3)]
    assert await parked_numbers(database) == 0


@pytest.mark.parametrize("actor", [VISITOR, staff("jobs:read")])
async def test_who_may_not_replay_changes_nothing(database: Database, actor: Actor) -> None:
    position = await park_blue(database, {("blue", 1)})
    for refused in (
        lambda tx: parked.replay(tx, "watcher", position, by=actor),
        lambda tx: parked.replay_all(tx, "watcher", by=actor),
        lambda tx: parked.drop(tx, "watcher", position, by=actor),
        lambda tx: parked.rebuild(tx, "watcher", known=[], by=actor),
    ):
        with pytest.raises((Forbidden, Unauthenticated)):
            await database.run(refused)
    events = await database.read(lambda tx: parked.list_parked(tx, by=SYSTEM))
    assert [event.replay for event in events] == [False, False, False]


async def test_replaying_what_is_not_parked_is_refused(database: Database) -> None:
    await drain(database, [watcher()])
    with pytest.raises(parked.NothingParked):
        await database.run(lambda tx: parked.replay(tx, "watcher", 4711, by=SYSTEM))
    with pytest.raises(parked.UnknownSubscription):
        await database.run(lambda tx: parked.replay(tx, "nobody", 4711, by=SYSTEM))
    with pytest.raises(parked.UnknownSubscription):
        await database.run(lambda tx: parked.replay_all(tx, "nobody", by=SYSTEM))


async def test_a_projection_is_built_anew_from_the_beginning(database: Database) -> None:
    async def empty(tx: Transaction) -> None:
        await tx.execute("DELETE FROM seen WHERE subscription = 'watcher'")

    plain = watcher()
    projection = Subscription(name="watcher", types=plain.types, handle=plain.handle, reset=empty)
    await throw(database, "red", 1, 2)
    await drain(database, [projection])
    await database.run(lambda tx: parked.rebuild(tx, "watcher", known=[projection], by=staff("jobs:replay")))
    assert await seen(database) == []
    await drain(database, [projection])
    assert await seen(database) == [("red", 1), ("red", 2)]


async def test_what_is_not_a_projection_is_never_done_a_second_time(database: Database) -> None:
    await throw(database, "red", 1)
    await drain(database, [watcher()])
    with pytest.raises(parked.NotAProjection):
        await database.run(lambda tx: parked.rebuild(tx, "watcher", known=[watcher()], by=SYSTEM))
    await drain(database, [watcher()])
    assert await seen(database) == [("red", 1)]


async def test_a_leader_replays_what_an_operator_asks_for(database: Database) -> None:
    poison = {("blue", 1)}
    await park_blue(database, poison)
    stop = asyncio.Event()
    leading = asyncio.create_task(Leader(database, [watcher(poison=poison)]).run(stop))
    poison.clear()
    await database.run(lambda tx: parked.replay_all(tx, "watcher", by=SYSTEM))
    try:
        await eventually(lambda: seen_are(database, 3))
    finally:
        stop.set()
        await leading
    assert await seen(database) == [("blue", number) for number in range(1, 4)]


async def test_the_feed_is_read_from_any_position_as_often_as_one_likes(database: Database) -> None:
    await throw(database, "red", 1, 2, 3)
    async with database.transaction() as tx:
        tx.record(BallCaught(ball="red"))
    await drain(database, [])
    reader = staff("events:read")
    first = await database.read(lambda tx: read_feed(tx, by=reader, limit=2))
    assert ([event.payload for event in first.items], first.next, first.head) == (
        [{"ball": "red", "number": 1}, {"ball": "red", "number": 2}],
        2,
        4,
    )
    rest = await database.read(lambda tx: read_feed(tx, by=reader, after=first.next))
    assert ([event.sequence for event in rest.items], rest.next) == ([3, 4], 4)
    caught = await database.read(lambda tx: read_feed(tx, by=reader, types=["ball.caught"]))
    assert ([event.position for event in caught.items], caught.next) == ([4], 4)
    with pytest.raises(Invalid, match="no event type"):
        await database.read(lambda tx: read_feed(tx, by=reader, types=["ball.lost"]))
    with pytest.raises(Forbidden):
        await database.read(lambda tx: read_feed(tx, by=staff("jobs:read")))


async def test_events_of_two_keys_that_share_an_aggregate_stop_nobody(database: Database) -> None:
    await throw(database, "red", 1)
    await drain(database, [])
    await throw(database, "red", 2)
    async with database.transaction() as tx:
        await tx.execute("UPDATE outbox SET key = 'other', sequence = 1")
    await throw(database, "blue", 1)
    stop = asyncio.Event()
    leading = asyncio.create_task(Leader(database, [watcher()]).run(stop))
    try:
        await eventually(lambda: seen_are(database, 3))
    finally:
        stop.set()
        await leading
    assert [row["aggregate"] for row in await feed(database)] == ["ball:red", "ball:red#other", "ball:blue"]


async def test_a_leader_builds_a_projection_anew_though_nothing_new_happens(database: Database) -> None:
    async def empty(tx: Transaction) -> None:
        await tx.execute("DELETE FROM seen WHERE subscription = 'watcher'")

    projection = msgspec.structs.replace(watcher(), reset=empty)
    await throw(database, "red", 1, 2)
    stop = asyncio.Event()
    leading = asyncio.create_task(Leader(database, [projection]).run(stop))
    try:
        await eventually(lambda: seen_are(database, 2))
        await database.run(lambda tx: parked.rebuild(tx, "watcher", known=[projection], by=SYSTEM))
        await eventually(lambda: seen_are(database, 2))
    finally:
        stop.set()
        await leading
    assert await seen(database) == [("red", 1), ("red", 2)]
