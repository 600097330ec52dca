# ruff: noqa: S608  # the statements are composed of constants of this module
"""A product with all its parts: read in one statement, written by the difference between before and after.

A product is locked before it is changed, and its row is written only over the version that was read. SKU, GTIN and
the combination of options are held unique by the database; whoever comes second is told which of them it was.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg import errors
from psycopg.types.json import Jsonb

from torg.catalog.model import (
    CombinationTaken,
    Component,
    GtinTaken,
    Kind,
    Product,
    ProductNotFound,
    SkuTaken,
    SlugTaken,
    Special,
    Status,
)
from torg.catalog.rules import combination
from torg.kernel.database import Transaction
from torg.kernel.errors import Conflict, StaleVersion, TorgError
from torg.kernel.ids import public

AGGREGATE: Final = """
json_build_object(
    'id', p.id, 'status', p.status, 'kind', p.kind, 'tax_class', p.tax_class, 'hs_code', p.hs_code,
    'origin', p.origin, 'options', p.options, 'attributes', p.attributes, 'rank', p.rank, 'image', p.image,
    'card_amounts', p.card_amounts, 'version', p.version, 'created_at', p.created_at, 'changed_at', p.changed_at,
    'texts', (SELECT COALESCE(json_object_agg(t.language, json_build_object(
                  'name', t.name, 'description', t.description, 'slug', t.slug)), '{}')
              FROM product_texts t WHERE t.product_id = p.id),
    'categories', (SELECT COALESCE(json_agg(c.code ORDER BY c.path), '[]')
                   FROM product_categories pc JOIN categories c ON c.id = pc.category_id
                   WHERE pc.product_id = p.id),
    'variants', (SELECT COALESCE(json_agg(json_build_object(
                     'id', v.id, 'status', v.status, 'sku', v.sku, 'gtin', v.gtin, 'options', v.options,
                     'weight_g', v.weight_g, 'length_mm', v.length_mm, 'width_mm', v.width_mm,
                     'height_mm', v.height_mm, 'position', v.position, 'image', v.image,
                     'components', v.components, 'release_on', v.release_on, 'content', v.content,
                     'content_unit', v.content_unit)
                     ORDER BY v.position, v.id), '[]')
                 FROM variants v WHERE v.product_id = p.id),
    'media', (SELECT COALESCE(json_agg(json_build_object(
                  'file', m.file, 'alt', m.alt, 'shows', m.shows) ORDER BY m.position), '[]')
              FROM product_media m WHERE m.product_id = p.id),
    'assortment', (SELECT COALESCE(json_agg(json_build_object(
                       'scope', a.scope, 'listed', a.listed, 'from', a.from_at, 'until', a.until_at)
                       ORDER BY a.scope), '[]')
                   FROM assortment a WHERE a.product_id = p.id)
)::text
"""

_BELOW: Final = """(%(category)s::uuid IS NULL OR EXISTS (
      SELECT FROM product_categories pc JOIN categories c ON c.id = pc.category_id
      WHERE pc.product_id = p.id AND starts_with(c.path, (SELECT path FROM categories WHERE id = %(category)s))))"""

LOCK: Final = "SELECT id FROM products WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"

LOAD: Final = f"SELECT {AGGREGATE} FROM products p WHERE p.id = ANY(%(ids)s) ORDER BY p.id"

LIST: Final = f"""
SELECT {AGGREGATE}
FROM products p
WHERE p.id < %(before)s
  AND (%(status)s::text IS NULL OR p.status = %(status)s)
  AND {_BELOW}
ORDER BY p.id DESC
LIMIT %(limit)s
"""

FIND: Final = f"""
WITH asked AS MATERIALIZED (
    SELECT CASE WHEN %(whole)s = '' THEN ''::tsquery ELSE to_tsquery(%(configuration)s::regconfig, %(whole)s) END
        && (to_tsquery(%(configuration)s::regconfig, %(last)s) || to_tsquery('simple', %(last)s)) AS query
)
SELECT {AGGREGATE}
FROM products p
WHERE p.id < %(before)s
  AND (%(status)s::text IS NULL OR p.status = %(status)s)
  AND {_BELOW}
  AND p.id IN (
      SELECT f.product_id FROM faces f, asked WHERE f.language = %(language)s AND f.document @@ asked.query
      UNION ALL
      SELECT v.product_id FROM variants v WHERE v.sku = %(identifier)s OR v.gtin = %(identifier)s)
