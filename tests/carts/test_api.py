"""Carts over HTTP: a purchase's way to the checkout, the limits of what may be sent, and what it costs the database."""

from typing import Any

import httpx
import pytest
from tests.carts.conftest import Shop

from torg import app
from torg.customers import Customer, Details, register
from torg.kernel.access import SYSTEM, ActorKind, Device, Policy, Transport, open_session
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id, public
from torg.settings import Settings

FORGET_TRIES = "DELETE FROM throttles WHERE key LIKE 'promotion-code:%%'"
HOME = {
    "country": "NO",
    "name": "Kari Nordmann",
    "street": "Storgata 1",
    "city": "Oslo",
    "postal_code": "0155",
}


class Visitor:
    """A visitor who shops in the Norwegian web shop."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.headers = {"Torg-Channel": "web-no", "Accept-Language": "nb"}
        self.path = ""
        self.steps = 0

    async def begin(self, **body: Any) -> dict[str, Any]:
        cart = await self.send("POST", "/api/v1/carts", body)
        self.path = f"/api/v1/carts/{cart['id']}"
        self.headers["Torg-Token"] = cart["token"]
        return cart

    async def send(
        self, method: str, path: str, body: Any = None, status: int | None = None
    ) -> dict[str, Any]:
        self.steps += 1
        headers = self.headers | {"Idempotency-Key": f"{new_id()}"}
        whole = path if path.startswith("/api") else self.path + path
        answer = await self.client.request(method, whole, json=body, headers=headers)
        assert answer.status_code == (status or {"POST": 201}.get(method, 200)), answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def look(self) -> dict[str, Any]:
        answer = await self.client.get(self.path, headers=self.headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


@pytest.fixture
def visitor(client: httpx.AsyncClient) -> Visitor:
    return Visitor(client)


async def test_a_visitor_goes_from_an_empty_cart_to_one_that_can_be_bought(
    visitor: Visitor, retailer: Shop
) -> None:
    mug = public("var", await retailer.product(price=100_00))
    beans = public("var", await retailer.product(price=115_00, tax_class="food"))
    cart = await visitor.begin()
    assert (cart["currency"], cart["language"], cart["lines"]) == ("NOK", "nb", [])
    assert cart["missing"] == [{"field": "lines", "code": "empty", "message": "Handlekurven er tom."}]
    await visitor.send("POST", "/lines", {"variant": mug, "quantity": 2})
    cart = await visitor.send("POST", "/lines", {"variant": beans})
    assert cart["token"] is None
    assert cart["lines"][0]["name"].startswith("Ting ")
    assert cart["totals"]["gross"] == {"amount": 315_00, "currency": "NOK"}
    line = cart["lines"][0]["id"]
    await visitor.send("PATCH", f"/lines/{line}", {"quantity": 1, "version": cart["version"]})
    await visitor.send("PUT", "/contact", {"email": "kari@example.no", "phone": "22334455", "name": "Kari"})
    await visitor.send("PUT", "/address", {"delivery": HOME})
    choices = (await visitor.client.get(visitor.path + "/delivery-choices", headers=visitor.headers)).json()
    assert [(c["method"], c["store"], c["available"], c["name"]) for c in choices] == [
        ("standard", None, True, "Standardlevering"),
        ("express", None, True, "Ekspresslevering"),
        ("pick-up", "bergen", True, "Hent i butikk"),
        ("pick-up", "oslo", True, "Hent i butikk"),
    ]
    await visitor.send("PUT", "/delivery", {"method": "standard"})
    cart = await visitor.send("POST", "/codes", {"code": "ten"})
    assert (cart["missing"], cart["warnings"]) == ([], [])
    totals = cart["totals"]
    assert [totals[name]["amount"] for name in ("goods", "discount", "delivery", "gross")] == [
        215_00,
        21_50,
        50_00,
        243_50,
    ]
    assert totals["net"]["amount"] + totals["tax"]["amount"] == totals["gross"]["amount"]
    assert sum(tax["gross"]["amount"] for tax in totals["taxes"]) == totals["gross"]["amount"]
    assert await visitor.look() == cart
    cart = await visitor.send("DELETE", "/codes/TEN")
    cart = await visitor.send("DELETE", f"/lines/{line}?version={cart['version']}")
    assert (len(cart["lines"]), cart["codes"]) == (1, [])
    stale = await visitor.send("DELETE", f"/lines?version={cart['version'] - 1}", status=409)
    assert stale["code"] == "stale-version"
    cart = await visitor.send("DELETE", f"/lines?version={cart['version']}")
    assert (cart["lines"], cart["totals"]["gross"]["amount"], cart["missing"][0]["code"]) == ([], 0, "empty")


async def test_a_step_of_a_purchase_takes_few_statements(
    visitor: Visitor, retailer: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: dict[str, int] = {}
    ran = [0]

    def count(statements: int) -> None:
        ran[0] += statements

    monkeypatch.setattr(Transaction, "_count", staticmethod(count))

    async def step(name: str, method: str, path: str, body: Any) -> None:
        ran[0] = 0
        await visitor.send(method, path, body)
        counted[name] = min(ran[0], counted.get(name, 99))

    # Reference data is read anew once a second, by whoever comes then: the best round counts.
    for _ in range(4):
        mug = public("var", await retailer.product())
        await visitor.begin()
        await step("line", "POST", "/lines", {"variant": mug})
        await step("contact", "PUT", "/contact", {"email": "kari@example.no"})
        await step("address", "PUT", "/address", {"delivery": HOME})
        await step("delivery", "PUT", "/delivery", {"method": "standard"})
    # Two belong to the Idempotency-Key, one to the outbox, one opens the cart, one writes it. A line of something that
    # nobody asked for within the last second asks catalogue, prices and shelves; the tax at an address is reckoned.
    assert counted == {"line": 8, "contact": 5, "address": 5, "delivery": 5}


async def test_a_cart_that_was_begun_without_an_account_is_found_on_every_device_after_signing_in(
    visitor: Visitor, retailer: Shop, settings: Settings
) -> None:
    await visitor.begin(lines=[{"variant": public("var", await retailer.product()), "quantity": 3}])
    assert (await visitor.client.post(visitor.path + "/claim", headers=visitor.headers)).status_code == 401
    customer, bearer = await signed_in(retailer, settings)
    visitor.headers["Authorization"] = bearer
    cart = await visitor.send("POST", "/claim", status=200)
    assert (cart["customer"], cart["email"]) == (public("cus", customer.customer_id), customer.email)
    elsewhere = {"Authorization": bearer}
    (found,) = (await visitor.client.get("/api/v1/me/carts", headers=elsewhere)).json()
    assert (found["id"], found["lines"], found["units"]) == (cart["id"], 1, 3)
    assert (await visitor.client.get(visitor.path, headers=elsewhere)).json()["version"] == 2
    token = {"Torg-Token": visitor.headers["Torg-Token"]}
    assert (await visitor.client.get(visitor.path, headers=token)).status_code == 404
    assert (await visitor.client.get("/api/v1/me/carts")).status_code == 401


async def signed_in(retailer: Shop, settings: Settings) -> tuple[Customer, str]:
    """A customer, and the header that proves it is she."""
    policy = app.ports(settings, retailer.database).get(Policy)
    device = Device(transport=Transport.bearer)

    async def work(tx: Transaction) -> tuple[Customer, str]:
        customer = await register(tx, Details(), email=f"{new_id().hex}@example.no", channel=None, by=SYSTEM)
        opened = await open_session(tx, policy, ActorKind.customer, customer.customer_id, device)
        return customer, f"Bearer {opened.token}"

    return await retailer.database.run(work)


async def test_another_s_cart_does_not_exist(visitor: Visitor, retailer: Shop) -> None:
    mug = public("var", await retailer.product())
    await visitor.begin(lines=[{"variant": mug}])
    unknown = public("crt", new_id())
    mine = await visitor.client.get(visitor.path)
    nobody_s = await visitor.client.get(f"/api/v1/carts/{unknown}", headers=visitor.headers)
    assert (mine.status_code, nobody_s.status_code) == (404, 404)
    assert mine.json()["code"] == nobody_s.json()["code"] == "unknown-cart"
    visitor.headers["Torg-Token"] = "torg_ct_" + "x" * 43
    for method, path, body in (
        ("POST", "/lines", {"variant": mug}),
        ("PUT", "/contact", {"email": "a@example.no"}),
        ("PUT", "/address", {"delivery": HOME}),
        ("PUT", "/delivery", {"method": "standard"}),
        ("POST", "/codes", {"code": "TEN"}),
        ("DELETE", f"/lines/{public('lin', new_id())}", None),
        ("GET", "/delivery-choices", None),
    ):
        await visitor.send(method, path, body, status=404)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "fields"),
    [
        ("POST", "/lines", {"variant": "var_1"}, 404, []),
        ("POST", "/lines", {"variant": "x" * 41, "quantity": 0, "note": "n" * 501, "more": 1}, 422,
         ["variant", "quantity", "note", "more"]),
        ("POST", "/lines", {"variant": "crt_" + "0" * 32, "quantity": 10_001}, 422, ["quantity"]),
        ("POST", "/lines", {"quantity": 1.5, "intent": "fly"}, 422, ["variant", "quantity", "intent"]),
        ("POST", "/lines", [], 422, [""]),
        ("PUT", "/contact", {"email": "e" * 255, "phone": "1" * 41, "name": "n" * 201}, 422,
         ["email", "phone", "name"]),
        ("PUT", "/contact", {"email": "kari", "phone": "hello"}, 422, ["email", "phone"]),
        ("PUT", "/address", {"delivery": {"country": "NO", "planet": "Mars"}}, 422, ["delivery.planet"]),
        ("PUT", "/delivery", {"method": "standard", "lines": ["lin_x"]}, 404, []),
        ("POST", "/codes", {"code": "c" * 41}, 422, ["code"]),
        ("POST", "/codes", {"code": "' OR 1=1"}, 404, []),
        ("PATCH", f"/lines/lin_{'0' * 32}", {"quantity": 1}, 404, []),
        ("DELETE", "/lines/lin_0?version=0", None, 422, ["version"]),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_refused_field_by_field_and_changes_nothing(
    visitor: Visitor,
    retailer: Shop,
    method: str,
    path: str,
    body: Any,
    status: int,
    fields: list[str],
) -> None:
    await visitor.begin(lines=[{"variant": public("var", await retailer.product())}])
    before = await visitor.look()
    told = await visitor.send(method, path, body, status=status)
    assert [error["field"] for error in told.get("errors", [])] == fields
    assert await visitor.look() == before


async def test_a_stale_version_is_a_conflict(visitor: Visitor, retailer: Shop) -> None:
    mug = public("var", await retailer.product())
    await visitor.begin()
    await visitor.send("POST", "/lines", {"variant": mug, "version": 1})
    for method, path, body in (
        ("POST", "/lines", {"variant": mug, "version": 1}),
        ("PUT", "/contact", {"version": 1}),
        ("PUT", "/address", {"version": 1}),
        ("PUT", "/delivery", {"method": "standard", "version": 1}),
        ("POST", "/codes", {"code": "TEN", "version": 1}),
    ):
        told = await visitor.send(method, path, body, status=409)
        assert (told["code"], told["facts"]) == ("stale-version", {"given": 1, "present": 2})


async def test_a_channel_is_named_in_the_body_or_the_header(
    client: httpx.AsyncClient, retailer: Shop
) -> None:
    answer = await client.post("/api/v1/carts", json={})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "channel")
    answer = await client.post(
        "/api/v1/carts", json={"channel": "web-jp"}, headers={"Torg-Channel": "web-no"}
    )
    assert answer.json()["currency"] == "JPY"
    assert (await client.post("/api/v1/carts", json={"channel": "till-oslo"})).status_code == 401
    assert (await client.post("/api/v1/carts", json={"channel": "web-mars"})).status_code == 404
    answer = await client.post("/api/v1/carts", json={"channel": "web-no", "currency": "USD"})
    assert answer.status_code == 422


async def test_the_same_key_makes_one_cart_and_tells_its_token_again(
    client: httpx.AsyncClient, retailer: Shop
) -> None:
    headers = {"Idempotency-Key": f"cart-{new_id()}", "Torg-Channel": "web-no"}
    first = await client.post("/api/v1/carts", json={}, headers=headers)
    again = await client.post("/api/v1/carts", json={}, headers=headers)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_codes_are_not_found_by_guessing(visitor: Visitor, retailer: Shop) -> None:
    await visitor.begin()
    await retailer.database.run(
        lambda tx: tx.execute(FORGET_TRIES)
    )  # other tests have tried wrong codes, too
    for number in range(30):
        await visitor.send("POST", "/codes", {"code": "ten"})
        await visitor.send("POST", "/codes", {"code": f"GUESS-{number}"}, status=404)
    refused = await visitor.send("POST", "/codes", {"code": "ten"}, status=429)
    assert refused["code"] == "too-many-tries"
    await retailer.database.run(lambda tx: tx.execute(FORGET_TRIES))
