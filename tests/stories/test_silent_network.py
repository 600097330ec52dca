"""Nothing comes from the database any more, and nothing says why: nobody waits for long, and afterwards all goes on.

The harder half of a database that goes away: no connection breaks, so only Torg itself can notice.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.live import Live, live
from tests.simulators.network import Network
from tests.stories.buying import OSLO, PAID_BY_GATEWAY, call, in_stock, shipped

from torg.kernel import ids
from torg.kernel.database import Database
from torg.settings import Settings

BOUND = 30.0
"""Seconds within which every request is answered, whatever the database does (docs/operations.md)."""
BUYERS = 6
MAILS = "SELECT count(*) FROM mails WHERE recipient LIKE 'patient-%%'"
CHARGES = """
SELECT c.order_id, c.amount, o.gross FROM test_gateway_charges c JOIN orders o USING (order_id)
WHERE c.order_id = ANY(%(orders)s) AND c.state NOT IN ('declined', 'voided')
"""


@pytest.fixture(scope="module")
def network(world_url: str) -> Iterator[Network]:
    """The way to the practice retailer's database."""
    between = Network(world_url)
    between.start()
    yield between
    between.stop()


@pytest.fixture(scope="module")
def torg(network: Network, world_folder: Any) -> Iterator[Live]:
    """A server process and a worker behind that network."""
    settings = Settings(
        environment="demo",
        data=world_folder,
        database_url=network.url,
        secret="s" * 40,
        log_level="error",
        rate_limit_visitor=1_000_000,
    )
    with live("server", settings) as process, live("worker", settings):
        yield process


async def timed(asked: Any) -> tuple[httpx.Response, float]:
    begun = time.monotonic()
    return await asked, time.monotonic() - begun


async def ready_to_buy(shop: httpx.AsyncClient, variant: str, number: int) -> dict[str, Any]:
    """A guest's cart that lacks nothing, with its token."""
    body = {"channel": "web-no", "lines": [{"variant": variant}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body)
    token, path = {"Torg-Token": cart["token"]}, f"/carts/{cart['id']}"
    contact = {"email": f"patient-{number}@example.org", "name": "Guest"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=token)
    return {**await shipped(shop, path, token, OSLO), "token": cart["token"]}


async def buy(shop: httpx.AsyncClient, cart: dict[str, Any]) -> httpx.Response:
    """Complete the cart, always under the same key."""
    body = {"expected_total": cart["totals"]["gross"], "payment": PAID_BY_GATEWAY}
    headers = {"Torg-Token": cart["token"], "Idempotency-Key": f"buying-{cart['id']}"}
    return await shop.post(f"/api/v1/carts/{cart['id']}/complete", json=body, headers=headers)


async def bought(shop: httpx.AsyncClient, cart: dict[str, Any]) -> dict[str, Any]:
    """The order, asked for again as long as Torg says that it cannot answer now or has not decided."""
    for _ in range(30):
        answer = await buy(shop, cart)
        if answer.status_code == 200 and answer.json()["state"] == "placed":
            order: dict[str, Any] = answer.json()
            return order
        assert answer.status_code in {200, 503}, answer.text
        await asyncio.sleep(1.0)
    raise AssertionError(f"never placed: {answer.status_code} {answer.text}")


async def allocated(database: Database, variant: str) -> int:
    question = "SELECT coalesce(sum(allocated), 0)::bigint FROM levels WHERE variant_id = %(id)s"
    return await database.read(lambda tx: tx.one(int, question, id=ids.parse("var", variant)))


async def test_a_network_that_falls_silent_and_comes_back_loses_and_doubles_nothing(
    network: Network, torg: Live, world_url: str
) -> None:
    database = await Database.open(world_url, pool_size=3)  # around the network
    async with httpx.AsyncClient(base_url=torg.url, timeout=60) as shop:
        variant = (await in_stock(shop, "web-no"))[0]
        before = await allocated(database, variant)
        carts = [await ready_to_buy(shop, variant, number) for number in range(BUYERS)]
        buying = [asyncio.create_task(timed(buy(shop, cart))) for cart in carts]
        await asyncio.sleep(0.03)
        network.fall_silent()
        await asyncio.sleep(0.1)
        looking = asyncio.create_task(timed(shop.get("/health/ready")))
        reading = asyncio.create_task(
            timed(
                shop.get(
                    f"/api/v1/orders/ord_{carts[0]['id'][4:]}", headers={"Torg-Token": carts[0]["token"]}
                )
            )
        )
        alive, after = await timed(shop.get("/health/live"))
        assert (alive.status_code, after < 1.0) == (200, True)
        unready, after = await looking
        assert (unready.status_code, after < 4.0) == (503, True), after
        for asked in (*buying, reading):
            answer, after = await asked
            assert after < BOUND, after
            assert answer.status_code in {200, 503}, answer.text
        refused = [(await asked)[0] for asked in buying]
        assert any(answer.status_code == 503 for answer in refused)
        answer, after = await timed(buy(shop, carts[0]))
        assert (answer.status_code, after < BOUND) == (503, True), answer.text
        network.come_back()
        orders = await asyncio.gather(*(bought(shop, cart) for cart in carts))
        assert (await shop.get("/health/ready")).status_code == 200
        assert len({order["number"] for order in orders}) == BUYERS
        assert await allocated(database, variant) == before + BUYERS
        await told(database, [ids.parse("ord", order["id"]) for order in orders])
    await database.close()


async def told(database: Database, orders: list[UUID]) -> None:
    """Each order was paid once, and told of once, by the worker that was cut off as well."""
    end = time.monotonic() + 60
    while await database.read(lambda tx: tx.one(int, MAILS)) < len(orders):
        assert time.monotonic() < end, "the worker did not go on"
        await asyncio.sleep(0.5)
    await asyncio.sleep(2.0)  # a second mail would come about now
    assert await database.read(lambda tx: tx.one(int, MAILS)) == len(orders)
    charges = await database.read(lambda tx: tx.all(dict, CHARGES, orders=orders))
    assert sorted(row["order_id"] for row in charges) == sorted(orders), charges
    assert all(row["amount"] == row["gross"] for row in charges), charges
