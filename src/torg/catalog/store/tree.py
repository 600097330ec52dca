"""Attributes and categories: few rows, read whole, kept by every process for a second.

The tree is stored as materialised paths; a move rewrites the paths below it in one statement. Whoever moves or removes
a category holds the whole tree; whoever saves a product holds its categories and attributes, so that none of them
vanishes or moves while the product's shelves are filled.
"""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import errors
from psycopg.types.json import Jsonb

from torg.catalog.model import Attribute, AttributeExists, Category, CategoryExists, SlugTaken
from torg.kernel.database import Transaction

ATTRIBUTES: Final = """
SELECT code, kind, unit, names, choices, position, version FROM attributes ORDER BY position, code
"""

HOLD_ATTRIBUTES: Final = "SELECT code FROM attributes WHERE code = ANY(%(codes)s) ORDER BY code FOR SHARE"

LOCK_ATTRIBUTE: Final = """
SELECT code, kind, unit, names, choices, position, version FROM attributes WHERE code = %(code)s FOR UPDATE
"""

ADD_ATTRIBUTE: Final = """
INSERT INTO attributes (code, kind, unit, names, choices, position, version)
VALUES (%(code)s, %(kind)s, %(unit)s, %(names)s, %(choices)s, %(position)s, %(version)s)
ON CONFLICT (code) DO NOTHING
"""

CHANGE_ATTRIBUTE: Final = """
UPDATE attributes SET names = %(names)s, choices = %(choices)s, position = %(position)s, unit = %(unit)s,
    version = %(version)s
WHERE code = %(code)s AND version = %(version)s - 1
"""

CHOICES_IN_USE: Final = """
SELECT DISTINCT used.choice FROM (
    SELECT p.attributes ->> %(code)s AS choice FROM products p WHERE p.attributes ? %(code)s
    UNION ALL
    SELECT v.options ->> %(code)s FROM variants v WHERE v.options ? %(code)s
) AS used
WHERE used.choice = ANY(%(choices)s)
"""

CATEGORIES: Final = """
SELECT id, code, parent_id, path, position, texts, version FROM categories ORDER BY position, code
"""

HOLD_CATEGORIES: Final = "SELECT id FROM categories WHERE code = ANY(%(codes)s) ORDER BY id FOR SHARE"

LOCK_TREE: Final = "SELECT id FROM categories ORDER BY id FOR UPDATE"

ADD_CATEGORY: Final = """
INSERT INTO categories (id, code, parent_id, path, position, texts, version)
VALUES (%(id)s, %(code)s, %(parent_id)s, %(path)s, %(position)s, %(texts)s, %(version)s)
"""

CHANGE_CATEGORY: Final = """
UPDATE categories SET position = %(position)s, texts = %(texts)s, version = %(version)s
WHERE id = %(id)s AND version = %(version)s - 1
"""

MOVE_CATEGORY: Final = """
UPDATE categories SET
    parent_id = CASE WHEN id = %(id)s THEN %(parent_id)s ELSE parent_id END,
    version = CASE WHEN id = %(id)s THEN version + 1 ELSE version END,
    path = %(new)s || substr(path, length(%(old)s) + 1)
WHERE path LIKE %(old)s || '%%'
"""

CATEGORY_HOLDS: Final = """
SELECT EXISTS (SELECT FROM categories WHERE parent_id = %(id)s)
    OR EXISTS (SELECT FROM product_categories WHERE category_id = %(id)s)
"""

REMOVE_CATEGORY: Final = "DELETE FROM categories WHERE id = %(id)s"

CLAIM_CATEGORY_SLUGS: Final = """
INSERT INTO category_slugs (slug, category_id) SELECT slug, %(id)s FROM unnest(%(slugs)s::text[]) AS slug
ON CONFLICT (slug) DO NOTHING
"""

FOREIGN_CATEGORY_SLUGS: Final = """
SELECT slug FROM category_slugs WHERE slug = ANY(%(slugs)s) AND category_id <> %(id)s ORDER BY slug
"""


