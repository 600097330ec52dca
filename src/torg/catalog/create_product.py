"""Make a product: always a draft, with its texts and, mostly, its first variants."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from torg.catalog.card_amounts import CardAmounts
from torg.catalog.keep import keep_one
from torg.catalog.model import (
    VOUCHER,
    Amount,
    AttributeCode,
    Code,
    ContentUnit,
    Country,
    Grams,
    Gtin,
    HsCode,
    Kind,
    Language,
    Listing,
    Millimetres,
    OptionValues,
    Picture,
    Product,
    ProductText,
    Rank,
    Sku,
    Status,
    TaxClass,
    Value,
    Variant,
    VariantStatus,
)
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.permissions import Permission


class NewVariant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A variant to be made."""

    sku: Sku
    gtin: Gtin | None = None
    options: OptionValues = {}
    weight_g: Grams = 0
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    content: Amount | None = None
    content_unit: ContentUnit | None = None
    release_on: (
        Annotated[date, Meta(description="Before this day it is promised as a pre-order only.")] | None
    ) = None

    def variant(self, position: int) -> Variant:
        """The variant under a new id."""
        return Variant(
            id=new_id(),
            sku=self.sku,
            gtin=self.gtin,
            options=self.options,
            weight_g=self.weight_g,
            length_mm=self.length_mm,
            width_mm=self.width_mm,
            height_mm=self.height_mm,
            content=self.content,
            content_unit=self.content_unit,
            release_on=self.release_on,
            position=position,
            status=VariantStatus.active,
        )


class NewProduct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A product to be made; categories and attributes by code, the first picture is the main one."""

    kind: Kind = Kind.physical
    tax_class: TaxClass = "standard"
    hs_code: HsCode | None = None
    origin: Country | None = None
    options: Annotated[tuple[AttributeCode, ...], Meta(max_length=20)] = ()
    attributes: Annotated[dict[AttributeCode, Value], Meta(max_length=200)] = {}
    rank: Rank = 0
    categories: Annotated[tuple[Code, ...], Meta(max_length=100)] = ()
    texts: Annotated[dict[Language, ProductText], Meta(min_length=1, max_length=50)]
    variants: Annotated[tuple[NewVariant, ...], Meta(max_length=1_000)] = ()
    media: Annotated[tuple[Picture, ...], Meta(max_length=100)] = ()
    assortment: Annotated[tuple[Listing, ...], Meta(max_length=1_000)] = ()
    card_amounts: Annotated[
        tuple[CardAmounts, ...],
        Meta(max_length=200, description="Of a gift card: what it may be worth, where its buyer chooses."),
    ] = ()


async def create(tx: Transaction, new: NewProduct, *, by: Actor) -> Product:
    """Make a draft of a product; nobody but staff sees it until it is published."""
    by.must(Permission.catalog_write)
    return await keep_one(tx, None, composed(tx, new))


def composed(tx: Transaction, new: NewProduct) -> Product:
    """The draft that would be kept."""
    return Product(
        id=new_id(),
        status=Status.draft,
        kind=new.kind,
        tax_class=VOUCHER if new.kind is Kind.gift_card and new.tax_class == "standard" else new.tax_class,
        hs_code=new.hs_code,
        origin=new.origin,
        options=new.options,
        attributes=new.attributes,
        rank=new.rank,
        image=None,
        categories=new.categories,
        texts=new.texts,
        variants=tuple(variant.variant(place) for place, variant in enumerate(new.variants)),
        media=new.media,
        assortment=new.assortment,
        card_amounts=new.card_amounts,
        version=0,
        created_at=tx.now,
        changed_at=tx.now,
    )
