"""A purchase over HTTP, and what visitors, customers and staff may read and do with an order."""

import time
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from tests.carts.conftest import Shop
from tests.conftest import settle
from tests.orders.conftest import HOME, Till

from torg.carts import facts
from torg.kernel.access import SYSTEM, Vocabulary
from torg.kernel.access.issue_keys import KeyWish, issue_key
from torg.kernel.database import TALLY, Transaction, pools
from torg.kernel.ids import new_id, public
from torg.permissions import Permission
from torg.settings import Settings

API = "/api/v1"
ADDRESS = {
    "country": "NO",
    "name": "Kari Nordmann",
    "street": HOME.street,
    "city": "Oslo",
    "postal_code": "0155",
}
TEST = {"tender": "gateway", "gateway": "test", "method": "ok"}


class Buyer:
    """A visitor at the web shop."""

    def __init__(self, web: httpx.AsyncClient, shop: Shop) -> None:
        self.web = web
        self.shop = shop

    async def cart(self, **goods: Any) -> tuple[str, dict[str, str], dict[str, Any]]:
        """The path of a cart that lacks nothing, its token, and the cart."""
        return await self.cart_of([await self.shop.product(**goods)])

    async def cart_of(self, variants: list[UUID]) -> tuple[str, dict[str, str], dict[str, Any]]:
        """The same of these variants, put in one by one."""
        made = await self.web.post(f"{API}/carts", json={"channel": "web-no"})
        assert made.status_code == 201, made.text
        path, token = f"{API}/carts/{made.json()['id']}", {"Torg-Token": made.json()["token"]}
        for variant in variants:
            line = {"variant": public("var", variant)}
            added = await self.web.post(f"{path}/lines", json=line, headers=token)
            assert added.status_code == 201, added.text
        for part, body in (
            ("contact", {"email": "Kari@example.com", "name": "Kari Nordmann"}),
            ("address", {"delivery": ADDRESS}),
            ("delivery", {"method": "standard"}),
        ):
            answer = await self.web.put(f"{path}/{part}", json=body, headers=token)
            assert answer.status_code == 200, answer.text
        return path, token, answer.json()

    async def complete(
        self, path: str, token: dict[str, str], cart: dict[str, Any], **payment: str
    ) -> httpx.Response:
        body = {"expected_total": cart["totals"]["gross"], "payment": {**TEST, **payment}}
        headers = {**token, "Idempotency-Key": new_id().hex}
        return await self.web.post(f"{path}/complete", json=body, headers=headers)

    async def purchase(self, variants: list[UUID]) -> None:
        """A whole purchase of these variants."""
        path, token, cart = await self.cart_of(variants)
        body = {"expected_total": cart["totals"]["gross"], "payment": TEST}
        answer = await self.web.post(f"{path}/complete", json=body, headers=token)
        assert answer.json()["state"] == "placed", answer.text

    async def order(self, **goods: Any) -> tuple[dict[str, Any], dict[str, str]]:
        path, token, cart = await self.cart(**goods)
        answer = await self.complete(path, token, cart)
        assert answer.status_code == 200, answer.text
        return answer.json(), token


@pytest.fixture
def buyer(web: httpx.AsyncClient, retailer: Shop) -> Buyer:
    return Buyer(web, retailer)


@pytest_asyncio.fixture
async def key(till: Till) -> Any:
    """Gives an API key with these rights, limited to channels or stores."""

    async def give(*permissions: Permission, **limits: Any) -> dict[str, str]:
        wish = KeyWish(name="test", permissions=tuple(permissions), **limits)
        vocabulary = Vocabulary(frozenset(Permission))
        issued = await till.database.run(lambda tx: issue_key(tx, wish, vocabulary, by=SYSTEM))
        return {"Authorization": f"Bearer {issued.secret}"}

    return give


async def test_a_purchase_answers_with_the_order_and_its_token_opens_it(buyer: Buyer) -> None:
    path, token, cart = await buyer.cart(price=199_00)
    answer = await buyer.complete(path, token, cart)
    assert answer.status_code == 200, answer.text
    order = answer.json()
    assert (order["state"], order["total"]) == ("placed", cart["totals"]["gross"])
    assert order["id"].removeprefix("ord_") == cart["id"].removeprefix("crt_")
    assert [line["gross"]["amount"] for line in order["lines"]] == [199_00]
    assert [payment["state"] for payment in order["payments"]] == ["authorised"]
    read = await buyer.web.get(f"{API}/orders/{order['id']}", headers=token)
    assert read.json() == order


