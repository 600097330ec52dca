"""What a product must be like is decided without a database."""

import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from stdnum import ean

from torg.catalog import lexemes, nearness, question, rules, slugs
from torg.catalog.faces import faces_of, options_text, wanted_slugs
from torg.catalog.lexemes import indexed
from torg.catalog.model import (
    Attribute,
    AttributeKind,
    Category,
    CategoryText,
    Choice,
    Kind,
    Listing,
    Picture,
    Product,
    ProductText,
    Status,
    Variant,
    VariantStatus,
)
from torg.catalog.question import asked
from torg.catalog.rules import Vocabulary
from torg.catalog.slugs import slug_of
from torg.kernel.i18n import LANGUAGES
from torg.kernel.ids import new_id

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCOPES = {"market:NO", "channel:web-no"}
FILES = {"a.jpg"}


def _category(code, parent=None):
    id = new_id()
    path = f"{parent.path if parent else ''}{id.hex}/"
    texts = {"en": CategoryText(code, slug=code)}
    return Category(
        id=id,
        code=code,
        parent_id=parent.id if parent else None,
        path=path,
        position=0,
        texts=texts,
        version=1,
    )


def _choices(*codes):
    return tuple(Choice(code, {"en": code.capitalize(), "nb": f"{code}-nb"}) for code in codes)


WORDS = Vocabulary(
    attributes={
        "colour": Attribute(
            code="colour", kind=AttributeKind.choice, names={"en": "Colour"}, choices=_choices("blue", "red")
        ),
        "size": Attribute(
            code="size", kind=AttributeKind.choice, names={"en": "Size"}, choices=_choices("s", "m")
        ),
        "volume": Attribute(code="volume", kind=AttributeKind.number, unit="ml", names={"en": "Volume"}),
        "organic": Attribute(code="organic", kind=AttributeKind.boolean, names={"en": "Organic"}),
        "care": Attribute(code="care", kind=AttributeKind.text, names={"en": "Care"}),
    },
    categories={"cups": _category("cups")},
)


def _variant(sku, **given):
    return Variant(**{"id": new_id(), "sku": sku, "options": {"colour": "blue"}, **given})


def _product(**given):
    fields = {
        "id": new_id(),
        "status": Status.draft,
        "kind": Kind.physical,
        "tax_class": "standard",
        "hs_code": "691110",
        "origin": "NO",
        "options": ("colour",),
        "attributes": {},
        "rank": 0,
        "image": None,
        "categories": ("cups",),
        "texts": {"en": ProductText("Cup", "A cup.")},
        "variants": (_variant("A"),),
        "media": (),
        "assortment": (),
        "version": 1,
        "created_at": NOON,
        "changed_at": NOON,
    }
    return Product(**{**fields, **given})


def wrong(product):
    return {(found.field, found.code) for found in rules.product_problems(product, WORDS, SCOPES, FILES)}


def test_the_examples_in_the_modules_are_true():
    for module in (rules, lexemes, question, nearness, slugs):
        assert doctest.testmod(module).failed == 0


