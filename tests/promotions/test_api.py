"""Promotions over HTTP, with the key of a program that may make them."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from torg.demo import markets as demo
from torg.kernel.access import SYSTEM, Vocabulary
from torg.kernel.access.issue_keys import KeyWish, issue_key
from torg.kernel.database import Database
from torg.kernel.ids import new_id, parse
from torg.permissions import Permission
from torg.promotions import make_portion
from torg.promotions.spell import ALPHABET

RULE: dict[str, Any] = {
    "key": "spring",
    "names": {"en": "Spring"},
    "effects": [{"type": "amount", "amount": {"NOK": 5000}}],
    "conditions": [{"type": "is", "fact": "market", "any_of": ["NO"]}],
    "needs_code": True,
    "limits": {"uses": 100},
}
NEW = {"rule": RULE, "codes": ["spring-5"]}


@pytest_asyncio.fixture
async def headers(database: Database) -> dict[str, str]:
    """Headers that prove the rights to read and write prices."""
    await database.run(demo.fill)
    wish = KeyWish("test", (Permission.prices_read.value, Permission.prices_write.value))
    vocabulary = Vocabulary(frozenset(Permission))
    issued = await database.run(lambda tx: issue_key(tx, wish, vocabulary, by=SYSTEM))
    return {"Authorization": f"Bearer {issued.secret}"}


async def test_a_promotion_is_made_read_changed_paused_and_ended(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    made = await client.post("/api/v1/promotions", json=NEW, headers=headers)
    assert made.status_code == 201, made.text
    assert (made.json()["key"], made.json()["used"], made.json()["rule"]) == ("spring", 0, RULE)
    again = await client.post("/api/v1/promotions", json=NEW, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "promotion-taken")
    await client.post("/api/v1/promotions", json={"rule": RULE | {"key": "summer"}}, headers=headers)
    first = (await client.get("/api/v1/promotions?limit=1", headers=headers)).json()
    rest = (await client.get(f"/api/v1/promotions?cursor={first['next']}", headers=headers)).json()
    assert [one["key"] for one in first["items"] + rest["items"]] == ["spring", "summer"]
    dearer = RULE | {"effects": [{"type": "amount", "amount": {"NOK": 9000}}]}
    changed = await client.put(
        "/api/v1/promotions/spring", json={"rule": dearer, "version": 1}, headers=headers
    )
    assert (changed.json()["version"], changed.json()["rule"]) == (2, dearer)
    for step, field in (("pause", "paused_at"), ("disable", "disabled_at")):
        turned = await client.post(f"/api/v1/promotions/spring/{step}", json={}, headers=headers)
        assert turned.json()[field] is not None
    versions = (await client.get("/api/v1/promotions/spring/versions", headers=headers)).json()["items"]
    assert [one["version"] for one in versions] == [4, 3, 2, 1]
    codes = (await client.get("/api/v1/promotions/spring/codes", headers=headers)).json()
    assert [(one["code"], one["usage_limit"]) for one in codes] == [("SPRING-5", None)]


async def test_a_wrong_promotion_is_refused_with_every_field_and_its_reason(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    wrong = RULE | {
        "key": "Ærlig",
        "names": {"fr": "Printemps"},
        "needs_code": False,
        "valid_from": "2026-12-02T00:00:00Z",
        "valid_to": "2026-12-01T00:00:00Z",
        "conditions": [
            {"type": "any", "of": [{"type": "is", "fact": "channel", "any_of": ["web-xx"]}]},
            {"type": "amount", "at_least": {"NOK": 100}, "at_most": {"NOK": 50}},
        ],
        "effects": [
            {"type": "percent", "percent": 5, "on": {"categories": ["nothing"], "variants": ["var_1"]}},
            {"type": "delivery"},
            {"type": "gift", "variants": ["mug"]},
            {"type": "coupon", "promotion": "nowhere", "days": 3},
            {
                "type": "tiered",
                "by": "amount",
                "tiers": [{"amount_from": {"NOK": 5}, "percent": 1}, {"percent": 2}],
            },
        ],
    }
    refused = await client.post(
        "/api/v1/promotions",
        json={"rule": wrong, "codes": ["a b"]},
        headers=headers | {"Accept-Language": "nb"},
    )
    assert refused.status_code == 422
    assert {(error["field"], error["code"]) for error in refused.json()["errors"]} == {
        ("key", "key-form"),
        ("names.fr", "unknown-language"),
        ("needs_code", "code-without-need"),
        ("codes.0", "code-form"),
        ("valid_to", "ends-before-it-begins"),
        ("conditions.0.of.0.any_of.0", "unknown-value"),
        ("conditions.1.at_most.NOK", "most-below-least"),
        ("effects.0.on.categories.0", "unknown-category"),
        ("effects.0.on.variants.0", "unknown-variant"),
        ("effects.1.percent", "one-of-these"),
        ("effects.2.variants.0", "unknown-variant"),
        ("effects.3.promotion", "unknown-promotion"),
        ("effects.4.tiers.1.amount_from", "required"),
    }


async def _pool(client: httpx.AsyncClient, headers: dict[str, str], **wish: Any) -> httpx.Response:
    await client.post("/api/v1/promotions", json=NEW, headers=headers)
    return await client.post(
        "/api/v1/promotions/spring/code-pools", json={"name": "Mail"} | wish, headers=headers
    )


async def test_codes_are_made_by_the_thousand_and_given_out_as_a_sheet(
    client: httpx.AsyncClient, headers: dict[str, str], database: Database
) -> None:
    ordered = await _pool(client, headers, count=12_000, prefix="MAIL")
    assert ordered.status_code == 201, ordered.text
    pool = ordered.json()
    assert (pool["wanted"], pool["made"], pool["finished_at"]) == (12_000, 0, None)
    id = parse("pol", pool["id"])
    while await database.run(lambda tx: make_portion(tx, id)):
        pass
    assert not await database.run(lambda tx: make_portion(tx, id))
    (made,) = (await client.get("/api/v1/promotions/spring/code-pools", headers=headers)).json()["items"]
    assert made["made"] == 12_000
    assert made["finished_at"] is not None
    sheet = await client.get(f"/api/v1/code-pools/{pool['id']}/sheet", headers=headers)
    assert sheet.headers["content-type"].startswith("text/csv")
    rows = sheet.text.splitlines()
    codes = {row.split(",")[0] for row in rows[1:]}
    assert rows[0] == "code,uses,used,ended"
    assert len(rows) == 12_001
    assert len(codes) == 12_000
    assert all(set(code.removeprefix("MAIL-")) <= {*ALPHABET, "-"} for code in codes)
    ended = await client.post(f"/api/v1/code-pools/{pool['id']}/disable", json={}, headers=headers)
    assert ended.json()["disabled_at"] is not None
    few = (await client.get(f"/api/v1/code-pools/{pool['id']}/codes?limit=2", headers=headers)).json()[
        "items"
    ]
    assert all(one["disabled_at"] is not None for one in few)


async def test_a_list_of_codes_is_brought_in_whole_or_not_at_all(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    brought = await _pool(client, headers, codes=["one", "TWO"])
    assert (brought.status_code, brought.json()["made"]) == (201, 2)
    taken = await _pool(client, headers, codes=["three", "two"])
    assert [(e["field"], e["code"]) for e in taken.json()["errors"]] == [("codes.1", "code-taken")]
    wrong = await _pool(client, headers, codes=["a b", "four", "FOUR"])
    assert [(e["field"], e["code"]) for e in wrong.json()["errors"]] == [
        ("codes.0", "code-form"),
        ("codes.2", "twice"),
    ]
    neither = await _pool(client, headers)
    assert [e["code"] for e in neither.json()["errors"]] == ["one-of-count-and-codes"]
    again = await _pool(client, headers, codes=["three", "four"])
    assert again.status_code == 201


@pytest.mark.parametrize(
    "amounts",
    [{"NOK": 0}, {"NOK": -1}, {"NOK": 1.5}, {"NOK": "5"}, {"NOK": None}, {"nok": 5}, {"XXQ": 5}, {}, 5],
)
async def test_what_is_no_amount_or_no_currency_is_refused_with_the_effect_that_says_it(
    client: httpx.AsyncClient, headers: dict[str, str], amounts: Any
) -> None:
    rule = RULE | {"key": f"wrong-{new_id().hex}", "effects": [{"type": "amount", "amount": amounts}]}
    refused = await client.post("/api/v1/promotions", json={"rule": rule}, headers=headers)
    assert refused.status_code == 422
    assert all("effects.0" in error["field"] for error in refused.json()["errors"]), refused.text
