"""Ordering, sending, receiving and counting over HTTP, as the people of two stores."""

from uuid import UUID

import httpx
from tests.inventory.test_api import STOCK, key, variant  # noqa: F401  # the fixture

from torg.kernel.database import Database
from torg.kernel.ids import public


async def test_goods_are_ordered_arrive_and_are_sent_on(
    client: httpx.AsyncClient,
    database: Database,
    variant: UUID,  # noqa: F811
) -> None:
    id, boss = public("var", variant), await key(database, *STOCK)
    body = {"location": "lager-oslo", "supplier": "Roasters", "lines": [{"variant": id, "quantity": 12}]}
    ordered = (await client.post("/api/v1/stock/purchase-orders", json=body, headers=boss)).json()
    assert (ordered["state"], ordered["lines"][0]["rest"]) == ("on_its_way", 12)
    path = f"/api/v1/stock/supplies/{ordered['id']}"
    came = {"lines": [{"variant": id, "quantity": 11, "damaged": 1}], "version": 1}
    once = {"Idempotency-Key": f"came-{id}"}
    for _ in range(2):
        arrived = await client.post(f"{path}/arrivals", json=came, headers=boss | once)
        assert (arrived.status_code, arrived.json()["state"]) == (200, "arrived")
    late = await client.post(f"{path}/arrivals", json={"lines": came["lines"]}, headers=boss)
    assert (late.status_code, late.json()["code"]) == (409, "not-on-its-way")
    level = (await client.get(f"/api/v1/stock/levels/{id}/lager-oslo", headers=boss)).json()
    assert (level["on_hand"], level["damaged"], level["incoming"]) == (51, 1, 0)
    body = {"source": "lager-oslo", "location": "oslo", "lines": [{"variant": id, "quantity": 2}]}
    sent = (await client.post("/api/v1/stock/transfers", json=body, headers=boss)).json()
    oslo = await key(database, *STOCK, stores=("oslo",))
    listed = (await client.get("/api/v1/stock/supplies?supply_state=on_its_way", headers=oslo)).json()[
        "items"
    ]
    assert [supply["id"] for supply in listed] == [sent["id"]]
    lost = {"rest": "lost"}
    closed = await client.post(f"/api/v1/stock/supplies/{sent['id']}/close", json=lost, headers=oslo)
    assert (closed.json()["state"], closed.json()["rest"]) == ("closed", "lost")
    assert (await client.get("/api/v1/stock/differences", headers=boss)).json() == []
    hidden = await client.get(path, headers=oslo)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "unknown-supply")


async def test_a_store_is_counted(client: httpx.AsyncClient, database: Database, variant: UUID) -> None:  # noqa: F811
    id = public("var", variant)
    boss = await key(database, *STOCK, "stock:count", stores=("oslo",))
    counter = await key(database, "stock:count", stores=("oslo",))
    body = {"location": "oslo", "variants": [id]}
    refused = await client.post("/api/v1/stock/counts", json=body, headers=counter)
    assert (refused.status_code, refused.json()["code"]) == (403, "right-missing")
    count = (await client.post("/api/v1/stock/counts", json=body, headers=boss)).json()
    path = f"/api/v1/stock/counts/{count['id']}"
    entered = await client.post(
        f"{path}/figures", json={"lines": [{"variant": id, "counted": 5}]}, headers=counter
    )
    assert (entered.status_code, entered.json()["open_lines"]) == (200, 0)
    (line,) = (await client.get(f"{path}/lines", headers=counter)).json()["items"]
    assert (line["counted"], line["expected"]) == (5, None)
    assert (await client.post(f"{path}/close", headers=boss)).json()["state"] == "closed"
    level = (await client.get(f"/api/v1/stock/levels/{id}/oslo", headers=boss)).json()
    assert level["on_hand"] == 5
    wanted = {"point": 6, "to": 20}
    put = await client.put(f"/api/v1/stock/levels/{id}/oslo/reorder", json=wanted, headers=boss)
    assert put.json()["suggested"] == 15
    due = (await client.get("/api/v1/stock/reorder?location=oslo", headers=boss)).json()["items"]
    assert [(level["variant"], level["suggested"]) for level in due] == [(id, 15)]
    wrong = await client.put(
        f"/api/v1/stock/levels/{id}/oslo/reorder", json={"point": 6, "to": 1}, headers=boss
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "below-point")
