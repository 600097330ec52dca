"""Feed, jobs and webhooks as programs see them over HTTP."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from tests.conftest import serving
from tests.simulators.webhook_target import Target

from torg.kernel import feed, http, problems
from torg.kernel.access import VISITOR, Actor
from torg.kernel.database import Database
from torg.kernel.drain import drain
from torg.kernel.jobs import api as jobs_api
from torg.kernel.ports import Ports
from torg.kernel.relay import Subscriptions
from torg.kernel.webhooks import SUBSCRIPTIONS, Dispatcher, Door
from torg.kernel.webhooks import api as webhooks_api

from . import relay_jobs
from .actors import staff
from .relay_events import BallThrown
from .test_jobs import deferred, die
from .webhook_world import DOOR, empty, work

ROUTES = [*feed.ROUTES, *jobs_api.ROUTES, *webhooks_api.ROUTES]
EVERYTHING = staff("events:read", "jobs:read", "jobs:replay", "webhooks:read", "webhooks:write")
RUNS = (
    "CREATE TABLE IF NOT EXISTS runs (what text, attempt integer, last boolean, at timestamptz DEFAULT now())"
)


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    await database.run(lambda tx: tx.execute(RUNS))
    await empty(database)
    app = Litestar(
        ROUTES,
        exception_handlers=problems.HANDLERS,
        request_class=problems.JsonRequest,
        logging_config=None,
    )
    ports = Ports()
    ports.add(Door, DOOR)
    ports.add(Subscriptions, Subscriptions(SUBSCRIPTIONS))
    app.state.database, app.state.ports = database, ports
    async with serving(app) as client:
        yield client


@contextmanager
def calling(actor: Actor) -> Iterator[None]:
    """Every request is this actor's."""

    async def identify(_request: Any) -> Actor:
        return actor

    with patch.object(http, "identify", identify):
        yield


@pytest.fixture(autouse=True)
def _as_staff() -> Iterator[None]:
    with calling(EVERYTHING):
        yield


async def throw(database: Database, *numbers: int) -> None:
    for number in numbers:
        async with database.transaction() as tx:
            tx.record(BallThrown(ball=f"ball-{number}", number=number))
    await drain(database, SUBSCRIPTIONS)


async def test_the_feed_is_paged_by_position(client: httpx.AsyncClient, database: Database) -> None:
    await throw(database, 1, 2, 3)
    first = (await client.get("/events?limit=2")).json()
    assert [event["data"] for event in first["items"]] == [
        {"ball": "ball-1", "number": 1},
        {"ball": "ball-2", "number": 2},
    ]
    assert first["items"][0]["id"].startswith("evt_") and first["items"][0]["type"] == "ball.thrown"
    rest = (await client.get(f"/events?after={first['next']}&types=ball.thrown&types=ball.caught")).json()
    assert ([event["position"] for event in rest["items"]], rest["next"], rest["head"]) == ([3], 3, 3)
    assert (await client.get(f"/events?after={rest['next']}")).json() == {"items": [], "next": 3, "head": 3}


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "limit=0", "limit=1001", "types=no.such", f"after={9**40}"]
)
async def test_a_wrong_question_to_the_feed_is_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/events?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_every_type_of_event_is_described(client: httpx.AsyncClient) -> None:
    types = {one["type"]: one for one in (await client.get("/events/types")).json()["items"]}
    assert types["ball.thrown"]["description"] == "Somebody threw a ball."
    assert types["webhook.disabled"]["schema"]


async def test_a_webhook_is_made_used_and_deleted(client: httpx.AsyncClient, database: Database) -> None:
    async with Target() as target:
        made = await client.post("/webhooks", json={"url": target.url, "types": ["ball.thrown"]})
        assert made.status_code == 201
        assert made.json()["secret"].startswith("whsec_")
        path = f"/webhooks/{made.json()['endpoint']['id']}"
        seen = await client.get(path)
        assert seen.json() == made.json()["endpoint"] and "secret" not in seen.text
        await throw(database, 1)
        await client.post(f"{path}/test")
        await Dispatcher(work(database)).deliver_due()
    listed = (await client.get(f"{path}/deliveries?state=delivered&limit=1")).json()
    assert len(listed["items"]) == 1 and listed["next"]
    older = (await client.get(f"{path}/deliveries?cursor={listed['next']}")).json()
    assert [one["type"] for one in older["items"]] == ["ball.thrown"] and older["next"] is None
    one = (await client.get(f"{path}/deliveries/{older['items'][0]['id']}")).json()
    assert one["message"]["data"] == {"ball": "ball-1", "number": 1}
    assert [(call["outcome"], call["status"]) for call in one["calls"]] == [("delivered", 200)]
    again = await client.post(f"{path}/deliveries/{one['delivery']['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    ranged = await client.post(f"{path}/replay", json={"after": 0, "delivered_too": True})
    assert ranged.json()["done"] is True
    changed = await client.patch(path, json={"description": "new", "types": [], "version": 1})
    assert (changed.json()["description"], changed.json()["types"], changed.json()["version"]) == (
        "new",
        [],
        2,
    )
    assert (await client.post(f"{path}/pause")).json()["state"] == "paused"
    assert (await client.post(f"{path}/test")).json()["code"] == "webhook-endpoint-not-active"
    assert (await client.post(f"{path}/enable")).json()["state"] == "active"
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).json()["code"] == "unknown-webhook-endpoint"
    assert (await client.get("/webhooks")).json() == {"items": []}


