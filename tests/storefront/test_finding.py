"""What a shop's visitor is told of her search, and what staff make of it, over the API."""

import pytest
from tests.kernel.people import add_key

from torg.catalog.unanswered import OFTEN, _counted
from torg.kernel.ids import new_id

SHOP = "/api/v1/channels/web-no"
NB = {"Accept-Language": "nb"}


async def _asked(shop, question, **more):
    answer = await shop.get(f"{SHOP}/products", params={"q": question, **more}, headers=NB)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _names(page):
    return [item["name"] for item in page["items"]]


@pytest.fixture
async def staff(world):
    key = await world.run(lambda tx: add_key(tx, "catalog:read", "catalog:write", "audit:read"))
    return {"Authorization": f"Bearer {key.secret}"}


async def test_a_corrected_search_says_so_and_its_pages_are_of_one_answer(shop):
    page = await _asked(shop, "kafetrakt")
    assert page["corrected"] == "kaffetrakt" and page["left_out"] == []
    plain = await _asked(shop, "kaffetrakt")
    assert plain["corrected"] is None and _names(plain) == _names(page)
    first = await _asked(shop, "kaffe", limit=2)
    assert first["corrected"] is None
    second = await _asked(shop, "kaffe", limit=2, cursor=first["next"])
    assert not set(_names(first)) & set(_names(second))


async def test_words_that_find_nothing_are_left_out_and_told(shop):
    page = await _asked(shop, "ryggsekk qwzxqwzx")
    assert page["corrected"] == "ryggsekk" and page["left_out"] == ["qwzxqwzx"]
    assert _names(page)[0] == "Ryggsekk Sti"


async def test_units_do_not_matter(shop):
    names = [set(_names(await _asked(shop, f"frokostkaffe {much}"))) for much in ("250 g", "250g", "0,25 kg")]
    assert names[0] == names[1] == names[2] == {"Morgenrøde frokostkaffe"}
    other = await _asked(shop, "frokostkaffe 251 g")
    assert (other["corrected"], other["left_out"]) == ("frokostkaffe", ["251g"])


async def test_names_come_before_descriptions(shop):
    assert "kopp" in _names(await _asked(shop, "kopp"))[0].lower()


async def test_a_synonym_counts_with_the_next_question_and_is_audited(shop, world, staff):
    assert (await _asked(shop, "sjokkoladepanne"))["corrected"] != "sjokkoladepanne"
    new = {"language": "nb", "words": ["knerteknask"], "means": ["vaffeljern"]}
    key = {"Idempotency-Key": new_id().hex}
    made = await shop.post("/api/v1/catalog/synonyms", json=new, headers=staff | key)
    assert made.status_code == 201, made.text
    world.forget("catalog.synonyms")
    assert _names(await _asked(shop, "knerteknask")) == ["Vaffeljern Hjerte"]
    assert (await _asked(shop, "vaffeljern"))["items"]
    path = f"/api/v1/catalog/synonyms/{made.json()['id']}"
    change = {"version": 1, "words": ["knerteknask", "ostehøvel"]}
    key = {"Idempotency-Key": new_id().hex}
    changed = await shop.put(path, json=change, headers=staff | key)
    assert changed.json()["version"] == 2
    world.forget("catalog.synonyms")
    assert _names(await _asked(shop, "knerteknask"))[0] == "Ostehøvel Furu"
    assert (await shop.put(path, json=change, headers=staff)).status_code == 409
    assert (await shop.delete(f"{path}?version=2", headers=staff)).status_code == 204
    world.forget("catalog.synonyms")
    assert (await _asked(shop, "knerteknask"))["items"] == []
    log = await shop.get(f"/api/v1/audit?target={made.json()['id']}", headers=staff)
    assert [line["action"] for line in log.json()["items"]] == [
        "synonym.removed",
        "synonym.changed",
        "synonym.added",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"language": "xx", "words": ["a", "b"]}, "language.xx"),
        ({"language": "nb", "words": ["kopp"]}, "words"),
        ({"language": "nb", "words": [], "means": ["kopp", "krus"]}, "words"),
        ({"language": "nb", "words": ["kopp", "--"]}, "words.1"),
        ({"language": "nb", "words": ["kopp", "Kopp"]}, "words.1"),
    ],
)
async def test_a_synonym_that_says_nothing_is_refused(shop, staff, body, field):
    answer = await shop.post("/api/v1/catalog/synonyms", json=body, headers=staff)
    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json()["errors"]}


async def test_suggestions_are_few_and_understand_mistyped_beginnings(shop):
    for begun in ("kaff", "kafe", "emaljek", "emalek"):
        answer = await shop.get(f"{SHOP}/suggestions", params={"q": begun}, headers=NB)
        told = answer.json()
        assert answer.status_code == 200 and "max-age" in answer.headers["cache-control"]
        assert told["words"] and sum(len(kind) for kind in told.values()) <= 10
        for word in told["words"]:
            assert (await _asked(shop, word))["corrected"] is None
    assert told["products"][0]["name"] == "Emaljekopp Fjord"
    assert told["products"][0]["price_from"]["amount"] > 0 and told["products"][0]["image"]
    nothing = await shop.get(f"{SHOP}/suggestions", params={"q": "qzxw"}, headers=NB)
    assert nothing.json() == {"words": [], "categories": [], "products": []}
    kitchen = await shop.get(f"{SHOP}/suggestions", params={"q": "kjøk"}, headers=NB)
    assert kitchen.json()["categories"]


async def test_what_finds_nothing_is_counted_and_named_only_when_many_ask(shop, staff):
    for question, times in (("zzhelikopter", OFTEN), ("zzubåt", 1), ("zz kari@example.org", OFTEN)):
        for _ in range(times):
            _counted.clear()  # as if other processes were asked
            await _asked(shop, question)
        await _asked(shop, question)
    told = await shop.get("/api/v1/catalog/unanswered?channel=web-no", headers=staff)
    lines = {line["question"]: line["times"] for line in told.json()["items"] if line["language"] == "nb"}
    assert lines["zzhelikopter"] == OFTEN
    assert set(lines) == {"zzhelikopter", None}
    assert lines[None] >= 1 + OFTEN
