"""What is kept for carts, over HTTP: the same call twice, many at once, and a server that is killed in between."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from tests.carts.conftest import Shop
from tests.carts.test_kept import assert_sound, free, says, sweep

from torg.kernel.clock import FixedClock
from torg.kernel.ids import new_id, public
from torg.markets import CartHold, KeepWhen

HEADERS = {"Torg-Channel": "web-no", "Accept-Language": "en"}
ALL_KEPT = (
    "SELECT coalesce(sum(quantity), 0)::int FROM soft_holds WHERE variant_id = %(id)s AND state = 'held'"
)

# A whole server in a process of its own, which dies as soon as what a cart wants has been kept.
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
import httpx
from torg.app import build
from torg.inventory.soft import flush
from torg.kernel.database import Database
from torg.settings import Settings

async def serve(url, variant, key, folder):
    keep = flush.wished
    async def kept_and_dead(database, wish):
        await keep(database, wish)
        os.kill(os.getpid(), signal.SIGKILL)
    flush.wished = kept_and_dead
    settings = Settings(environment="demo", data=Path(folder), database_url=url, secret="s" * 40)
    database = await Database.open(url, pool_size=8)
    app = build(settings, database)
    async with app.lifespan():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://torg.test") as client:
            body = {"channel": "web-no", "lines": [{"variant": variant, "quantity": 2}]}
            await client.post("/api/v1/carts", json=body, headers={"Idempotency-Key": key})

asyncio.run(serve(*sys.argv[1:]))
"""


@pytest_asyncio.fixture
async def keeping(retailer: Shop) -> AsyncIterator[Shop]:
    """The shop, whose web channel keeps up to five of one and eight in all for each visitor."""
    yield await says(retailer, CartHold(KeepWhen.always, minutes=15, most_of_one=5, most=8))
    await says(retailer, CartHold())


async def units(shop: Shop, variant: UUID) -> int:
    return await shop.database.read(lambda tx: tx.one(int, ALL_KEPT, id=variant))


async def begin(
    client: httpx.AsyncClient, variant: UUID, quantity: int = 1, key: str | None = None
) -> httpx.Response:
    body = {"channel": "web-no", "lines": [{"variant": public("var", variant), "quantity": quantity}]}
    headers = HEADERS | {"Idempotency-Key": key or f"{new_id()}"}
    return await client.post("/api/v1/carts", json=body, headers=headers)


async def test_the_same_call_twice_and_at_once_keeps_once(client: httpx.AsyncClient, keeping: Shop) -> None:
    mug = await keeping.product(stock={"lager-oslo": 9})
    key = f"{new_id()}"
    # All five together are not more than the visitor may have: whichever comes first gets what it wants.
    answers = await asyncio.gather(*(begin(client, mug, 1, key) for _ in range(5)))
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert {answer.json()["lines"][0]["kept"] for answer in answers} == {1}
    again = await begin(client, mug, 1, key)
    assert again.headers["Idempotency-Replayed"] == "true" and again.json() == answers[0].json()
    assert (await units(keeping, mug), await free(keeping, mug)) == (1, 8)
    await assert_sound(keeping)


async def test_thirty_two_requests_of_one_visitor_keep_no_more_than_she_may_have(
    client: httpx.AsyncClient, keeping: Shop, clock: FixedClock
) -> None:
    clock.move(minutes=20)
    await sweep(keeping)
    mug = await keeping.product(stock={"lager-oslo": 99})
    answers = await asyncio.gather(*(begin(client, mug) for _ in range(32)))
    assert [answer.status_code for answer in answers] == [201] * 32
    assert sorted(answer.json()["lines"][0]["kept"] for answer in answers) == [0] * 27 + [1] * 5
    assert await units(keeping, mug) == 5
    assert not any(answer.json()["warnings"] for answer in answers)
    await assert_sound(keeping)


async def test_of_changes_that_were_decided_on_one_version_only_what_is_made_stays_kept(
    client: httpx.AsyncClient, keeping: Shop, clock: FixedClock
) -> None:
    clock.move(minutes=40)
    await sweep(keeping)
    mug = await keeping.product(stock={"lager-oslo": 99})
    cart = (await begin(client, mug)).json()
    path = f"/api/v1/carts/{cart['id']}/lines/{cart['lines'][0]['id']}"

    async def change(quantity: int) -> dict[str, Any] | None:
        headers = HEADERS | {"Torg-Token": cart["token"], "Idempotency-Key": f"{new_id()}"}
        answer = await client.patch(path, json={"quantity": quantity, "version": 1}, headers=headers)
        assert answer.status_code in {200, 409}
        return answer.json() if answer.status_code == 200 else None

    (made,) = filter(None, await asyncio.gather(*(change(quantity) for quantity in (2, 3, 4, 5) * 2)))
    line = made["lines"][0]
    seen = await client.get(f"/api/v1/carts/{cart['id']}", headers=HEADERS | {"Torg-Token": cart["token"]})
    assert seen.json()["lines"][0]["kept"] == line["kept"] <= line["quantity"]
    assert await units(keeping, mug) == line["kept"]
    await assert_sound(keeping)


async def test_a_server_that_is_killed_between_flush_and_change_leaves_a_hold_that_expires(
    client: httpx.AsyncClient, keeping: Shop, clock: FixedClock, database_url: str, tmp_path: Any
) -> None:
    clock.move(hours=1)
    await sweep(keeping)  # what this visitor's address has kept before
    mug = await keeping.product(stock={"lager-oslo": 2})
    key = f"{new_id()}"
    arguments = ("-c", KILLED, database_url, public("var", mug), key, str(tmp_path))
    server = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    assert await server.wait() == -signal.SIGKILL
    assert (await units(keeping, mug), await free(keeping, mug)) == (2, 0)
    await assert_sound(keeping)
    sold_out = (await begin(client, mug, 2, key)).json()
    assert (sold_out["lines"][0]["kept"], sold_out["warnings"][0]["code"]) == (0, "out-of-stock")
    clock.move(days=30)
    await sweep(keeping)
    assert (await units(keeping, mug), await free(keeping, mug)) == (0, 2)
    line = f"/api/v1/carts/{sold_out['id']}/lines/{sold_out['lines'][0]['id']}"
    headers = HEADERS | {"Torg-Token": sold_out["token"]}
    await client.patch(line, json={"quantity": 1}, headers=headers)
    kept = (await client.patch(line, json={"quantity": 2}, headers=headers)).json()
    assert (kept["lines"][0]["kept"], kept["warnings"]) == (2, [])
    await assert_sound(keeping)
