"""The catalogue over HTTP, for staff and programs: what sales channels show is `surfaces/storefront`."""

from typing import Annotated
from uuid import UUID

from litestar import Response

from torg.catalog import api_staff
from torg.catalog.browse import find_category, words_of
from torg.catalog.categorise import (
    CategoryChange,
    NewCategory,
    change_category,
    create_category,
    remove_category,
)
from torg.catalog.change_product import ProductChange, change
from torg.catalog.create_product import NewProduct, create
from torg.catalog.declare_attribute import AttributeChange, NewAttribute, change_attribute, declare
from torg.catalog.find import find
from torg.catalog.keep import vocabulary
from torg.catalog.load_products import load
from torg.catalog.model import ProductNotFound, Status
from torg.catalog.publish_product import archive, publish
from torg.catalog.store import products
from torg.catalog.vary import (
    AddedVariant,
    VariantChange,
    add_variant,
    archive_variant,
    change_variant,
    restore_variant,
)
from torg.catalog.views import (
    CatalogAttribute,
    CatalogCategory,
    CatalogProduct,
    CatalogProductLine,
    LoadedRecords,
    ProductRecords,
    ProductVersion,
)
from torg.kernel.database import Transaction
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, QueryParameter, read, write
from torg.kernel.ids import parse
from torg.permissions import Permission

TAGS = ["catalog"]
MEBIBYTE = 1024 * 1024

Query = Annotated[
    str | None, QueryParameter(max_length=200, description="Words of the name, a SKU or a GTIN.")
]
Version = Annotated[int, QueryParameter(ge=1, le=2**31 - 1, description="The version that the caller saw.")]
WantedStatus = Annotated[Status | None, QueryParameter(description="Only products of this status.")]
CategoryName = Annotated[
    str | None, QueryParameter(max_length=120, description="A category's id, code or address.")
]


