"""The practice retailer's year: its shares are those that its document tells, and its books add up to the last øre."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.conftest import running, settle
from tests.demo.truth import figures
from tests.stories.buying import customer_signed_in, signed_in

from torg import orders
from torg.app import build
from torg.demo import history_fill
from torg.demo.customers import COUNT
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.settings import Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "practice-retailer.md"
ROW = re.compile(r"^\| `([A-Za-z_-]+)` \|[^|]*\|[^|]*\| ([\d.,]+)[^|]*\| ([\d.]+|exact) \|$", re.M)
PORTIONS = 4


class Interrupted(Exception):
    """The filling was broken off."""


def silent(_: str) -> None:
    """Nobody wants to hear of the progress."""


async def count(world: Database, table: str) -> int:
    return await world.read(lambda tx: tx.one(int, f"SELECT count(*) FROM {table}"))  # our own names


async def fill_and_break_off(world: Database) -> None:
    """Fill until some portions of orders are written, then die."""
    written = 0
    honest = orders.load_history

    async def dying(*arguments: Any, **more: Any) -> int:
        nonlocal written
        written += 1
        if written > PORTIONS:
            raise Interrupted
        return await honest(*arguments, **more)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(BaseExceptionGroup):
        patch.setattr(orders, "load_history", dying)
        await history_fill.fill(world, silent)


@pytest_asyncio.fixture
async def lived(world: Database, clock: FixedClock) -> AsyncIterator[Database]:
    """The practice retailer with its year, whose filling was broken off once and went on two days later."""
    if not await count(world, "orders"):
        await fill_and_break_off(world)
        assert await count(world, "orders") in range(1, (PORTIONS + 1) * history_fill.ORDERS_AT_ONCE)
        assert await count(world, "customers") == COUNT
        clock.move(days=2)
        await history_fill.fill(world, silent)
        await world.run(lambda tx: tx.execute("ANALYZE"))
    yield world


async def test_every_share_is_what_the_document_tells(lived: Database) -> None:
    told = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    found = await lived.run(figures)
    assert len(told) >= 30
    wrong = [
        (name, figure, found[name])
        for name, figure, by in told
        if abs(found[name] - float(figure.replace(",", ""))) > (0.0501 if by == "exact" else float(by))
    ]
    assert not wrong


async def test_the_year_ends_before_it_was_first_filled_in_and_nothing_is_of_the_future(
    lived: Database, clock: FixedClock
) -> None:
    span = "SELECT min(placed_at) AS first, max(placed_at) AS last FROM orders"
    first, last = (await lived.read(lambda tx: tx.one(dict, span))).values()
    filled = await count(lived, "orders")
    assert filled > 20_000
    assert timedelta(days=363) < last - first <= timedelta(days=366)
    assert last < clock.now()
    for table, column in (("returns", "returned_at"), ("refunds", "ended_at"), ("parcels", "shipped_at")):
        newest = f"SELECT max({column}) AS at FROM {table}"  # our own names
        latest = (await lived.read(lambda tx, sql=newest: tx.one(dict, sql)))["at"]  # type: ignore[misc]  # bound early
        assert first < latest <= clock.now()


async def test_filling_again_changes_nothing(lived: Database, clock: FixedClock) -> None:
    async def state() -> dict[str, Any]:
        return await lived.read(
            lambda tx: tx.one(
                dict,
                "SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM order_lines) AS lines,"
                " (SELECT count(*) FROM customers) AS customers, (SELECT sum(gross) FROM orders) AS gross,"
                " (SELECT max(updated_at) FROM orders) AS changed, (SELECT count(*) FROM outbox) AS told",
            )
        )

    before = await state()
    clock.move(days=30)
    await history_fill.fill(lived, silent)
    assert await state() == before


MONEY = """
SELECT o.number, o.gross, o.state,
       (SELECT sum(l.gross) FROM order_lines l WHERE l.order_id = o.order_id) + o.delivery AS lines,
       (SELECT sum((t ->> 'net')::bigint + (t ->> 'tax')::bigint) FROM jsonb_array_elements(o.taxes) t) AS taxes,
       (SELECT sum(p.captured) FROM payments p WHERE p.order_id = o.order_id) AS paid,
       (SELECT sum(p.refunded) FROM payments p WHERE p.order_id = o.order_id) AS refunded,
       coalesce((SELECT sum(r.amount) FROM refunds r WHERE r.order_id = o.order_id), 0) AS back,
       coalesce((SELECT sum(r.gross) FROM returns r WHERE r.order_id = o.order_id), 0) AS returned
FROM orders o
"""


async def test_the_money_of_every_order_adds_up(lived: Database) -> None:
    rows = await lived.read(lambda tx: tx.all(dict, MONEY))
    wrong = [
        row
        for row in rows
        if not (
            row["gross"] == row["lines"] == row["taxes"] == row["paid"]
            and row["refunded"]
            == row["back"]
            == (row["gross"] if row["state"] == "cancelled" else row["returned"])
        )
    ]
    assert not wrong[:3]
    assert len(rows) > 20_000


LEFT_ALONE = """
SELECT count(*) FROM order_lines l JOIN orders o USING (order_id)
LEFT JOIN (SELECT order_id, line_id, sum(quantity) AS units FROM fulfilment_lines GROUP BY 1, 2) f
       ON f.order_id = l.order_id AND f.line_id = l.id
WHERE l.kind = 'physical' AND o.state = 'placed'
  AND (l.gone <> l.quantity OR f.units IS DISTINCT FROM l.quantity::bigint)
"""


async def test_all_goods_of_the_year_have_left_and_no_shelf_is_below_zero(lived: Database) -> None:
    assert await lived.read(lambda tx: tx.one(int, LEFT_ALONE)) == 0
    low = "SELECT count(*) FROM levels WHERE least(on_hand, reserved, allocated, available) < 0"
    assert await lived.read(lambda tx: tx.one(int, low)) == 0


async def test_nobody_is_told_of_the_year(lived: Database, world_settings: Settings) -> None:
    mails = await count(lived, "mails")
    await settle(lived, world_settings)
    assert await count(lived, "mails") == mails
    told = "SELECT count(*) FROM feed WHERE type LIKE 'order.%' OR type LIKE 'payment.%' OR type LIKE 'fulfilment.%'"
    assert await lived.read(lambda tx: tx.one(int, told)) == 0


async def test_a_customer_finds_her_year_in_her_account_and_staff_find_it_by_channel_and_store(
    lived: Database, world_settings: Settings
) -> None:
    async with running(build(world_settings, lived)) as shop:
        kari = await customer_signed_in(shop, "kari@customers.example")
        mine = (await shop.get("/api/v1/me/orders?limit=100", headers=kari)).json()["items"]
        channels = {order["channel"] for order in mine}
        assert len(mine) >= 8
        assert "web-no" in channels and any(channel.startswith("till-") for channel in channels)
        whole = (await shop.get(f"/api/v1/orders/{mine[0]['id']}", headers=kari)).json()
        assert whole["journey"] and whole["payments"] and whole["lines"]
        boss = await signed_in(shop, "admin@torg.example")
        for question in ("channel=app-sg", "store=tokyo", "state=cancelled", "email=kari@customers.example"):
            found = (await shop.get(f"/api/v1/orders?{question}", headers=boss)).json()["items"]
            name, _, value = question.partition("=")
            assert found and {row[name] for row in found} == {value}
