"""Rates of tax: what the sourced table says, where and when, and what it refuses to say."""

import itertools
from datetime import UTC, date, datetime

import eu_vat_rates_data
import pytest

from torg.markets import EU
from torg.pricing import Place, TaxClass, TaxUnknown, UnitPrice, regimes, tax_rate
from torg.pricing.tax import squeezed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLASSES = ("standard", "food", "books", "clothing")
IN_FORCE = {
    "NO": (25, 15, 0, 25),
    "SE": (25, 6, 6, 25),
    "DK": (25, 25, 25, 25),
    "FI": (25.5, 13.5, 13.5, 25.5),
    "DE": (19, 7, 7, 19),
    "NL": (21, 9, 9, 21),
    "FR": (20, 5.5, 5.5, 20),
    "GB": (20, 0, 0, 20),
    "JP": (10, 8, 10, 10),
    "SG": (9, 9, 9, 9),
    "AT": (20, 10, 10, 20),
    "BE": (21, 6, 6, 21),
    "BG": (20, 20, 9, 20),
    "CY": (19, 19, 3, 19),
    "CZ": (21, 12, 0, 21),
    "EE": (24, 24, 9, 24),
    "ES": (21, 10, 4, 21),
    "GR": (24, 24, 6, 24),
    "HR": (25, 25, 5, 25),
    "HU": (27, 27, 5, 27),
    "IE": (23, 23, 0, 23),
    "IT": (22, 22, 4, 22),
    "LT": (21, 21, 5, 21),
    "LU": (17, 3, 3, 17),
    "LV": (21, 21, 5, 21),
    "MT": (18, 18, 5, 18),
    "PL": (23, 23, 5, 23),
    "PT": (23, 23, 6, 23),
    "RO": (21, 21, 11, 21),
    "SI": (22, 9.5, 5, 22),
    "SK": (23, 23, 5, 23),
}
NEW_YORK = Place("US", "NY", "10012")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def rate(country: str, tax_class: str, when: datetime = NOW) -> int:
    return tax_rate(Place(country), tax_class, when).rate


@pytest.mark.parametrize("country", IN_FORCE)
def test_the_rates_in_force_in_november_2026(country: str) -> None:
    assert {word: rate(country, word) for word in CLASSES} == {
        word: int(percent * 10_000) for word, percent in zip(CLASSES, IN_FORCE[country], strict=True)
    }


@pytest.mark.parametrize("country", ["NO", "GB", *sorted(EU)])
def test_the_table_agrees_with_the_rates_that_the_commission_publishes(country: str) -> None:
    published = eu_vat_rates_data.get_rate(country)
    assert published is not None
    as_of = datetime.fromisoformat(eu_vat_rates_data.data_version).replace(hour=12, tzinfo=UTC)
    rates = (published["standard"], *published["reduced"], published["super_reduced"] or 0)
    known = {int(percent * 10_000) for percent in rates} | {0}
    assert rate(country, "standard", as_of) == int(published["standard"] * 10_000)
    assert {rate(country, word, as_of) for word in CLASSES} <= known


@pytest.mark.parametrize("country", [*IN_FORCE])
def test_zero_and_exempt_are_untaxed_everywhere(country: str) -> None:
    assert rate(country, "zero") == rate(country, "exempt") == 0


def test_a_rate_changes_at_midnight_of_the_country_and_not_of_greenwich() -> None:
    assert rate("SE", "food", at("2026-03-31T23:59:59+02:00")) == 120_000
    assert rate("SE", "food", at("2026-04-01T00:00:00+02:00")) == 60_000
    assert rate("SE", "food", at("2027-12-31T23:59:59+01:00")) == 60_000
    assert rate("SE", "food", at("2028-01-01T00:00:00+01:00")) == 120_000
    assert rate("FI", "books", at("2025-12-31T23:30:00+02:00")) == 140_000
    assert rate("FI", "books", at("2026-01-01T00:00:00+02:00")) == 135_000
    assert rate("FI", "standard", at("2024-08-31T12:00:00+03:00")) == 240_000
    assert rate("SG", "standard", at("2023-12-31T23:59:59+08:00")) == 80_000
    assert rate("SG", "standard", at("2024-01-01T00:00:00+08:00")) == 90_000


