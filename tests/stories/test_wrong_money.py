"""Every call that takes money refuses what no amount can be, names the field, and changes nothing.

Which calls those are is read from the API's description, so a new one fails here until a right body of it is told.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from tests.conftest import running, settle
from tests.stories.buying import OSLO, PAID_BY_GATEWAY, call, completed, in_stock, shipped, signed_in
from tests.stories.rights import Fingerprints

from torg import app
from torg.app import build
from torg.kernel import openapi
from torg.kernel.database import Database
from torg.settings import Settings

Path = tuple[str | int, ...]
DESCRIPTION = openapi.document(app.create(Settings(environment="demo", secret="s" * 40)))
HUGE = 10**30
# (what is wrong, what is sent in the place of the amount)
NO_AMOUNTS: tuple[tuple[str, Any], ...] = (
    ("a fraction", 12.5),
    ("a number with an exponent", 1e30),
    ("more than any program counts", HUGE),
    ("more debt than any program counts", -HUGE),
    ("one more than fits", 2**53),
    ("a text", "100"),
    ("a truth", True),
    ("a list", [100]),
)
NO_CURRENCIES: tuple[tuple[str, Any], ...] = (
    ("no currency", "ZZZ"),
    ("gold, which has no minor unit", "XAU"),
    ("small letters", "nok"),
    ("too long", "NOKK"),
    ("empty", ""),
    ("a number", 578),
)
FREE = {"/api/v1/price-lists/{code}/prices", "/api/v1/delivery-rates", "/api/v1/delivery-rates/{code}"}
"""Where nothing to pay is a fair price."""
UP_OR_DOWN = {
    "/api/v1/orders/{order_id}/exchanges",
    "/api/v1/gift-cards/{gift_card_id}/adjustments",
    "/api/v1/price-lists/{code}/bulk-preview",
    "/api/v1/price-lists/{code}/bulks",
}
"""Where an amount is a change, which may be below zero."""


def money_fields(path: str, method: str) -> Iterator[tuple[Path, str]]:
    """Where a call's body takes money, an amount or a currency, and which of these."""
    content = DESCRIPTION["paths"][path][method].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    yield from _within(schema, (), frozenset()) if schema else ()


def _within(schema: dict[str, Any], path: Path, seen: frozenset[str]) -> Iterator[tuple[Path, str]]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name == "Money":
            yield path, "money"
        elif name not in seen:
            yield from _within(DESCRIPTION["components"]["schemas"][name], path, seen | {name})
    elif path and path[-1] == "currency":
        yield path, "currency"
    elif path and path[-1] == "amount":
        yield path, "amount"
    else:
        for kind in ("oneOf", "anyOf", "allOf"):
            for part in schema.get(kind, ()):
                yield from _within(part, path, seen)
        for name, part in schema.get("properties", {}).items():
            yield from _within(part, (*path, name), seen)
        if isinstance(schema.get("items"), dict):
            yield from _within(schema["items"], (*path, 0), seen)


# A promotion says each of its amounts in several currencies at once; tests/promotions tries what is wrong with those.
BY_CURRENCY = "/api/v1/promotions"

CALLS = sorted(
    f"{method.upper()} {path}"
    for path, methods in DESCRIPTION["paths"].items()
    for method in methods
    if not path.startswith(BY_CURRENCY) and any(money_fields(path, method))
)


def wrong(call: str, body: Any, path: Path, kind: str) -> Iterator[tuple[str, str, Any]]:
    """What is wrong, the field that must be named, and the body with it."""
    taken = "" if call in NO_OTHER else "EUR"
    field = ".".join(str(part) for part in path)
    if kind == "money":
        amounts, currencies = (*path, "amount"), (*path, "currency")
    else:
        amounts, currencies = path, path
    if kind in {"money", "amount"}:
        below = [
            *([] if call in UP_OR_DOWN else [("below zero", -1)]),
            *([] if call in FREE else [("zero", 0)]),
        ]
        for name, value in (*below, *NO_AMOUNTS):
            yield f"{field}: {name}", field, _with(body, amounts, value)
    if kind in {"money", "currency"}:
        for name, value in (*NO_CURRENCIES, *([("another currency", taken)] if taken else [])):
            yield f"{field}: {name}", field, _with(body, currencies, value)


def _with(body: Any, path: Path, value: Any) -> Any:
    changed = deepcopy(body)
    inner = changed
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return changed


def _other_ways(name: str, right: Any, path: Path) -> Any:
    """The right body in which the field can stand: who pays by several means names them in a list."""
    if name.endswith("/complete") and path[0] == "payments":
        others = {key: value for key, value in right.items() if key != "payment"}
        return others | {"payments": [right["payment"]]}
    return right


