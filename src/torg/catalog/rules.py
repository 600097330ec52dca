"""What a product, an attribute and a category must be like; pure, and every wrong field is named at once.

The one front door for all ways in: the staff API, the bulk import and the practice data are held to the same rules.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from uuid import UUID

import pycountry
from msgspec import Struct
from msgspec.structs import replace
from stdnum import ean

from torg.catalog.model import (
    MOST_OPTIONS,
    MOST_VARIANTS,
    VOUCHER,
    Attribute,
    AttributeKind,
    Category,
    Kind,
    Listing,
    Picture,
    Product,
    Value,
    Variant,
    VariantStatus,
)
from torg.kernel.errors import FieldProblem
from torg.kernel.i18n import DEFAULT, LANGUAGES

MESSAGES = {
    "attribute-takes": "This attribute takes a {kind}.",
    "attribute-unknown": "No attribute of this code is declared.",
    "amounts-not-a-card": "Only gift cards are worth what their buyer chooses.",
    "category-unknown": "There is no category of this code.",
    "choice-unknown": "The attribute has no such choice.",
    "content-and-unit": "Content and its unit are given together, or neither is.",
    "component-not-physical": "A bundle is made of goods that are moved.",
    "ends-before-it-begins": "This ends before it begins.",
    "file-unknown": "No file of this name is kept.",
    "gtin-wrong": "This is not a GTIN: the length or the check digit is wrong.",
    "most-below-least": "The most is below the least.",
    "nothing-to-sell": "An active product needs an active variant.",
    "nothing-to-look-for": "There is no letter and no digit in this.",
    "option-not-choice": "Variants can only differ by an attribute that is a choice.",
    "options-differ": "A variant states each option of its product once: {options}.",
    "product-twice": "An earlier record is of the same product.",
    "scope-unknown": "There is no such market or channel.",
    "sku-missing": "A record names at least one SKU.",
    "skus-of-several-products": "The SKUs of this record belong to several products.",
    "synonym-alone": "It takes two words to mean the same.",
    "taken": "This belongs to something else already.",
    "too-many-variants": "A product has at most {most} variants.",
    "too-many-options": "A product has at most {most} options.",
    "twice": "This stands here twice.",
    "voucher-tax": "Gift cards, and nothing else, have the tax class voucher.",
    "unknown-country": "ISO 3166-1 knows no such country.",
    "unknown-language": "The platform does not speak this language.",
    "variant-unknown": "There is no such variant.",
    "text-missing": "At least one language is needed.",
}

Problems = Iterator[FieldProblem]


class CategoryNode(Struct, frozen=True, kw_only=True):
    """A category in the reader's language; `parent_id` is None at the top."""

    id: UUID
    code: str
    parent_id: UUID | None
    name: str
    slug: str
    description: str


class Vocabulary(Struct, frozen=True):
    """What products may refer to: attributes and categories by code.

    `names` remembers what choices are called in the languages that were asked for, `nodes` the tree of categories in
    them: a page of products names hundreds.
    """

    attributes: dict[str, Attribute]
    categories: dict[str, Category]
    names: dict[str, dict[str, dict[str, str]]] = {}
    nodes: dict[str, list[CategoryNode]] = {}

    def tree(self) -> list[Category]:
        """All categories, those above before those below, neighbours in their order."""
        children: dict[UUID | None, list[Category]] = {}
        for category in self.categories.values():
            children.setdefault(category.parent_id, []).append(category)

        def walk(parent: UUID | None) -> Iterator[Category]:
            for category in children.get(parent, ()):
                yield category
                yield from walk(category.id)

        return list(walk(None))