def test_new_york_city_is_the_sum_of_three_taxes() -> None:
    row = tax_rate(NEW_YORK, "standard", NOW)
    assert row.rate == 88_750
    assert [part.rate for part in row.parts] == [40_000, 45_000, 3_750]
    assert tax_rate(NEW_YORK, "food", NOW).rate == 0
    assert tax_rate(NEW_YORK, "books", NOW).rate == 88_750


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (UnitPrice(10_999, "USD", tax_included=False), 0),
        (UnitPrice(11_000, "USD", tax_included=False), 88_750),
        (UnitPrice(10_999, "USD", tax_included=True), 0),
        (UnitPrice(10_999, "EUR", tax_included=False), 88_750),
        (None, 88_750),
    ],
)
def test_clothing_in_new_york_city_is_untaxed_under_110_dollars(
    price: UnitPrice | None, expected: int
) -> None:
    assert tax_rate(NEW_YORK, "clothing", NOW, price).rate == expected


@pytest.mark.parametrize(
    "place",
    [
        Place("NO", None, "9170"),
        Place("NO", None, "NO-9171"),
        Place("FI", None, "FI-22 100"),
        Place("DE", None, "27498"),
        Place("FR", None, "97400"),
        Place("ES", None, "35001"),
        Place("GR", None, "81100"),
        Place("US", "NY", "12207"),
        Place("US", "NY", "11001"),
        Place("US", "CA", "10012"),
        Place("US"),
        Place("AQ"),
        Place(""),
    ],
)
def test_a_place_whose_tax_is_not_known_is_refused_and_never_guessed(place: Place) -> None:
    with pytest.raises(TaxUnknown):
        tax_rate(place, "standard", NOW)


@pytest.mark.parametrize(
    ("place", "standard", "books"),
    [
        (Place("AT", None, "6993"), 190_000, 100_000),
        (Place("FR", None, "20090"), 200_000, 21_000),
        (Place("PT", None, "9000-001"), 220_000, 60_000),
        (Place("PT", None, "9500-001"), 160_000, 60_000),
        (Place("MC"), 200_000, 55_000),
        (Place("IM"), 200_000, 0),
    ],
)
def test_places_with_rates_of_their_own_have_them(place: Place, standard: int, books: int) -> None:
    assert (tax_rate(place, "standard", NOW).rate, tax_rate(place, "books", NOW).rate) == (standard, books)


def test_a_time_before_the_table_begins_is_refused() -> None:
    with pytest.raises(TaxUnknown):
        rate("DE", "standard", datetime(2020, 12, 31, 12, tzinfo=UTC))


def test_a_class_of_the_catalogues_own_making_is_taxed_as_standard() -> None:
    assert rate("NO", "tobacco") == 250_000


@pytest.mark.parametrize(
    ("country", "written", "seen"),
    [
        ("NO", " 0159 ", "0159"),
        ("GB", "gb1 1aa", "11AA"),
        ("SE", "SE-111 21", "11121"),
        ("NL", "1012 ab", "1012AB"),
    ],
)
def test_postal_codes_are_compared_without_spaces_and_country_letters(
    country: str, written: str, seen: str
) -> None:
    assert squeezed(country, written) == seen


def test_every_row_names_its_law_its_source_and_when_it_was_checked() -> None:
    for tax in regimes().values():
        for row in tax.rates:
            assert len(row.law) > 10
            assert row.source.startswith("https://")
            assert date(2026, 11, 22) <= row.checked
            assert 0 <= row.rate < 300_000


def test_rows_of_a_place_and_class_never_overlap_in_time() -> None:
    for tax in regimes().values():
        for kind in TaxClass:
            rows = [row for row in tax.rates if kind in row.classes]
            ordered = sorted(rows, key=lambda row: (row.region or "", row.postal_prefixes, row.valid_from))
            for one, other in itertools.pairwise(ordered):
                if (one.region, one.postal_prefixes) == (other.region, other.postal_prefixes):
                    assert one.valid_until == other.valid_from


def test_every_country_has_a_standard_rate_in_force() -> None:
    for country in regimes():
        place = NEW_YORK if country == "US" else Place(country)
        assert tax_rate(place, "standard", NOW).rate > 0