ORDER BY p.id DESC
LIMIT %(limit)s
"""

AFTER: Final = f"SELECT {AGGREGATE} FROM products p WHERE p.id > %(after)s ORDER BY p.id LIMIT %(limit)s"

OF_SKUS: Final = "SELECT sku, id AS variant_id, product_id FROM variants WHERE sku = ANY(%(skus)s)"

# Everything that is said of variants besides their own goods; a partial index holds no others.
# An index holds these few alone, so that looking at them does not grow with the catalogue.
SPECIAL_VARIANTS: Final = "variants WHERE components <> '[]' OR release_on IS NOT NULL"
SPECIALS: Final = f"SELECT id AS variant_id, components, release_on FROM {SPECIAL_VARIANTS}"  # our own

LOCK_VARIANTS: Final = """
SELECT v.id, v.sku, v.components, p.kind FROM variants v JOIN products p ON p.id = v.product_id
WHERE v.id = ANY(%(ids)s) ORDER BY v.id FOR NO KEY UPDATE OF v
"""

BUNDLES_WITH: Final = """
SELECT sku FROM variants
WHERE components <> '[]' AND components @> jsonb_build_array(jsonb_build_object('variant_id', %(id)s::uuid))
ORDER BY sku
"""

GTIN_OWNERS: Final = "SELECT gtin AS name, id AS owner FROM variants WHERE gtin = ANY(%(names)s)"

SLUG_OWNERS: Final = "SELECT slug AS name, product_id AS owner FROM product_slugs WHERE slug = ANY(%(names)s)"

CLAIM_SLUGS: Final = """
INSERT INTO product_slugs (slug, product_id)
SELECT r.slug, r.product_id FROM jsonb_to_recordset(%(rows)s) AS r (slug text, product_id uuid)
ON CONFLICT (slug) DO NOTHING
"""

SAVE_PRODUCTS: Final = """
INSERT INTO products AS p (
    id, status, kind, tax_class, hs_code, origin, options, attributes, rank, image, card_amounts, version, created_at,
    changed_at)
SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r (
    id uuid, status text, kind text, tax_class text, hs_code text, origin text, options text[], attributes jsonb,
    rank integer, image text, card_amounts jsonb, version integer, created_at timestamptz, changed_at timestamptz)
ORDER BY r.id
ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, tax_class = excluded.tax_class, hs_code = excluded.hs_code, origin = excluded.origin,
    options = excluded.options, attributes = excluded.attributes, rank = excluded.rank, image = excluded.image,
    card_amounts = excluded.card_amounts, version = excluded.version, changed_at = excluded.changed_at
WHERE p.version = excluded.version - 1
"""

SAVE_TEXTS: Final = """
INSERT INTO product_texts (product_id, language, name, description, slug)
SELECT r.* FROM jsonb_to_recordset(%(rows)s)
    AS r (product_id uuid, language text, name text, description text, slug text)
ON CONFLICT (product_id, language) DO UPDATE SET
    name = excluded.name, description = excluded.description, slug = excluded.slug
"""

DROP_TEXTS: Final = """
DELETE FROM product_texts t USING jsonb_to_recordset(%(rows)s) AS r (product_id uuid, language text)
WHERE t.product_id = r.product_id AND t.language = r.language
"""

SAVE_VARIANTS: Final = """
INSERT INTO variants (
    id, product_id, status, sku, gtin, options, combination, weight_g, length_mm, width_mm, height_mm, position, image,
    components, release_on, content, content_unit)
SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r (
    id uuid, product_id uuid, status text, sku text, gtin text, options jsonb, combination text, weight_g integer,
    length_mm integer, width_mm integer, height_mm integer, position integer, image text, components jsonb,
    release_on date, content integer, content_unit text)
ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, sku = excluded.sku, gtin = excluded.gtin, options = excluded.options,
    combination = excluded.combination, weight_g = excluded.weight_g, length_mm = excluded.length_mm,
    width_mm = excluded.width_mm, height_mm = excluded.height_mm, position = excluded.position, image = excluded.image,
    components = excluded.components, release_on = excluded.release_on, content = excluded.content,
    content_unit = excluded.content_unit
