"""Products as staff look for them: of any status, in the order of their making."""

from uuid import UUID

from torg.catalog.lexemes import CONFIGURATIONS
from torg.catalog.model import Product, Status
from torg.catalog.question import asked
from torg.catalog.store import products
from torg.catalog.store.shelf import LAST_ID
from torg.kernel import cursors, i18n
from torg.kernel.database import Transaction
from torg.kernel.http import Page


async def find(
    tx: Transaction,
    *,
    query: str | None = None,
    language: str,
    status: Status | None = None,
    category: UUID | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Product]:
    """A page of products, newest first: all, of a status, below a category, or found by words, SKU or GTIN."""
    (before,) = cursors.decode(cursor, tuple[UUID]) or (LAST_ID,)
    if query is None or not query.strip():
        found = await products.listed(tx, before=before, status=status, category=category, limit=limit + 1)
    elif (question := asked(query)).empty:
        found = []
    else:
        language = i18n.closest(language) or i18n.DEFAULT
        found = await products.found(
            tx,
            configuration=CONFIGURATIONS[language],
            language=language,
            whole=question.whole,
            last=question.last,
            identifier=question.identifier,
            before=before,
            status=status,
            category=category,
            limit=limit + 1,
        )
    return Page.cut(found, limit, lambda product: (product.id,))
