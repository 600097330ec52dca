"""Every route of the API, called by everybody: who may not is refused and changes nothing, who may is let through.

What each caller may is computed from the permissions of her role and the permission that the route declares. A use case
that forgets its check, checks another right than its route declares, or a route without declaration fails here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute
from tests.conftest import serving, settle
from tests.kernel.people import add_key, add_staff
from tests.stories.rights import (
    ANYWHERE,
    ELSEWHERE,
    NARROWED,
    REFUSED,
    Caller,
    Fingerprints,
    Samples,
    callers,
    lines,
    listed,
    must_be_refused,
)

from torg.app import build
from torg.demo import named
from torg.kernel import ids, openapi
from torg.kernel.access import SYSTEM, ActorKind, Vocabulary
from torg.kernel.access.define_roles import keep_role
from torg.kernel.access.model import Role
from torg.kernel.database import Database
from torg.permissions import Permission
from torg.settings import Settings

# Public routes that ask for a proof of their own: a password, a code, a gateway's signature.
PROOFS = ("wrong-", "callback-not-genuine", "carrier-call-not-genuine")
# Nothing of these is there: the rights decide before that is found out.
MADE_UP = dict(
    pair.split(":")
    for pair in """
bulks:blk sessions:ses lines:lin lists:lst code-pools:pol changes:och claims:clm returns:ret exchanges:ret
shortfalls:sho quotes:quo shipments:shp parcels:par webhooks:whk deliveries:dlv
""".split()
)
SPARE = Role("nobody-has-it", {"en": "Nobody has it"}, ("orders:read",))


class World(msgspec.Struct):
    """The running application with everybody who calls it and something to call about."""

    app: Litestar
    client: httpx.AsyncClient
    callers: list[Caller]
    samples: Samples
    fingerprints: Fingerprints


@asynccontextmanager
async def everybody(world: Database, world_settings: Settings) -> AsyncIterator[World]:
    """The application, opened and closed by one task."""
    roomy = msgspec.structs.replace(
        world_settings, rate_limit_visitor=1_000_000, rate_limit_actor=1_000_000, rate_limit_sign_in=10_000
    )
    app = build(roomy, world)
    async with app.lifespan(), serving(app) as client:
        known = await callers(world)
        samples = await gather(client, world, roomy, known)
        for caller in known:  # what is noted once a minute (a key's last use) is noted now
            await client.get("/api/v1/staff/me", headers=caller.headers)
        yield World(app, client, known, samples, Fingerprints(world))


async def order(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    """A paid order, placed by a guest on the web."""

    async def call(method: str, path: str, **options: Any) -> Any:
        answer = await client.request(method, f"/api/v1{path}", **options)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    page = await call("GET", "/channels/web-no/products?limit=100")
    variant = next(
        v["id"]
        for p in page["items"]
        for v in p["variants"]
        if v["availability"] == "in_stock" and v["price"]
    )
    cart = await call("POST", "/carts", json={"channel": "web-no"})
    token, path = {"Torg-Token": cart["token"]}, f"/carts/{cart['id']}"
    await call("POST", f"{path}/lines", json={"variant": variant}, headers=token)
    await call("PUT", f"{path}/contact", json={"email": "guest@example.com", "name": "G"}, headers=token)
    address = {"country": "NO", "name": "G", "street": "Storgata 1", "city": "Oslo", "postal_code": "0155"}
    await call("PUT", f"{path}/address", json={"delivery": address}, headers=token)
    choices = await call("GET", f"{path}/delivery-choices", headers=token)
    method = next(choice["method"] for choice in choices if choice["kind"] == "ship")
    cart = await call("PUT", f"{path}/delivery", json={"method": method}, headers=token)
    payment = {"tender": "gateway", "gateway": "test", "method": "ok"}
    body = {"expected_total": cart["totals"]["gross"], "payment": payment}
    placed: dict[str, Any] = await call("POST", f"{path}/complete", json=body, headers=token)
    return placed


async def refunded(
    client: httpx.AsyncClient, headers: dict[str, str], order_id: str, payment: dict[str, Any]
) -> dict[str, Any]:
    """A refund of a part of the order."""
    path = f"/api/v1/orders/{order_id}/payments/{payment['id']}/refunds"
    answer = await client.post(path, json={"reason": "broken", "amount": 100}, headers=headers)
    assert answer.is_success, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def goods_to_come(
    client: httpx.AsyncClient, headers: dict[str, str], level: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A purchase order on its way, and an open count."""
    at = {"location": level["location"]}
    lines = [{"variant": level["variant"], "quantity": 3}]
    path, order = "/api/v1/stock/purchase-orders", {**at, "supplier": "Roasters", "lines": lines}
    supply = (await client.post(path, json=order, headers=headers)).json()
    count = (await client.post("/api/v1/stock/counts", json=at, headers=headers)).json()
    return supply, count