class Shop(msgspec.Struct):
    """The practice retailer, its administrator, and a right body of every call that takes money."""

    client: httpx.AsyncClient
    fingerprints: Fingerprints
    headers: dict[str, str]
    places: dict[str, str]
    bodies: dict[str, Any]


@pytest_asyncio.fixture
async def prepared(world: Database, world_settings: Settings) -> Any:
    roomy = msgspec.structs.replace(world_settings, rate_limit_visitor=1_000_000, rate_limit_actor=1_000_000)
    async with running(build(roomy, world)) as client:
        boss = await signed_in(client, "admin@torg.example")
        order, variant = await bought(client, boss), (await in_stock(client, "web-no"))[0]
        await settle(world, roomy)
        payment = (await call(client, "GET", f"/orders/{order['id']}/payments", headers=boss))["items"][0]
        cart = await cart_of(client, boss)
        quote = await quote_of(client, boss)
        nok = {"amount": 4900, "currency": "NOK"}
        markets = (await call(client, "GET", "/price-lists", headers=boss))["items"]
        prices = next(found["code"] for found in markets if found["market"] == "NO")
        rates = (await call(client, "GET", "/delivery-rates", headers=boss))["items"]
        rate = next(found["code"] for found in rates if found["market"] == "NO")
        name = {"en": "A new one"}
        steps = [{"amount": nok}]
        customer = (await call(client, "GET", "/customers", headers=boss))["items"][0]["id"]
        given = {"amount": nok, "market": "NO", "reason": "thanks"}
        card = await call(client, "POST", "/gift-cards", status=201, json=given, headers=boss)
        exchanges, swap = await exchange_of(client, world, roomy, boss)
        other, unpaid = await exchange_of(client, world, roomy, boss)
        body = {name: unpaid[name] for name in ("lines", "taken", "difference")}
        begun = await call(client, "POST", other, status=201, json=body, headers=boss)
        waiting = f"{other}/{begun['returned']['id']}"
        company = await company_with_money(client, boss, nok)
        entry = {"bank_reference": "wrong-money-2", "amount": nok, "booked_on": "2026-11-20"}
        change = {"variants": [variant], "amount": nok}
        preview = await call(client, "POST", f"/price-lists/{prices}/bulk-preview", json=change, headers=boss)
        new_rate = {"code": "wrong-money", "name": "A new one", "method": "standard", "market": "NO"}
        found = await call(client, "GET", "/catalog/products?q=GAV-KORT", headers=boss)
        gift = await call(client, "GET", f"/catalog/products/{found['items'][0]['id']}", headers=boss)
        voucher = {"variant": gift["variants"][0]["id"], "card": {"amount": {**nok, "amount": 50_000}}}
        vouchers = {"channel": "web-no", "lines": [voucher]}
        bag = await call(client, "POST", "/carts", status=201, json=vouchers, headers=boss)
        worth = {"card_amounts": gift["card_amounts"]}
        product = {"kind": "gift_card", "texts": {"en": {"name": "A new one"}}, **worth}
        record = {**product, "variants": [{"sku": "WRONG-MONEY"}]}
        bodies = {
            "POST /api/v1/markets": {
                "code": "wrong-money",
                "name": name,
                "countries": ["NO"],
                "currency": "NOK",
                "languages": ["nb"],
                "tax_display": "including",
                "seller": "torg-nordic",
            },
            "POST /api/v1/price-lists": {
                "code": "wrong-money",
                "name": "A new one",
                "currency": "NOK",
                "tax_included": True,
                "market": "NO",
            },
            "PUT /api/v1/price-lists/{code}/prices": {"prices": [{"variant_id": variant, "amount": nok}]},
            "POST /api/v1/delivery-rates": {
                **new_rate,
                "countries": ["NO"],
                "steps": steps,
                "free_from": nok,
            },
            "PATCH /api/v1/delivery-rates/{code}": {"steps": steps, "free_from": nok},
            "POST /api/v1/carts/{cart_id}/complete": {
                "expected_total": cart["totals"]["gross"],
                "payment": PAID_BY_GATEWAY,
            },
            "POST /api/v1/quotes/{quote}/acceptance": {
                "version": 1,
                "expected_total": quote["total"],
                "payments": [PAID_BY_GATEWAY],
            },
            "POST /api/v1/price-lists/{code}/bulk-preview": change,
            "POST /api/v1/price-lists/{code}/bulks": {**change, "token": preview["token"]},
            "POST /api/v1/gift-cards": given,
            "POST /api/v1/carts": vouchers,
            "POST /api/v1/carts/{cart}/lines": voucher,
            "PATCH /api/v1/carts/{cart}/lines/{line}": {"card": voucher["card"]},
            "POST /api/v1/catalog/products": product,
            "POST /api/v1/catalog/products/import": {"records": [record]},
            "PATCH /api/v1/catalog/products/{product_id}": {"version": gift["version"], **worth},
            "POST /api/v1/gift-cards/batches": {**given, "count": 2},
            "POST /api/v1/gift-cards/{gift_card_id}/adjustments": {"amount": -100, "reason": "mistyped"},
            "POST /api/v1/customers/{customer_id}/credit": {"amount": nok, "reason": "sorry"},
            "POST /api/v1/orders/{order_id}/refunds": {"amount": 100, "reason": "torn"},
            "POST /api/v1/orders/{order_id}/changes": {
                "actions": [{"type": "set_contact", "name": "Guest"}],
                "reason": "misspelt",
                "version": order["version"],
                "expected_total": order["total"],
                "payments": [{**PAID_BY_GATEWAY, "amount": 100}],
            },
            "POST /api/v1/orders/{order_id}/changes/{change_id}/payments": {"payments": [PAID_BY_GATEWAY]},
            "POST /api/v1/orders/{order_id}/exchanges": swap,
            "POST /api/v1/orders/{order_id}/exchanges/{return_id}/payments": {"payments": [PAID_BY_GATEWAY]},
            "POST /api/v1/payments-received": entry,
            "POST /api/v1/companies/{company_id}/pay-outs": entry | {"bank_reference": "wrong-money-3"},
            "POST /api/v1/orders/{order_id}/claims/{claim_id}/resolution": {
                "resolution": "refund",
                "amount": 100,
            },
            "PUT /api/v1/carts/{cart}/context": {
                "expected_total": cart["totals"]["gross"],
                "language": "nb",
            },
            "POST /api/v1/orders/{order_id}/payments/{payment_id}/captures": {"amount": 100},
            "POST /api/v1/orders/{order_id}/payments/{payment_id}/refunds": {"amount": 100, "reason": "torn"},
        }
        places = {
            "/price-lists/{code}": f"/price-lists/{prices}",
            "/delivery-rates/{code}": f"/delivery-rates/{rate}",
            "{cart_id}": cart["id"],
            "{quote}": quote["id"],
            "/carts/{cart}/lines/{line}": f"/carts/{bag['id']}/lines/{bag['lines'][0]['id']}",
            "/carts/{cart}": f"/carts/{cart['id']}",
            "{product_id}": gift["id"],
            "{claim_id}": await claim_of(client, order, boss),
            "/orders/{order_id}/changes/{change_id}": await dearer(client, boss),
            "/orders/{order_id}/exchanges/{return_id}": waiting,
            "/orders/{order_id}/exchanges": exchanges,
            "{order_id}": order["id"],
            "{payment_id}": payment["id"],
            "{gift_card_id}": card["card"]["id"],
            "{customer_id}": customer,
            "{company_id}": company,
        }
        yield Shop(client, Fingerprints(world), boss, places, bodies)


