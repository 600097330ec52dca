"""The practice retailer's goods are described in six languages, pictured, numbered, and the same every time."""

import pytest
from stdnum import ean

from torg import catalog
from torg.demo import Size
from torg.demo import catalog as goods
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
    numbers = [goods.gtin(number) for number in range(1, 200)]
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
    assert len(records) == len(goods.all_goods(Size.small))
    assert await world.read(lambda tx: tx.one(int, "SELECT count(*) FROM outbox")) == told


async def test_everything_is_complete_pictured_and_weighs_something(world: Database):
    products = await world.read(lambda tx: catalog.all_variants(tx))
    for variant in products:
        assert variant.weight_g > 0 or variant.kind is catalog.Kind.digital, variant.sku
    missing = "SELECT count(*) FROM products WHERE image IS NULL OR status <> 'active'"
    assert await world.read(lambda tx: tx.one(int, missing)) == 0
