"""Copied orders are such as Torg writes: ledger, events and references agree, and the API shows them."""

from collections.abc import Iterator

import psycopg
import pytest
import uvloop
from bench import growing, shopping
from bench.client import Caller
from bench.measure import expect
from bench.stage import Stage, stage

from torg.demo.named import NAMED
from torg.inventory import verify
from torg.kernel.access import SYSTEM

COPIES = 300


@pytest.fixture(scope="module")
def grown() -> Iterator[Stage]:
    """A retailer with a few hundred copied orders, and a server and a worker."""
    with stage() as stood:
        with stood.hurried():
            stood.fill()
            stood.do(shopping.stock_up)
            stood.do(lambda database: growing.add_variants(database, 1_600))
            stood.add_server()
            stood.add_worker()
            goods = uvloop.run(shopping.look_around(stood.port))
            growing.add_orders(stood, goods, COPIES, templates=10)
        yield stood


def count(stage: Stage, query: str) -> int:
    row = stage.connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.slow
def test_every_order_has_its_payment_goods_and_events(grown: Stage) -> None:
    assert count(grown, "SELECT count(*) FROM orders WHERE state = 'placed'") == COPIES + 10
    assert count(grown, "SELECT count(*) FROM payments WHERE state = 'captured'") == COPIES + 10
    assert count(grown, "SELECT count(*) FROM holds") == 2 * (COPIES + 10)
    assert count(grown, "SELECT count(*) FROM feed WHERE type = 'order.placed'") == COPIES + 10
    assert count(grown, "SELECT count(DISTINCT number) FROM orders") == COPIES + 10
    assert count(grown, "SELECT count(*) FROM customer_orders") == (COPIES + 10) // 2


@pytest.mark.slow
def test_the_stock_is_what_its_ledger_adds_up_to(grown: Stage) -> None:
    assert grown.do(lambda database: database.read(lambda tx: verify(tx, by=SYSTEM))) == []


@pytest.mark.slow
def test_events_are_numbered_without_gaps(grown: Stage) -> None:
    assert count(grown, "SELECT max(position) - count(*) FROM feed") == 0
    assert count(grown, "SELECT max(f.position) - max(h.position) FROM feed f, feed_head h") == 0
    gaps = "SELECT count(*) FROM (SELECT FROM feed GROUP BY aggregate HAVING count(*) <> max(sequence)) AS g"
    assert count(grown, gaps) == 0
    behind = """
        SELECT count(*) FROM event_streams s
        WHERE last_sequence <> (SELECT max(sequence) FROM feed f WHERE f.aggregate = s.aggregate)
    """
    assert count(grown, behind) == 0


@pytest.mark.slow
def test_every_reference_leads_somewhere(grown: Stage) -> None:
    query = """
        SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    """
    keys = grown.connection.execute(query).fetchall()
    assert len(keys) > 20
    for table, name, definition in keys:
        change = f'ALTER TABLE {table} ADD CONSTRAINT "{name}_again" {definition}'
        grown.connection.execute(psycopg.sql.SQL(change))


@pytest.mark.slow
def test_a_customer_sees_copied_orders(grown: Stage) -> None:
    async def look() -> None:
        caller = Caller(grown.port)
        headers = await growing.sign_in(caller, NAMED[0].email)
        answer = expect(await caller.call("GET", "/api/v1/me/orders?limit=100", **headers), 200)
        orders = answer.json()["items"]
        assert len(orders) > 10
        oldest = orders[-1]
        order = expect(await caller.call("GET", f"/api/v1/orders/{oldest['id']}", **headers), 200).json()
        assert order["number"] == oldest["number"] and len(order["lines"]) == 2
        assert [payment["state"] for payment in order["payments"]] == ["captured"]
        await caller.close()

    uvloop.run(look())