class Count:
    """Counts the statements of all requests; the gateway's own are somebody else's.

    From then on no second passes for what a process remembers that long: how fast the machine is does not count.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements = 0
        now = time.monotonic()
        monkeypatch.setattr(pools, "time", SimpleNamespace(monotonic=lambda: now))
        monkeypatch.setattr(facts, "time", SimpleNamespace(monotonic_ns=lambda: int(now * 1e9)))
        counted = Transaction._count

        def count(statements: int) -> None:
            if TALLY.get() is not None:
                self.statements += statements
            counted(statements)

        monkeypatch.setattr(Transaction, "_count", staticmethod(count))


async def test_completing_a_cart_takes_at_most_eighteen_statements(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Count(monkeypatch)
    path, token, cart = await buyer.cart()
    await buyer.order()
    count.statements = 0
    assert (await buyer.complete(path, token, cart)).status_code == 200
    assert 10 < count.statements <= 18, count.statements


async def test_a_whole_purchase_takes_at_most_forty_statements(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cart, two lines one by one, contact, address, delivery, completion; reference data is known already."""
    variants = [await buyer.shop.product() for _ in range(2)]
    count = Count(monkeypatch)
    await buyer.purchase(variants)
    count.statements = 0
    await buyer.purchase(variants)
    assert 20 < count.statements <= 40, count.statements


async def test_a_total_that_the_customer_did_not_see_is_refused_with_both(buyer: Buyer) -> None:
    path, token, cart = await buyer.cart()
    total = cart["totals"]["gross"]
    seen = {**cart, "totals": {"gross": {**total, "amount": total["amount"] - 1}}}
    answer = await buyer.complete(path, token, seen)
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "total-changed"
    assert problem["facts"] == {"expected": seen["totals"]["gross"], "present": total}


async def test_a_declined_payment_is_told_and_the_cart_can_be_bought_again(buyer: Buyer) -> None:
    path, token, cart = await buyer.cart()
    answer = await buyer.complete(path, token, cart, method="decline")
    assert (answer.status_code, answer.json()["code"]) == (409, "payment-declined")
    lapsed = await buyer.web.get(f"{API}/orders/{cart['id'].replace('crt_', 'ord_')}", headers=token)
    assert (lapsed.json()["state"], lapsed.json()["number"]) == ("lapsed", None)
    assert (await buyer.complete(path, token, cart)).json()["state"] == "placed"


async def test_a_second_step_is_told_as_an_address_and_the_same_key_looks_anew(buyer: Buyer) -> None:
    path, token, cart = await buyer.cart()
    body = {"expected_total": cart["totals"]["gross"], "payment": {**TEST, "method": "second_step"}}
    headers = {**token, "Idempotency-Key": new_id().hex}
    answer = await buyer.web.post(f"{path}/complete", json=body, headers=headers)
    assert answer.json()["state"] == "pending"
    (payment,) = answer.json()["payments"]
    assert payment["state"] == "needs_action"
    page = payment["action_url"].removeprefix("http://torg.test")
    assert (await buyer.web.post(page, data={"decision": "confirm"})).status_code == 200
    answer = await buyer.web.post(f"{path}/complete", json=body, headers=headers)
    assert answer.json()["state"] == "placed"
    replayed = await buyer.web.post(f"{path}/complete", json=body, headers=headers)
    assert replayed.json() == answer.json()
    assert replayed.headers["Idempotency-Replayed"] == "true"


