"""The words of the catalogue: products, variants, attributes, categories, media, assortment; and what can go wrong.

A product is one aggregate: its texts, variants, pictures, categories and assortment change together under one version.
What is sold, priced and stocked is always a variant. A choice that makes variants differ (colour, size) is an attribute
of the kind `choice`, so its words are translated once.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct, field

from torg.catalog.card_amounts import CardAmounts
from torg.kernel.errors import Conflict, NotFound, Refused

MOST_VARIANTS: Final = 500
MOST_OPTIONS: Final = 4
PLAIN: Final = r"^[^\u0000]*$"

Code = Annotated[
    str, Meta(min_length=1, max_length=80, pattern="^[a-z0-9][a-z0-9-]*$", examples=["coffee-beans"])
]
AttributeCode = Annotated[
    str, Meta(min_length=1, max_length=40, pattern="^[a-z][a-z0-9_]*$", examples=["colour"])
]
ChoiceCode = Annotated[
    str, Meta(min_length=1, max_length=40, pattern="^[a-z0-9][a-z0-9_-]*$", examples=["dark-red"])
]
Language = Annotated[str, Meta(min_length=2, max_length=2, pattern="^[a-z]{2}$", examples=["nb"])]
Sku = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", examples=["MUG-BLUE"])
]
Slug = Annotated[
    str, Meta(min_length=1, max_length=120, pattern="^[a-z0-9]+(-[a-z0-9]+)*$", examples=["moka-pot"])
]
# PostgreSQL cannot keep the character NUL, so no text may hold it.
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\u0000]*[^\s\u0000][^\u0000]*$")]
Description = Annotated[str, Meta(max_length=20_000, pattern=PLAIN)]
Alt = Annotated[str, Meta(max_length=500, pattern=PLAIN)]
Gtin = Annotated[str, Meta(min_length=8, max_length=14, pattern="^[0-9]+$", examples=["2000000000015"])]
TaxClass = Annotated[
    str, Meta(min_length=1, max_length=40, pattern="^[a-z][a-z0-9-]*$", examples=["standard"])
]
HsCode = Annotated[str, Meta(pattern="^[0-9]{6}([0-9]{2}){0,2}$", examples=["090121"])]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", examples=["ET"])]
Scope = Annotated[
    str, Meta(max_length=60, pattern="^(market|channel):[A-Za-z0-9][A-Za-z0-9-]*$", examples=["market:NO"])
]
FileName = Annotated[str, Meta(max_length=80, pattern=r"^[0-9a-f]{64}\.(jpg|avif|webp)$")]
Millimetres = Annotated[int, Meta(ge=1, le=100_000)]
Grams = Annotated[int, Meta(ge=0, le=100_000_000)]
Amount = Annotated[int, Meta(ge=1, le=1_000_000_000, description="How much is in it, in `content_unit`.")]
Rank = Annotated[int, Meta(ge=-1_000_000, le=1_000_000, description="Higher is shown earlier.")]
Words = dict[Language, Name]
OptionValues = dict[AttributeCode, ChoiceCode]
# A text with a pattern beside a dict in one union makes msgspec 0.22 free memory that is not its own.
Value = (
    bool
    | Annotated[int, Meta(ge=-(10**12), le=10**12)]
    | Annotated[float, Meta(ge=-1e12, le=1e12)]
    | Annotated[str, Meta(max_length=40)]
    | dict[Language, Annotated[str, Meta(min_length=1, max_length=2_000, pattern=PLAIN)]]
)
"""What an attribute says: yes or no, a number in the attribute's unit, the code of a choice, or a text per language."""


class Kind(StrEnum):
    """Whether a product has to be moved to reach the customer; a gift card is mailed with its code when it is paid."""

    physical = "physical"
    digital = "digital"
    gift_card = "gift_card"


VOUCHER: Final = "voucher"
"""The tax class of gift cards: what is bought with them is taxed, not they themselves."""


class Status(StrEnum):
    """A draft is being prepared, an active product is offered where its assortment says, an archived one no more."""

    draft = "draft"
    active = "active"
    archived = "archived"


class ContentUnit(StrEnum):
    """In what the content of a variant is counted; people see its price per kg, l, m, m2 or piece."""

    g = "g"
    ml = "ml"
    mm = "mm"
    cm2 = "cm2"
    piece = "piece"


class VariantStatus(StrEnum):
    """An archived variant is not offered, but orders and stock go on naming it."""

    active = "active"
    archived = "archived"


class AttributeKind(StrEnum):
    """What an attribute can say."""

    text = "text"
    number = "number"
    boolean = "boolean"
    choice = "choice"


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a choice, with its name per language."""

    code: ChoiceCode
    names: Words


class Attribute(Struct, frozen=True, kw_only=True):
    """The definition of something that can be said of products."""

    code: str
    kind: AttributeKind
    unit: str | None = None
    names: dict[str, str]
    choices: tuple[Choice, ...] = ()
    position: int = 0
    version: int = 1


class CategoryText(Struct, frozen=True, forbid_unknown_fields=True):
    """What a category is called in a language; without a slug one is made of the name."""

    name: Name
    description: Description = ""
    slug: Slug | None = None


class Category(Struct, frozen=True, kw_only=True):
    """A node of the category tree; `path` holds the ids from the root down to itself."""

    id: UUID
    code: str
    parent_id: UUID | None
    path: str
    position: int
    texts: dict[str, CategoryText]
    version: int


class ProductText(Struct, frozen=True, forbid_unknown_fields=True):
    """What a product is called in a language; without a slug one is made of the name."""

    name: Name
    description: Description = ""
    slug: Slug | None = None


class Picture(Struct, frozen=True, forbid_unknown_fields=True):
    """A media file with what it shows, in words per language and as options: `{"colour": "blue"}` or nothing."""

    file: FileName
    alt: dict[Language, Alt] = {}
    shows: OptionValues = {}


class Listing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Offered in a market or a channel (or, `listed: false`, kept out of it), from and until a time.

    What is said of a channel overrules what is said of its market.
    """

    scope: Scope
    listed: bool = True
    from_at: datetime | None = field(default=None, name="from")
    until_at: datetime | None = field(default=None, name="until")