async def cart_of(client: httpx.AsyncClient, boss: dict[str, str]) -> Any:
    """A cart that lacks nothing, of the administrator's own channel."""
    body = {"channel": "phone-no", "lines": [{"variant": (await in_stock(client, "phone-no"))[0]}]}
    cart = await call(client, "POST", "/carts", status=201, json=body, headers=boss)
    contact = {"email": "exact@example.org", "name": "Guest"}
    await call(client, "PUT", f"/carts/{cart['id']}/contact", json=contact, headers=boss)
    return await shipped(client, f"/carts/{cart['id']}", boss, OSLO)


async def company_with_money(client: httpx.AsyncClient, boss: dict[str, str], paid: Any) -> str:
    """The id of a company that may buy on invoice, and has paid in what it owes nothing for."""
    company = (await call(client, "GET", "/companies", headers=boss))["items"][0]["id"]
    seen = (await call(client, "GET", f"/companies/{company}/invoice-accounts", headers=boss))["items"]
    if not any(account["currency"] == paid["currency"] for account in seen):
        terms = {"days": 14, "credit_limit": 100_000, "version": 0}
        path = f"/companies/{company}/invoice-terms/{paid['currency']}"
        await call(client, "PUT", path, json=terms, headers=boss)
    entry = {"bank_reference": "wrong-money-1", "amount": paid, "booked_on": "2026-11-20", "company": company}
    await call(client, "POST", "/payments-received", status=201, json=entry, headers=boss)
    return str(company)


async def quote_of(client: httpx.AsyncClient, boss: dict[str, str]) -> Any:
    """A quote that can be accepted."""
    cart = await cart_of(client, boss)
    wish = {"valid_until": "2100-01-01T00:00:00Z"}
    return await call(client, "POST", f"/carts/{cart['id']}/quote", status=201, json=wish, headers=boss)


