"""Publish a product, or archive it: the only moves of its status."""

from uuid import UUID

from msgspec.structs import replace

from torg.catalog.events import ProductArchived, ProductPublished
from torg.catalog.keep import keep_one
from torg.catalog.model import NothingToSell, Product, Status, StatusMoveRefused
from torg.catalog.store import products
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def publish(tx: Transaction, id: UUID, version: int, *, by: Actor) -> Product:
    """Offer a draft or an archived product where and when its assortment says."""
    by.must(Permission.catalog_write)
    product = await products.get(tx, id, version=version)
    published = await keep_one(tx, product, moved(product, Status.active))
    tx.record(ProductPublished(product_id=id, version=published.version))
    return published


async def archive(tx: Transaction, id: UUID, version: int, *, by: Actor) -> Product:
    """Offer a product nowhere any more; orders and stock go on naming it."""
    by.must(Permission.catalog_write)
    product = await products.get(tx, id, version=version)
    archived = await keep_one(tx, product, moved(product, Status.archived))
    tx.record(ProductArchived(product_id=id, version=archived.version))
    return archived


def moved(product: Product, wanted: Status) -> Product:
    """The product in another status; refuses to publish what has nothing to sell, or to move to where it is."""
    if product.status is wanted:
        raise StatusMoveRefused(status=product.status, wanted=wanted)
    if wanted is Status.active and not product.active_variants():
        raise NothingToSell()
    return replace(product, status=wanted)
