"""Categories and attributes over HTTP, for staff and programs."""

from typing import Annotated

from litestar import Response

from torg.catalog.api.products import TAGS
from torg.catalog.api.views import CatalogAttribute, CatalogCategory
from torg.catalog.categorise import (
    CategoryChange,
    NewCategory,
    change_category,
    create_category,
    remove_category,
)
from torg.catalog.declare import AttributeChange, NewAttribute, change_attribute, declare
from torg.catalog.keep import vocabulary
from torg.kernel.database import Transaction
from torg.kernel.http import Body, Call, FromPath, Page, QueryParameter, read, write
from torg.kernel.ids import parse
from torg.permissions import Permission

Version = Annotated[int, QueryParameter(ge=1, le=2**31 - 1, description="The version that the caller saw.")]


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


ROUTES = [
    list_categories,
    post_category,
    patch_category,
    delete_category,
    list_attributes,
    post_attribute,
    put_attribute,
]