async def attributes(tx: Transaction) -> dict[str, Attribute]:
    """All attributes by code, in the order in which they are shown."""
    return {attribute.code: attribute for attribute in await tx.all(Attribute, ATTRIBUTES)}


async def categories(tx: Transaction) -> dict[str, Category]:
    """All categories by code, in the order in which they are shown beside each other."""
    return {category.code: category for category in await tx.all(Category, CATEGORIES)}


async def hold(tx: Transaction, attributes: Collection[str], categories: Collection[str]) -> None:
    """Keep these (by code) as they are until the transaction ends."""
    if attributes:
        await tx.execute(HOLD_ATTRIBUTES, codes=list(attributes))
    if categories:
        await tx.execute(HOLD_CATEGORIES, codes=list(categories))


async def lock_attribute(tx: Transaction, code: str) -> Attribute | None:
    """One attribute, kept from being changed or used by others."""
    return await tx.find(Attribute, LOCK_ATTRIBUTE, code=code)


async def add_attribute(tx: Transaction, attribute: Attribute) -> None:
    """Write a new attribute."""
    if not await tx.execute(ADD_ATTRIBUTE, **_row(attribute)):
        raise AttributeExists(attribute=attribute.code)


async def change_attribute(tx: Transaction, attribute: Attribute) -> bool:
    """Write an attribute over the version before it; False when another version stands there."""
    return bool(await tx.execute(CHANGE_ATTRIBUTE, **_row(attribute)))


async def choices_in_use(tx: Transaction, code: str, choices: Collection[str]) -> list[str]:
    """Those of the choices that a product or a variant has, archived ones included."""
    return await tx.all(str, CHOICES_IN_USE, code=code, choices=list(choices)) if choices else []


async def lock_tree(tx: Transaction) -> None:
    """Keep every category as it is for whoever decides about the tree's shape."""
    await tx.execute(LOCK_TREE)


async def add_category(tx: Transaction, category: Category) -> None:
    """Write a new category with its addresses."""
    try:
        await tx.execute(ADD_CATEGORY, **_row(category))
    except errors.UniqueViolation:
        raise CategoryExists(category=category.code) from None
    await _claim_slugs(tx, category)


async def change_category(tx: Transaction, category: Category) -> bool:
    """Write a category's texts and position over the version before it; False when another version stands there."""
    await _claim_slugs(tx, category)
    return bool(await tx.execute(CHANGE_CATEGORY, **_row(category)))


async def move_category(tx: Transaction, category: Category, *, parent_id: UUID | None, path: str) -> None:
    """Hang a part of the tree elsewhere: the category and everything below it."""
    await tx.execute(MOVE_CATEGORY, id=category.id, parent_id=parent_id, old=category.path, new=path)


async def holds(tx: Transaction, id: UUID) -> bool:
    """Whether products or categories stand in the category."""
    return await tx.one(bool, CATEGORY_HOLDS, id=id)


async def remove_category(tx: Transaction, id: UUID) -> None:
    """Take an empty category away; its addresses are free again."""
    await tx.execute(REMOVE_CATEGORY, id=id)


async def foreign_slugs(tx: Transaction, id: UUID, slugs: Collection[str]) -> set[str]:
    """Those of the addresses that belong to other categories, or did."""
    return set(await tx.all(str, FOREIGN_CATEGORY_SLUGS, id=id, slugs=list(slugs)))


async def _claim_slugs(tx: Transaction, category: Category) -> None:
    slugs = sorted({text.slug for text in category.texts.values() if text.slug})
    await tx.execute(CLAIM_CATEGORY_SLUGS, id=category.id, slugs=slugs)
    if foreign := await foreign_slugs(tx, category.id, slugs):
        raise SlugTaken(slug=min(foreign))


def _row(thing: Attribute | Category) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.structs.asdict(thing)
    return {
        name: Jsonb(value) if name in {"names", "choices", "texts"} else value for name, value in row.items()
    }
