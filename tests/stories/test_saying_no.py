"""A place cannot send what it was asked for: stock is set right, another place sends it, or staff decide."""

import asyncio
from typing import Any

import httpx
import pytest_asyncio
from tests.conftest import settle
from tests.stories.buying import call, in_stock
from tests.stories.saying_no import HOME, RIGHTS, ledger_agrees, lying, mails, says_no, staff, web_order, work

from torg.app import ports
from torg.inventory.routing import route
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.jobs import Work
from torg.orders.shortfalls.sweep import cancel_overdue, sweep_backordered
from torg.settings import Settings

RULES: dict[str, Any] = {"rules": [{"name": "any", "most_parcels": 3}], "attempts": 2}


@pytest_asyncio.fixture
async def boss(world: Database) -> dict[str, str]:
    """Somebody who may do all of it everywhere."""
    return await staff(world, *RIGHTS)


async def with_rules(shop: httpx.AsyncClient, world: Database, boss: dict[str, str], **more: Any) -> None:
    """The channel routes by rules from now on."""
    await call(shop, "PUT", "/channels/web-no/routing-rules", json=RULES | more, headers=boss)
    world.forget(route.CACHED)


async def test_rejected_twice_chosen_by_hand_shipped_with_money_and_mails_right(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, boss: dict[str, str]
) -> None:
    await with_rules(shop, world, boss)
    mug = (await in_stock(shop, "web-no"))[0]
    await lying(world, mug, lager=2, oslo=2, bergen=2)
    order, token = await web_order(shop, world, world_settings, {mug: 2})
    there = await work(shop, boss, order)
    assert list(there) == ["lager-oslo"]

    said = await says_no(shop, boss, there["lager-oslo"])
    assert (said["state"], said["lines"]) == ("rejected", [])
    assert [(r["reason"], r["quantity"]) for r in said["rejections"]] == [("not_found", 2)]
    level = await call(shop, "GET", f"/stock/levels/{mug}/lager-oslo", headers=boss)
    assert (level["on_hand"], level["allocated"]) == (0, 0)
    counts = await call(shop, "GET", "/stock/counts?location=lager-oslo", headers=boss)
    assert (counts["items"][0]["state"], counts["items"][0]["lines"]) == ("open", 1)

    await settle(world, world_settings)
    (second,) = (await work(shop, boss, order)).values()
    assert (second["location"], second["round"]) == ("oslo", 2)
    assert await mails(world, HOME) == ["orders/elsewhere", "orders/placed"]

    await says_no(shop, boss, second, "damaged")
    await settle(world, world_settings)
    level = await call(shop, "GET", f"/stock/levels/{mug}/oslo", headers=boss)
    assert (level["on_hand"], level["allocated"], level["damaged"]) == (0, 0, 2)
    assert await work(shop, boss, order) == {}
    (missing,) = (await call(shop, "GET", f"/shortfalls?order={order['id']}", headers=boss))["items"]
    facts = {key: missing[key] for key in ("quantity", "state", "why", "reason", "location", "round")}
    assert facts == {
        "quantity": 2,
        "state": "waiting",
        "why": "attempts",
        "reason": "damaged",
        "location": "oslo",
        "round": 2,
    }
    assert await mails(world, HOME) == ["orders/delayed", "orders/elsewhere", "orders/placed"]

    path = f"/orders/{order['id']}/shortfalls/{missing['id']}"
    nothing = await call(shop, "POST", f"{path}/choice", status=409, json={"location": "oslo"}, headers=boss)
    assert nothing["code"] == "out-of-stock"
    chosen = await call(shop, "POST", f"{path}/choice", json={"location": "bergen"}, headers=boss)
    assert chosen["state"] == "served"
    again = await call(shop, "POST", f"{path}/choice", status=409, json={"location": "bergen"}, headers=boss)
    assert again["code"] == "shortfall-not-open"
    await settle(world, world_settings)
    (third,) = (await work(shop, boss, order)).values()
    assert (third["location"], third["round"], third["lines"][0]["quantity"]) == ("bergen", 3, 2)

    parcels = f"/orders/{order['id']}/fulfilments/{third['id']}/parcels"
    await call(shop, "POST", parcels, status=201, json={"carrier": "Bring"}, headers=boss)
    await settle(world, world_settings)
    seen = await call(shop, "GET", f"/orders/{order['id']}", headers=token)
    assert [(f["location"], f["state"]) for f in seen["fulfilments"]] == [("bergen", "shipped")]
    assert (seen["lines"][0]["gone"], seen["payments"][0]["state"]) == (2, "captured")
    assert seen["payments"][0]["captured"] == seen["total"]
    assert await mails(world, HOME) == [
        "fulfilment/shipped",
        "orders/delayed",
        "orders/elsewhere",
        "orders/elsewhere",
        "orders/placed",
    ]
    routings = await call(shop, "GET", f"/orders/{order['id']}/routings", headers=boss)
    told = [(r["rule"], [p["location"] for p in r["parts"]], r["by"] is not None) for r in routings]
    assert told == [("any", ["lager-oslo"], False), ("any", ["oslo"], False), (None, ["bergen"], True)]
    assert routings[1]["steps"][0]["left_out"]["lager-oslo"] == "rejected"
    ledger = await call(shop, "GET", f"/stock/levels/{mug}/oslo/movements", headers=boss)
    newest = ledger["items"][0]
    assert (newest["cause"], newest["reason"], newest["document"]) == ("damaged", "damaged", second["id"])
    assert await ledger_agrees(world)


