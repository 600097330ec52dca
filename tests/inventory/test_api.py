"""Stock over HTTP, as staff of one store and as a program with rights everywhere."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from tests.inventory.conftest import make_variant

from torg.demo import markets as demo_markets
from torg.inventory import Receipt, receive
from torg.inventory.store import reads
from torg.kernel.access import SYSTEM, Vocabulary
from torg.kernel.access.issue_keys import KeyWish, issue_key
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id, public
from torg.permissions import Permission

STOCK = (Permission.stock_read.value, Permission.stock_adjust.value)


async def key(database: Database, *permissions: str, stores: tuple[str, ...] | None = None) -> dict[str, str]:
    """Headers that prove these rights."""
    wish = KeyWish("test", permissions, stores=stores)
    vocabulary = Vocabulary(frozenset(Permission))
    issued = await database.run(lambda tx: issue_key(tx, wish, vocabulary, by=SYSTEM))
    return {"Authorization": f"Bearer {issued.secret}"}


@pytest_asyncio.fixture
async def variant(database: Database) -> AsyncIterator[UUID]:
    """Forty at the warehouse, seven in Oslo's store."""

    async def fill(tx: Transaction) -> UUID:
        await demo_markets.fill(tx)
        made = await make_variant(tx)
        await receive(
            tx, [Receipt(made, "lager-oslo", 40), Receipt(made, "oslo", 7)], document="DN-1", by=SYSTEM
        )
        return made

    yield await database.run(fill)


async def test_staff_of_a_store_see_and_change_its_shelves_only(
    client: httpx.AsyncClient, database: Database, variant: UUID
) -> None:
    id = public("var", variant)
    oslo = await key(database, *STOCK, stores=("oslo",))
    listed = (await client.get(f"/api/v1/stock/levels?variant={id}", headers=oslo)).json()
    assert [(level["location"], level["on_hand"]) for level in listed["items"]] == [("oslo", 7)]
    assert (await client.get(f"/api/v1/stock/levels/{id}/lager-oslo", headers=oslo)).status_code == 403
    body = {"variant": id, "location": "lager-oslo", "quantity": 1, "reason": "lost"}
    refused = await client.post("/api/v1/stock/adjustments", json=body, headers=oslo)
    assert (refused.status_code, refused.json()["code"]) == (403, "right-missing")
    done = await client.post("/api/v1/stock/adjustments", json=body | {"location": "oslo"}, headers=oslo)
    assert (done.status_code, done.json()["on_hand"]) == (201, 6)
    level = await database.read(lambda tx: reads.level(tx, variant, "lager-oslo"))
    assert level is not None and level.on_hand == 40


async def test_a_receipt_is_booked_once_and_the_ledger_tells_of_it(
    client: httpx.AsyncClient, database: Database, variant: UUID
) -> None:
    id, headers = public("var", variant), await key(database, *STOCK)
    body = {"location": "bergen", "document": "DN-2", "lines": [{"variant": id, "quantity": 5}] * 2}
    for _ in range(2):
        answer = await client.post(
            "/api/v1/stock/receipts", json=body, headers=headers | {"Idempotency-Key": f"receipt-{id}"}
        )
        assert answer.status_code == 201
        assert answer.json()["levels"][0]["on_hand"] == 10
    page = (await client.get(f"/api/v1/stock/levels/{id}/bergen/movements", headers=headers)).json()
    assert [(m["cause"], m["on_hand"], m["on_hand_after"], m["document"]) for m in page["items"]] == [
        ("received", 10, 10, "DN-2")
    ]
    assert page["next"] is None
    assert (await client.get("/api/v1/stock/differences", headers=headers)).json() == []


async def test_lists_go_on_where_they_ended(
    client: httpx.AsyncClient, database: Database, variant: UUID
) -> None:
    id, headers = public("var", variant), await key(database, *STOCK)
    for wish in (f"variant={id}&", ""):
        seen, cursor = [], ""
        while True:
            answer = (await client.get(f"/api/v1/stock/levels?{wish}limit=1{cursor}", headers=headers)).json()
            seen += [(level["location"], level["variant"]) for level in answer["items"]]
            if answer["next"] is None:
                break
            cursor = f"&cursor={answer['next']}"
        assert seen == sorted(set(seen))
        assert {("lager-oslo", id), ("oslo", id)} <= set(seen)
    one = (await client.get("/api/v1/stock/levels?location=oslo&limit=100", headers=headers)).json()
    assert {level["location"] for level in one["items"]} == {"oslo"}


async def test_a_buffer_keeps_goods_from_sale(
    client: httpx.AsyncClient, database: Database, variant: UUID
) -> None:
    id, headers = public("var", variant), await key(database, *STOCK)
    answer = await client.put(f"/api/v1/stock/levels/{id}/oslo/plan", json={"buffer": 3}, headers=headers)
    assert (answer.json()["available"], answer.json()["buffer"]) == (4, 3)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"quantity": 99}, 409, "stock-too-low"),
        ({"quantity": -1}, 409, "wrong-adjustment"),
        ({"quantity": 1, "version": 0}, 409, "stale-version"),
        ({"quantity": 10**9}, 422, "invalid"),
        ({"quantity": 1, "reason": "magic"}, 422, "invalid"),
        ({"quantity": 1, "location": "atlantis"}, 404, "unknown-location"),
        ({"quantity": 1, "location": "bergen"}, 404, "unknown-level"),
        ({"quantity": 1, "variant": "var_1"}, 404, "unknown-id"),
        ({"quantity": 1, "variant": public("var", new_id()), "reason": "found"}, 404, "unknown-variants"),
    ],
)
async def test_a_wrong_adjustment_is_refused_and_changes_nothing(
    client: httpx.AsyncClient,
    database: Database,
    variant: UUID,
    body: dict[str, object],
    status: int,
    code: str,
) -> None:
    headers = await key(database, *STOCK)
    given = {"variant": public("var", variant), "location": "oslo", "reason": "lost"} | body
    answer = await client.post("/api/v1/stock/adjustments", json=given, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    level = await database.read(lambda tx: reads.level(tx, variant, "oslo"))
    assert level is not None and (level.on_hand, level.sequence) == (7, 1)


async def test_strangers_learn_nothing_of_stock(client: httpx.AsyncClient, variant: UUID) -> None:
    id = public("var", variant)
    for path in ("levels", f"levels/{id}/oslo", f"levels/{id}/oslo/movements", "differences"):
        assert (await client.get(f"/api/v1/stock/{path}")).status_code == 401
    body = {"location": "oslo", "document": "DN", "lines": [{"variant": id, "quantity": 1}]}
    assert (await client.post("/api/v1/stock/receipts", json=body)).status_code == 401


async def test_delivery_methods_are_written_and_listed(client: httpx.AsyncClient, database: Database) -> None:
    await database.run(demo_markets.fill)
    rights = (Permission.channels_read.value, Permission.channels_write.value)
    headers = await key(database, *rights)
    body = {"kind": "pick_up", "name": {"en": "Pick-up", "nb": "Hent"}, "stores": ["oslo"]}
    written = await client.put("/api/v1/delivery-methods/pick-up", json=body, headers=headers)
    assert (written.status_code, written.json()["version"]) == (200, 1)
    listed = (await client.get("/api/v1/delivery-methods", headers=headers)).json()
    assert [(m["code"], m["stores"]) for m in listed] == [("pick-up", ["oslo"])]
    wrong = await client.put("/api/v1/delivery-methods/pick up!", json=body, headers=headers)
    assert wrong.json()["errors"][0]["field"] == "code"
    assert (await client.put("/api/v1/delivery-methods/x", json=body)).status_code == 401
