"""Changes of orders over HTTP: who may ask for what, how it is told, and that the same call twice is one change."""

from typing import Any

import pytest
from tests.orders.test_api import API, Buyer, buyer, key

from torg.permissions import Permission

__all__ = ["buyer", "key"]

pytestmark = pytest.mark.asyncio


async def asked(
    buyer: Buyer, order: dict[str, Any], headers: Any, *actions: Any, status: int = 200, **more: Any
) -> Any:
    """A change as its preview says it."""
    path = f"{API}/orders/{order['id']}/changes"
    seen = await buyer.web.post(f"{path}/preview", json={"actions": list(actions)}, headers=headers)
    assert seen.status_code == 200, seen.text
    agreed = {"version": seen.json()["version"], "expected_total": seen.json()["after"]["total"]}
    body = {"actions": list(actions), **agreed, **more}
    answer = await buyer.web.post(path, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_guest_changes_what_the_channel_lets_her_and_nothing_else(buyer: Buyer) -> None:
    order, token = await buyer.order()
    done = await asked(buyer, order, token, {"type": "set_contact", "name": "Kari N"})
    assert (done["change"]["state"], done["version"]) == ("applied", order["version"] + 1)
    line = order["lines"][0]["id"]
    told = await asked(
        buyer, order, token, {"type": "set_price", "line": line, "unit": 1, "reason": "x"}, status=422
    )
    assert [one["code"] for one in told["errors"]] == ["only-staff"]
    more = {"type": "set_quantity", "line": line, "quantity": 99}
    told = await asked(buyer, order, token, more, status=422)
    assert "fewer-only" in [one["code"] for one in told["errors"]]
    path = f"{API}/orders/{order['id']}/changes"
    for nobody in ({}, {"Torg-Token": "crt_wrong"}):
        body = {"actions": [{"type": "set_contact", "name": "M"}]}
        answer = await buyer.web.post(f"{path}/preview", json=body, headers=nobody)
        assert answer.status_code == 404
        assert (await buyer.web.get(path, headers=nobody)).status_code == 404


async def test_staff_need_the_right_and_a_reason_and_the_history_tells_both(buyer: Buyer, key: Any) -> None:
    order, _ = await buyer.order()
    reader = await key(Permission.orders_read)
    path = f"{API}/orders/{order['id']}/changes"
    action = {"type": "set_contact", "name": "Kari N"}
    answer = await buyer.web.post(f"{path}/preview", json={"actions": [action]}, headers=reader)
    assert answer.status_code == 403
    staff = await key(Permission.orders_read, Permission.orders_change)
    told = await asked(buyer, order, staff, action, status=422)
    assert [one["field"] for one in told["errors"]] == ["reason"]
    done = await asked(buyer, order, staff, action, reason="misspelt")
    line = order["lines"][0]["id"]
    price = {"type": "set_price", "line": line, "unit": 1, "reason": "x"}
    answer = await buyer.web.post(f"{path}/preview", json={"actions": [price]}, headers=staff)
    assert answer.status_code == 403
    history = (await buyer.web.get(path, headers=staff)).json()
    assert [(one["id"], one["reason"], one["actions"]) for one in history] == [
        (done["change"]["id"], "misspelt", [action])
    ]


async def test_the_same_call_twice_is_one_change(buyer: Buyer, key: Any) -> None:
    order, _ = await buyer.order()
    staff = await key(Permission.orders_read, Permission.orders_change)
    body = {
        "actions": [{"type": "set_contact", "name": "Kari N"}],
        "reason": "misspelt",
        "version": order["version"],
        "expected_total": order["total"],
    }
    path = f"{API}/orders/{order['id']}/changes"
    answers = [
        await buyer.web.post(path, json=body, headers=staff | {"Idempotency-Key": one})
        for one in ("key-1-of-two", "key-1-of-two", "key-2-of-two")
    ]
    assert len({answer.json()["change"]["id"] for answer in answers}) == 1
    stale = body | {"actions": [{"type": "set_contact", "name": "Kari M"}]}
    answer = await buyer.web.post(path, json=stale, headers=staff)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale-version")