"""

DROP_CATEGORIES: Final = "DELETE FROM product_categories WHERE product_id = ANY(%(ids)s)"

SAVE_CATEGORIES: Final = """
INSERT INTO product_categories (product_id, category_id)
SELECT r.product_id, c.id FROM jsonb_to_recordset(%(rows)s) AS r (product_id uuid, code text)
JOIN categories c ON c.code = r.code COLLATE "C"
"""

DROP_MEDIA: Final = "DELETE FROM product_media WHERE product_id = ANY(%(ids)s)"

SAVE_MEDIA: Final = """
INSERT INTO product_media (product_id, position, file, alt, shows)
SELECT r.* FROM jsonb_to_recordset(%(rows)s)
    AS r (product_id uuid, position integer, file text, alt jsonb, shows jsonb)
"""

DROP_ASSORTMENT: Final = "DELETE FROM assortment WHERE product_id = ANY(%(ids)s)"

SAVE_ASSORTMENT: Final = """
INSERT INTO assortment (product_id, scope, listed, from_at, until_at)
SELECT r.* FROM jsonb_to_recordset(%(rows)s)
    AS r (product_id uuid, scope text, listed boolean, from_at timestamptz, until_at timestamptz)
"""


class Owned(Struct, frozen=True):
    """A name that is unique over the catalogue, and whose it is."""

    name: str
    owner: UUID


class KnownSku(Struct, frozen=True):
    """A SKU that exists, with its variant and product."""

    sku: str
    variant_id: UUID
    product_id: UUID


class Composed(Struct, frozen=True):
    """A variant that may be in a bundle, or be one."""

    id: UUID
    sku: str
    components: tuple[Component, ...]
    kind: Kind


class Change(Struct, frozen=True):
    """A product before (None when it is new) and after a use case."""

    before: Product | None
    after: Product


_product = msgspec.json.Decoder(Product)


async def load(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Product]:
    """The products with these ids, those that exist."""
    return {product.id: product for product in map(_product.decode, await tx.all(str, LOAD, ids=list(ids)))}


async def get(tx: Transaction, id: UUID, *, version: int | None = None) -> Product:
    """Lock a product and read it; StaleVersion when it is no longer the version that the caller saw."""
    await tx.execute(LOCK, ids=[id])
    found = (await load(tx, [id])).get(id)
    if found is None:
        raise ProductNotFound(product=public("prd", id))
    if version is not None and version != found.version:
        raise StaleVersion(given=version, present=found.version)
    return found


async def listed(
    tx: Transaction, *, before: UUID, status: Status | None, category: UUID | None, limit: int
) -> list[Product]:
    """Products, newest first, before an id."""
    rows = await tx.all(str, LIST, before=before, status=status, category=category, limit=limit)
    return [_product.decode(row) for row in rows]


async def found(tx: Transaction, **question: Any) -> list[Product]:
    """Products of any status that fit a question, newest first, before an id."""
    return [_product.decode(row) for row in await tx.all(str, FIND, **question)]


async def after(tx: Transaction, id: UUID, limit: int) -> list[Product]:
    """Products in the order of their ids, after an id."""
    return [_product.decode(row) for row in await tx.all(str, AFTER, after=id, limit=limit)]


async def save(tx: Transaction, changes: Sequence[Change]) -> None:
    """Write the difference; refuses when a product moved on meanwhile, or when something unique is another's."""
    rows = [_row(change.after) for change in changes]
    if await tx.execute(SAVE_PRODUCTS, rows=Jsonb(rows)) != len(rows):
        raise Conflict()
    await _save_texts(tx, changes)
    await _save_variants(tx, changes)
    await _replace(tx, changes, "categories", DROP_CATEGORIES, SAVE_CATEGORIES)
    await _replace(tx, changes, "media", DROP_MEDIA, SAVE_MEDIA)
    await _replace(tx, changes, "assortment", DROP_ASSORTMENT, SAVE_ASSORTMENT)


def _row(product: Product) -> dict[str, Any]:
    parts = {"texts", "variants", "categories", "media", "assortment"}
    return {name: value for name, value in msgspec.structs.asdict(product).items() if name not in parts}


