"""What becomes of a price under another tax, published examples of tax in a price, and delivery over a border."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.markets import Scheme, TaxRegistration
from torg.pricing import (
    Place,
    PriceContext,
    PricedLine,
    SellerStanding,
    TaxTerms,
    TaxUnknown,
    Treatment,
    UnitPrice,
    tax_rate,
    totals,
)
from torg.pricing.taxing import Taxes

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DE = Place("DE")
SELLER = SellerStanding(
    "DE", (TaxRegistration("DE", "DE938874915"), TaxRegistration("DE", "DE938874915", Scheme.oss))
)

# Amount with tax, rate in percent, tax in it, and who says so.
PUBLISHED = [
    (120_00, 20, 20_00, "HMRC, VAT guide (Notice 700) 7.3: the VAT fraction of 20 % is 1/6"),
    (109_00, 9, 9_00, "IRAS, GST rate change: of a price with 9 % in it, 9/109 is GST"),
    (125_00, 25, 25_00, "Skatteetaten, rates: 25 % on the net is 20 % of the gross"),
    (115_00, 15, 15_00, "Skatteetaten, rates: food"),
    (110, 10, 10, "NTA No. 6371: 10/110 of what includes 10 %"),
    (108, 8, 8, "NTA No. 6371: 8/108 of what includes 8 %"),
    (119_00, 19, 19_00, "Commission, Explanatory Notes on VAT e-commerce rules: 100 at 19 %"),
]


@pytest.mark.parametrize(("gross", "percent", "tax", "source"), PUBLISHED)
def test_the_tax_in_a_price_is_what_is_published(gross: int, percent: int, tax: int, source: str) -> None:
    rate = percent * 10_000
    inside = totals("EUR", [PricedLine(1, gross, rate, "VAT", tax_included=True)])
    outside = totals("EUR", [PricedLine(1, gross - tax, rate, "VAT", tax_included=False)])
    assert (inside.tax, outside.tax, outside.gross) == (tax, tax, gross), source


def taxes(to: Place, abroad: str, business: str | None = None) -> Taxes:
    terms = TaxTerms(SELLER, DE, DE, abroad, business)
    return Taxes(PriceContext("web", "DE", "EUR", to.country, to.region, NOON, to.postal_code, terms=terms))


PLACES = st.sampled_from([Place(c) for c in "DE AT FR HU LU DK CH NO".split()])
CLASSES = st.sampled_from(["standard", "food", "books", "zero"])


@given(st.integers(0, 10**9), PLACES, CLASSES, st.sampled_from(["gross", "net"]))
def test_abroad_the_gross_price_stays_or_the_net_price_does_and_no_tax_is_paid_that_is_not_due(
    amount: int, to: Place, tax_class: str, abroad: str
) -> None:
    due = taxes(to, abroad).due(UnitPrice(amount, "EUR", tax_included=True), tax_class)
    home = Fraction(tax_rate(DE, tax_class, NOON).rate, 1_000_000)
    here = Fraction(due.row.rate, 1_000_000)
    if abroad == "gross" and not due.treatment.untaxed:
        assert due.amount == amount
    else:
        assert abs(due.amount - amount / (1 + home) * (1 + here)) <= Fraction(1, 2)
    assert (due.row.rate == 0) or not due.treatment.untaxed


@given(st.integers(0, 10**9), PLACES, CLASSES, st.sampled_from(["gross", "net"]))
def test_a_price_without_tax_stays_as_it_is_everywhere(
    amount: int, to: Place, tax_class: str, abroad: str
) -> None:
    assert taxes(to, abroad).due(UnitPrice(amount, "EUR", tax_included=False), tax_class).amount == amount


@given(st.integers(1, 10**7), st.integers(1, 50), PLACES, CLASSES)
def test_the_same_goods_with_tax_and_without_come_to_the_same_within_the_documented_rounding(
    net: int, quantity: int, to: Place, tax_class: str
) -> None:
    """A net list, and a list of the same prices with German tax, under the policy that keeps the net."""
    home = tax_rate(DE, tax_class, NOON).rate
    engine = taxes(to, "net")
    without = engine.due(UnitPrice(net, "EUR", tax_included=False), tax_class)
    gross = totals("EUR", [PricedLine(1, net, home, "VAT", tax_included=False)]).gross
    within = engine.due(UnitPrice(gross, "EUR", tax_included=True), tax_class)
    one = totals("EUR", [PricedLine(quantity, without.amount, without.row.rate, "VAT", tax_included=False)])
    two = totals("EUR", [PricedLine(quantity, within.amount, within.row.rate, "VAT", tax_included=True)])
    # Twice rounded to a whole unit of a single thing, then once for the sum.
    most = Fraction(quantity * (2 + Fraction(within.row.rate, 1_000_000)), 2) + 1
    assert abs(one.gross - two.gross) <= most


def test_delivery_over_a_border_is_treated_like_the_goods() -> None:
    charge, goods = UnitPrice(11_90, "EUR", tax_included=True), UnitPrice(100_00, "EUR", tax_included=True)
    found = {}
    for country in ("DE", "AT", "CH", "NO"):
        due = taxes(Place(country), "gross").due_for_delivery(charge, "standard", goods)
        found[country] = due.amount, due.row.rate, due.treatment
    assert found == {
        "DE": (11_90, 190_000, Treatment.domestic),
        "AT": (11_90, 200_000, Treatment.distance_sale),
        "CH": (10_00, 0, Treatment.export),
        "NO": (10_00, 0, Treatment.export),
    }


def test_a_limit_in_another_currency_is_refused_only_where_it_would_decide() -> None:
    unit = UnitPrice(100_00, "EUR", tax_included=True)
    assert taxes(Place("NO"), "gross").due(unit, "standard").treatment is Treatment.export
    with pytest.raises(TaxUnknown):
        taxes(Place("GB"), "gross").due(unit, "standard")