async def somebody_special(client: httpx.AsyncClient, headers: dict[str, str]) -> tuple[str, str]:
    """A customer group, a segment of the same code, and a company."""
    group = {"code": "matrix", "name": "Matrix"}
    await client.post("/api/v1/segments", json=group, headers=headers)
    await client.post("/api/v1/customer-groups", json=group, headers=headers)
    company = (await client.post("/api/v1/companies", json={"name": "Matrix AS"}, headers=headers)).json()
    return group["code"], company["id"]


async def gather(
    client: httpx.AsyncClient, world: Database, settings: Settings, known: list[Caller]
) -> Samples:
    """Something that exists for every place in a path."""
    boss = next(caller for caller in known if caller.name == "administrator").headers
    samples = Samples()
    placed = await order(client, boss)
    await settle(world, settings)
    open_cart = (await client.post("/api/v1/carts", json={"channel": "web-no"})).json()
    product = await listed(client, boss, "/catalog/products")
    whole = (await client.get(f"/api/v1/catalog/products/{product['id']}", headers=boss)).json()
    customer = await listed(client, boss, f"/customers?query={named.NAMED[0].email}")
    home = {"country": "NO", "name": "G", "street": "Storgata 1", "city": "Oslo", "postal_code": "0155"}
    book = f"/api/v1/customers/{customer['id']}/addresses"
    address = (await client.post(book, json={"address": home}, headers=boss)).json()
    await world.run(lambda tx: keep_role(tx, SPARE, Vocabulary(frozenset({"orders:read"})), by=SYSTEM))
    payment = await listed(client, boss, f"/orders/{placed['id']}/payments")
    level = await listed(client, boss, "/stock/levels")
    supply, count = await goods_to_come(client, boss, level)
    fulfilment = await listed(client, boss, "/fulfilments")
    refund = await refunded(client, boss, placed["id"], payment)
    worth = {"amount": {"amount": 100, "currency": "NOK"}, "market": "NO", "reason": "matrix"}
    card = (await client.post("/api/v1/gift-cards", json=worth, headers=boss)).json()
    key = await world.run(lambda tx: add_key(tx, "events:read"))
    colleague = await world.run(add_staff)
    group, company = await somebody_special(client, boss)
    documents = (await client.get(f"/api/v1/orders/{placed['id']}/documents", headers=boss)).json()
    samples.of = {part: ids.public(prefix, ids.new_id()) for part, prefix in MADE_UP.items()} | {
        "customer-groups": group,
        "segments": group,
        "companies": company,
        "staff": colleague.public_id,
        "roles": SPARE.code,
        "api-keys": ids.public("key", key.key.id),
        "carts": open_cart["id"],
        "items": whole["variants"][0]["id"],
        "shared-lists": "torg_sl_nobody",
        "codes": "SUMMER",
        "products": product["id"],
        "variants": whole["variants"][0]["id"],
        "categories": (await listed(client, boss, "/catalog/categories"))["id"],
        "attributes": (await listed(client, boss, "/catalog/attributes"))["code"],
        "content": "about",
        "synonyms": (await listed(client, boss, "/catalog/synonyms"))["id"],
        "customers": customer["id"],
        "addresses": address["id"],
        "orders": placed["id"],
        "documents": documents["items"][0]["id"],
        "fulfilments": fulfilment["id"],
        "label": "zpl",
        "carriers": "generic",
        "payments": payment["id"],
        "refunds": refund["id"],
        "variant": level["variant"],
        "location": level["location"],
        "supplies": supply["id"],
        "counts": count["id"],
        "places": level["location"],
        "delivery-methods": "standard",
        "channels": "web-no",
        "buffers": "web-no",
        "sellers": "torg-nordic",
        "markets": "NO",
        "locations": "oslo",
        "stores": "oslo",
        "price-lists": (await listed(client, boss, "/price-lists"))["code"],
        "delivery-rates": (await listed(client, boss, "/delivery-rates"))["code"],
        "promotions": "SUMMER",
        "gateways": "test",
        "gift-cards": card["card"]["id"],
        "invoice-terms": "NOK",
        "payments-received": "bank-1",
        "terms": "NO",
        "dead": "1",
        "subscriptions": "access.reset",
        "parked/subscription": "access.reset",
        "position": "1",
        "files": "a.png",
    }
    samples.query = {"country": "NO", "channel": "web-no", "version": "1", "currency": "NOK"}
    samples.query["number"] = placed["number"]
    samples.fields = {
        "email": f"{ids.new_id().hex}@example.com",
        "customer": customer["id"],
        "company": company,
        "order": placed["id"],
        "variant": level["variant"],
        "variant_id": level["variant"],
        "line": ids.public("lin", ids.new_id()),
        "location": level["location"],
        "actions": [{"type": "set_contact", "name": "G"}],
        "sku": "MATRIX-1",
        "country": "NO",
        "rule": {"key": "matrix", "names": {"en": "M"}, "effects": [{"type": "percent", "percent": 1}]},
    }
    return samples