async def _save_texts(tx: Transaction, changes: Sequence[Change]) -> None:
    rows, gone = [], []
    for change in changes:
        old = change.before.texts if change.before else {}
        for language, text in change.after.texts.items():
            if old.get(language) != text:
                rows.append(
                    {"product_id": change.after.id, "language": language, **msgspec.structs.asdict(text)}
                )
        gone += [
            {"product_id": change.after.id, "language": lost}
            for lost in old.keys() - change.after.texts.keys()
        ]
    if gone:
        await tx.execute(DROP_TEXTS, rows=Jsonb(gone))
    if rows:
        await _claim_slugs(tx, {row["slug"]: row["product_id"] for row in rows})
        await tx.execute(SAVE_TEXTS, rows=Jsonb(rows))


async def _claim_slugs(tx: Transaction, wanted: dict[str, UUID]) -> None:
    rows = [{"slug": slug, "product_id": id} for slug, id in sorted(wanted.items())]
    if await tx.execute(CLAIM_SLUGS, rows=Jsonb(rows)) == len(rows):
        return
    owners = await owners_of(tx, SLUG_OWNERS, wanted)
    for slug, id in wanted.items():
        if owners.get(slug) != id:
            raise SlugTaken(slug=slug)


async def owners_of(tx: Transaction, sql: str, names: Iterable[str]) -> dict[str, UUID]:
    """Whose the names are (`GTIN_OWNERS`, `SLUG_OWNERS`); names that are free are missing."""
    found = await tx.all(Owned, sql, names=list(names))
    return {owned.name: owned.owner for owned in found}


async def of_skus(tx: Transaction, skus: Iterable[str]) -> dict[str, KnownSku]:
    """The variants that have these SKUs."""
    return {known.sku: known for known in await tx.all(KnownSku, OF_SKUS, skus=list(skus))}


async def specials(tx: Transaction) -> list[Special]:
    """Every variant that is a bundle or has a day of release."""
    return await tx.all(Special, SPECIALS)


async def lock_variants(tx: Transaction, ids: Iterable[UUID]) -> list[Composed]:
    """Those of the variants that exist, locked until the transaction ends."""
    return await tx.all(Composed, LOCK_VARIANTS, ids=sorted(ids))


async def bundles_with(tx: Transaction, id: UUID) -> list[str]:
    """The SKUs of the bundles that the variant is in."""
    return await tx.all(str, BUNDLES_WITH, id=id)


async def _save_variants(tx: Transaction, changes: Sequence[Change]) -> None:
    rows = []
    for change in changes:
        old = {variant.id: variant for variant in change.before.variants} if change.before else {}
        rows += [
            {
                "product_id": change.after.id,
                "combination": combination(variant.options),
                **msgspec.structs.asdict(variant),
            }
            for variant in change.after.variants
            if old.get(variant.id) != variant
        ]
    if not rows:
        return
    try:
        await tx.execute(SAVE_VARIANTS, rows=Jsonb(rows))
    except errors.UniqueViolation as taken:
        raise _taken(taken, rows) from None


def _taken(error: errors.UniqueViolation, rows: Sequence[dict[str, Any]]) -> TorgError:
    """Which of the variants' unique facts is another's: the one that the database names in its detail."""
    constraint, detail = error.diag.constraint_name, error.diag.message_detail or ""

    def hit(name: str) -> Any:
        return next((row[name] for row in rows if row[name] and f"{row[name]})" in detail), "")

    if constraint == "variants_sku":
        return SkuTaken(sku=hit("sku"))
    if constraint == "variants_gtin":
        return GtinTaken(gtin=hit("gtin"))
    return CombinationTaken(options=hit("combination"))


async def _replace(tx: Transaction, changes: Sequence[Change], part: str, drop: str, insert: str) -> None:
    """Write a list of parts anew for the products whose list has changed."""
    changed = [c for c in changes if getattr(c.after, part) != (getattr(c.before, part) if c.before else ())]
    known = [change.after.id for change in changed if change.before]
    rows = [row for change in changed for row in _parts(change.after, part)]
    if known:
        await tx.execute(drop, ids=known)
    if rows:
        await tx.execute(insert, rows=Jsonb(rows))


def _parts(product: Product, part: str) -> list[dict[str, Any]]:
    if part == "categories":
        return [{"product_id": product.id, "code": code} for code in product.categories]
    rows = [msgspec.structs.asdict(item) for item in getattr(product, part)]
    return [{"product_id": product.id, "position": place, **row} for place, row in enumerate(rows)]
