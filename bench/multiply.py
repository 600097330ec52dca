"""Makes the catalogue as large as is wanted by copying rows: products with what is derived from them, prices, stock.

Each copy has ids, SKU, addresses and a number in its name of its own; everything else is the product that it was made
of. So every word of the goods finds as many times what it found: far more than words of a shop that really has so many.
"""

from typing import Any, Final, LiteralString

import psycopg

from torg.inventory.rules import bucket

TEMPLATES: Final = """
CREATE TEMP TABLE originals AS
SELECT id FROM products WHERE status = 'active' AND kind = 'physical' AND NOT EXISTS (
    SELECT FROM variants v WHERE v.product_id = products.id AND v.components <> '[]')
"""
COUNT: Final = "SELECT count(*) FROM originals"
SHIFTED: Final = """
CREATE FUNCTION pg_temp.copy_of(id uuid, number integer) RETURNS uuid IMMUTABLE LANGUAGE sql AS
$$ SELECT overlay(id::text PLACING lpad(to_hex(number), 6, '0') FROM 25 FOR 6)::uuid $$
"""
BUCKETS: Final = "CREATE TEMP TABLE buckets (variant_id uuid PRIMARY KEY, bucket smallint NOT NULL)"
NEW_VARIANTS: Final = """
SELECT pg_temp.copy_of(v.id, n) FROM variants v JOIN originals o ON o.id = v.product_id
CROSS JOIN generate_series(1, %(copies)s) n
"""

COPIES: Final[tuple[LiteralString, ...]] = (
    """
    INSERT INTO products (id, status, kind, tax_class, hs_code, origin, options, attributes, rank, image, version,
        created_at, changed_at)
    SELECT pg_temp.copy_of(p.id, n), status, kind, tax_class, hs_code, origin, options, attributes,
        rank - n %% 97, image, version, created_at, changed_at
    FROM products p JOIN originals USING (id) CROSS JOIN generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO product_texts (product_id, language, name, description, slug)
    SELECT pg_temp.copy_of(product_id, n), language, name || ' ' || n, description, slug || '-' || n
    FROM product_texts p JOIN originals o ON o.id = p.product_id CROSS JOIN generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO product_slugs (slug, product_id)
    SELECT slug || '-' || n, pg_temp.copy_of(product_id, n)
    FROM product_slugs p JOIN originals o ON o.id = p.product_id CROSS JOIN generate_series(1, %(copies)s) n
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO variants (id, product_id, status, sku, options, combination, weight_g, position, image, content,
        content_unit)
    SELECT pg_temp.copy_of(v.id, n), pg_temp.copy_of(product_id, n), status, sku || '-' || n, options, combination,
        weight_g, position, image, content, content_unit
    FROM variants v JOIN originals o ON o.id = v.product_id CROSS JOIN generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO product_categories (product_id, category_id)
    SELECT pg_temp.copy_of(product_id, n), category_id
    FROM product_categories p JOIN originals o ON o.id = p.product_id
    CROSS JOIN generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO product_media (product_id, position, file, alt, shows)
    SELECT pg_temp.copy_of(product_id, n), position, file, alt, shows
    FROM product_media p JOIN originals o ON o.id = p.product_id CROSS JOIN generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO assortment (product_id, scope, listed, from_at, until_at, live, rank)
    SELECT pg_temp.copy_of(product_id, n), scope, listed, from_at, until_at, live, rank - n %% 97
    FROM assortment p JOIN originals o ON o.id = p.product_id CROSS JOIN generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO shelves (category_id, rank, product_id)
    SELECT category_id, rank - n %% 97, pg_temp.copy_of(product_id, n)
    FROM shelves p JOIN originals o ON o.id = p.product_id CROSS JOIN generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO faces (product_id, language, name, slug, document)
    SELECT pg_temp.copy_of(product_id, n), language, name || ' ' || n, slug || '-' || n,
        document || setweight(to_tsvector('simple', n::text), 'A')
    FROM faces p JOIN originals o ON o.id = p.product_id CROSS JOIN generate_series(1, %(copies)s) n
    ORDER BY language, n
    """,
    """
    INSERT INTO prices (variant_id, price_list, valid_from, valid_to, amount, version, from_quantity, converted)
    SELECT pg_temp.copy_of(variant_id, n), price_list, valid_from, valid_to, amount + n %% 50 * 100, p.version,
        from_quantity, converted
    FROM prices p JOIN variants v ON v.id = p.variant_id JOIN originals o ON o.id = v.product_id
    CROSS JOIN generate_series(1, %(copies)s) n
    """,
    """
    INSERT INTO levels (bucket, variant_id, location, on_hand)
    SELECT b.bucket, b.variant_id, l.location, l.on_hand
    FROM levels l JOIN variants v ON v.id = l.variant_id JOIN originals o ON o.id = v.product_id
    CROSS JOIN generate_series(1, %(copies)s) n JOIN buckets b ON b.variant_id = pg_temp.copy_of(l.variant_id, n)
    """,
)


def products(connection: psycopg.Connection[Any], wanted: int) -> int:
    """Copies of every product until there are at least so many; tells how many copies of each there are."""
    connection.execute("SET session_replication_role = replica")
    connection.execute(SHIFTED)
    connection.execute(TEMPLATES)
    row = connection.execute(COUNT).fetchone()
    assert row is not None
    copies = -(-wanted // row[0])
    connection.execute(BUCKETS)
    variants = [row[0] for row in connection.execute(NEW_VARIANTS, {"copies": copies})]
    with connection.cursor().copy("COPY buckets FROM STDIN") as copy:
        for variant in variants:
            copy.write_row((variant, bucket(variant)))
    for each in COPIES:
        connection.execute(each, {"copies": copies})
    connection.execute("RESET session_replication_role")
    return int(copies)