async def ask(here: World, caller: Caller, route: openapi.Route) -> httpx.Response:
    path = here.samples.path(route)
    body = here.samples.body(route)
    query = {**here.samples.query, "variant_id": here.samples.of["variant"]}
    return await here.client.request(route.method, path, headers=caller.headers, params=query, **body)


def test_every_route_declares_who_may_call_it(world_settings: Settings) -> None:
    app = build(world_settings, None)  # type: ignore[arg-type]  # nothing is asked of the database
    words = {str(word) for word in Permission}
    known = words | {"public", "cart-token", "customer", "staff", "signed-in"}
    wrong = [
        f"{sorted(handler.http_methods)} {route.path}: {handler.opt.get('permission')}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.http_methods != {"OPTIONS"} and handler.opt.get("permission") not in known
    ]
    assert wrong == []


async def test_who_may_not_is_refused_and_changes_nothing(world: Database, world_settings: Settings) -> None:
    found: dict[str, list[str]] = {}
    async with everybody(world, world_settings) as here:
        before = await here.fingerprints.take()
        for route in openapi.routes(here.app):
            problems = []
            for caller in here.callers:
                if must_be_refused(caller, route, ANYWHERE | NARROWED):
                    answer = await ask(here, caller, route)
                    if not _refused(answer, caller, route):
                        problems.append(f"{caller.name} got {answer.status_code} {_code(answer)}")
            after = await here.fingerprints.take()
            problems += [f"{table} changed" for table in after if after[table] != before[table]]
            before = after
            if problems:
                found[f"{route.method} {route.path} ({route.permission})"] = problems
    assert not found, "\n" + "\n".join(lines(found))


async def test_who_may_is_let_through(world: Database, world_settings: Settings) -> None:
    found: dict[str, list[str]] = {}
    async with everybody(world, world_settings) as here:
        for route in sorted(openapi.routes(here.app), key=_how_much_it_spoils):
            problems = []
            for caller in here.callers:
                if must_be_refused(caller, route, ANYWHERE | NARROWED) is False:
                    answer = await ask(here, caller, route)
                    if not _let_through(answer, route):
                        problems.append(f"{caller.name} got {answer.status_code} {_code(answer)}")
            if problems:
                found[f"{route.method} {route.path} ({route.permission})"] = problems
    assert not found, "\n" + "\n".join(lines(found))


async def test_a_key_for_another_store_sees_nothing_of_the_others(
    world: Database, world_settings: Settings
) -> None:
    async with everybody(world, world_settings) as here:
        caller = next(caller for caller in here.callers if caller.elsewhere)
        for route in openapi.routes(here.app):
            if f"{route.method} {route.path}" in NARROWED:
                answer = await ask(here, caller, route)
                seen = answer.json()
                items = seen["items"] if isinstance(seen, dict) else seen
                assert all(item.get("stores") == [ELSEWHERE] for item in items), route.path


def _how_much_it_spoils(route: openapi.Route) -> int:
    """What ends the callers' own sessions comes last, and reading before writing."""
    return 2 if route.path.endswith("/session") else int(route.method != "GET")


def _refused(answer: httpx.Response, caller: Caller, route: openapi.Route) -> bool:
    if route.permission == "cart-token":
        return answer.status_code in {*REFUSED, 404}
    if caller.elsewhere:
        return answer.status_code in {403, 404}
    return answer.status_code == (401 if caller.kind is ActorKind.visitor else 403)


def _let_through(answer: httpx.Response, route: openapi.Route) -> bool:
    if route.permission == "public" and _code(answer).startswith(PROOFS):
        return True
    return answer.status_code not in REFUSED and answer.status_code < 500


def _code(answer: httpx.Response) -> str:
    told = answer.headers.get("content-type", "").startswith("application/problem+json")
    return str(answer.json().get("code", "")) if told else ""