class Component(Struct, frozen=True):
    """A variant of which a bundle has so many."""

    variant_id: UUID
    quantity: int


class Special(Struct, frozen=True):
    """What is said of a variant besides its own goods: what it is a bundle of, and the day on which it comes out."""

    variant_id: UUID
    components: tuple[Component, ...]
    release_on: date | None


class Variant(Struct, frozen=True, kw_only=True):
    """What is sold: one combination of a product's options.

    One with `components` is a bundle: priced as one, and taken from the shelves as its components. Before `release_on`
    it is promised as a pre-order only.
    """

    id: UUID
    status: VariantStatus = VariantStatus.active
    sku: str
    gtin: str | None = None
    options: dict[str, str] = {}
    weight_g: int = 0
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    position: int = 0
    image: str | None = None
    components: tuple[Component, ...] = ()
    release_on: date | None = None
    content: int | None = None
    content_unit: ContentUnit | None = None


class Product(Struct, frozen=True, kw_only=True):
    """Everything the catalogue knows of a product; `card_amounts` are those that a gift card may be worth."""

    id: UUID
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
    variants: tuple[Variant, ...]
    media: tuple[Picture, ...]
    assortment: tuple[Listing, ...]
    card_amounts: tuple[CardAmounts, ...] = ()
    version: int
    created_at: datetime
    changed_at: datetime

    def active_variants(self) -> tuple[Variant, ...]:
        """The variants that are not archived."""
        return tuple(variant for variant in self.variants if variant.status is VariantStatus.active)


SearchWord = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\u0000]*[^\s\u0000][^\u0000]*$")]
SearchWords = Annotated[tuple[SearchWord, ...], Meta(max_length=20)]


class Synonym(Struct, frozen=True, kw_only=True):
    """Who asks for one of `words` also finds what has one of `means`; without, all of `words` mean each other."""

    id: UUID
    language: str
    words: tuple[str, ...]
    means: tuple[str, ...]
    version: int = 1


class SynonymNotFound(NotFound):
    """No such synonym."""

    code = "synonym-not-found"
    message = "There is no synonym {synonym}."


class ProductNotFound(NotFound):
    """No such product, or not for this channel."""

    code = "product-not-found"
    message = "There is no product {product}."


class VariantNotFound(NotFound):
    """The product has no such variant."""

    code = "variant-not-found"
    message = "There is no variant {variant}."


class CategoryNotFound(NotFound):
    """No such category."""

    code = "category-not-found"
    message = "There is no category {category}."


class AttributeNotFound(NotFound):
    """No such attribute."""

    code = "attribute-not-found"
    message = "There is no attribute {attribute}."


class SkuTaken(Conflict):
    """Another variant has this article number."""

    code = "sku-taken"
    message = "Another variant already has the SKU {sku}."


class GtinTaken(Conflict):
    """Another variant has this GTIN."""

    code = "gtin-taken"
    message = "Another variant already has the GTIN {gtin}."


class CombinationTaken(Conflict):
    """Another variant of the product has the same options."""

    code = "combination-taken"
    message = "Another variant of this product already has the options {options}."


class BundleInBundle(Refused):
    """A bundle has no bundles in it, and what is in a bundle is none: so nothing is ever in itself."""

    code = "bundle-in-bundle"
    message = "A bundle cannot have another one in it: {skus}."


class SlugTaken(Conflict):
    """The address belongs to something else."""

    code = "slug-taken"
    message = "The address {slug} already belongs to something else."


class AttributeExists(Conflict):
    """An attribute of this code was declared before."""

    code = "attribute-exists"
    message = "There already is an attribute {attribute}."


class CategoryExists(Conflict):
    """A category of this code was made before."""

    code = "category-exists"
    message = "There already is a category {category}."


class CategoryInCycle(Refused):
    """A category cannot stand below itself."""

    code = "category-in-cycle"
    message = "The category {category} cannot be moved below itself."


class TreeTooDeep(Refused):
    """Nobody finds what lies that deep."""

    code = "category-too-deep"
    message = "Categories can be at most {most} levels deep."


class CategoryNotEmpty(Refused):
    """Something still stands in the category."""

    code = "category-not-empty"
    message = "The category {category} still holds products or categories."


class AttributeInUse(Refused):
    """Products still say something that would lose its meaning."""

    code = "attribute-in-use"
    message = "Products still use {used} of the attribute {attribute}."


class StatusMoveRefused(Refused):
    """It already stands where it is to go; `status` and `wanted` say where."""

    code = "product-status-move-refused"
    message = "The product or variant already is in that status."


class NothingToSell(Refused):
    """A product without variants cannot be bought."""

    code = "product-without-variant"
    message = "The product cannot be offered: it has no active variant."


class NothingToRead(Refused):
    """A product or category without a name cannot be shown."""

    code = "product-without-text"
    message = "At least one language must keep a text."


class OptionsInUse(Refused):
    """Variants already differ by the present options."""

    code = "product-options-in-use"
    message = "The options cannot change while the product has active variants."