async def claim_of(client: httpx.AsyncClient, order: Any, boss: dict[str, str]) -> str:
    """The id of a complaint about an order that nothing came of yet."""
    lines = [{"line": order["lines"][0]["id"], "quantity": 1}]
    body = {"kind": "missing", "lines": lines}
    claim = await call(client, "POST", f"/orders/{order['id']}/claims", status=201, json=body, headers=boss)
    return str(claim["id"])


async def exchange_of(
    client: httpx.AsyncClient, world: Database, settings: Settings, boss: dict[str, str]
) -> tuple[str, Any]:
    """The place of exchanges of an order that has been sent, and an exchange of it for more of the same."""
    order = await bought(client, boss)
    await settle(world, settings)
    place, line = f"/orders/{order['id']}", order["lines"][0]
    seen = await call(client, "GET", place, headers=boss)
    for one in seen["fulfilments"]:
        how: dict[str, Any] = {"json": {"carrier": "Posten"}, "status": 201, "headers": boss}
        await call(client, "POST", f"{place}/fulfilments/{one['id']}/parcels", **how)
    await settle(world, settings)
    swap = {
        "lines": [{"line": line["id"], "quantity": 1}],
        "taken": [{"variant": line["variant"], "quantity": 2}],
    }
    preview = await call(client, "POST", f"{place}/exchanges/preview", json=swap, headers=boss)
    paid = [{**PAID_BY_GATEWAY, "amount": preview["difference"]["amount"]}]
    return f"{place}/exchanges", {**swap, "difference": preview["difference"], "payments": paid}


async def dearer(client: httpx.AsyncClient, boss: dict[str, str]) -> str:
    """The place of a change that waits to be paid, of an order of its own."""
    order = await bought(client, boss)
    line = order["lines"][0]
    actions = [{"type": "set_quantity", "line": line["id"], "quantity": line["quantity"] + 1}]
    path = f"/orders/{order['id']}/changes"
    seen = await call(client, "POST", f"{path}/preview", json={"actions": actions}, headers=boss)
    agreed = {"version": seen["version"], "expected_total": seen["after"]["total"]}
    wish = {"actions": actions, "reason": "one more", **agreed}
    changed = await call(client, "POST", path, json=wish, headers=boss)
    return f"{path}/{changed['change']['id']}"


async def bought(client: httpx.AsyncClient, boss: dict[str, str]) -> Any:
    return await completed(client, await cart_of(client, boss), boss)


def test_every_call_that_takes_money_is_known(prepared: Shop) -> None:
    assert set(prepared.bodies) == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
async def test_what_is_no_amount_or_no_currency_is_refused_by_name_and_changes_nothing(
    prepared: Shop, name: str
) -> None:
    method, _, path = name.partition(" ")
    right = prepared.bodies[name]
    there = path
    for part, real in prepared.places.items():
        there = there.replace(part, real)

    async def send(body: Any) -> httpx.Response:
        return await prepared.client.request(method, there, json=body, headers=prepared.headers)

    await prepared.client.get("/api/v1/staff/me", headers=prepared.headers)
    before = await prepared.fingerprints.take()
    bad: list[str] = []
    for field_path, kind in dict.fromkeys(money_fields(path, method.lower())):
        for what, field, body in wrong(path, _other_ways(name, right, field_path), field_path, kind):
            answer = await send(body)
            if not named(answer, field):
                bad.append(f"{what}: {answer.status_code} {answer.text[:300]}")
    after = await prepared.fingerprints.take()
    bad += [f"{table} changed" for table in after if after[table] != before[table]]
    assert not bad, "\n" + "\n".join(bad)
    accepted = await send(right)
    if "captures" not in path:  # it was captured with its order: there is nothing left to take
        assert accepted.is_success, accepted.text


NO_OTHER = {"/api/v1/markets", "/api/v1/customers/{customer_id}/credit", "/api/v1/payments-received"} | {
    f"/api/v1/catalog/products{rest}" for rest in ("", "/import", "/{product_id}")
}
"""What names its currency itself: every currency is right there."""


MOVED = {(409, "total-changed"), (409, "prices-moved"), (409, "difference-changed")}


def named(answer: httpx.Response, field: str) -> bool:
    """Whether it was refused for this field; a total that is well-formed but not the cart's is a matter of its own."""
    told = answer.json()
    if field in {"expected_total", "difference"} and (answer.status_code, told["code"]) in MOVED:
        return True
    fields = [problem["field"] for problem in told.get("errors", ())]
    right = any(f"{name}.".startswith(f"{field}.") for name in fields)
    return (answer.status_code, told.get("code"), right) == (422, "invalid", True)