async def test_another_visitors_cart_and_order_are_not_there(buyer: Buyer) -> None:
    order, token = await buyer.order()
    _, stranger = await buyer.order()
    path, _, cart = await buyer.cart()
    for headers in ({}, stranger, {"Torg-Token": "torg_ct_" + "A" * 43}, {"Torg-Token": "x" * 400}):
        assert (await buyer.web.get(f"{API}/orders/{order['id']}", headers=headers)).status_code == 404
        assert (await buyer.complete(path, headers, cart)).status_code == 404
    assert (await buyer.web.get(f"{API}/orders/{order['id']}", headers=token)).status_code == 200
    for unknown in ("ord_1", "crt_" + "0" * 32, "ord_" + "0" * 32, "ord_" + "z" * 32):
        answer = await buyer.web.get(f"{API}/orders/{unknown}", headers=token)
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"expected_total": {"amount": "1", "currency": "NOK"}},
        {"expected_total": {"amount": -1, "currency": "NOK"}},
        {"expected_total": {"amount": 10**30, "currency": "NOK"}},
        {"expected_total": {"amount": 1, "currency": "XXX"}},
        {"expected_total": {"amount": 1, "currency": "NOK"}, "payment": {"tender": "gold"}},
        {"expected_total": {"amount": 1, "currency": "NOK"}, "payment": {**TEST, "method": ""}},
        {
            "expected_total": {"amount": 1, "currency": "NOK"},
            "payment": {**TEST, "return_url": "javascript:1"},
        },
        {"expected_total": {"amount": 1, "currency": "NOK"}, "paymnet": TEST},
        [],
        "no",
    ],
)
async def test_a_malformed_completion_is_refused_and_changes_nothing(buyer: Buyer, body: Any) -> None:
    path, token, cart = await buyer.cart()
    answer = await buyer.web.post(f"{path}/complete", json=body, headers=token)
    assert answer.status_code in {409, 422}, answer.text
    seen = (await buyer.web.get(path, headers=token)).json()
    assert (seen["state"], seen["version"]) == ("open", cart["version"])


async def test_staff_find_orders_by_what_they_know(buyer: Buyer, key: Any, settings: Settings) -> None:
    orders = [(await buyer.order())[0] for _ in range(3)]
    await settle(buyer.shop.database, settings, tolerant=True)  # a gateway of another test may call back
    reader = await key(Permission.orders_read)

    async def found(**query: Any) -> list[str]:
        answer = await buyer.web.get(f"{API}/orders", params=query, headers=reader)
        assert answer.status_code == 200, answer.text
        return [row["number"] for row in answer.json()["items"]]

    numbers = [order["number"] for order in reversed(orders)]
    assert (await found())[:3] == numbers
    assert await found(number=numbers[1].lower()) == [numbers[1]]
    assert await found(number="NO-NOSUCH") == []
    assert (await found(email="KARI@EXAMPLE.COM", channel="web-no", state="placed"))[:3] == numbers
    assert await found(channel="web-se") == await found(store="oslo") == []
    assert await found(since="2030-01-01T00:00:00Z") == []
    first = await buyer.web.get(f"{API}/orders", params={"limit": 2}, headers=reader)
    second = await buyer.web.get(
        f"{API}/orders", params={"limit": 2, "cursor": first.json()["next"]}, headers=reader
    )
    rows = [row["number"] for row in (*first.json()["items"], *second.json()["items"])]
    assert rows[:3] == numbers
    assert len(set(rows)) == len(rows)
    for wrong in ({"cursor": "x"}, {"state": "gone"}, {"since": "now"}, {"limit": 0}, {"email": " "}):
        answer = await buyer.web.get(f"{API}/orders", params=wrong, headers=reader)
        assert answer.status_code == 422, (wrong, answer.text)


async def test_staff_see_the_orders_of_their_own_channels_and_stores_only(
    buyer: Buyer, key: Any, settings: Settings
) -> None:
    order, _ = await buyer.order()
    await settle(buyer.shop.database, settings, tolerant=True)  # a gateway of another test may call back
    for limits, sees in (
        ({"channels": ("web-no",)}, True),
        ({"channels": ("web-se",)}, False),
        ({"stores": ("oslo",)}, False),
    ):
        reader = await key(Permission.orders_read, **limits)
        listed = await buyer.web.get(f"{API}/orders", headers=reader)
        assert (order["number"] in [row["number"] for row in listed.json()["items"]]) is sees
        read = await buyer.web.get(f"{API}/orders/{order['id']}", headers=reader)
        assert read.status_code == (200 if sees else 404)