async def test_a_secret_is_shown_when_it_is_made_and_kept_nowhere_in_the_clear(
    client: httpx.AsyncClient, database: Database
) -> None:
    once = {"Idempotency-Key": "make the endpoint"}
    body = {"url": "http://127.0.0.1:1/"}
    made = await client.post("/webhooks", json=body, headers=once)
    repeated = await client.post("/webhooks", json=body, headers=once)
    assert repeated.json() == made.json() and repeated.headers["idempotency-replayed"] == "true"
    path = f"/webhooks/{made.json()['endpoint']['id']}"
    rotated = await client.post(f"{path}/rotate", json={"keep_old_hours": 1})
    assert rotated.json()["secret"] != made.json()["secret"]
    kept = await database.read(lambda tx: tx.all(bytes, "SELECT answer FROM idempotency_keys"))
    assert kept and not any(b"whsec_" in answer for answer in kept)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"url"}),
        ({"url": "https://10.0.0.1/", "types": ["no.such"]}, {"types.0"}),
        ({"url": "gopher://x/", "types": ["ball.thrown", "nope"]}, {"url", "types.1"}),
        (
            {"url": "", "description": "x" * 301, "types": "all", "more": 1},
            {"url", "description", "types", "more"},
        ),
    ],
)
async def test_a_wrong_endpoint_is_refused_with_all_wrong_fields(
    client: httpx.AsyncClient, body: dict[str, Any], fields: set[str]
) -> None:
    answer = await client.post("/webhooks", json=body, headers={"Accept-Language": "de"})
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json()["errors"]} == fields
    assert (await client.get("/webhooks")).json() == {"items": []}


async def test_the_machinery_is_seen_and_a_dead_job_replayed(
    client: httpx.AsyncClient, database: Database
) -> None:
    number = await die(database, "api")
    seen = (await client.get("/jobs")).json()
    assert {"name": "test.note", "waiting": 0, "later": 0, "running": 0, "dead": 1} in seen["jobs"]
    assert [one["name"] for one in seen["subscriptions"]] == ["webhooks"]
    (dead,) = (await client.get("/jobs/dead?name=test.note")).json()["items"]
    assert dead["id"] == number and "api fails" in dead["error"]
    failures = (await client.get(f"/jobs/dead/{number}/failures")).json()["failures"]
    assert [failure["attempt"] for failure in failures] == [1, 2, 3]
    assert (await client.post(f"/jobs/dead/{number}/replay")).json() == {"asked": 1}
    assert (await client.post(f"/jobs/dead/{number}/replay")).json()["code"] == "unknown-dead-job"
    relay_jobs.FAILING.clear()
    assert (await client.post("/jobs/dead/replay")).json() == {"asked": 0}
    assert (await client.delete(f"/jobs/dead/{number}")).status_code == 404
    await deferred(database, lambda tx: tx.execute("DELETE FROM procrastinate_jobs"))


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "/jobs/parked/webhooks/17/replay", "nothing-parked"),
        ("DELETE", "/jobs/parked/webhooks/17", "nothing-parked"),
        ("POST", "/jobs/parked/nobody/replay", "unknown-subscription"),
        ("POST", "/jobs/subscriptions/webhooks/rebuild", "not-a-projection"),
        ("POST", "/jobs/subscriptions/nobody/rebuild", "unknown-subscription"),
        ("GET", f"/jobs/dead/{9**40}/failures", "invalid"),
        ("GET", "/webhooks/whk_nonsense", "unknown-id"),
        ("GET", f"/webhooks/whk_{'0' * 32}/deliveries", "unknown-webhook-endpoint"),
        ("GET", "/jobs/parked?cursor=nonsense", "invalid"),
    ],
)
async def test_what_is_not_there_is_refused_by_name(
    client: httpx.AsyncClient, method: str, path: str, code: str
) -> None:
    answer = await client.request(method, path, headers={"Accept-Language": "ja"})
    assert answer.json()["code"] == code
    assert 400 <= answer.status_code < 500
    assert not answer.json()["detail"].isascii()


@pytest.mark.parametrize(("actor", "status"), [(VISITOR, 401), (staff("orders:read"), 403)])
async def test_nobody_without_the_right_gets_through(
    client: httpx.AsyncClient, actor: Actor, status: int
) -> None:
    for handler in ROUTES:
        (path,) = handler.paths
        (method,) = handler.http_methods
        for name, value in PLACES.items():
            path = path.replace(name, value)
        with calling(actor):
            answer = await client.request(method, path, json=BODIES.get(path.rpartition("/")[2]))
        assert (path, answer.status_code) == (path, status)


PLACES = {
    "{id:int}": "1",
    "{position:int}": "1",
    "{subscription:str}": "webhooks",
    "{endpoint_id:str}": "whk_" + "0" * 32,
    "{delivery_id:str}": "dlv_" + "0" * 32,
}
BODIES: dict[str, dict[str, Any]] = {
    "webhooks": {"url": "http://127.0.0.1/"},
    "whk_" + "0" * 32: {},
    "rotate": {},
    "replay": {"after": 0},
}
