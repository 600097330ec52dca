"""What is decided without a database: values of texts, kinds of lines, orders of returns; that nothing gets lost."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from torg.connectors.online_retail import check, parse
from torg.connectors.online_retail.book import pence
from torg.connectors.online_retail.check import Checked
from torg.connectors.online_retail.model import COLUMNS
from torg.connectors.online_retail.parse import Unusable
from torg.imports import Damaged

LATEST = datetime(2012, 1, 1, tzinfo=UTC)
HEADER = [column.name for column in COLUMNS]


def checked(folder: Path, *rows: tuple[str, ...]) -> Checked:
    file = folder / "year.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([HEADER, *rows])
    return check(file, LATEST, lambda *told: None)


def row(
    number: str, code: str, quantity: int, price: str, customer: str = "17850", day: int = 1
) -> tuple[str, ...]:
    return (
        number,
        code,
        "NAME",
        str(quantity),
        f"2010-12-{day:02} 08:26:00",
        price,
        customer,
        "United Kingdom",
    )


def test_texts_are_read_exactly() -> None:
    assert parse.price("2.55") == 2_550_000 and parse.price("0.001") == 1_000 and parse.price("1e-3") == 1_000
    assert parse.code(" 85123a ") == "85123A" and parse.code("bank  charges") == "BANK CHARGES"
    assert parse.customer("17850.0") == parse.customer("17850") == 17850 and parse.customer("") == 0
    assert (
        parse.moment("12/1/2010 8:26")
        == parse.moment("2010-12-01 08:26:00")
        == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    )
    assert parse.moment("2011-07-01T09:00") == datetime(2011, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "NaN", "Infinity", "1,5", "£2", "2.55.1", "1e9", "0.0000001"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        parse.price(text)


@pytest.mark.parametrize(
    "text", ["", "2010-12-01", "31/12/2010 08:00", "0001-01-01 00:00:00", "yesterday at noon"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        parse.moment(text)


@given(st.integers(-(10**12), 10**12))
def test_a_rounding_is_never_more_than_half_a_penny_and_even_for_both_signs(amount: int) -> None:
    assert abs(pence(amount) * 10_000 - amount) <= 5_000
    assert pence(-amount) == -pence(amount)


def test_a_return_is_of_the_latest_order_that_could_have_it(tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        row("500001", "22423", 5, "2.00", day=1),
        row("500002", "22423", 3, "2.00", day=2),
        row("500003", "22423", 3, "9.00", day=3),  # another price
        row("C500004", "22423", -3, "2.00", day=4),  # of 500002
        row("C500005", "22423", -4, "2.00", day=5),  # of 500001, which has as many
        row("C500006", "22423", -2, "2.00", day=6),  # nobody has two left
        row("500007", "22423", 9, "2.00", day=7),  # bought only afterwards
        row("C500008", "22423", -1, "2.00", customer="", day=8),  # nobody knows whose
    )
    numbers = {place: found.document(place).number for place in range(found.documents)}
    assert {
        numbers[order]: [numbers[back.document] for back in backs]
        for order, backs in found.matches.of_order.items()
    } == {
        "500002": ["C500004"],
        "500001": ["C500005"],
    }


def test_all_of_a_credit_note_must_be_of_one_order(tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        row("500001", "22423", 5, "2.00", day=1),
        row("500002", "71053", 5, "3.00", day=2),
        row("C500003", "22423", -1, "2.00", day=3),
        row("C500003", "71053", -1, "3.00", day=3),
    )
    assert found.matches.of_order == {}


CODES = ["22423", "85123a", "POST", "M", "D", "B", "gift_0001_20", "22423", "NONSENSE"]
LINES = st.builds(
    row,
    st.sampled_from(["500001", "500002", "C500003", "C500004", "A500005", "x"]),
    st.sampled_from(CODES),
    st.integers(-20, 20),
    st.sampled_from(["0", "0.0", "0.001", "1.005", "2.55", "10", "-1.5", "none"]),
    st.sampled_from(["", "17850", "13047"]),
    st.integers(1, 30),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, min_size=1, max_size=30))
def test_whatever_the_lines_are_they_add_up_to_the_file(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    try:
        found = checked(tmp_path, *rows)
    except Damaged:
        return
    assert found.book.lines == len(rows) == found.imported + len(found.refusals)
    assert found.total_imported + found.total_refused + found.rounding == found.total_file
    assert abs(found.rounding) <= len(rows)
    sorted_lines = 0
    for place in range(found.documents):
        document = found.document(place)
        sorted_lines += len(document.sold) + len(document.returned) + len(document.charges)
        sorted_lines += len(document.entries) + len(document.refused)
    assert sorted_lines == len(found.book)