@cache
def countries() -> frozenset[str]:
    """Every country of ISO 3166-1, by its two letters."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


def problem(field: str, code: str, **facts: object) -> FieldProblem:
    """One wrong field, with the English sentence of its code."""
    return FieldProblem(field=field, code=code, message=MESSAGES[code].format_map(facts))


def product_problems(
    product: Product, words: Vocabulary, scopes: Collection[str], files: Collection[str]
) -> Problems:
    """Everything that is wrong with a product, given what it may refer to and where it may be offered."""
    if product.origin is not None and product.origin not in countries():
        yield problem("origin", "unknown-country")
    if (product.kind is Kind.gift_card) is not (product.tax_class == VOUCHER):
        yield problem("tax_class", "voucher-tax")
    yield from _card_amounts(product)
    yield from languages_problems("texts", product.texts)
    yield from _options(product, words)
    for code, value in product.attributes.items():
        yield from _attribute(f"attributes.{code}", words.attributes.get(code), value)
    for index, category in enumerate(product.categories):
        if category not in words.categories:
            yield problem(f"categories.{index}", "category-unknown")
    yield from twice("categories", product.categories)
    yield from _variants(product, words)
    for index, picture in enumerate(product.media):
        if picture.file not in files:
            yield problem(f"media.{index}.file", "file-unknown")
        yield from languages_problems(f"media.{index}.alt", picture.alt)
        yield from _choices(f"media.{index}.shows", picture.shows, words)
    yield from _assortment(product.assortment, scopes)


def languages_problems(field: str, texts: Iterable[str]) -> Problems:
    """Languages that the platform does not speak."""
    for language in texts:
        if language not in LANGUAGES:
            yield problem(f"{field}.{language}", "unknown-language")


def twice(field: str, values: Iterable[str | None]) -> Problems:
    """Values that stand in a list more than once."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value is None:
            continue
        if value in seen:
            yield problem(f"{field}.{index}", "twice")
        seen.add(value)


def _card_amounts(product: Product) -> Problems:
    if product.card_amounts and product.kind is not Kind.gift_card:
        yield problem("card_amounts", "amounts-not-a-card")
    for index, amounts in enumerate(product.card_amounts):
        if amounts.least > amounts.most:
            yield problem(f"card_amounts.{index}.most", "most-below-least")
    currencies = [amounts.currency for amounts in product.card_amounts]
    for wrong in twice("card_amounts", currencies):
        yield replace(wrong, field=f"{wrong.field}.currency")


def _options(product: Product, words: Vocabulary) -> Problems:
    if len(product.options) > MOST_OPTIONS:
        yield problem("options", "too-many-options", most=MOST_OPTIONS)
    for index, code in enumerate(product.options):
        attribute = words.attributes.get(code)
        if attribute is None:
            yield problem(f"options.{index}", "attribute-unknown")
        elif attribute.kind is not AttributeKind.choice:
            yield problem(f"options.{index}", "option-not-choice")
    yield from twice("options", product.options)


def _attribute(field: str, attribute: Attribute | None, value: Value) -> Problems:
    if attribute is None:
        yield problem(field, "attribute-unknown")
    elif attribute.kind is AttributeKind.choice and isinstance(value, str):
        if all(choice.code != value for choice in attribute.choices):
            yield problem(field, "choice-unknown")
    elif attribute.kind is AttributeKind.text and isinstance(value, dict):
        yield from languages_problems(field, value)
    elif attribute.kind is AttributeKind.boolean and isinstance(value, bool):
        return
    elif attribute.kind is not AttributeKind.number or isinstance(value, bool | str | dict):
        yield problem(field, "attribute-takes", kind=attribute.kind.value)


def _choices(field: str, options: Mapping[str, str], words: Vocabulary) -> Problems:
    for code, value in options.items():
        attribute = words.attributes.get(code)
        if attribute is None:
            yield problem(f"{field}.{code}", "attribute-unknown")
        elif all(choice.code != value for choice in attribute.choices):
            yield problem(f"{field}.{code}", "choice-unknown")


def _variants(product: Product, words: Vocabulary) -> Problems:
    if len(product.variants) > MOST_VARIANTS:
        yield problem("variants", "too-many-variants", most=MOST_VARIANTS)
    offered = Counter(combination(variant.options) for variant in product.active_variants())
    for index, variant in enumerate(product.variants):
        field = f"variants.{index}"
        if variant.gtin is not None and not ean.is_valid(variant.gtin):
            yield problem(f"{field}.gtin", "gtin-wrong")
        if (variant.content is None) is not (variant.content_unit is None):
            yield problem(f"{field}.content", "content-and-unit")
        yield from _choices(f"{field}.options", variant.options, words)
        if variant.status is VariantStatus.archived:
            continue
        if set(variant.options) != set(product.options):
            yield problem(f"{field}.options", "options-differ", options=", ".join(product.options))
        elif offered[combination(variant.options)] > 1:
            yield problem(f"{field}.options", "twice")
    for name in ("sku", "gtin"):
        for found in twice("variants", [getattr(variant, name) for variant in product.variants]):
            yield problem(f"{found.field}.{name}", "twice")


