"""What is derived from products: places in the assortment, shelves and faces, written with the product itself.

In the same transaction and not by a reaction, because a product that is archived must be gone from every list at
once, the catalogue is written a thousand times less often than it is read, and its price is some milliseconds a write.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction

PLACE: Final = """
UPDATE assortment a SET live = a.listed AND p.status = 'active', rank = p.rank
FROM products p
WHERE p.id = a.product_id AND a.product_id = ANY(%(ids)s)
  AND (a.live, a.rank) IS DISTINCT FROM (a.listed AND p.status = 'active', p.rank)
"""

CLEAR_SHELVES: Final = "DELETE FROM shelves WHERE product_id = ANY(%(ids)s)"

FILL_SHELVES: Final = """
INSERT INTO shelves (category_id, rank, product_id)
SELECT DISTINCT above.id, p.rank, p.id
FROM products p
JOIN product_categories pc ON pc.product_id = p.id
JOIN categories c ON c.id = pc.category_id
JOIN categories above ON above.path = left(c.path, length(above.path))
WHERE p.id = ANY(%(ids)s) AND p.status = 'active'
"""

CLEAR_SUBTREE: Final = """
DELETE FROM shelves s
WHERE s.product_id IN (
    SELECT pc.product_id FROM product_categories pc JOIN categories c ON c.id = pc.category_id
    WHERE c.path LIKE %(path)s || '%%')
"""

FILL_SUBTREE: Final = """
INSERT INTO shelves (category_id, rank, product_id)
SELECT DISTINCT above.id, p.rank, p.id
FROM products p
JOIN product_categories pc ON pc.product_id = p.id
JOIN categories c ON c.id = pc.category_id
JOIN categories above ON above.path = left(c.path, length(above.path))
WHERE p.status = 'active' AND p.id IN (
    SELECT mine.product_id FROM product_categories mine JOIN categories m ON m.id = mine.category_id
    WHERE m.path LIKE %(path)s || '%%')
"""

SHOW: Final = """
INSERT INTO faces AS f (product_id, language, name, slug, document)
SELECT r.product_id, r.language, r.name, r.slug,
       setweight(to_tsvector(r.configuration::regconfig, r.title), 'A')
       || setweight(to_tsvector('simple', r.title), 'A')
       || setweight(to_tsvector(r.configuration::regconfig, r.labels), 'B')
       || setweight(to_tsvector('simple', r.labels), 'B')
       || strip(to_tsvector(r.configuration::regconfig, r.body))
       || array_to_tsvector(ARRAY['=' || r.language])
       || array_to_tsvector(ARRAY(SELECT DISTINCT '^' || word.lexeme FROM unnest(
            to_tsvector(r.configuration::regconfig, r.title) || to_tsvector('simple', r.title)) AS word))
FROM jsonb_to_recordset(%(rows)s) AS r (
    product_id uuid, language text, name text, slug text, configuration text, title text, labels text, body text)
ON CONFLICT (product_id, language) DO UPDATE SET
    name = excluded.name, slug = excluded.slug, document = excluded.document
WHERE (f.name, f.slug, f.document) IS DISTINCT FROM (excluded.name, excluded.slug, excluded.document)
"""

SHOWING_CATEGORY: Final = """
SELECT DISTINCT pc.product_id FROM product_categories pc JOIN categories c ON c.id = pc.category_id
WHERE c.path LIKE %(path)s || '%%' AND pc.product_id > %(after)s
ORDER BY pc.product_id LIMIT %(limit)s
"""

SHOWING_ATTRIBUTE: Final = """
SELECT p.id FROM products p
WHERE p.id > %(after)s AND (p.attributes ? %(code)s OR %(code)s = ANY(p.options))
ORDER BY p.id LIMIT %(limit)s
"""


class Face(Struct, frozen=True):
    """How a product shows in a language; title, labels and body are plain words between spaces."""

    product_id: UUID
    language: str
    name: str
    slug: str
    configuration: str
    title: str
    labels: str
    body: str


async def place(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Bring the assortment's copies of status and rank up to date."""
    await tx.execute(PLACE, ids=list(ids))


async def shelve(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Put the products on the shelves of their categories and of all above them."""
    await tx.execute(CLEAR_SHELVES, ids=list(ids))
    await tx.execute(FILL_SHELVES, ids=list(ids))


async def shelve_below(tx: Transaction, path: str) -> None:
    """Put the products of a whole part of the tree on their shelves anew, after it was moved."""
    await tx.execute(CLEAR_SUBTREE, path=path)
    await tx.execute(FILL_SUBTREE, path=path)


async def show(tx: Transaction, faces: Sequence[Face]) -> None:
    """Write how the products show; rows that stay the same are not touched.

    Language by language, so that many products brought in at once lie close together for those who search in one.
    """
    await tx.execute(SHOW, rows=Jsonb(sorted(faces, key=lambda face: (face.language, face.product_id))))


async def showing_category(tx: Transaction, path: str, after: UUID, limit: int) -> list[UUID]:
    """Products that stand in a category or below it, by id."""
    return await tx.all(UUID, SHOWING_CATEGORY, path=path, after=after, limit=limit)


async def showing_attribute(tx: Transaction, code: str, after: UUID, limit: int) -> list[UUID]:
    """Products that say something by an attribute, by id."""
    return await tx.all(UUID, SHOWING_ATTRIBUTE, code=code, after=after, limit=limit)