async def test_what_some_cannot_send_another_sends_and_the_rest_stays(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, boss: dict[str, str]
) -> None:
    await with_rules(shop, world, boss)
    mug, cup, *_ = await in_stock(shop, "web-no")
    await lying(world, mug, lager=3, bergen=5)
    await lying(world, cup, lager=1, bergen=5)
    order, _ = await web_order(shop, world, world_settings, {mug: 3, cup: 1}, "part@says-no.example")
    asked = (await work(shop, boss, order))["lager-oslo"]
    line = next(one for one in asked["lines"] if one["variant"] == mug)
    said = await says_no(shop, boss, asked | {"lines": [line]}, "no_time", quantity=2)
    assert said["state"] == "open" and sum(one["quantity"] for one in said["lines"]) == 2
    level = await call(shop, "GET", f"/stock/levels/{mug}/lager-oslo", headers=boss)
    assert (level["on_hand"], level["allocated"], level["available"]) == (3, 1, 2)
    await settle(world, world_settings)
    there = await work(shop, boss, order)
    assert {place: sum(one["quantity"] for one in f["lines"]) for place, f in there.items()} == {
        "lager-oslo": 2,
        "bergen": 2,
    }
    for fulfilment in there.values():
        parcels = f"/orders/{order['id']}/fulfilments/{fulfilment['id']}/parcels"
        await call(shop, "POST", parcels, status=201, json={"carrier": "Bring"}, headers=boss)
        await settle(world, world_settings)
    seen = await call(shop, "GET", f"/orders/{order['id']}", headers=boss)
    assert sorted(line["gone"] for line in seen["lines"]) == [1, 3]
    assert seen["payments"][0]["captured"] == seen["total"]
    assert await ledger_agrees(world)


