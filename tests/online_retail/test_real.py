"""The real year: 541,909 lines, killed twice on the way, to the penny; and the same again changes nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from tests.online_retail.conftest import SECRET, fingerprint

from torg.settings import ROOT

YEAR = ROOT.parent / "shared" / "data" / "uci_online_retail.parquet"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not YEAR.exists(), reason=f"the real year is not at {YEAR}"),
]

# The same questions, asked of the file without any of our code.
GOODS = r"regexp_matches(upper(StockCode), '^(\d{5}|DCGS|PADS|GIFT)')"
SOLD_ON = (
    r"regexp_matches(upper(StockCode), '^(\d{5}|DCGS)')"  # not vouchers, nor what costs less than a penny
)
ASKED = f"""
SELECT count(*) AS lines,
       round(sum(Quantity * UnitPrice::DECIMAL(12, 3)) * 100)::BIGINT AS total,
       count(DISTINCT CustomerID) AS customers,
       count(DISTINCT InvoiceNo) FILTER (InvoiceNo LIKE 'C%' AND {GOODS}) AS returns,
       sum(-Quantity) FILTER (InvoiceNo LIKE 'C%' AND {GOODS}) AS units_back,
       count(DISTINCT InvoiceNo) FILTER (Quantity > 0 AND {GOODS} AND UnitPrice > 0) AS priced_orders,
       count(DISTINCT upper(StockCode)) FILTER ({SOLD_ON} AND UnitPrice > 0 AND Quantity > 0) AS sold_on
FROM read_parquet('{YEAR}')
"""
FOUND = """
SELECT (SELECT sum(gross) FROM orders) - (SELECT sum(gross) FROM returns)
           + (SELECT sum(amount) FROM import_entries) AS total,
       (SELECT count(*) FROM order_lines) + (SELECT count(*) FROM return_lines)
           + (SELECT count(*) FROM import_entries) AS lines_without_charges,
       (SELECT count(*) FROM customers) AS customers,
       (SELECT count(*) FROM returns) AS returns,
       (SELECT sum(units) FROM returns) AS units_back,
       (SELECT count(*) FROM orders WHERE gross - delivery > 0) AS priced_orders,
       (SELECT count(*) FROM prices WHERE amount > 0) AS sold_on,
       (SELECT count(*) FROM order_lines WHERE sku <> upper(sku)) AS small_letters,
       (SELECT count(*) FROM (SELECT FROM order_lines GROUP BY order_id, position HAVING count(*) > 1) t) AS twice,
       (SELECT count(*) FROM orders WHERE customer_id IS NULL) > 0 AS anonymous,
       (SELECT count(*) FROM customer_orders) - (SELECT count(customer_id) FROM orders) AS not_in_lists,
       (SELECT count(*) FROM orders o WHERE units <> (SELECT sum(quantity) FROM order_lines l
                                                      WHERE l.order_id = o.order_id)) AS wrong_units
"""


def started(url: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "TORG_DATABASE_URL": url, "TORG_SECRET": SECRET, "TORG_DATA": str(folder)}
    command = [
        sys.executable,
        "-m",
        "torg",
        "import",
        "online-retail",
        str(YEAR),
        "--opening-stock",
        "3",
        "--json",
    ]
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finished(url: str, folder: Path) -> tuple[dict[str, Any], str]:
    out, err = started(url, folder).communicate()
    assert out, err.decode()
    return json.loads(out), err.decode()


def kill_at(url: str, folder: Path, share: float) -> None:
    process = started(url, folder)
    with psycopg.connect(url, autocommit=True) as connection:
        while process.poll() is None:
            row = connection.execute("SELECT done, portions FROM imports").fetchone()
            if row is not None and row[0] >= share * row[1]:
                break
            time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_real_year_comes_in_to_the_penny_through_two_kills_and_once(
    database_url: str, tmp_path: Path
) -> None:
    for share in (0.05, 0.6):
        kill_at(database_url, tmp_path, share)
    told, said = finished(database_url, tmp_path)
    asked = duckdb.connect().execute(ASKED).fetchone()
    assert asked is not None
    lines, total, customers, returns, units_back, priced_orders, sold_on = asked
    assert "went on after" in said and "received 3 of each" in said
    assert (told["lines"], told["total_file"]) == (lines, total)
    assert told["imported"] + told["refused"] == lines
    assert told["total_imported"] + told["total_refused"] + told["rounding"] == total
    assert told["peak_mb"] < 600
    with psycopg.connect(database_url) as connection:
        cursor = connection.execute(FOUND.encode())
        row = cursor.fetchone()
        assert row is not None and cursor.description is not None
        found = dict(zip((column.name for column in cursor.description), row, strict=True))
    assert found.pop("lines_without_charges") < told["imported"]
    assert found == {
        "total": told["total_imported"],
        "customers": customers,
        "returns": returns,
        "units_back": units_back,
        "priced_orders": priced_orders,
        "sold_on": sold_on,
        "small_letters": 0,
        "twice": 0,
        "anonymous": True,
        "not_in_lists": 0,
        "wrong_units": 0,
    }
    before = fingerprint(database_url)
    again, said = finished(database_url, tmp_path)
    assert "this file was in already" in said
    assert {**again, "seconds": 0, "peak_mb": 0} == {**told, "seconds": 0, "peak_mb": 0}
    assert fingerprint(database_url) == before
