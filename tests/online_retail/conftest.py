"""The command on a database of its own, and what stands there afterwards."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from torg.__main__ import main
from torg.kernel.clock import FixedClock

SAMPLE = Path(__file__).with_name("sample.csv")
SECRET = "s" * 40

Run = Callable[..., Result]

# What an import leaves behind, without what is by chance (ids of goods) or by the clock.
CONTENT = {
    "orders": """
        SELECT to_jsonb(o) - 'updated_at' FROM orders o ORDER BY order_id""",
    "lines": """
        SELECT to_jsonb(l) - 'product_id' - 'variant_id' FROM order_lines l ORDER BY order_id, position, id""",
    "copies": "SELECT to_jsonb(c) FROM customer_orders c ORDER BY customer_id, order_id",
    "numbers": "SELECT to_jsonb(n) FROM order_number_claims n ORDER BY number",
    "returns": "SELECT to_jsonb(r) FROM returns r ORDER BY order_id, id",
    "returned": """
        SELECT to_jsonb(l) - 'product_id' - 'variant_id' FROM return_lines l ORDER BY order_id, return_id, id""",
    "customers": "SELECT to_jsonb(c) FROM customers c ORDER BY customer_id",
    "entries": "SELECT to_jsonb(e) FROM import_entries e ORDER BY id",
    "goods": """
        SELECT jsonb_build_array(v.sku, p.status, p.kind, t.name, a.scope, r.amount, l.location, l.on_hand)
        FROM variants v JOIN products p ON p.id = v.product_id
        LEFT JOIN product_texts t ON t.product_id = p.id LEFT JOIN assortment a ON a.product_id = p.id
        LEFT JOIN prices r ON r.variant_id = v.id LEFT JOIN levels l ON l.variant_id = v.id ORDER BY v.sku""",
    # How many facts tell of the levels depends on which of them share a bucket: which is by chance, as the ids are.
    "told": """
        SELECT to_jsonb(o.type), sum(coalesce(jsonb_array_length(o.payload -> 'levels'), 1))::int
        FROM outbox o GROUP BY 1 ORDER BY 1""",
    "runs": "SELECT to_jsonb(i) - 'id' - 'started_at' - 'finished_at' FROM imports i ORDER BY source, fingerprint",
    "places": "SELECT to_jsonb(c) FROM channels c ORDER BY code",
}
TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1
"""


def content(url: str) -> dict[str, list[Any]]:
    """What an import leaves behind."""
    with psycopg.connect(url) as connection:
        return {name: connection.execute(sql.encode()).fetchall() for name, sql in CONTENT.items()}


def fingerprint(url: str) -> dict[str, str]:
    """The whole database, table by table."""
    with psycopg.connect(url) as connection:
        tables = [row[0] for row in connection.execute(TABLES.encode())]
        whole = "SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM {} t"
        sums = {}
        for table in tables:
            row = connection.execute(whole.format(table).encode()).fetchone()
            assert row is not None
            sums[table] = row[0]
        return sums


@pytest.fixture
def clock() -> FixedClock:
    """A clock behind the command's, which goes by the real one."""
    return FixedClock(datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a command line on this module's database, with a data folder of its own."""
    monkeypatch.setenv("TORG_DATABASE_URL", database_url)
    monkeypatch.setenv("TORG_SECRET", SECRET)
    monkeypatch.setenv("TORG_DATA", str(tmp_path))

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(main, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    yield run