def _assortment(assortment: tuple[Listing, ...], scopes: Collection[str]) -> Problems:
    for index, listing in enumerate(assortment):
        if listing.scope not in scopes:
            yield problem(f"assortment.{index}.scope", "scope-unknown")
        if listing.from_at and listing.until_at and listing.from_at >= listing.until_at:
            yield problem(f"assortment.{index}.until", "ends-before-it-begins")
    for found in twice("assortment", (listing.scope for listing in assortment)):
        yield problem(f"{found.field}.scope", "twice")


def attribute_problems(attribute: Attribute) -> Problems:
    """Everything that is wrong with an attribute's definition."""
    if not attribute.names:
        yield problem("names", "text-missing")
    yield from languages_problems("names", attribute.names)
    if attribute.choices and attribute.kind is not AttributeKind.choice:
        yield problem("choices", "attribute-takes", kind=attribute.kind.value)
    if attribute.unit is not None and attribute.kind is not AttributeKind.number:
        yield problem("unit", "attribute-takes", kind=attribute.kind.value)
    for index, choice in enumerate(attribute.choices):
        if not choice.names:
            yield problem(f"choices.{index}.names", "text-missing")
        yield from languages_problems(f"choices.{index}.names", choice.names)
    for found in twice("choices", (choice.code for choice in attribute.choices)):
        yield problem(f"{found.field}.code", "twice")


def combination(options: Mapping[str, str]) -> str:
    """The options as one text, the same for the same options in whatever order.

    >>> combination({"size": "m", "colour": "blue"})
    'colour=blue;size=m'
    """
    return ";".join(f"{code}={options[code]}" for code in sorted(options))


def picture_of(media: tuple[Picture, ...], variant: Variant) -> str | None:
    """The file that shows a variant best: the first that shows most of its options and contradicts none."""
    fitting = [picture for picture in media if picture.shows.items() <= variant.options.items()]
    return max(fitting, key=lambda picture: len(picture.shows)).file if fitting else None


def chain(language: str) -> tuple[str, ...]:
    """In which languages a text is looked for, best first; after these, any will do.

    >>> chain("de-AT"), chain("en")
    (('de-AT', 'de', 'en'), ('en',))
    """
    return tuple(dict.fromkeys((language, language.partition("-")[0], DEFAULT)))


def spoken(texts: Mapping[str, object], language: str) -> str | None:
    """The language in which something is shown to a reader of `language`, or None when there is no text at all."""
    for candidate in chain(language):
        if candidate in texts:
            return candidate
    return min(texts, default=None)


def said(texts: Mapping[str, str], language: str) -> str:
    """The words shown to a reader of `language`; empty when there are none."""
    found = spoken(texts, language)
    return "" if found is None else texts[found]


def completeness(product: Product) -> dict[str, int]:
    """How much of what can be translated is, in per cent, for every language of the platform."""
    texts = [value for value in product.attributes.values() if isinstance(value, dict)]
    wanted = 2 + len(texts) + len(product.media)
    complete = {}
    for language in LANGUAGES:
        text = product.texts.get(language)
        done = (bool(text) + bool(text.description.strip())) if text else 0
        done += sum(language in words for words in texts)
        done += sum(bool(picture.alt.get(language, "").strip()) for picture in product.media)
        complete[language] = done * 100 // wanted
    return complete


def below(category: Category, ancestor: Category) -> bool:
    """Whether a category is the other one or stands somewhere below it."""
    return category.path.startswith(ancestor.path)


def depth(category: Category) -> int:
    """1 for a category at the top of the tree."""
    return category.path.count("/")
