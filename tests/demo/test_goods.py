"""The practice retailer's goods are described in six languages, pictured, numbered, and the same every time."""

from itertools import combinations

import pytest
from stdnum import ean

from torg import catalog
from torg.demo import catalog as goods
from torg.demo.pictures import COLOURS, SHAPES, drawn
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.i18n import LANGUAGES
from torg.settings import Settings

# Words that are right in several languages.
SAME_IN_SEVERAL = {"Sand", "Material", "Diameter", "Aluminium", "Natt"}


def test_there_are_some_forty_products_in_more_than_a_hundred_variants():
    assert 40 <= len(goods.all_goods()) <= 60
    skus = [sku for one in goods.all_goods() for sku, _ in goods.variants(one)]
    assert 120 <= len(skus) == len(set(skus))


def test_every_product_has_a_name_and_a_description_of_its_own_in_every_language():
    for one in goods.all_goods():
        for language in LANGUAGES:
            name, description = one[language]
            assert 3 <= len(name) <= 60, name
            assert 30 <= len(description) <= 260, (name, len(description))
        for first, second in combinations(LANGUAGES, 2):
            assert one[first][0] != one[second][0], one[first][0]
            assert one[first][1] != one[second][1], one[first][0]


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
    numbers = [goods.gtin(number) for number in range(1, 200)]
    assert all(ean.is_valid(number) and number.startswith("20") and len(number) == 13 for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_every_kind_of_goods_has_a_drawing_in_every_colour_it_comes_in():
    for one in goods.all_goods():
        assert one["shape"] in SHAPES
        assert set(one["values"].get("colour", ())) <= set(COLOURS)
    picture = drawn("mug", "blue", 64)
    assert picture.size == (64, 64)
    assert picture.tobytes() == drawn("mug", "blue", 64).tobytes()
    assert picture.tobytes() != drawn("mug", "red", 64).tobytes()


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
    await goods.fill(world, world_settings)
    assert await state() == before
    told = await world.read(lambda tx: tx.one(int, "SELECT count(*) FROM outbox"))
    records = [line async for line in catalog.export(world, by=SYSTEM)]
    assert len(records) == len(goods.all_goods())
    assert await world.read(lambda tx: tx.one(int, "SELECT count(*) FROM outbox")) == told


async def test_everything_is_complete_pictured_and_weighs_something(world: Database):
    products = await world.read(lambda tx: catalog.all_variants(tx))
    for variant in products:
        assert variant.weight_g > 0 or variant.kind is catalog.Kind.digital, variant.sku
    missing = "SELECT count(*) FROM products WHERE image IS NULL OR status <> 'active'"
    assert await world.read(lambda tx: tx.one(int, missing)) == 0