async def test_a_line_that_nobody_has_does_not_keep_the_others_waiting_and_is_sent_when_goods_come(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, boss: dict[str, str]
) -> None:
    await call(shop, "DELETE", "/channels/web-no/routing-rules", status=204, headers=boss)
    world.forget(route.CACHED)
    mug, cup, *_ = await in_stock(shop, "web-no")
    await lying(world, mug, lager=1)
    await lying(world, cup, lager=1, oslo=1)
    to = "wait@says-no.example"
    order, _ = await web_order(shop, world, world_settings, {mug: 1, cup: 1}, to)
    asked = (await work(shop, boss, order))["lager-oslo"]
    lines = [
        {"line": line["line"], "variant": line["variant"], "quantity": 1, "reason": "not_found"}
        for line in asked["lines"]
    ]
    path = f"/orders/{order['id']}/fulfilments/{asked['id']}/rejections"
    await call(shop, "POST", path, status=201, json={"lines": lines}, headers=boss)
    await settle(world, world_settings)
    assert list(await work(shop, boss, order)) == ["oslo"]
    (missing,) = (await call(shop, "GET", "/shortfalls?why=nobody", headers=boss))["items"]
    assert (missing["variant"], missing["order"]) == (mug, order["id"])
    assert await mails(world, to) == ["orders/delayed", "orders/elsewhere", "orders/placed"]

    path = f"/orders/{order['id']}/shortfalls/{missing['id']}"
    tried = await call(shop, "POST", f"{path}/retry", json={}, headers=boss)
    assert (tried["state"], tried["version"]) == ("waiting", missing["version"] + 1)
    stale = {"version": missing["version"]}
    refused = await call(shop, "POST", f"{path}/wait", status=409, json=stale, headers=boss)
    assert refused["code"] == "stale-version"
    waiting = await call(shop, "POST", f"{path}/wait", json={}, headers=boss)
    assert waiting["state"] == "backordered"
    body = {"location": "lager-oslo", "document": "n1", "lines": [{"variant": mug, "quantity": 4}]}
    await call(shop, "POST", "/stock/receipts", status=201, json=body, headers=boss)
    await settle(world, world_settings)
    await sweep(world, world_settings)
    there = await work(shop, boss, order)
    assert there["lager-oslo"]["lines"][0]["variant"] == mug
    assert (await call(shop, "GET", f"/shortfalls?order={order['id']}", headers=boss))["items"] == []
    assert await ledger_agrees(world)


async def sweep(world: Database, settings: Settings) -> None:
    """Have the clock look after what waits for goods."""
    await sweep_backordered.run(Work(world, settings, ports(settings, world)))
    await settle(world, settings)


async def test_a_cancelled_order_wants_nothing_any_more(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, boss: dict[str, str]
) -> None:
    mug = (await in_stock(shop, "web-no"))[0]
    await lying(world, mug, lager=1)
    order, token = await web_order(shop, world, world_settings, {mug: 1}, "gone@says-no.example")
    asked = (await work(shop, boss, order))["lager-oslo"]
    await says_no(shop, boss, asked)
    await settle(world, world_settings)
    (missing,) = (await call(shop, "GET", f"/shortfalls?order={order['id']}", headers=boss))["items"]
    body = {"reason": "sold out"}
    await call(shop, "POST", f"/orders/{order['id']}/cancellation", json=body, headers=boss)
    await settle(world, world_settings)
    (closed,) = (await call(shop, "GET", f"/shortfalls?order={order['id']}&state=cancelled", headers=boss))[
        "items"
    ]
    assert closed["id"] == missing["id"]
    path = f"/orders/{order['id']}/shortfalls/{missing['id']}/retry"
    refused = await call(shop, "POST", path, status=409, json={}, headers=boss)
    assert refused["code"] == "shortfall-not-open"
    seen = await call(shop, "GET", f"/orders/{order['id']}", headers=token)
    payment = seen["payments"][0]
    assert (payment["captured"], payment["refunded"]) == (seen["total"], seen["total"])
    assert await ledger_agrees(world)


