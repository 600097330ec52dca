"""How products look in a shop: money as the market shows it, stock as a state, words in the reader's language."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from torg.catalog import AttributeKind, Kind
from torg.inventory import MOST_TOLD
from torg.kernel.http import Page
from torg.kernel.money import Money
from torg.pricing import Measure
from torg.surfaces.storefront.pictures import ShopPicture

# What is shown holds no circles, so the garbage collector need not look at it (`gc=False`): a page has hundreds.
FEW: Final = 5


class Availability(StrEnum):
    """How sure a customer can be to get it: plenty, only a few left, not there yet, not out yet, none."""

    in_stock = "in_stock"
    low = "low"
    backorder = "backorder"
    preorder = "preorder"
    out = "out"

    @classmethod
    def of(cls, sellable: int) -> "Availability":
        """What to say of a number of units that are there and can be promised."""
        return cls.in_stock if sellable > FEW else cls.low if sellable > 0 else cls.out


Sellable = Annotated[int, Meta(ge=0, le=MOST_TOLD, description=f"{MOST_TOLD} means {MOST_TOLD} or more.")]


class ShopPerUnit(Struct, frozen=True, gc=False):
    """What a kilogram, litre, metre, square metre or piece of it costs, rounded half away from zero."""

    amount: Money
    measure: Measure


class ShopReduction(Struct, frozen=True, gc=False):
    """That the price is reduced: what it would be without, since when it is, and the lowest price that anybody paid in
    the thirty days before (nothing when it was not for sale then).
    """

    regular: Money
    since: datetime
    lowest_30_days: Money | None


class ShopBadge(Struct, frozen=True, gc=False):
    """A promotion by name."""

    promotion: str
    name: str


class ShopOffer(Struct, frozen=True, gc=False):
    """What promotions do to one unit that is bought alone, without a code: its price then, and by which; and those that
    would act if there were more in the cart.

    What is taken off for everybody is a reduction: `since` when, and the lowest price that anybody paid in the thirty
    days before (nothing when it was not for sale then).
    """

    price: Money
    promotions: tuple[ShopBadge, ...]
    with_more: tuple[ShopBadge, ...]
    since: datetime | None = None
    lowest_30_days: Money | None = None


class ShopPriceBreak(Struct, frozen=True, gc=False):
    """What one costs from so many on, over all lines of a cart."""

    from_quantity: int
    amount: Money


class ShopVariant(Struct, frozen=True, gc=False):
    """A variant in a list; without a price it cannot be bought here. What is not there (or out) yet is `expected`.

    `per_unit` is there where it is known how much is in it: of the `offer`'s price where there is one. `reduction` is
    there where the price is reduced, `offer` where promotions act on it.
    """

    id: str
    sku: str
    options: str
    image: str | None
    price: Money | None
    availability: Availability
    expected: date | None
    per_unit: ShopPerUnit | UnsetType = UNSET
    reduction: ShopReduction | UnsetType = UNSET
    offer: ShopOffer | UnsetType = UNSET


class ShopProduct(Struct, frozen=True, gc=False, kw_only=True):
    """A product in a list, from its lowest to its highest price; `tax_included` tells what the prices are."""

    id: str
    slug: str
    name: str
    image: ShopPicture | None
    price_from: Money | None
    price_to: Money | None
    tax_included: bool
    availability: Availability
    variants: tuple[ShopVariant, ...]

    @property
    def reduced(self) -> bool:
        """Whether the price of one of its variants is."""
        return any(variant.reduction for variant in self.variants)


class ShopProducts(Page[ShopProduct], frozen=True, gc=False):
    """A page of products. When nothing was found as it was asked, `corrected` tells what was searched instead, and
    `left_out` which of the words were not."""

    corrected: str | None = None
    left_out: tuple[str, ...] = ()


class ShopSuggestions(Struct, frozen=True, gc=False):
    """What somebody who is still typing may be looking for: whole questions, categories, products."""

    words: tuple[str, ...]
    categories: "tuple[ShopCategory, ...]"
    products: tuple[ShopProduct, ...]


class ShopCategory(Struct, frozen=True, gc=False, kw_only=True):
    """A category with the address of its page; `parent` is the id of the one above it."""

    id: str
    parent: str | None
    name: str
    slug: str
    description: str


class ShopChoice(Struct, frozen=True, gc=False):
    """A value of an option and its name."""

    code: str
    name: str


class ShopOption(Struct, frozen=True, gc=False):
    """By what the variants differ."""

    code: str
    name: str
    choices: tuple[ShopChoice, ...]


class ShopAttribute(Struct, frozen=True, gc=False):
    """Something said of the product, in the reader's words."""

    code: str
    name: str
    kind: AttributeKind
    value: bool | int | float | str
    unit: str | None


class ShopProductPicture(Struct, frozen=True, gc=False):
    """A picture of the product and the options that it shows."""

    picture: ShopPicture
    shows: dict[str, str]


class ShopPriceStep(Struct, frozen=True, gc=False):
    """A step towards the price: a stable word, the reader's words for it, and the facts."""

    code: str
    text: str
    facts: dict[str, Any]


class ShopPrice(Struct, frozen=True, gc=False, kw_only=True):
    """What one costs, as this market shows it, and why."""

    amount: Money
    tax_included: bool
    tax_name: str
    tax_rate: Annotated[int, Meta(description="Millionths: 250000 is 25 %.")]
    recommended: Money | None
    breaks: tuple[ShopPriceBreak, ...]
    reduction: ShopReduction | None
    per_unit: ShopPerUnit | None
    offer: ShopOffer | None
    trace: tuple[ShopPriceStep, ...]


class ShopStock(Struct, frozen=True, gc=False, kw_only=True):
    """What a place can promise now; `delivers` when this channel's orders are sent from there.

    Of what is `sellable`, `late` units are not there (or not out) yet and are `expected` on that day.
    """

    location: str
    store: str | None
    name: str
    delivers: bool
    sellable: Sellable
    late: Sellable
    expected: date | None
    availability: Availability


class ShopComponent(Struct, frozen=True, gc=False):
    """So many of a variant in a bundle."""

    id: str
    sku: str
    name: str
    quantity: int


class ShopVariantDetail(Struct, frozen=True, gc=False, kw_only=True):
    """A variant on its product's page; with `components` it is a bundle. What is not there or out yet is `expected`."""

    id: str
    sku: str
    gtin: str | None
    options: str
    choices: dict[str, str]
    image: str | None
    weight_g: int
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    price: ShopPrice | None
    availability: Availability
    expected: date | None
    components: tuple[ShopComponent, ...]
    stock: tuple[ShopStock, ...]


class ShopCardAmounts(Struct, frozen=True, gc=False):
    """Between which amounts the buyer of a gift card chooses."""

    least: Money
    most: Money


class ShopProductDetail(Struct, frozen=True, gc=False, kw_only=True):
    """A product's page; `slugs` are its addresses by language, `categories` the ways down to it.

    `card_amounts` are those of a gift card whose buyer chooses what it is worth; its price is then what is proposed.
    """

    id: str
    slug: str
    slugs: dict[str, str]
    name: str
    description: str
    kind: Kind
    origin: str | None
    image: ShopPicture | None
    pictures: tuple[ShopProductPicture, ...]
    options: tuple[ShopOption, ...]
    attributes: tuple[ShopAttribute, ...]
    categories: tuple[tuple[ShopCategory, ...], ...]
    price_from: Money | None
    price_to: Money | None
    tax_included: bool
    availability: Availability
    variants: tuple[ShopVariantDetail, ...]
    card_amounts: ShopCardAmounts | None