def test_a_right_product_has_nothing_wrong():
    assert wrong(_product()) == set()


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"origin": "XX"}, "origin", "unknown-country"),
        ({"texts": {"xx": ProductText("?")}}, "texts.xx", "unknown-language"),
        ({"categories": ("nowhere",)}, "categories.0", "category-unknown"),
        ({"categories": ("cups", "cups")}, "categories.1", "twice"),
        ({"options": ("shape",)}, "options.0", "attribute-unknown"),
        ({"options": ("volume",)}, "options.0", "option-not-choice"),
        ({"attributes": {"shape": "round"}}, "attributes.shape", "attribute-unknown"),
        ({"attributes": {"volume": "big"}}, "attributes.volume", "attribute-takes"),
        ({"attributes": {"volume": True}}, "attributes.volume", "attribute-takes"),
        ({"attributes": {"organic": 1}}, "attributes.organic", "attribute-takes"),
        ({"attributes": {"colour": "mauve"}}, "attributes.colour", "choice-unknown"),
        ({"attributes": {"colour": 3}}, "attributes.colour", "attribute-takes"),
        ({"attributes": {"care": "wash"}}, "attributes.care", "attribute-takes"),
        ({"attributes": {"care": {"xx": "wash"}}}, "attributes.care.xx", "unknown-language"),
        ({"variants": (_variant("A", gtin="4006381333932"),)}, "variants.0.gtin", "gtin-wrong"),
        ({"variants": (_variant("A", gtin="123"),)}, "variants.0.gtin", "gtin-wrong"),
        ({"variants": (_variant("A", options={}),)}, "variants.0.options", "options-differ"),
        ({"variants": (_variant("A", options={"size": "m"}),)}, "variants.0.options", "options-differ"),
        ({"variants": (_variant("A", options={"colour": "x"}),)}, "variants.0.options.colour", "choice-unknown"),
        ({"variants": (_variant("A"), _variant("B"))}, "variants.1.options", "twice"),
        ({"variants": (_variant("A"), _variant("A", options={"colour": "red"}))}, "variants.1.sku", "twice"),
        ({"assortment": (Listing("market:XX"),)}, "assortment.0.scope", "scope-unknown"),
        ({"assortment": (Listing("market:NO"), Listing("market:NO"))}, "assortment.1.scope", "twice"),
        ({"assortment": (Listing("market:NO", True, NOON, NOON),)}, "assortment.0.until", "ends-before-it-begins"),
        ({"media": (Picture("b.jpg"),)}, "media.0.file", "file-unknown"),
        ({"media": (Picture("a.jpg", {"xx": "?"}),)}, "media.0.alt.xx", "unknown-language"),
        ({"media": (Picture("a.jpg", {}, {"colour": "x"}),)}, "media.0.shows.colour", "choice-unknown"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_product_is_named(given, field, code):
    assert (field, code) in wrong(_product(**given))


def test_an_archived_variant_may_keep_options_that_the_product_has_no_more():
    old = _variant("OLD", options={"size": "m"}, status=VariantStatus.archived)
    twin = _variant("TWIN", status=VariantStatus.archived)
    assert wrong(_product(variants=(_variant("A"), old, twin))) == set()


@given(st.integers(0, 10**12 - 1))
def test_every_thirteen_digits_with_their_check_digit_are_a_gtin(number):
    body = f"{number:012d}"
    gtin = body + ean.calc_check_digit(body)
    assert wrong(_product(variants=(_variant("A", gtin=gtin),))) == set()
    other = body + str((int(gtin[-1]) + 1) % 10)
    assert ("variants.0.gtin", "gtin-wrong") in wrong(_product(variants=(_variant("A", gtin=other),)))


@given(st.dictionaries(st.sampled_from(["colour", "size", "grind"]), st.sampled_from(["a", "b"])))
def test_a_combination_does_not_depend_on_the_order_of_its_options(options):
    assert rules.combination(options) == rules.combination(dict(reversed(options.items())))


def test_the_picture_of_a_variant_shows_most_of_its_options_and_contradicts_none():
    media = (
        Picture("all.jpg"),
        Picture("red.jpg", {}, {"colour": "red"}),
        Picture("blue.jpg", {}, {"colour": "blue"}),
    )
    assert rules.picture_of(media, _variant("A")) == "blue.jpg"
    assert rules.picture_of(media, _variant("B", options={"colour": "green"})) == "all.jpg"
    assert rules.picture_of(media[1:2], _variant("A")) is None


def test_a_reader_gets_the_next_best_language():
    assert rules.said({"en": "cup", "nb": "kopp"}, "nb") == "kopp"
    assert rules.said({"en": "cup", "nb": "kopp"}, "sv") == "cup"
    assert rules.said({"de": "Tasse", "da": "kop"}, "sv") == "kop"
    assert rules.said({"de": "Tasse"}, "de-AT") == "Tasse"
    assert rules.said({}, "de") == ""


def test_completeness_counts_names_descriptions_attributes_and_pictures():
    product = _product(
        texts={"en": ProductText("Cup", "A cup."), "nb": ProductText("Kopp")},
        attributes={"care": {"en": "By hand."}},
        media=(Picture("a.jpg", {"en": "A cup"}),),
    )
    assert rules.completeness(product) == {"nb": 25, "sv": 0, "da": 0, "en": 100, "de": 0, "ja": 0}


def test_a_product_shows_in_every_language_and_is_found_by_what_is_shown():
    product = _product(
        texts={"en": ProductText("Blue cup", "Nice.", "blue-cup"), "ja": ProductText("青いカップ", slug="x")}
    )
    faces = {face.language: face for face in faces_of(product, WORDS)}
    assert set(faces) == set(LANGUAGES)
    assert faces["nb"].name == "Blue cup"
    assert faces["ja"].title == indexed("青いカップ")
    assert "blue-nb" in faces["nb"].labels or "blue nb" in faces["nb"].labels
    assert "a" in faces["nb"].labels.split()


def test_options_are_read_in_the_order_of_the_product():
    assert options_text({"size": "m", "colour": "red"}, ("colour", "size"), WORDS, "en") == "Red, M"
    assert options_text({"colour": "gone"}, ("colour",), WORDS, "en") == "gone"


def test_a_name_without_latin_letters_takes_the_address_of_another_language():
    product = _product(texts={"en": ProductText("Coffee mill"), "ja": ProductText("珈琲ミル")})
    assert wanted_slugs(product) == {"en": "coffee-mill", "ja": "coffee-mill"}
    only = _product(texts={"ja": ProductText("珈琲")})
    assert wanted_slugs(only)["ja"] == f"p-{only.id.hex[-8:]}"


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_an_address_is_plain_ascii_or_nothing(name, language):
    slug = slug_of(name, language)
    assert slug is None or (
        slug.isascii()
        and slug == slug.lower()
        and not set(slug) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    )


@given(st.text(max_size=200))
def test_any_text_becomes_plain_words(text):
    for word in indexed(text).split(" "):
        assert word == "" or word.replace("_", "a").isalnum()
    looked_for = asked(text)
    assert len(looked_for.whole.split(" & ")) <= question.MOST_WORDS


def test_japanese_is_found_by_any_two_characters_of_it():
    words = set(indexed("有機珈琲豆").split())
    for part in ("珈琲", "珈琲豆", "機珈"):
        looked_for = asked(part)
        assert all(word in words for word in looked_for.whole.split(" & ") if word)
        assert any(word.startswith(looked_for.last[:-2]) for word in words)


def test_changes_to_a_product_do_not_touch_the_old_value():
    product = _product()
    assert replace(product, rank=5).rank == 5
    assert product.rank == 0
