"""`./torg stock`: balances that other hands have changed are named and mended from the terminal."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from torg.__main__ import main

GOODS = """
INSERT INTO locations (code, kind, name, country, time_zone, address, latitude_e6, longitude_e6)
VALUES ('shelf', 'warehouse', 'Shelf', 'NO', 'Europe/Oslo', '{}', 0, 0);
INSERT INTO products (id, status, kind, tax_class, options, attributes, rank, version, created_at, changed_at)
VALUES ('01980000-0000-7000-8000-000000000001', 'active', 'physical', 'standard', '{}', '{}', 0, 1, now(), now());
INSERT INTO variants (id, product_id, status, sku, options, combination, weight_g, position)
VALUES ('01980000-0000-7000-8000-000000000001', '01980000-0000-7000-8000-000000000001', 'active', 'A', '{}', 'A', 1, 0);
INSERT INTO levels (bucket, variant_id, location, on_hand, sequence)
VALUES (35, '01980000-0000-7000-8000-000000000001', 'shelf', 47, 1);
INSERT INTO movements (bucket, variant_id, location, sequence, cause, on_hand, reserved, allocated, damaged, incoming,
                       actor, at)
VALUES (35, '01980000-0000-7000-8000-000000000001', 'shelf', 1, 'received', 46, 0, 0, 0, 0, 'system', now());
"""


@pytest.fixture(autouse=True)
def _shelf(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TORG_DATABASE_URL", database_url)
    monkeypatch.setenv("TORG_SECRET", "s" * 40)
    monkeypatch.setenv("TORG_DATA", str(tmp_path))
    with psycopg.connect(database_url) as connection:
        connection.execute(GOODS)
    yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["stock", *arguments])


def test_a_balance_that_the_ledger_does_not_explain_is_named_and_mended() -> None:
    told = "var_01980000000070008000000000000001 at shelf: on_hand is 47, the ledger says 46\n1 differences\n"
    found = run("verify")
    assert (found.exit_code, found.output) == (1, told)
    assert run("recount").output == told
    right = run("verify")
    assert (right.exit_code, right.output) == (0, "0 differences\n")
