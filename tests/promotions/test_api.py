"""Codes over HTTP, with the key of a program that may make them."""

import httpx
import pytest_asyncio

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, Vocabulary
from torg.kernel.access.issue_keys import KeyWish, issue_key
from torg.kernel.database import Database
from torg.permissions import Permission

NEW = {
    "code": "spring-5",
    "name": {"en": "Spring"},
    "amount": {"amount": 5000, "currency": "NOK"},
    "markets": ["NO"],
    "usage_limit": 100,
}


@pytest_asyncio.fixture
async def headers(database: Database) -> dict[str, str]:
    """Headers that prove the rights to read and write prices."""
    await database.run(demo.fill)
    wish = KeyWish("test", (Permission.prices_read.value, Permission.prices_write.value))
    vocabulary = Vocabulary(frozenset(Permission))
    issued = await database.run(lambda tx: issue_key(tx, wish, vocabulary, by=SYSTEM))
    return {"Authorization": f"Bearer {issued.secret}"}


async def test_a_code_is_made_read_listed_and_ended(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    made = await client.post("/api/v1/promotions", json=NEW, headers=headers)
    assert made.status_code == 201, made.text
    assert (made.json()["code"], made.json()["used"], made.json()["amount"]) == ("SPRING-5", 0, NEW["amount"])
    again = await client.post("/api/v1/promotions", json=NEW, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "code-taken")
    await client.post("/api/v1/promotions", json=NEW | {"code": "SUMMER"}, headers=headers)
    first = (await client.get("/api/v1/promotions?limit=1", headers=headers)).json()
    rest = (await client.get(f"/api/v1/promotions?cursor={first['next']}", headers=headers)).json()
    assert [code["code"] for code in first["items"] + rest["items"]] == ["SPRING-5", "SUMMER"]
    ended = await client.post("/api/v1/promotions/spring-5/disable", json={"version": 1}, headers=headers)
    assert ended.json()["disabled_at"] is not None
    read = (await client.get("/api/v1/promotions/SPRING-5", headers=headers)).json()
    assert (read["version"], read["disabled_at"]) == (2, ended.json()["disabled_at"])


async def test_wrong_codes_are_refused_with_every_field(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    wrong = NEW | {"code": "ÆØÅ", "percent": 5, "markets": ["XX"], "name": {"fr": "Printemps"}}
    refused = await client.post("/api/v1/promotions", json=wrong, headers=headers | {"Accept-Language": "nb"})
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json()["errors"]} == {
        "code",
        "percent",
        "markets.0",
        "name.fr",
    }
    nothing = NEW | {"code": "NIL", "amount": {"amount": 0, "currency": "NOK"}}
    refused = await client.post("/api/v1/promotions", json=nothing, headers=headers)
    assert refused.json()["errors"][0]["field"] == "amount.amount"
    assert (await client.get("/api/v1/promotions/NIL", headers=headers)).status_code == 404
    assert (await client.get("/api/v1/promotions")).status_code == 401
