"""Goods are gathered, sent and brought back, and the ledger tells every step."""

import httpx
from tests.stories.buying import call, in_stock
from tests.stories.saying_no import RIGHTS, ledger_agrees, lying, says_no, staff, web_order, work

from torg.kernel.database import Database
from torg.settings import Settings


async def test_goods_are_gathered_by_one_and_the_ledger_knows_every_step(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
) -> None:
    boss = await staff(world, *RIGHTS)
    mug = (await in_stock(shop, "web-no"))[0]
    await lying(world, mug, lager=5)
    order, _ = await web_order(shop, world, world_settings, {mug: 3}, "picks@says-no.example")
    asked = (await work(shop, boss, order))["lager-oslo"]
    path = f"/orders/{order['id']}/fulfilments/{asked['id']}"
    begun = await call(shop, "POST", f"{path}/picking", headers=boss)
    assert begun["state"] == "picking" and begun["picker"]
    again = await call(shop, "POST", f"{path}/picking", headers=boss)
    assert again["version"] == begun["version"]
    other = await staff(world, *RIGHTS)
    taken = await call(shop, "POST", f"{path}/picking", status=409, headers=other)
    assert taken["code"] == "wrong-step"
    await says_no(shop, boss, begun, quantity=1)
    picked = await call(shop, "POST", f"{path}/picked", headers=boss)
    assert picked["state"] == "picked"
    await call(shop, "POST", f"{path}/picked", status=409, headers=boss)
    await call(shop, "POST", f"{path}/parcels", status=201, json={"carrier": "Bring"}, headers=boss)
    back = [{"variant": mug, "quantity": 1}, {"variant": mug, "quantity": 1, "damaged": True}]
    body = {"location": "lager-oslo", "document": order["number"], "lines": back}
    await call(shop, "POST", "/stock/goods-back", status=201, json=body, headers=boss)
    none = {**body, "lines": [{"variant": mug, "quantity": 0}]}
    await call(shop, "POST", "/stock/goods-back", status=422, json=none, headers=boss)
    ledger = await call(shop, "GET", f"/stock/levels/{mug}/lager-oslo/movements?limit=6", headers=boss)
    told = [
        (m["cause"], m["on_hand"], m["allocated"], m["picked"], m["on_hand_after"], m["allocated_after"])
        for m in ledger["items"]
    ]
    assert told == [
        ("returned", 1, 0, 0, 3, 0),
        ("shipped", -2, -2, 0, 2, 0),
        ("picked", 0, 0, 2, 4, 2),
        ("adjusted", -1, -1, 0, 4, 2),
        ("allocated", 0, 3, 0, 5, 3),
        ("reserved", 0, 0, 0, 5, 0),
    ]
    documents = [m["document"] for m in ledger["items"]]
    assert documents == [order["number"], *[asked["id"]] * 3, order["id"], order["id"]]
    assert ledger["items"][0]["damaged_after"] - ledger["items"][1]["damaged_after"] == 1
    assert await ledger_agrees(world)