@read("/catalog/products", permission=Permission.catalog_read, summary="Products, newest first", tags=TAGS)
async def list_products(
    call: Call,
    q: Query = None,
    status: WantedStatus = None,
    category: CategoryName = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[CatalogProductLine]:
    """Products of any status, all or those that fit; named in the caller's language."""
    call.actor.must(Permission.catalog_read, anywhere=True)
    words = await words_of(call.database)
    under = find_category(words, category).id if category else None
    page = await call.read(
        lambda tx: find(
            tx, query=q, language=call.language, status=status, category=under, cursor=cursor, limit=limit
        )
    )
    return page.map(lambda product: CatalogProductLine.of(product, call.language))


@read(
    "/catalog/products/{product_id:str}", permission=Permission.catalog_read, summary="A product", tags=TAGS
)
async def read_product(call: Call, product_id: FromPath[str]) -> CatalogProduct:
    """Everything about a product, in all languages."""
    call.actor.must(Permission.catalog_read, anywhere=True)
    id = parse("prd", product_id)
    found = await call.read(lambda tx: products.load(tx, [id]))
    if id not in found:
        raise ProductNotFound(product=product_id)
    return CatalogProduct.of(found[id])


@write(
    "POST",
    "/catalog/products",
    permission=Permission.catalog_write,
    summary="Make a draft of a product",
    tags=TAGS,
    status=201,
)
async def create_product(call: Call, data: Body[NewProduct]) -> Response[CatalogProduct]:
    """The product is a draft until it is published."""
    return await call.write(lambda tx: create(tx, data, by=call.actor), view=CatalogProduct.of, status=201)


@write(
    "POST",
    "/catalog/products/import",
    permission=Permission.catalog_write,
    summary="Bring in many products by SKU",
    tags=TAGS,
    request_max_body_size=16 * MEBIBYTE,
)
async def import_products(call: Call, data: Body[ProductRecords]) -> Response[LoadedRecords]:
    """Each record makes a product or brings the one that owns its SKUs to what the record says. Records that the
    rules refuse are reported and leave no trace; the others take effect together."""
    return await call.write(lambda tx: load(tx, data.records, by=call.actor), view=LoadedRecords.of)


@write(
    "PATCH",
    "/catalog/products/{product_id:str}",
    permission=Permission.catalog_write,
    summary="Change a product",
    tags=TAGS,
)
async def change_product(
    call: Call, product_id: FromPath[str], data: Body[ProductChange]
) -> Response[CatalogProduct]:
    """Lists are replaced as a whole; attributes and texts one by one, null takes one away."""
    id = parse("prd", product_id)
    return await call.write(lambda tx: change(tx, id, data, by=call.actor), view=CatalogProduct.of)


@write(
    "POST",
    "/catalog/products/{product_id:str}/publish",
    permission=Permission.catalog_write,
    summary="Publish a product",
    tags=TAGS,
)
async def publish_product(
    call: Call, product_id: FromPath[str], data: Body[ProductVersion]
) -> Response[CatalogProduct]:
    """It is offered where and when its assortment says."""
    id = parse("prd", product_id)
    return await call.write(lambda tx: publish(tx, id, data.version, by=call.actor), view=CatalogProduct.of)


@write(
    "POST",
    "/catalog/products/{product_id:str}/archive",
    permission=Permission.catalog_write,
    summary="Archive a product",
    tags=TAGS,
)
async def archive_product(
    call: Call, product_id: FromPath[str], data: Body[ProductVersion]
) -> Response[CatalogProduct]:
    """It is offered nowhere any more; orders go on naming it."""
    id = parse("prd", product_id)
    return await call.write(lambda tx: archive(tx, id, data.version, by=call.actor), view=CatalogProduct.of)


@write(
    "POST",
    "/catalog/products/{product_id:str}/variants",
    permission=Permission.catalog_write,
    summary="Add a variant",
    tags=TAGS,
    status=201,
)
async def create_variant(
    call: Call, product_id: FromPath[str], data: Body[AddedVariant]
) -> Response[CatalogProduct]:
    """One more combination of the product's options."""
    id = parse("prd", product_id)
    return await call.write(
        lambda tx: add_variant(tx, id, data, by=call.actor), view=CatalogProduct.of, status=201
    )


@write(
    "PATCH",
    "/catalog/products/{product_id:str}/variants/{variant_id:str}",
    permission=Permission.catalog_write,
    summary="Change a variant",
    tags=TAGS,
)
async def patch_variant(
    call: Call, product_id: FromPath[str], variant_id: FromPath[str], data: Body[VariantChange]
) -> Response[CatalogProduct]:
    """Its number, options, weight, size or place."""
    id, variant = _both(product_id, variant_id)
    return await call.write(
        lambda tx: change_variant(tx, id, variant, data, by=call.actor), view=CatalogProduct.of
    )


@write(
    "POST",
    "/catalog/products/{product_id:str}/variants/{variant_id:str}/archive",
    permission=Permission.catalog_write,
    summary="Archive a variant",
    tags=TAGS,
)
async def retire_variant(
    call: Call, product_id: FromPath[str], variant_id: FromPath[str], data: Body[ProductVersion]
) -> Response[CatalogProduct]:
    """It is not offered any more; the last variant of an active product stays."""
    id, variant = _both(product_id, variant_id)
    return await call.write(
        lambda tx: archive_variant(tx, id, variant, data.version, by=call.actor), view=CatalogProduct.of
    )


@write(
    "POST",
    "/catalog/products/{product_id:str}/variants/{variant_id:str}/restore",
    permission=Permission.catalog_write,
    summary="Offer an archived variant again",
    tags=TAGS,
)
async def bring_variant_back(
    call: Call, product_id: FromPath[str], variant_id: FromPath[str], data: Body[ProductVersion]
) -> Response[CatalogProduct]:
    """Its options must still be free."""
    id, variant = _both(product_id, variant_id)
    return await call.write(
        lambda tx: restore_variant(tx, id, variant, data.version, by=call.actor), view=CatalogProduct.of
    )


@read("/catalog/categories", permission=Permission.catalog_read, summary="All categories", tags=TAGS)
async def list_categories(call: Call) -> Page[CatalogCategory]:
    """The whole tree, those above before those below, neighbours in their order."""
    call.actor.must(Permission.catalog_read, anywhere=True)
    words = await call.read(vocabulary)
    return Page([CatalogCategory.of(category, words) for category in words.tree()])


@write(
    "POST",
    "/catalog/categories",
    permission=Permission.catalog_write,
    summary="Make a category",
    tags=TAGS,
    status=201,
)
async def post_category(call: Call, data: Body[NewCategory]) -> Response[CatalogCategory]:
    """At the top of the tree or below another category."""

    async def work(tx: Transaction) -> CatalogCategory:
        category = await create_category(tx, data, by=call.actor)
        return CatalogCategory.of(category, await vocabulary(tx))

    return await call.write(work, status=201)


@write(
    "PATCH",
    "/catalog/categories/{category_id:str}",
    permission=Permission.catalog_write,
    summary="Change or move a category",
    tags=TAGS,
)
async def patch_category(
    call: Call, category_id: FromPath[str], data: Body[CategoryChange]
) -> Response[CatalogCategory]:
    """A new parent moves it with all below it; null moves it to the top."""
    id = parse("cat", category_id)

    async def work(tx: Transaction) -> CatalogCategory:
        category = await change_category(tx, id, data, by=call.actor)
        return CatalogCategory.of(category, await vocabulary(tx))

    return await call.write(work)


@write(
    "DELETE",
    "/catalog/categories/{category_id:str}",
    permission=Permission.catalog_write,
    summary="Take an empty category away",
    tags=TAGS,
    status=204,
)
async def delete_category(call: Call, category_id: FromPath[str], version: Version) -> Response[None]:
    """Refused while products or categories stand in it."""
    id = parse("cat", category_id)
    return await call.write(lambda tx: remove_category(tx, id, version, by=call.actor), status=204)


@read("/catalog/attributes", permission=Permission.catalog_read, summary="All attributes", tags=TAGS)
async def list_attributes(call: Call) -> Page[CatalogAttribute]:
    """What can be said of products, with names and choices in all languages."""
    call.actor.must(Permission.catalog_read, anywhere=True)
    words = await call.read(vocabulary)
    return Page([CatalogAttribute.of(attribute) for attribute in words.attributes.values()])


@write(
    "POST",
    "/catalog/attributes",
    permission=Permission.catalog_write,
    summary="Declare an attribute",
    tags=TAGS,
    status=201,
)
async def post_attribute(call: Call, data: Body[NewAttribute]) -> Response[CatalogAttribute]:
    """Its kind and unit are for good."""
    return await call.write(lambda tx: declare(tx, data, by=call.actor), view=CatalogAttribute.of, status=201)


@write(
    "PUT",
    "/catalog/attributes/{code:str}",
    permission=Permission.catalog_write,
    summary="Change an attribute",
    tags=TAGS,
)
async def put_attribute(
    call: Call, code: FromPath[str], data: Body[AttributeChange]
) -> Response[CatalogAttribute]:
    """Names, choices and place as they shall be; choices that products have cannot be left out."""
    return await call.write(
        lambda tx: change_attribute(tx, code, data, by=call.actor), view=CatalogAttribute.of
    )


def _both(product_id: str, variant_id: str) -> tuple[UUID, UUID]:
    return parse("prd", product_id), parse("var", variant_id)


ROUTES = [
    list_products,
    read_product,
    create_product,
    import_products,
    change_product,
    publish_product,
    archive_product,
    create_variant,
    patch_variant,
    retire_variant,
    bring_variant_back,
    list_categories,
    post_category,
    patch_category,
    delete_category,
    list_attributes,
    post_attribute,
    put_attribute,
    *api_staff.ROUTES,
]
