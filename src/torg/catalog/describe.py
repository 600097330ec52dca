"""A product in the words of one reader: what a product page says, and nothing that it must not say."""

from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.catalog import rules
from torg.catalog.card_amounts import CardAmounts
from torg.catalog.faces import choice_name, options_text
from torg.catalog.model import AttributeKind, Category, ContentUnit, Kind, Product, Value, Variant
from torg.catalog.rules import CategoryNode, Vocabulary

UNNAMED: Final = ""


class Inside(Struct, frozen=True):
    """So many of a variant in a bundle, by name."""

    variant_id: UUID
    sku: str
    name: str
    quantity: int


class Sellable(Struct, frozen=True, kw_only=True):
    """What a cart, a till or a feed needs to know of a variant to sell it; with what is in it, where it is a bundle.

    `categories` are the codes of those that it is in and of all above; `facets` what attributes and options say of it.
    """

    variant_id: UUID
    product_id: UUID
    sku: str
    name: str
    options: str
    tax_class: str
    weight_g: int
    image: str | None
    kind: Kind
    published: bool
    components: tuple[Inside, ...] = ()
    categories: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = {}
    card_amounts: tuple[CardAmounts, ...] = ()

    def amounts_in(self, currency: str) -> CardAmounts | None:
        """What a gift card may be worth in a currency, where its buyer chooses."""
        return next((one for one in self.card_amounts if one.currency == currency), None)


def facets(attributes: Mapping[str, Value], options: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What attributes and options say of a variant, as words to compare; texts for people are left out.

    >>> facets({"organic": True, "capacity": 0.5, "care": {"en": "By hand"}}, {"colour": "blue"})
    {'organic': ('true',), 'capacity': ('0.5',), 'colour': ('blue',)}
    """
    said: dict[str, tuple[str, ...]] = {
        code: (_word(value),) for code, value in attributes.items() if not isinstance(value, dict)
    }
    return said | {code: (value,) for code, value in options.items()}


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class ChoiceFact(Struct, frozen=True):
    """A value that an option of the product takes, and what it is called."""

    code: str
    name: str


class OptionFact(Struct, frozen=True):
    """By what the variants of the product differ, with the values that can be had."""

    code: str
    name: str
    choices: tuple[ChoiceFact, ...]


class AttributeFact(Struct, frozen=True):
    """Something said of the product; a choice and a text are said in the reader's words."""

    code: str
    name: str
    kind: AttributeKind
    value: bool | int | float | str
    unit: str | None


class PictureFact(Struct, frozen=True):
    """A picture, what it shows in words, and the options that it shows."""

    file: str
    alt: str
    shows: dict[str, str]


class VariantFact(Struct, frozen=True, kw_only=True):
    """A variant that can be had, with its options by code and its size."""

    sellable: Sellable
    options: dict[str, str]
    gtin: str | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    content: int | None
    content_unit: ContentUnit | None


class ProductDetail(Struct, frozen=True, kw_only=True):
    """A product as its page shows it; `slugs` are its addresses by language, `categories` the ways down to it."""

    product_id: UUID
    language: str
    name: str
    description: str
    slug: str
    slugs: dict[str, str]
    kind: Kind
    card_amounts: tuple[CardAmounts, ...]
    tax_class: str
    origin: str | None
    image: str | None
    options: tuple[OptionFact, ...]
    attributes: tuple[AttributeFact, ...]
    pictures: tuple[PictureFact, ...]
    categories: tuple[tuple[CategoryNode, ...], ...]
    variants: tuple[VariantFact, ...]


def described(
    product: Product, language: str, words: Vocabulary, inside: Mapping[UUID, tuple[Inside, ...]] = {}
) -> ProductDetail:
    """The product in the reader's language, or what comes nearest to it; `inside` is what its bundles are made of."""
    text = product.texts[rules.spoken(product.texts, language) or UNNAMED]
    ways = tuple(_ways(product, language, words))
    within = tuple(sorted({node.code for way in ways for node in way}))
    return ProductDetail(
        product_id=product.id,
        language=language,
        name=text.name,
        description=text.description,
        slug=text.slug or UNNAMED,
        slugs={spoken: other.slug or UNNAMED for spoken, other in product.texts.items()},
        kind=product.kind,
        card_amounts=product.card_amounts,
        tax_class=product.tax_class,
        origin=product.origin,
        image=product.image,
        options=tuple(_options(product, language, words)),
        attributes=tuple(_attributes(product, language, words)),
        pictures=tuple(
            PictureFact(picture.file, rules.said(picture.alt, language) or text.name, picture.shows)
            for picture in product.media
        ),
        categories=ways,
        variants=tuple(
            _variant(product, variant, text.name, language, words, within, inside.get(variant.id, ()))
            for variant in product.active_variants()
        ),
    )


def _options(product: Product, language: str, words: Vocabulary) -> Iterator[OptionFact]:
    for code in product.options:
        attribute = words.attributes[code]
        taken = {variant.options.get(code) for variant in product.active_variants()}
        choices = tuple(
            ChoiceFact(choice.code, rules.said(choice.names, language))
            for choice in attribute.choices
            if choice.code in taken
        )
        yield OptionFact(code, rules.said(attribute.names, language), choices)


def _attributes(product: Product, language: str, words: Vocabulary) -> Iterator[AttributeFact]:
    for code, attribute in words.attributes.items():
        value = product.attributes.get(code)
        if value is None:
            continue
        if isinstance(value, dict):
            value = rules.said(value, language)
        elif isinstance(value, str):
            value = choice_name(attribute, value, language)
        yield AttributeFact(
            code, rules.said(attribute.names, language), attribute.kind, value, attribute.unit
        )


def _ways(product: Product, language: str, words: Vocabulary) -> Iterator[tuple[CategoryNode, ...]]:
    known = {category.id: category for category in words.categories.values()}
    for code in product.categories:
        category = words.categories.get(code)
        if category is None:
            continue
        above = (UUID(hex=step) for step in category.path.rstrip("/").split("/"))
        yield tuple(category_node(known[id], language) for id in above if id in known)


def category_node(category: Category, language: str) -> CategoryNode:
    """The category in the reader's language."""
    text = category.texts[rules.spoken(category.texts, language) or UNNAMED]
    return CategoryNode(
        id=category.id,
        code=category.code,
        parent_id=category.parent_id,
        name=text.name,
        slug=text.slug or UNNAMED,
        description=text.description,
    )


def _variant(
    product: Product,
    variant: Variant,
    name: str,
    language: str,
    words: Vocabulary,
    within: tuple[str, ...],
    inside: tuple[Inside, ...],
) -> VariantFact:
    return VariantFact(
        sellable=Sellable(
            variant_id=variant.id,
            product_id=product.id,
            sku=variant.sku,
            name=name,
            options=options_text(variant.options, product.options, words, language),
            tax_class=product.tax_class,
            weight_g=variant.weight_g,
            image=variant.image or product.image,
            kind=product.kind,
            published=True,
            components=inside,
            categories=within,
            facets=facets(product.attributes, variant.options),
            card_amounts=product.card_amounts,
        ),
        options=variant.options,
        gtin=variant.gtin,
        content=variant.content,
        content_unit=variant.content_unit,
        length_mm=variant.length_mm,
        width_mm=variant.width_mm,
        height_mm=variant.height_mm,
    )
