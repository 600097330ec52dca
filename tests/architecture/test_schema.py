"""The schema keeps to the rules under which it runs on one server and distributed."""

from collections.abc import Iterator

import psycopg
import pytest
from tests.architecture.families import KEY_OF, LOCAL, REFERENCE, known

QUEUE = "procrastinate_"  # the queue's own tables are another's and stay local

TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1
"""
UNIQUE_INDEXES = """
SELECT t.relname, i.relname, a.attname FROM pg_index x
JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace ORDER BY 1, 2
"""
WITHOUT_KEY = """
SELECT relname FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')
"""
FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, a.attname, c.confdeltype::text
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
TRIGGERS = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
NUMBERED = """
SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0
AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%')
"""
SORTED_BY_LOCALE = """
SELECT DISTINCT c.relname || '.' || a.attname FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation o ON o.oid = a.attcollation
JOIN pg_index i ON i.indrelid = c.oid AND a.attnum = ANY (i.indkey)
JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
WHERE c.relnamespace = 'public'::regnamespace AND o.collname <> 'C' AND m.amname = 'btree' ORDER BY 1
"""
FLOATS = """
SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0
AND a.atttypid IN ('float4'::regtype, 'float8'::regtype, 'money'::regtype)
"""


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[tuple[str, ...]]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def ours(connection: psycopg.Connection[tuple[str, ...]], query: str) -> list[tuple[str, ...]]:
    rows = connection.execute(query.encode()).fetchall()
    return [row for row in rows if not row[0].startswith((QUEUE, "alembic_version"))]


def test_every_table_belongs_to_a_family(connection: psycopg.Connection[tuple[str, ...]]) -> None:
    present = {row[0] for row in ours(connection, TABLES)}
    assert present - known() == set(), "enter them in tests/architecture/families.py"
    assert known() - present == {"alembic_version"}


def test_every_table_has_a_primary_key(connection: psycopg.Connection[tuple[str, ...]]) -> None:
    assert ours(connection, WITHOUT_KEY) == []


def test_what_is_unique_in_a_family_begins_with_its_key(
    connection: psycopg.Connection[tuple[str, ...]],
) -> None:
    wrong = [
        f"{table}: {index} begins with {column}, not {KEY_OF[table]}"
        for table, index, column in ours(connection, UNIQUE_INDEXES)
        if table in KEY_OF and column != KEY_OF[table]
    ]
    assert wrong == []


def test_a_foreign_key_stays_in_its_family_or_points_to_a_reference_table(
    connection: psycopg.Connection[tuple[str, ...]],
) -> None:
    wrong = []
    for table, target, column, on_delete in ours(connection, FOREIGN_KEYS):
        same_family = KEY_OF.get(table) == KEY_OF.get(target) == column
        both_local = table in LOCAL and (target in LOCAL or target.startswith(QUEUE))
        if not (target in REFERENCE or same_family or both_local):
            wrong.append(f"{table} → {target}")
        if on_delete in ("n", "d"):
            wrong.append(f"{table} → {target} would set its key to nothing")
    assert wrong == []


def test_there_are_no_triggers(connection: psycopg.Connection[tuple[str, ...]]) -> None:
    assert ours(connection, TRIGGERS) == []


def test_no_number_comes_from_the_server(connection: psycopg.Connection[tuple[str, ...]]) -> None:
    assert ours(connection, NUMBERED) == []


def test_indexed_text_sorts_by_bytes(connection: psycopg.Connection[tuple[str, ...]]) -> None:
    assert [row[0] for row in ours(connection, SORTED_BY_LOCALE)] == []


def test_no_column_holds_a_float(connection: psycopg.Connection[tuple[str, ...]]) -> None:
    assert [row[0] for row in ours(connection, FLOATS)] == []