async def test_what_is_collected_waits_for_its_own_store(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, boss: dict[str, str]
) -> None:
    mug = (await in_stock(shop, "web-no"))[0]
    await lying(world, mug, oslo=2, bergen=2)
    body = {"channel": "web-no", "lines": [{"variant": mug, "quantity": 2}]}
    cart = await call(shop, "POST", "/carts", status=201, json=body)
    token, path = {"Torg-Token": cart["token"]}, f"/carts/{cart['id']}"
    contact = {"email": "collects@says-no.example", "name": "Ola"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=token)
    choices = await call(shop, "GET", f"{path}/delivery-choices", headers=token)
    method = next(c["method"] for c in choices if c["kind"] == "pick_up" and c["store"] == "oslo")
    cart = await call(
        shop, "PUT", f"{path}/delivery", json={"method": method, "store": "oslo"}, headers=token
    )
    total = {"expected_total": cart["totals"]["gross"]}
    paid = total | {"payment": {"tender": "gateway", "gateway": "test", "method": "ok"}}
    order = await call(shop, "POST", f"{path}/complete", json=paid, headers=token)
    await settle(world, world_settings)
    asked = (await work(shop, boss, order))["oslo"]
    await says_no(shop, boss, asked, quantity=1)
    await settle(world, world_settings)
    here = await staff(world, "fulfilment:read", "fulfilment:write", "stock:read", stores=("oslo",))
    elsewhere = await staff(world, "fulfilment:read", "fulfilment:write", stores=("bergen",))
    assert (await call(shop, "GET", f"/shortfalls?order={order['id']}", headers=elsewhere))["items"] == []
    (missing,) = (await call(shop, "GET", f"/shortfalls?order={order['id']}", headers=here))["items"]
    assert (missing["why"], missing["store"], missing["quantity"]) == ("one_place", "oslo", 1)
    path = f"/orders/{order['id']}/shortfalls/{missing['id']}"
    await call(shop, "POST", f"{path}/retry", status=404, json={}, headers=elsewhere)
    wrong = await call(shop, "POST", f"{path}/choice", status=422, json={"location": "bergen"}, headers=boss)
    assert wrong["errors"][0]["code"] == "collected-elsewhere"
    found = {"variant": mug, "location": "oslo", "quantity": 1, "reason": "found"}
    await call(shop, "POST", "/stock/adjustments", status=201, json=found, headers=boss)
    served = await call(shop, "POST", f"{path}/retry", json={}, headers=here)
    assert served["state"] == "served"
    found_again = await call(shop, "GET", "/fulfilments?location=oslo", headers=here)
    mine = [f for f in found_again["items"] if f["order"] == order["id"]]
    assert sorted(f["round"] for f in mine) == [1, 2]
    assert await ledger_agrees(world)


async def test_two_say_no_at_once_and_one_ships_meanwhile_and_no_unit_is_counted_twice(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, boss: dict[str, str]
) -> None:
    mug = (await in_stock(shop, "web-no"))[0]
    await lying(world, mug, lager=3, oslo=9)
    order, _ = await web_order(shop, world, world_settings, {mug: 3}, "race@says-no.example")
    asked = (await work(shop, boss, order))["lager-oslo"]
    line = asked["lines"][0]["line"]
    there = f"/api/v1/orders/{order['id']}/fulfilments/{asked['id']}"

    def no(units: int) -> Any:
        body = {"lines": [{"line": line, "variant": mug, "quantity": units, "reason": "damaged"}]}
        return shop.post(f"{there}/rejections", json=body, headers=boss)

    answers = await asyncio.gather(
        no(2), no(2), shop.post(f"{there}/parcels", json={"carrier": "Bring"}, headers=boss), no(3)
    )
    assert all(answer.status_code in {201, 409, 422} for answer in answers), [a.text for a in answers]
    assert sum(answer.status_code == 201 for answer in answers[:2]) <= 1
    await settle(world, world_settings)
    level = await call(shop, "GET", f"/stock/levels/{mug}/lager-oslo", headers=boss)
    assert (level["on_hand"], level["allocated"], level["reserved"]) in {
        (0, 0, 0),
        (1, 1, 0),
    }
    for fulfilment in (await work(shop, boss, order)).values():
        path = f"/orders/{order['id']}/fulfilments/{fulfilment['id']}/parcels"
        await call(shop, "POST", path, status=201, json={"carrier": "Bring"}, headers=boss)
    await settle(world, world_settings)
    seen = await call(shop, "GET", f"/orders/{order['id']}", headers=boss)
    assert seen["lines"][0]["gone"] == 3
    assert seen["payments"][0]["captured"] == seen["total"]
    assert await ledger_agrees(world)


