"""Variants of a product: added, changed, archived, restored; never deleted, since orders and stock name them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict, replace

from torg.catalog.compose import Wishes, composed
from torg.catalog.create_product import NewVariant
from torg.catalog.events import VariantArchived, VariantRestored
from torg.catalog.keep import keep_one
from torg.catalog.model import (
    Amount,
    ContentUnit,
    Grams,
    Gtin,
    Millimetres,
    NothingToSell,
    OptionValues,
    Product,
    Sku,
    Status,
    StatusMoveRefused,
    Variant,
    VariantNotFound,
    VariantStatus,
)
from torg.catalog.special import SPECIALS
from torg.catalog.store import products
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.permissions import Permission

Version = Annotated[
    int, Meta(ge=1, le=2**31 - 1, description="The version of the product that the caller saw.")
]


class AddedVariant(NewVariant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One more variant for a product."""

    version: Version


class VariantChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different about a variant; fields left out stay."""

    version: Version
    sku: Sku | UnsetType = UNSET
    gtin: Gtin | UnsetType | None = UNSET
    options: OptionValues | UnsetType = UNSET
    weight_g: Grams | UnsetType = UNSET
    length_mm: Millimetres | UnsetType | None = UNSET
    width_mm: Millimetres | UnsetType | None = UNSET
    height_mm: Millimetres | UnsetType | None = UNSET
    position: Annotated[int, Meta(ge=0, le=100_000)] | UnsetType = UNSET
    components: Wishes | UnsetType = UNSET
    release_on: date | UnsetType | None = UNSET
    content: Amount | UnsetType | None = UNSET
    content_unit: ContentUnit | UnsetType | None = UNSET


async def add_variant(tx: Transaction, product_id: UUID, new: AddedVariant, *, by: Actor) -> Product:
    """Let a product be had in one more combination of its options."""
    by.must(Permission.catalog_write)
    product = await products.get(tx, product_id, version=new.version)
    last = max((variant.position for variant in product.variants), default=-1)
    return await keep_one(tx, product, replace(product, variants=(*product.variants, new.variant(last + 1))))


async def change_variant(
    tx: Transaction, product_id: UUID, variant_id: UUID, wanted: VariantChange, *, by: Actor
) -> Product:
    """Change a variant's number, options, weight, size, place, day of release, or what it is a bundle of."""
    by.must(Permission.catalog_write)
    product = await products.get(tx, product_id, version=wanted.version)
    given: dict[str, Any] = {name: value for name, value in asdict(wanted).items() if value is not UNSET}
    del given["version"]
    if wanted.components is not UNSET:
        given["components"] = await composed(tx, product, variant_id, wanted.components)
    changed = replace(_variant(product, variant_id), **given)
    kept = await keep_one(tx, product, _with(product, changed))
    tx.database.forget(SPECIALS)
    return kept


async def archive_variant(
    tx: Transaction, product_id: UUID, variant_id: UUID, version: int, *, by: Actor
) -> Product:
    """Stop offering a variant; the last one of an active product stays."""
    by.must(Permission.catalog_write)
    product = await products.get(tx, product_id, version=version)
    after = _with(product, _moved(_variant(product, variant_id), VariantStatus.archived))
    if product.status is Status.active and not after.active_variants():
        raise NothingToSell()
    kept = await keep_one(tx, product, after)
    tx.record(
        VariantArchived(product_id=product.id, variant_id=variant_id, sku=_variant(kept, variant_id).sku)
    )
    return kept


async def restore_variant(
    tx: Transaction, product_id: UUID, variant_id: UUID, version: int, *, by: Actor
) -> Product:
    """Offer an archived variant again."""
    by.must(Permission.catalog_write)
    product = await products.get(tx, product_id, version=version)
    after = _with(product, _moved(_variant(product, variant_id), VariantStatus.active))
    kept = await keep_one(tx, product, after)
    tx.record(
        VariantRestored(product_id=product.id, variant_id=variant_id, sku=_variant(kept, variant_id).sku)
    )
    return kept


def _variant(product: Product, id: UUID) -> Variant:
    for variant in product.variants:
        if variant.id == id:
            return variant
    raise VariantNotFound(variant=public("var", id))


def _moved(variant: Variant, wanted: VariantStatus) -> Variant:
    if variant.status is wanted:
        raise StatusMoveRefused(status=variant.status, wanted=wanted)
    return replace(variant, status=wanted)


def _with(product: Product, changed: Variant) -> Product:
    variants = (changed if variant.id == changed.id else variant for variant in product.variants)
    return replace(
        product, variants=tuple(sorted(variants, key=lambda variant: (variant.position, variant.id)))
    )
