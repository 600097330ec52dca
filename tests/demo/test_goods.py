"""The practice retailer's goods are described in six languages, pictured, numbered, and the same every time."""

import os
import subprocess
import sys
from datetime import date

import pytest
from stdnum import ean

from torg import catalog
from torg.demo import Size
from torg.demo import catalog as goods
from torg.demo.families import FIELDS, families, members
from torg.demo.pictures import COLOURS, SHAPES, Look, drawn
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.i18n import LANGUAGES
from torg.settings import Settings

# Words that are right in several languages.
SAME_IN_SEVERAL = {"Sand", "Material", "Diameter", "Aluminium", "Natt"}


def test_there_are_four_hundred_products_in_fifteen_hundred_variants_and_fewer_for_tests():
    assert len(goods.all_goods()) == 400
    skus = [sku for one in goods.all_goods() for sku, _ in goods.variants(one)]
    assert len(skus) == len(set(skus)) == 1500
    few = [sku for one in goods.all_goods(Size.small) for sku, _ in goods.variants(one)]
    assert 120 <= len(few) <= 200
    assert set(few) <= set(skus)


def test_every_product_has_a_name_and_a_description_of_its_own_in_every_language():
    for one in goods.all_goods():
        for language in LANGUAGES:
            name, description = one[language]
            assert 3 <= len(name) <= 60, name
            assert 30 <= len(description) <= 300, (name, len(description))
        for language in set(LANGUAGES) - {
            "en"
        }:  # neighbours may share a word, but nothing is left in English
            assert one[language][0] != one["en"][0], one["en"][0]
            assert one[language][1] != one["en"][1], one["en"][0]
        assert len({one[language][1] for language in LANGUAGES}) == len(LANGUAGES), one["en"][0]


def test_names_are_told_apart_within_a_language():
    for language in LANGUAGES:
        names = [one[language][0] for one in goods.all_goods()]
        assert len(names) == len(set(names))


def test_japanese_is_written_in_japanese_and_english_in_latin_letters():
    for one in goods.all_goods():
        assert any("\u3040" <= letter <= "\u30ff" for letter in one["ja"][1])
        assert "ß" not in one["en"][1]
        assert not any(
            "\u3040" <= letter <= "\u9fff" for letter in "".join(one["en"] + one["nb"] + one["de"])
        )


def test_every_article_has_a_number_that_is_kept_for_use_within_a_company():
    numbers = [goods.gtin(sku) for one in goods.all_goods() for sku, _ in goods.variants(one)]
    assert all(ean.is_valid(number) and number.startswith("20") and len(number) == 13 for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_every_kind_of_goods_has_a_drawing_in_every_colour_it_comes_in():
    for one in goods.all_goods():
        assert one["shape"] in SHAPES
        assert set(one["values"].get("colour", ())) <= set(COLOURS)
    picture = drawn(Look("mug", "blue"), 64)
    assert picture.size == (64, 64)
    assert picture.tobytes() == drawn(Look("mug", "blue"), 64).tobytes()
    others = [Look("mug", "red"), Look("mug", "blue", 1), Look("mug", "blue", stretch=(0.9, 1.1))]
    assert picture.tobytes() not in [drawn(other, 64).tobytes() for other in others]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nothing_is_untranslated(world: Database, language: str):
    words = await world.read(catalog.vocabulary)
    for attribute in words.attributes.values():
        assert attribute.names[language]
        assert all(choice.names[language] for choice in attribute.choices)
    for category in words.categories.values():
        assert category.texts[language].name and category.texts[language].description
        if language != "en":
            assert category.texts[language].description != category.texts["en"].description


async def test_filling_again_changes_nothing(world: Database, world_settings: Settings):
    async def state():
        return await world.read(lambda tx: tx.all(dict, "SELECT id, version FROM products ORDER BY id"))

    before = await state()
    await goods.fill(world, world_settings, size=Size.small)
    assert await state() == before
    told = await world.read(lambda tx: tx.one(int, "SELECT count(*) FROM outbox"))
    records = [line async for line in catalog.export(world, by=SYSTEM)]
    assert len(records) == len(goods.all_goods(Size.small)) + len(["the gift card"])
    assert await world.read(lambda tx: tx.one(int, "SELECT count(*) FROM outbox")) == told


async def test_everything_is_complete_pictured_and_weighs_something(world: Database):
    products = await world.read(lambda tx: catalog.all_variants(tx))
    for variant in products:
        assert variant.weight_g > 0 or variant.kind is not catalog.Kind.physical, variant.sku
    missing = "SELECT count(*) FROM products WHERE image IS NULL OR status <> 'active'"
    assert await world.read(lambda tx: tx.one(int, missing)) == 0


DIGEST = """
import hashlib, json
from torg.demo import catalog
from torg.demo.families import FIELDS, families, members
from torg.demo.pictures import Look, drawn
goods = json.dumps(catalog.all_goods(), default=str, sort_keys=False)
picture = drawn(Look("mug", "rust", 1), 64).tobytes()
prices = json.dumps(catalog.prices())
print(hashlib.sha256(goods.encode() + prices.encode() + picture).hexdigest())
"""


def test_the_goods_their_prices_and_their_pictures_are_the_same_in_every_process():
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_every_variant_has_a_picture_in_its_colour():
    for one in goods.all_goods():
        looks = {goods.look_of(one, colour) for colour in goods.colours_of(one)}
        record = goods.record(one, {look: f"{look.colour}" for look in looks}, date(2026, 11, 23))
        shown = [picture.shows.get("colour") for picture in record.media]
        assert shown == list(one["values"].get("colour", [None]))
        for variant in record.variants:
            colour = variant.options.get("colour")
            (picture,) = [each for each in record.media if each.shows.get("colour") == colour]
            assert picture.file == (colour or one.get("tint", "blue"))
            assert all(picture.alt[language].startswith(one[language][0]) for language in LANGUAGES)


def test_colours_fit_what_the_goods_are_made_of():
    fitting = {
        "glass": {"clear", "amber", "smoke"},
        "copper": {"copper", "black", "steel"},
        "oak": {"oak"},
        "walnut": {"walnut"},
        "birch": {"birch"},
    }
    checked = 0
    for family in families():
        fields = family.get("fields", FIELDS)
        for row, member in zip(
            family["members"], (m for m in members() if m["family"] == family["sku"]), strict=True
        ):
            first = dict(zip(fields, row, strict=True)).get("first", "")
            if first in fitting and "colour" in member["values"]:
                assert set(member["values"]["colour"]) <= fitting[first], member["sku"]
                checked += 1
    assert checked > 10


def test_prices_are_known_for_every_member_and_larger_packs_cost_more():
    assert len(goods.prices()) == sum(1 for one in members() for _ in goods.variants(one))
    assert goods.prices()["KAF-YIR-250G-BEANS"] == 169_00
    assert 3 * 169_00 < goods.prices()["KAF-YIR-1KG-BEANS"] < 4 * 169_00
    assert all(1_000 <= price <= 1_000_000 and price % 100 == 0 for price in goods.prices().values())


async def test_the_pictures_of_the_small_world_show_each_variants_colour(world: Database):
    alone = """
        SELECT count(*) FROM variants v JOIN products p ON p.id = v.product_id
        WHERE v.options ? 'colour' AND v.image IS NULL
    """
    assert await world.read(lambda tx: tx.one(int, alone)) == 0
