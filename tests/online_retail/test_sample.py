"""A file with every peculiarity of Online Retail: what becomes of each line, that nothing gets lost or comes twice."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psycopg
import pytest
from tests.conftest import settle
from tests.online_retail.conftest import SAMPLE, Run, content, fingerprint

from torg import customers, orders
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.database import Database
from torg.markets import SellerChange, TaxRegistration, change_seller
from torg.orders import Wanted
from torg.settings import Settings

WHOLE = {
    "lines": 39,
    "imported": 26,
    "refused": 13,
    "total_file": 19_19,
    "total_imported": -37_04,
    "total_refused": 56_24,
    "rounding": -1,
}


def asked(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql.encode()).fetchall()


@pytest.fixture
def brought(run: Run, database_url: str) -> Run:
    """The sample is in."""
    if not asked(database_url, "SELECT FROM imports"):
        assert run("import", "online-retail", str(SAMPLE), "--opening-stock", "7").exit_code == 1
    return run


def test_the_command_prints_that_nothing_got_lost_and_lists_what_was_refused(
    brought: Run, tmp_path: Path, database_url: str
) -> None:
    report = tmp_path / "refused.csv"
    result = brought("import", "online-retail", str(SAMPLE), "--json", "--report", str(report))
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (
        told.pop("seconds") > 0 and told.pop("peak_mb") > 0
    )  # of this process, which has run other tests before
    assert told == WHOLE
    with report.open(encoding="utf-8", newline="") as file:
        refused = [(int(row["line"]), row["field"], row["given"]) for row in csv.DictReader(file)]
    assert refused == [
        (28, "Quantity", "six"),
        (29, "Quantity", "0"),
        (30, "StockCode", "CAKE"),
        (31, "InvoiceDate", "2010-13-02 13:10:00"),
        (32, "InvoiceDate", "2110-12-02 13:10:00"),
        (33, "UnitPrice; CustomerID; Country", "ten; abc; Atlantis"),
        (34, "Quantity", ""),
        (35, "Quantity", ""),
        (36, "StockCode", ""),
        (37, "UnitPrice", ""),
        (39, "CustomerID", ""),
        (40, "", ""),
        (41, "InvoiceNo", ""),
    ]
    books = asked(
        database_url,
        "SELECT (SELECT sum(gross) FROM orders) - (SELECT sum(gross) FROM returns)"
        " + (SELECT sum(amount) FROM import_entries)",
    )
    assert books == [(WHOLE["total_imported"],)]


def test_people_read_the_same_in_words(brought: Run) -> None:
    said = brought("import", "online-retail", str(SAMPLE)).output
    assert "this file was in already" in said
    assert "line 30: StockCode is no stock code of goods, and none of a fee that is known" in said
    assert "imported         26 lines           -37.04 GBP" in said


def test_orders_have_their_lines_charges_and_returns(brought: Run, database_url: str) -> None:
    assert asked(
        database_url,
        "SELECT number, gross, delivery, units, customer_id IS NULL, country, region, source FROM orders"
        " ORDER BY number",
    ) == [
        ("536365", 79_14, 18_00, 18, False, "GB", None, "online-retail"),
        ("536366", 10_01, 4_95, 3, True, "GB", None, "online-retail"),
        ("536367", 114_45, 0, 35, False, "IE", None, "online-retail"),
        ("536368", 6_04, 0, 6, False, "ZZ", "Channel Islands", "online-retail"),
        ("536505", 17_02, 0, 1, True, "GB", None, "online-retail"),
        ("536506", 0, 0, 1, False, "ZZ", "Channel Islands", "online-retail"),
        ("536512", 21_90, 0, 2, False, "GB", None, "online-retail"),
    ]
    assert asked(
        database_url,
        "SELECT r.number, r.receipt, o.number, r.gross, r.delivery, r.customer_id IS NULL FROM returns r"
        " LEFT JOIN orders o ON o.order_id = r.order_id ORDER BY r.number",
    ) == [
        ("C536391", True, "536365", 8_10, 3_00, False),
        ("C536392", False, None, 10_95, 0, True),
        ("C536393", False, None, 98_55, 0, False),
    ]
    assert (
        asked(
            database_url,
            "SELECT placed_at AT TIME ZONE 'Europe/London' FROM orders WHERE number = '536368'",
        )[0][0].isoformat()
        == "2010-12-01T09:05:00"
    )


def test_fees_and_corrections_stand_apart(brought: Run, tmp_path: Path) -> None:
    file = tmp_path / "entries.ndjson"
    assert brought("export", "import-entries", str(file)).exit_code == 0
    entries = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert sorted((e["number"], e["kind"], e["quantity"], e["amount"]) for e in entries) == [
        ("536414", "stock-correction", 56, 0),
        ("536500", "stock-correction", -10, 0),
        ("536501", "manual", 1, 15_50),
        ("536502", "bank-charges", 1, 0),
        ("A536504", "bad-debt", 1, -50_00),
        ("C536369", "discount", -1, -27_50),
        ("C536394", "delivery", -1, -6_00),
        ("C536503", "marketplace-fee", -1, -100_00),
    ]


def test_goods_are_one_whatever_they_are_called_and_cost_what_they_were_sold_for_most_often(
    brought: Run, database_url: str
) -> None:
    assert [row[0][:6] + row[0][7:] for row in content(database_url)["goods"]] == [
        ["21730", "active", "physical", "GLASS STAR FROSTED T-LIGHT HOLDER", "market:GB", 4_25, 7],
        ["22423", "active", "physical", "REGENCY CAKESTAND 3 TIER", "market:GB", 10_95, 7],
        ["71053", "active", "physical", "LANTERN, WHITE METAL", "market:GB", 3_39, 7],
        ["85123A", "active", "physical", "WHITE HANGING HEART T-LIGHT HOLDER", "market:GB", 2_55, 7],
        ["GIFT_0001_20", "draft", "digital", "Dotcomgiftshop Gift Voucher £20.00", "market:GB", None, None],
        ["PADS", "draft", "physical", "PADS TO MATCH ALL CUSHIONS", "market:GB", None, 7],
    ]


def test_nothing_follows_from_history(brought: Run, database_url: str) -> None:
    types = {row[0] for row in content(database_url)["told"]}
    assert types and not {
        t for t in types if t.startswith(("order.", "payment.", "fulfilment.", "customer.", "mail."))
    }
    for table in ("mails", "procrastinate_jobs", "webhook_deliveries", "payments", "fulfilments", "holds"):
        assert asked(database_url, f"SELECT count(*) FROM {table}") == [(0,)], table
    assert asked(database_url, "SELECT DISTINCT cause FROM movements") == [("received",)]


def test_the_same_again_changes_nothing_also_as_parquet_under_another_name(
    brought: Run, database_url: str, tmp_path: Path
) -> None:
    before = fingerprint(database_url)
    for _ in range(2):
        result = brought("import", "online-retail", str(SAMPLE), "--opening-stock", "9")
        assert "nothing was received" in result.output
    assert fingerprint(database_url) == before
    readable = [
        line for line in SAMPLE.read_text(encoding="utf-8").splitlines() if not line.endswith(",17850")
    ]
    trimmed, packed = tmp_path / "trimmed.csv", tmp_path / "packed.bin"
    trimmed.write_text("\n".join(readable) + "\n", encoding="utf-8")
    duckdb.sql(
        f"COPY (SELECT * FROM read_csv('{trimmed}', all_varchar = true)) TO '{packed}' (FORMAT PARQUET)"
    )
    assert brought("import", "online-retail", str(packed), "--opening-stock", "9").exit_code == 1
    after = fingerprint(database_url)
    assert {table for table in after if after[table] != before[table]} == {"imports"}


async def test_the_goods_are_sold_through_the_api(
    brought: Run, settings: Settings, database: Database, client: httpx.AsyncClient
) -> None:
    await settle(database, settings)

    async def call(method: str, path: str, **options: Any) -> Any:
        answer = await client.request(method, f"/api/v1{path}", **options)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    standing = SellerChange(registrations=(TaxRegistration("GB", "GB958508773"),))
    await database.run(lambda tx: change_seller(tx, "online-retail", standing, by=SYSTEM))
    shown = (await call("GET", "/channels/web-gb/products?limit=50"))["items"]
    assert {item["name"] for item in shown} == {
        "GLASS STAR FROSTED T-LIGHT HOLDER",
        "REGENCY CAKESTAND 3 TIER",
        "LANTERN, WHITE METAL",
        "WHITE HANGING HEART T-LIGHT HOLDER",
    }
    heart = next(item for item in shown if item["name"].startswith("WHITE HANGING"))
    variant = heart["variants"][0]
    assert variant["price"]["amount"] == 2_55 and variant["availability"] == "in_stock"
    cart = await call("POST", "/carts", json={"channel": "web-gb"})
    token, path = {"Torg-Token": cart["token"]}, f"/carts/{cart['id']}"
    await call("POST", f"{path}/lines", json={"variant": variant["id"], "quantity": 2}, headers=token)
    await call("PUT", f"{path}/contact", json={"email": "g@example.com", "name": "G"}, headers=token)
    home = {
        "country": "GB",
        "name": "G",
        "street": "1 High Street",
        "city": "London",
        "postal_code": "SW1A 1AA",
    }
    await call("PUT", f"{path}/address", json={"delivery": home}, headers=token)
    (choice,) = await call("GET", f"{path}/delivery-choices", headers=token)
    cart = await call("PUT", f"{path}/delivery", json={"method": choice["method"]}, headers=token)
    payment = {"tender": "gateway", "gateway": "test", "method": "ok"}
    body = {"expected_total": cart["totals"]["gross"], "payment": payment}
    order = await call("POST", f"{path}/complete", json=body, headers=token)
    assert (order["state"], order["total"]) == ("placed", {"amount": 6_12, "currency": "GBP"})


async def test_a_customer_has_her_orders_and_is_found_by_her_number(
    brought: Run, settings: Settings, database: Database
) -> None:
    (she,) = await database.read(lambda tx: customers.search_customers(tx, query="17850", by=SYSTEM))
    assert (she.number, she.source, she.given_name, she.email) == ("17850", "online-retail", "", None)
    her = Actor(ActorKind.customer, customer_id=she.customer_id)
    own = await database.read(lambda tx: orders.own_orders(tx, after=None, limit=9, by=her))
    assert [one.number for one in own.items] == ["536512", "536365"]
    found = await database.read(
        lambda tx: orders.list_orders(tx, Wanted(number="536365"), after=None, limit=9, by=SYSTEM)
    )
    seen = await database.read(lambda tx: orders.see(tx, found.items[0].order_id, by=SYSTEM))
    (back,) = seen.returns
    assert (back.order_id, back.lines[0].line_id) == (seen.order.order_id, seen.lines[0].id)
