"""Change a product: what is given replaces what was; single attributes and texts are replaced or taken away."""

from typing import Annotated, Any, TypeVar
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict, replace

from torg.catalog.card_amounts import CardAmounts
from torg.catalog.keep import keep_one
from torg.catalog.model import (
    AttributeCode,
    Code,
    Country,
    HsCode,
    Language,
    Listing,
    NothingToRead,
    OptionsInUse,
    Picture,
    Product,
    ProductText,
    Rank,
    TaxClass,
    Value,
)
from torg.catalog.store import products
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission

T = TypeVar("T")


class ProductChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; fields left out stay, attributes and texts given as null are taken away."""

    version: Annotated[int, Meta(ge=1, description="The version that the caller saw.")]
    tax_class: TaxClass | UnsetType = UNSET
    hs_code: HsCode | UnsetType | None = UNSET
    origin: Country | UnsetType | None = UNSET
    options: Annotated[tuple[AttributeCode, ...], Meta(max_length=20)] | UnsetType = UNSET
    attributes: Annotated[dict[AttributeCode, Value | None], Meta(max_length=200)] | UnsetType = UNSET
    rank: Rank | UnsetType = UNSET
    categories: Annotated[tuple[Code, ...], Meta(max_length=100)] | UnsetType = UNSET
    texts: Annotated[dict[Language, ProductText | None], Meta(max_length=50)] | UnsetType = UNSET
    media: Annotated[tuple[Picture, ...], Meta(max_length=100)] | UnsetType = UNSET
    assortment: Annotated[tuple[Listing, ...], Meta(max_length=1_000)] | UnsetType = UNSET
    card_amounts: Annotated[tuple[CardAmounts, ...], Meta(max_length=200)] | UnsetType = UNSET


async def change(tx: Transaction, id: UUID, wanted: ProductChange, *, by: Actor) -> Product:
    """Change a product that is still in the version that the caller saw."""
    by.must(Permission.catalog_write)
    product = await products.get(tx, id, version=wanted.version)
    return await keep_one(tx, product, changed(product, wanted))


def changed(product: Product, wanted: ProductChange) -> Product:
    """The product as it shall be; refuses what would leave it without a text or its variants without their options."""
    given: dict[str, Any] = {name: value for name, value in asdict(wanted).items() if value is not UNSET}
    del given["version"]
    if "attributes" in given:
        given["attributes"] = merged(product.attributes, given["attributes"])
    if "texts" in given:
        given["texts"] = _with_addresses(product.texts, merged(product.texts, given["texts"]))
        if not given["texts"]:
            raise NothingToRead()
    options = given.get("options", product.options)
    if set(options) != set(product.options) and product.active_variants():
        raise OptionsInUse()
    return replace(product, **given)


def merged(old: dict[str, T], given: dict[str, T | None]) -> dict[str, T]:
    """The old entries with the given ones in their place; null takes an entry away."""
    return {key: value for key, value in {**old, **given}.items() if value is not None}


def _with_addresses(old: dict[str, ProductText], new: dict[str, ProductText]) -> dict[str, ProductText]:
    """A text that is changed without naming an address keeps the one it has."""
    return {
        language: replace(text, slug=text.slug or (old[language].slug if language in old else None))
        for language, text in new.items()
    }