async def test_cancelling_needs_the_right_and_is_done_once_per_key(buyer: Buyer, key: Any) -> None:
    order, token = await buyer.order()
    path = f"{API}/orders/{order['id']}/cancellation"
    for headers, status in (
        (token, 401),
        (await key(Permission.orders_read), 403),
        (await key(Permission.orders_cancel, channels=("web-se",)), 404),
    ):
        answer = await buyer.web.post(path, json={"reason": "no"}, headers=headers)
        assert answer.status_code == status, answer.text
    canceller = await key(Permission.orders_cancel, Permission.orders_read)
    once = {**canceller, "Idempotency-Key": new_id().hex}
    for _ in range(2):
        answer = await buyer.web.post(path, json={"reason": "out of season"}, headers=once)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    answer = await buyer.web.post(path, json={"reason": "again"}, headers=canceller)
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot-be-cancelled")


async def test_payments_and_fulfilments_are_for_staff(buyer: Buyer, key: Any, till: Till) -> None:
    till.bank.transport = buyer.web._transport  # the gateway calls back over HTTP
    order, token = await buyer.order()
    await till.settle()
    path = f"{API}/orders/{order['id']}/payments"
    assert (await buyer.web.get(path, headers=token)).status_code == 401
    clerk = await key(
        Permission.payments_read,
        Permission.payments_refund,
        Permission.fulfilment_read,
        Permission.fulfilment_write,
    )
    (payment,) = (await buyer.web.get(path, headers=clerk)).json()["items"]
    assert [(a["operation"], a["state"]) for a in payment["attempts"]] == [
        ("authorise", "done"),
        ("capture", "done"),
    ]
    once = {**clerk, "Idempotency-Key": new_id().hex}
    body = {"amount": 500, "reason": "scratched"}
    answers = [
        await buyer.web.post(f"{path}/{payment['id']}/refunds", json=body, headers=once) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    (payment,) = (await buyer.web.get(path, headers=clerk)).json()["items"]
    assert payment["refunded"]["amount"] == 500
    too_much = {"amount": order["total"]["amount"], "reason": "greedy"}
    answer = await buyer.web.post(f"{path}/{payment['id']}/refunds", json=too_much, headers=clerk)
    assert (answer.status_code, answer.json()["code"]) == (409, "too-much-to-refund")
    work = (
        await buyer.web.get(f"{API}/fulfilments", params={"location": "lager-oslo"}, headers=clerk)
    ).json()
    (mine,) = [item for item in work["items"] if item["order"] == order["id"]]
    parcels = f"{API}/orders/{order['id']}/fulfilments/{mine['id']}/parcels"
    assert (await buyer.web.post(parcels, json={"carrier": "Bring"}, headers=token)).status_code == 401
    answer = await buyer.web.post(parcels, json={"carrier": "Bring"}, headers=clerk)
    assert (answer.status_code, answer.json()["state"]) == (201, "shipped")
    seen = (await buyer.web.get(f"{API}/orders/{order['id']}", headers=token)).json()
    assert [f["state"] for f in seen["fulfilments"]] == ["shipped"]
    assert seen["payments"][0]["refunded"]["amount"] == 500


async def test_the_buyer_s_own_reference_goes_from_the_cart_to_the_order(buyer: Buyer) -> None:
    path, token, _ = await buyer.cart()
    long = await buyer.web.put(f"{path}/purchase-order", json={"purchase_order": "x" * 101}, headers=token)
    assert long.status_code == 422
    said = await buyer.web.put(f"{path}/purchase-order", json={"purchase_order": " PO  4711 "}, headers=token)
    assert said.json()["purchase_order"] == "PO 4711"
    placed = await buyer.complete(path, token, said.json())
    assert placed.json()["purchase_order"] == "PO 4711"
    path, token, _ = await buyer.cart()
    await buyer.web.put(f"{path}/purchase-order", json={"purchase_order": "PO 1"}, headers=token)
    forgotten = await buyer.web.put(f"{path}/purchase-order", json={"purchase_order": " "}, headers=token)
    placed = await buyer.complete(path, token, forgotten.json())
    assert placed.json()["purchase_order"] is None
