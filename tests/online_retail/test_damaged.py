"""A file that is damaged, or a place that does not fit, ends the import with the reason and nothing done."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.online_retail.conftest import SAMPLE, Run, fingerprint

from torg.demo import markets as demo_markets
from torg.kernel.database import Database

GOOD = SAMPLE.read_text(encoding="utf-8")
CLEAN = "\n".join(GOOD.splitlines()[:7]) + "\n"


def swapped(one: int, other: int) -> str:
    """The sample with two columns' values under each other's name."""
    header, *lines = CLEAN.replace('"LANTERN, WHITE METAL"', "LANTERN").splitlines()
    rows = [line.split(",") for line in lines]
    for row in rows:
        row[one], row[other] = row[other], row[one]
    return "\n".join([header, *(",".join(row) for row in rows)]) + "\n"


DAMAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "is empty"),
    "only a header": (lambda: GOOD.splitlines()[0].encode() + b"\n", "has a header and no lines"),
    "latin-1": (lambda: GOOD.encode("latin-1"), "is not in UTF-8 (byte 0xa3"),
    "utf-16": (lambda: GOOD.encode("utf-16"), "UTF-16"),
    "a line of 10 MB": (lambda: CLEAN.encode() + b"x" * 10_000_000, "longer than"),
    "cut off in a line": (lambda: CLEAN.encode() + b"536370,85123A,WHITE", "the file was cut off"),
    "cut off in the last value": (lambda: CLEAN.encode()[:-5], "the file was cut off"),
    "a spreadsheet": (lambda: b"PK\x03\x04" + b"\0" * 500, "spreadsheet"),
    "half a Parquet file": (lambda: b"PAR1" + b"\x15" * 500, "no whole Parquet file"),
    "something else": (lambda: b"<html>\n<body>\n</body>\n", "columns InvoiceNo, StockCode"),
    "quantity and price swapped": (lambda: swapped(3, 5).encode(), "Quantity is no whole number"),
    "invoice and code swapped": (lambda: swapped(0, 1).encode(), "InvoiceNo is no invoice number"),
    "code and name swapped": (lambda: swapped(1, 2).encode(), "StockCode is no stock code"),
    "name and country swapped": (lambda: swapped(2, 7).encode(), "Country is no place"),
    "time and customer swapped": (lambda: swapped(4, 6).encode(), "InvoiceDate is no time"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_ends_with_the_reason_and_nothing_done(
    run: Run, database_url: str, tmp_path: Path, damage: str
) -> None:
    content, reason = DAMAGES[damage]
    file = tmp_path / "year.csv"
    file.write_bytes(content())
    before = fingerprint(database_url)
    result = run("import", "online-retail", str(file), "--opening-stock", "5", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr and "year.csv: " in result.stderr and "Traceback" not in result.stderr
    assert fingerprint(database_url) == before


async def _fill(url: str) -> None:
    database = await Database.open(url, pool_size=4)
    await database.run(demo_markets.fill)
    await database.close()


def test_a_place_that_does_not_fit_is_refused_and_other_settings_are_not_mixed(
    run: Run, database_url: str, tmp_path: Path
) -> None:
    asyncio.run(_fill(database_url))
    file = tmp_path / "year.csv"
    file.write_text(CLEAN, encoding="utf-8")
    before = fingerprint(database_url)
    for options, reason in (
        (("--market", "NO"), "the market NO sells in NOK"),
        (("--channel", "web-no"), "belongs to the market NO"),
        (("--location", "oslo"), "sells nothing from the location oslo"),
    ):
        refused = run("import", "online-retail", str(file), *options)
        assert refused.exit_code == 1 and reason in refused.stderr
    assert fingerprint(database_url) == before
    assert run("import", "online-retail", str(file)).exit_code == 0
    other = run("import", "online-retail", str(file), "--location", "lager-hamburg")
    assert other.exit_code == 1 and "with other settings" in other.stderr
