"""The catalogue over HTTP: what staff and programs send, and what they are told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, Request, Router
from tests.conftest import serving

from torg.catalog.api import ROUTES
from torg.kernel import http, problems
from torg.kernel.access import VISITOR, Actor, ActorKind, Grant
from torg.kernel.database import Database
from torg.kernel.ids import new_id
from torg.kernel.ports import Ports
from torg.markets import Atlas

STAFF = {"Authorization": "catalog:read catalog:write"}


async def _identify(request: Request[Any, Any, Any]) -> Actor:
    """Whoever sends rights as authorization has them: how they are proved is not tested here."""
    given = request.headers.get("authorization")
    if given is None:
        return VISITOR
    return Actor(ActorKind.staff, id="stf_test", grants=(Grant(frozenset(given.split())),))


@pytest_asyncio.fixture
async def client(
    database: Database, places: Atlas, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(http, "identify", _identify)
    app = Litestar(
        [Router("/api/v1", route_handlers=ROUTES)],
        exception_handlers=problems.HANDLERS,
        request_class=problems.JsonRequest,
        request_max_body_size=1_000_000,
        logging_config=None,
    )
    app.state.database, app.state.ports = database, Ports()
    async with serving(app) as client:
        client.base_url = "http://torg.test/api/v1/catalog"
        client.headers.update(STAFF)
        yield client


def body(**given: Any) -> dict[str, Any]:
    mark = new_id().hex[-10:]
    return {
        "options": ["colour"],
        "categories": ["cups"],
        "attributes": {"volume": 350, "care": {"nb": "For hånd"}},
        "texts": {"nb": {"name": f"Kopp {mark}", "description": "Til kaffe."}, "en": {"name": f"Cup {mark}"}},
        "variants": [
            {"sku": f"A-{mark}-B", "options": {"colour": "blue"}, "weight_g": 300},
            {"sku": f"A-{mark}-R", "options": {"colour": "red"}},
        ],
        "assortment": [{"scope": "market:NO", "from": "2026-01-01T00:00:00Z"}],
        **given,
    }


async def made(client: httpx.AsyncClient, **given: Any) -> Any:
    answer = await client.post("/products", json=body(**given))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def count(database: Database) -> int:
    return await database.read(lambda tx: tx.one(int, "SELECT count(*) FROM products"))


async def test_a_product_goes_its_way_from_draft_to_archive(client):
    product = await made(client)
    assert product["status"] == "draft" and product["version"] == 1
    assert product["completeness"] == {"nb": 100, "sv": 0, "da": 0, "en": 33, "de": 0, "ja": 0}
    url = f"/products/{product['id']}"
    changed = await client.patch(url, json={"version": 1, "rank": 5, "attributes": {"volume": None}})
    assert changed.json()["rank"] == 5 and "volume" not in changed.json()["attributes"]
    added = await client.post(
        f"{url}/variants", json={"version": 2, "sku": f"N-{product['id']}", "options": {"colour": "green"}}
    )
    assert added.status_code == 201 and len(added.json()["variants"]) == 3
    variant = f"{url}/variants/{added.json()['variants'][2]['id']}"
    assert (await client.patch(variant, json={"version": 3, "gtin": "4006381333931"})).json()["version"] == 4
    assert (await client.post(f"{variant}/archive", json={"version": 4})).json()["variants"][2][
        "status"
    ] == "archived"
    assert (await client.post(f"{variant}/restore", json={"version": 5})).json()["variants"][2][
        "status"
    ] == "active"
    assert (await client.post(f"{url}/publish", json={"version": 6})).json()["status"] == "active"
    assert (await client.post(f"{url}/archive", json={"version": 7})).json()["status"] == "archived"
    assert (await client.get(url)).json()["version"] == 8


async def test_lists_can_be_narrowed_and_paged(client):
    products = [await made(client, categories=["outdoor"]) for _ in range(3)]
    ids = [product["id"] for product in reversed(products)]
    first = (await client.get("/products", params={"category": "outdoor", "limit": 2})).json()
    second = (
        await client.get("/products", params={"category": "outdoor", "limit": 2, "cursor": first["next"]})
    ).json()
    assert [item["id"] for item in first["items"] + second["items"]][:3] == ids
    name = products[0]["texts"]["nb"]["name"]
    found = await client.get("/products", params={"q": name}, headers={"Accept-Language": "nb"})
    assert [item["id"] for item in found.json()["items"]] == [products[0]["id"]]
    assert found.json()["items"][0]["name"] == name
    by_sku = await client.get("/products", params={"q": products[1]["variants"][0]["sku"]})
    assert products[1]["id"] in [item["id"] for item in by_sku.json()["items"]]
    none = await client.get("/products", params={"q": name, "status": "archived"})
    assert none.json() == {"items": [], "next": None}
    assert (await client.get("/products", params={"category": "nowhere"})).status_code == 404


@pytest.mark.parametrize("rights", [None, "orders:read", "catalog:read"])
async def test_who_lacks_the_right_is_refused_and_nothing_changes(client, database, rights):
    product = await made(client)
    before = await count(database)
    headers = {"Authorization": rights} if rights else {}
    del client.headers["Authorization"]
    expected = 403 if rights else 401
    url = f"/products/{product['id']}"
    variant = f"{url}/variants/{product['variants'][0]['id']}"
    version = {"version": 1}
    for method, path, sent in (
        ("POST", "/products", body()),
        ("POST", "/products/import", {"records": [body()]}),
        ("PATCH", url, {"version": 1, "rank": 2}),
        ("POST", f"{url}/publish", version),
        ("POST", f"{url}/archive", version),
        ("POST", f"{url}/variants", {"version": 1, "sku": "X", "options": {"colour": "green"}}),
        ("PATCH", variant, {"version": 1, "weight_g": 9}),
        ("POST", f"{variant}/archive", version),
        ("POST", f"{variant}/restore", version),
        ("POST", "/categories", {"code": "mine", "texts": {"en": {"name": "Mine"}}}),
        ("PATCH", f"/categories/cat_{new_id().hex}", {"version": 1}),
        ("DELETE", f"/categories/cat_{new_id().hex}?version=1", None),
        ("POST", "/attributes", {"code": "mine", "kind": "text", "names": {"en": "Mine"}}),
        ("PUT", "/attributes/colour", {"version": 1, "names": {"en": "Mine"}}),
    ):
        answer = await client.request(method, path, json=sent, headers=headers)
        assert answer.status_code == expected, (method, path, answer.text)
    for path in ("/products", url, "/categories", "/attributes"):
        answer = await client.get(path, headers=headers)
        assert answer.status_code == (200 if rights == "catalog:read" else expected), path
    assert await count(database) == before
    again = await client.get(url, headers=STAFF)
    assert again.json() == product


async def test_all_wrong_fields_are_named_in_the_readers_language(client, database):
    before = await count(database)
    wrong = body(
        origin="QQ",
        hs_code="12",
        kind="gas",
        rank="high",
        texts={"nb": {"name": "   "}},
        variants=[{"sku": "a b", "gtin": "x", "weight_g": -1}],
        colour="blue",
    )
    answer = await client.post("/products", json=wrong, headers={"Accept-Language": "de"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} >= {
        "hs_code", "kind", "rank", "texts.nb.name", "variants.0.sku", "variants.0.gtin", "variants.0.weight_g",
        "colour",
    }  # fmt: skip
    answer = await client.post(
        "/products", json=body(origin="QQ", categories=["x"], assortment=[{"scope": "market:X"}])
    )
    assert {error["code"] for error in answer.json()["errors"]} == {
        "unknown-country",
        "category-unknown",
        "scope-unknown",
    }
    assert await count(database) == before


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"{", b"null", b"[]", b"3", b'"x"', b"[" * 100_000, b'{"texts":{}}', b"\xff\xff",
        b'{"texts":{"nb":{"name":"a\\u0000b"}}}', b'{"texts":{"nb":{"name":"x","description":"\\u0000"}}}',
        b'{"texts":{"nb":{"name":"x"}},"attributes":{"care":{"nb":"\\u0000"}}}',
        b'{"texts":{"nb":{"name":"x"}},"rank":1e400}', b'{"texts":{"nb":{"name":"x"}},"rank":99999999999999999999}',
        b'{"texts":{"nb":{"name":"x"}},"attributes":{"volume":1e300}}',
        b'{"texts":{"nb":{"name":"x"}},"attributes":{"__proto__":1}}',
    ],
)  # fmt: skip
async def test_hostile_json_is_refused(client, database, sent):
    before = await count(database)
    answer = await client.post("/products", content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert await count(database) == before


async def test_a_body_that_is_too_large_is_refused(client, database):
    before = await count(database)
    large = body(texts={"nb": {"name": "x", "description": "x" * 1_100_000}})
    assert (await client.post("/products", json=large)).status_code == 413
    long = body(texts={"nb": {"name": "x", "description": "x" * 20_001}})
    assert (await client.post("/products", json=long)).status_code == 422
    many = body(variants=[{"sku": f"V{n}", "options": {"colour": "blue"}} for n in range(501)])
    assert (await client.post("/products", json=many)).status_code == 422
    assert await count(database) == before


@pytest.mark.parametrize(
    "id", ["prd_" + "0" * 32, "prd_x", "ord_" + "0" * 32, "x" * 3000, "%00", "..%2f..%2fetc"]
)
async def test_unknown_ids_are_not_found(client, id):
    assert (await client.get(f"/products/{id}")).status_code == 404
    assert (await client.patch(f"/products/{id}", json={"version": 1})).status_code == 404
    assert (await client.post(f"/products/{id}/publish", json={"version": 1})).status_code == 404
    product = await made(client)
    answer = await client.post(f"/products/{product['id']}/variants/{id}/archive", json={"version": 1})
    assert answer.status_code == 404


async def test_a_stale_version_is_a_conflict(client):
    product = await made(client)
    url = f"/products/{product['id']}"
    assert (await client.patch(url, json={"version": 1, "rank": 1})).status_code == 200
    answer = await client.patch(url, json={"version": 1, "rank": 2})
    assert answer.status_code == 409 and answer.json()["code"] == "stale-version"
    assert answer.json()["facts"] == {"given": 1, "present": 2}
    assert (await client.get(url)).json()["rank"] == 1


async def test_the_same_key_makes_one_product_and_another_body_under_it_is_refused(client, database):
    before = await count(database)
    headers, sent = {"Idempotency-Key": f"key-{new_id()}"}, body()
    answers = await asyncio.gather(*(client.post("/products", json=sent, headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await client.post("/products", json=body(), headers=headers)
    assert 400 <= other.status_code < 500
    assert await count(database) == before + 1


async def test_a_duplicate_sku_at_once_is_a_conflict_for_one(client, database):
    before = await count(database)
    sku = f"TWICE-{new_id().hex[-8:]}"
    bodies = [body(variants=[{"sku": sku, "options": {"colour": "blue"}}]) for _ in range(4)]
    answers = await asyncio.gather(*(client.post("/products", json=sent) for sent in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"sku-taken"}
    assert await count(database) == before + 1


async def test_categories_are_made_moved_and_taken_away(client):
    code = f"k-{new_id().hex[-8:]}"
    top = (await client.post("/categories", json={"code": code, "texts": {"nb": {"name": "Kjøkken"}}})).json()
    child = (
        await client.post(
            "/categories", json={"code": f"{code}-2", "parent": code, "texts": {"en": {"name": "Pots"}}}
        )
    ).json()
    assert (top["level"], child["level"], child["parent"]) == (1, 2, code)
    cycle = await client.patch(f"/categories/{top['id']}", json={"version": 1, "parent": child["code"]})
    assert cycle.status_code == 409 and cycle.json()["code"] == "category-in-cycle"
    full = await client.delete(f"/categories/{top['id']}?version=1")
    assert full.status_code == 409 and full.json()["code"] == "category-not-empty"
    moved = await client.patch(
        f"/categories/{child['id']}", json={"version": 1, "parent": None, "position": 3}
    )
    assert (moved.json()["parent"], moved.json()["level"], moved.json()["version"]) == (None, 1, 3)
    gone = await client.delete(f"/categories/{top['id']}?version=1")
    assert gone.status_code == 204 and gone.content == b""
    codes = [item["code"] for item in (await client.get("/categories")).json()["items"]]
    assert code not in codes and f"{code}-2" in codes and codes.index("kitchen") < codes.index("cups")
    for query in ("", "?version=0", "?version=x", "?version=99999999999"):
        assert (await client.delete(f"/categories/{child['id']}{query}")).status_code == 422


async def test_attributes_are_declared_and_renamed(client):
    code = f"a{new_id().hex[-8:]}"
    sent = {
        "code": code,
        "kind": "choice",
        "names": {"nb": "Farge"},
        "choices": [{"code": "x", "names": {"nb": "X"}}],
    }
    assert (await client.post("/attributes", json=sent)).status_code == 201
    assert (await client.post("/attributes", json=sent)).status_code == 409
    renamed = await client.put(f"/attributes/{code}", json={"version": 1, "names": {"nb": "Kulør"}})
    assert renamed.json()["names"] == {"nb": "Kulør"} and renamed.json()["choices"] == []
    assert code in [item["code"] for item in (await client.get("/attributes")).json()["items"]]


async def test_many_products_are_brought_in_and_told_one_by_one(client, database):
    good, bad = body(status="active"), body(origin="QQ")
    answer = await client.post("/products/import", json={"records": [good, bad]})
    told = answer.json()
    assert (told["created"], told["refused"]) == (1, 1), told
    assert told["results"][1]["problems"][0]["field"] == "origin"
    again = (await client.post("/products/import", json={"records": [good]})).json()
    assert again["unchanged"] == 1 and again["results"][0]["product_id"] == told["results"][0]["product_id"]
    empty = await client.post("/products/import", json={"records": []})
    assert empty.status_code == 422
    wrong = await client.post("/products/import", json={"records": [good, {"texts": {}}]})
    assert {error["field"].split(".")[1] for error in wrong.json()["errors"]} == {"1"}
