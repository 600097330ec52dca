"""Many products at once: what fits is written, what does not is told, and again changes nothing."""

import msgspec
import pytest
from msgspec.structs import replace
from tests.catalog.conftest import new_mug

from torg.catalog import (
    Listing,
    NewVariant,
    Outcome,
    Picture,
    ProductRecord,
    ProductText,
    Status,
    export,
    load,
    search,
)
from torg.catalog.store import products
from torg.kernel.access import SYSTEM, VISITOR, SignInNeeded


def _record(**given):
    fields = msgspec.structs.asdict(new_mug(**given))
    return ProductRecord(**fields, status=Status.active)


def _outcomes(loaded):
    return [result.outcome.value for result in loaded]


async def test_records_become_products_and_again_change_nothing(places, pictures, tx, web):
    records = [_record(media=(Picture(pictures[0], {"nb": "En kopp"}),), rank=n) for n in range(5)]
    first = await load(tx, records, by=SYSTEM)
    assert _outcomes(first) == ["created"] * 5
    told = len(tx.recorded)
    again = await load(tx, records, by=SYSTEM)
    assert _outcomes(again) == ["unchanged"] * 5
    assert [result.product_id for result in again] == [result.product_id for result in first]
    assert len(tx.recorded) == told
    shown = {card.product_id for card in (await search(tx, channel=web, language="nb", limit=100)).items}
    assert {result.product_id for result in first} <= shown


async def test_a_record_brings_a_known_product_to_what_it_says(places, tx):
    record = _record()
    (made,) = await load(tx, [record], by=SYSTEM)
    assert made.product_id is not None
    before = (await products.load(tx, [made.product_id]))[made.product_id]
    wanted = replace(
        record,
        rank=5,
        texts={"sv": ProductText("Kopp på svenska")},
        variants=(
            replace(record.variants[1], weight_g=999),
            NewVariant(sku=record.variants[0].sku + "G", options={"colour": "green"}),
        ),
        assortment=(Listing("market:SE"), Listing("channel:web-no")),
        status=Status.archived,
    )
    assert _outcomes(await load(tx, [wanted], by=SYSTEM)) == ["changed"]
    after = (await products.load(tx, [made.product_id]))[made.product_id]
    assert set(after.texts) == {"nb", "en", "sv"}
    assert after.texts["nb"] == before.texts["nb"]
    assert [variant.id for variant in after.variants[:2]] == [variant.id for variant in before.variants]
    assert [variant.weight_g for variant in after.variants] == [300, 999, 0]
    assert [variant.position for variant in after.variants] == [0, 1, 2]
    assert (after.status, after.rank, after.version) == (Status.archived, 5, before.version + 1)
    assert tx.recorded[-1].type == "product.archived"


async def test_a_wrong_record_leaves_no_trace_and_the_others_are_written(places, tx):
    good, other = _record(), _record()
    clash = replace(_record(), variants=(replace(good.variants[0]),))
    wrong = _record(origin="QQ", categories=("nowhere",))
    empty = replace(_record(), variants=())
    both = replace(_record(), variants=(good.variants[0], replace(other.variants[1])))
    before = await tx.one(int, "SELECT count(*) FROM products")
    loaded = await load(tx, [good, wrong, clash, empty, other], by=SYSTEM)
    assert _outcomes(loaded) == ["created", "refused", "refused", "refused", "created"]
    assert [[problem.code for problem in result.problems] for result in loaded] == [
        [], ["unknown-country", "category-unknown"], ["taken"], ["sku-missing"], [],
    ]  # fmt: skip
    assert await tx.one(int, "SELECT count(*) FROM products") == before + 2
    (mixed,) = await load(tx, [both], by=SYSTEM)
    assert [problem.code for problem in mixed.problems] == ["skus-of-several-products"]
    twice = await load(tx, [replace(good, rank=1), replace(good, rank=2)], by=SYSTEM)
    assert _outcomes(twice) == ["changed", "refused"]


async def test_addresses_and_gtins_of_others_are_not_taken(places, tx):
    gtin = "4006381333931"
    first = replace(_record(), texts={"en": ProductText("A pan", slug="a-pan")})
    first = replace(first, variants=(replace(first.variants[0], gtin=gtin),))
    same_gtin = replace(_record(), variants=(replace(_record().variants[0], gtin=gtin),))
    same_slug = replace(_record(), texts={"en": ProductText("Another pan", slug="a-pan")})
    same_name = replace(_record(), texts={"en": ProductText("A pan")})
    loaded = await load(tx, [first, same_gtin, same_slug, same_name], by=SYSTEM)
    assert _outcomes(loaded) == ["created", "refused", "refused", "created"]
    loaded = await load(tx, [same_gtin, same_slug], by=SYSTEM)
    assert _outcomes(loaded) == ["refused", "refused"]


async def test_who_may_not_write_loads_nothing(places, tx):
    with pytest.raises(SignInNeeded):
        await load(tx, [_record()], by=VISITOR)
    with pytest.raises(ValueError, match="at most"):
        await load(tx, [_record()] * 1_001, by=SYSTEM)


async def test_what_is_exported_can_be_loaded_and_changes_nothing(places, pictures, database):
    records = [
        _record(
            attributes={"volume": 2.5, "dishwasher": False, "care": {"nb": "For hånd"}},
            media=(Picture(pictures[1], {"nb": "Blå"}, {"colour": "blue"}),),
            hs_code="691110",
            origin="NO",
        )
        for _ in range(3)
    ]
    await database.run(lambda tx: load(tx, records, by=SYSTEM))
    lines = [line async for line in export(database, by=SYSTEM)]
    assert len(lines) >= 3
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    again = [msgspec.json.decode(line, type=ProductRecord) for line in lines]
    loaded = await database.run(lambda tx: load(tx, again, by=SYSTEM))
    assert {result.outcome for result in loaded} == {Outcome.unchanged}
    with pytest.raises(SignInNeeded):
        [line async for line in export(database, by=VISITOR)]
