"""How the catalogue looks to staff and programs: all languages, all statuses, versions."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from torg.catalog import rules
from torg.catalog.card_amounts import CardAmounts
from torg.catalog.create_product import NewVariant
from torg.catalog.load_products import MOST_RECORDS, Loaded, Outcome, ProductRecord
from torg.catalog.model import (
    Attribute,
    AttributeKind,
    Category,
    CategoryText,
    Choice,
    ContentUnit,
    Kind,
    Listing,
    Picture,
    Product,
    ProductText,
    Status,
    Synonym,
    Value,
    Variant,
    VariantStatus,
)
from torg.catalog.rules import Vocabulary
from torg.kernel.errors import FieldProblem
from torg.kernel.ids import public


class CatalogComponent(Struct, frozen=True):
    """So many of a variant in a bundle."""

    variant: str
    quantity: int


class CatalogVariant(Struct, frozen=True, kw_only=True):
    """A variant as staff see it; with `components` it is a bundle."""

    id: str
    status: VariantStatus
    sku: str
    gtin: str | None
    options: dict[str, str]
    weight_g: int
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    content: int | None
    content_unit: ContentUnit | None
    position: int
    image: str | None
    components: list[CatalogComponent]
    release_on: date | None

    @classmethod
    def of(cls, variant: Variant) -> "CatalogVariant":
        """All of the variant."""
        fields = {name: getattr(variant, name) for name in cls.__struct_fields__}
        inside = [CatalogComponent(public("var", c.variant_id), c.quantity) for c in variant.components]
        return cls(**{**fields, "id": public("var", variant.id), "components": inside})


class CatalogProduct(Struct, frozen=True, kw_only=True):
    """A product as staff see it; `completeness` is per cent of what can be translated, per language."""

    id: str
    status: Status
    kind: Kind
    tax_class: str
    hs_code: str | None
    origin: str | None
    options: tuple[str, ...]
    attributes: dict[str, Value]
    rank: int
    image: str | None
    categories: tuple[str, ...]
    texts: dict[str, ProductText]
    variants: list[CatalogVariant]
    media: tuple[Picture, ...]
    assortment: tuple[Listing, ...]
    card_amounts: tuple[CardAmounts, ...]
    completeness: dict[str, int]
    version: int
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, product: Product) -> "CatalogProduct":
        """All of the product."""
        kept = set(cls.__struct_fields__) - {"id", "variants", "completeness"}
        return cls(
            id=public("prd", product.id),
            variants=[CatalogVariant.of(variant) for variant in product.variants],
            completeness=rules.completeness(product),
            **{name: getattr(product, name) for name in kept},
        )


class CatalogProductLine(Struct, frozen=True, kw_only=True):
    """A product in a list for staff, named in the language of the one who asks."""

    id: str
    status: Status
    name: str
    image: str | None
    skus: list[str]
    categories: tuple[str, ...]
    completeness: dict[str, int]
    version: int
    changed_at: datetime

    @classmethod
    def of(cls, product: Product, language: str) -> "CatalogProductLine":
        """What a list needs of the product."""
        return cls(
            id=public("prd", product.id),
            status=product.status,
            name=product.texts[rules.spoken(product.texts, language) or ""].name,
            image=product.image,
            skus=[variant.sku for variant in product.active_variants()],
            categories=product.categories,
            completeness=rules.completeness(product),
            version=product.version,
            changed_at=product.changed_at,
        )


class CatalogCategory(Struct, frozen=True, kw_only=True):
    """A category as staff see it; `parent` is the code of the one above it."""

    id: str
    code: str
    parent: str | None
    level: int
    position: int
    texts: dict[str, CategoryText]
    version: int

    @classmethod
    def of(cls, category: Category, words: Vocabulary) -> "CatalogCategory":
        """All of the category."""
        above = (other.code for other in words.categories.values() if other.id == category.parent_id)
        return cls(
            id=public("cat", category.id),
            code=category.code,
            parent=next(above, None),
            level=rules.depth(category),
            position=category.position,
            texts=category.texts,
            version=category.version,
        )


class CatalogAttribute(Struct, frozen=True, kw_only=True):
    """An attribute as staff see it."""

    code: str
    kind: AttributeKind
    unit: str | None
    names: dict[str, str]
    choices: tuple[Choice, ...]
    position: int
    version: int

    @classmethod
    def of(cls, attribute: Attribute) -> "CatalogAttribute":
        """All of the attribute."""
        return cls(**{name: getattr(attribute, name) for name in cls.__struct_fields__})


class CatalogSynonym(Struct, frozen=True, kw_only=True):
    """A synonym as staff see it; without `means` all of its words mean each other."""

    id: str
    language: str
    words: tuple[str, ...]
    means: tuple[str, ...]
    version: int

    @classmethod
    def of(cls, synonym: Synonym) -> "CatalogSynonym":
        """All of the synonym."""
        return cls(
            id=public("syn", synonym.id),
            language=synonym.language,
            words=synonym.words,
            means=synonym.means,
            version=synonym.version,
        )


class Unanswered(Struct, frozen=True, kw_only=False):
    """So many times nothing was found for a question, or, without words, for so many rare questions."""

    language: str
    question: str | None
    times: int
    questions: int


class ProductVersion(Struct, frozen=True, forbid_unknown_fields=True):
    """The version of the product that the caller saw."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]


class ProductRecords(Struct, frozen=True, forbid_unknown_fields=True):
    """Products to bring in, each with at least one SKU."""

    records: Annotated[tuple[ProductRecord, ...], Meta(min_length=1, max_length=MOST_RECORDS)]


class LoadedRecord(Struct, frozen=True, kw_only=True):
    """What became of one record, by its place among those sent."""

    record: int
    outcome: Outcome
    product_id: str | None
    problems: tuple[FieldProblem, ...]


class LoadedRecords(Struct, frozen=True, kw_only=True):
    """What became of all records."""

    created: int
    changed: int
    unchanged: int
    refused: int
    results: list[LoadedRecord]

    @classmethod
    def of(cls, loaded: list[Loaded]) -> "LoadedRecords":
        """The sums, and each record's outcome."""
        counts = {outcome.value: sum(one.outcome is outcome for one in loaded) for outcome in Outcome}
        results = [
            LoadedRecord(
                record=one.record,
                outcome=one.outcome,
                product_id=public("prd", one.product_id) if one.product_id else None,
                problems=one.problems,
            )
            for one in loaded
        ]
        return cls(results=results, **counts)


__all__ = [
    "CatalogAttribute",
    "CatalogCategory",
    "CatalogProduct",
    "CatalogProductLine",
    "CatalogSynonym",
    "CatalogVariant",
    "LoadedRecords",
    "NewVariant",
    "ProductRecords",
    "ProductVersion",
    "Unanswered",
]