async def test_a_wrong_rejection_names_all_that_is_wrong_and_changes_nothing(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings, boss: dict[str, str]
) -> None:
    mug = (await in_stock(shop, "web-no"))[0]
    await lying(world, mug, lager=2)
    order, _ = await web_order(shop, world, world_settings, {mug: 2}, "wrong@says-no.example")
    asked = (await work(shop, boss, order))["lager-oslo"]
    line, path = asked["lines"][0]["line"], f"/orders/{order['id']}/fulfilments/{asked['id']}/rejections"
    before = await call(shop, "GET", f"/stock/levels/{mug}/lager-oslo", headers=boss)
    lines = [
        {"line": line, "variant": mug, "quantity": 3, "reason": "other"},
        {"line": line, "variant": mug, "quantity": 1, "reason": "damaged"},
        {"line": "lin_" + "0" * 32, "variant": mug, "quantity": 1, "reason": "closed"},
    ]
    told = await call(shop, "POST", path, status=422, json={"lines": lines}, headers=boss)
    assert [(e["field"], e["code"]) for e in told["errors"]] == [
        ("lines.0.quantity", "more-than-to-send"),
        ("lines.0.note", "required"),
        ("lines.1.line", "twice"),
        ("lines.2.line", "not-to-be-sent"),
    ]
    stale = {
        "lines": [{"line": line, "variant": mug, "quantity": 1, "reason": "damaged"}],
        "version": asked["version"] + 1,
    }
    await call(shop, "POST", path, status=409, json=stale, headers=boss)
    once = {**boss, "Idempotency-Key": "rejects-this-once"}
    body = {"lines": [{"line": line, "variant": mug, "quantity": 1, "reason": "damaged"}]}
    first = await call(shop, "POST", path, status=201, json=body, headers=once)
    second = await call(shop, "POST", path, status=201, json=body, headers=once)
    assert first == second
    elsewhere = await staff(world, "fulfilment:write", stores=("bergen",))
    await call(shop, "POST", path, status=404, json=body, headers=elsewhere)
    level = await call(shop, "GET", f"/stock/levels/{mug}/lager-oslo", headers=boss)
    assert (level["on_hand"], level["damaged"] - before["damaged"], level["allocated"]) == (1, 1, 1)
    log = await call(shop, "GET", f"/audit?target={asked['id']}", headers=boss)
    assert [entry["action"] for entry in log["items"]] == ["fulfilment.rejected"]
    assert await ledger_agrees(world)


async def test_what_nobody_has_waits_if_the_rules_say_so_and_the_order_is_cancelled_in_the_end(
    shop: httpx.AsyncClient,
    world: Database,
    world_settings: Settings,
    boss: dict[str, str],
    clock: FixedClock,
) -> None:
    await with_rules(shop, world, boss, otherwise="wait", cancel_after_days=3)
    mug = (await in_stock(shop, "web-no"))[0]
    await lying(world, mug, lager=1)
    order, token = await web_order(shop, world, world_settings, {mug: 1}, "end@says-no.example")
    await says_no(shop, boss, (await work(shop, boss, order))["lager-oslo"], "damaged")
    await settle(world, world_settings)
    (missing,) = (await call(shop, "GET", f"/shortfalls?order={order['id']}", headers=boss))["items"]
    assert (missing["state"], missing["why"]) == ("backordered", "nobody")
    here = Work(world, world_settings, ports(world_settings, world))
    await cancel_overdue.run(here)
    assert (await call(shop, "GET", f"/orders/{order['id']}", headers=token))["state"] == "placed"
    clock.move(days=3, minutes=1)
    await cancel_overdue.run(here)
    await settle(world, world_settings)
    seen = await call(shop, "GET", f"/orders/{order['id']}", headers=token)
    assert (seen["state"], seen["reason"]) == ("cancelled", "goods-missing")
    assert seen["payments"][0]["refunded"] == seen["total"]
    assert await ledger_agrees(world)
