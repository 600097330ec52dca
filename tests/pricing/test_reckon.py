"""Totals: lines always add up, tax is rounded once per rate, with and without tax agree, in any currency."""

import time
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.kernel.money import allocate
from torg.pricing.reckon import (
    DeliveryTotal,
    Discount,
    LineTotal,
    PricedDelivery,
    PricedLine,
    Totals,
    totals,
)

RATES = st.sampled_from([0, 50_000, 55_000, 60_000, 88_750, 135_000, 150_000, 190_000, 250_000, 255_000])
LINES = st.builds(
    PricedLine,
    quantity=st.integers(1, 1000),
    unit=st.integers(0, 10_000_000),
    tax_rate=RATES,
    tax_name=st.just("VAT"),
    tax_included=st.booleans(),
)
DELIVERY = st.builds(
    PricedDelivery,
    amount=st.integers(0, 100_000),
    tax_rate=RATES,
    tax_name=st.just("VAT"),
    tax_included=st.booleans(),
    follows_goods=st.booleans(),
)


@st.composite
def baskets(draw: st.DrawFn) -> tuple[list[PricedLine], list[PricedDelivery], list[Discount]]:
    """Lines, charges for delivery, and discounts that are never above their lines."""
    lines = draw(st.lists(LINES, max_size=12))
    delivery = draw(st.lists(DELIVERY, max_size=2))
    left = [line.quantity * line.unit for line in lines]
    discounts = []
    for source in range(draw(st.integers(0, 2))):
        amounts = [draw(st.integers(0, most)) for most in left]
        left = [most - amount for most, amount in zip(left, amounts, strict=True)]
        discounts.append(Discount(str(source), tuple(amounts)))
    return lines, delivery, discounts


def line(quantity: int, unit: int, rate: int, *, included: bool = True, name: str = "VAT") -> PricedLine:
    return PricedLine(quantity, unit, rate, name, included)


@given(baskets())
def test_totals_are_the_sums_of_their_lines_for_every_tax_and_for_all(
    basket: tuple[list[PricedLine], list[PricedDelivery], list[Discount]],
) -> None:
    lines, delivery, discounts = basket
    added = totals("NOK", lines, delivery, discounts)
    parts: list[LineTotal | DeliveryTotal] = [*added.lines, *added.delivery]
    assert added.net == sum(part.net for part in parts)
    assert added.tax == sum(part.tax for part in parts)
    assert added.gross == sum(part.gross for part in parts) == added.net + added.tax
    assert added.discount == sum(part.discount for part in added.lines)
    by_tax: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    rows = [(p.tax_name, p.tax_rate, p.net, p.tax, p.gross) for p in added.lines]
    rows += [(t.name, t.rate, t.net, t.tax, t.gross) for p in added.delivery for t in p.taxes]
    for name, rate, *amounts in rows:
        by_tax[name, rate] = [a + b for a, b in zip(by_tax[name, rate], amounts, strict=True)]
    assert {(t.name, t.rate): [t.net, t.tax, t.gross] for t in added.taxes} == dict(by_tax)


@given(baskets())
def test_a_line_is_less_than_one_minor_unit_from_its_exact_tax_and_a_rate_at_most_half(
    basket: tuple[list[PricedLine], list[PricedDelivery], list[Discount]],
) -> None:
    lines, delivery, discounts = basket
    added = totals("NOK", lines, delivery, discounts)
    exact: dict[int, Fraction] = defaultdict(Fraction)
    for given_line, result in zip(lines, added.lines, strict=True):
        whole = 1_000_000 + given_line.tax_rate if given_line.tax_included else 1_000_000
        due = Fraction((result.amount - result.discount) * given_line.tax_rate, whole)
        assert abs(result.tax - due) < 1
        exact[given_line.tax_rate] += due
        assert (result.gross if given_line.tax_included else result.net) == result.amount - result.discount
    if not delivery:
        for tax in added.taxes:
            assert abs(tax.tax - exact[tax.rate]) <= Fraction(1, 2)


@given(baskets())
def test_the_order_of_lines_does_not_change_the_totals(
    basket: tuple[list[PricedLine], list[PricedDelivery], list[Discount]],
) -> None:
    lines, delivery, _ = basket
    turned = list(reversed(lines))
    one, other = totals("NOK", lines, delivery), totals("NOK", turned, delivery)
    assert (one.net, one.tax, one.gross, one.taxes) == (other.net, other.tax, other.gross, other.taxes)


@given(st.integers(0, 10**12), RATES)
def test_without_tax_then_with_it_gives_the_net_amount_back_exactly(net: int, rate: int) -> None:
    out = totals("NOK", [line(1, net, rate, included=False)])
    back = totals("NOK", [line(1, out.gross, rate, included=True)])
    assert (back.net, back.tax, back.gross) == (net, out.tax, out.gross)


@given(st.integers(0, 10**12), RATES)
def test_with_tax_then_without_gives_the_gross_amount_back_to_within_one_unit(gross: int, rate: int) -> None:
    inside = totals("NOK", [line(1, gross, rate, included=True)])
    back = totals("NOK", [line(1, inside.net, rate, included=False)])
    assert abs(back.gross - gross) <= 1


@given(st.lists(LINES, min_size=1, max_size=8))
def test_taking_everything_back_line_by_line_is_the_mirror_image(lines: list[PricedLine]) -> None:
    bought = totals("NOK", lines)
    returned = totals(
        "NOK", [PricedLine(-x.quantity, x.unit, x.tax_rate, x.tax_name, x.tax_included) for x in lines]
    )
    assert returned.tax == -bought.tax
    assert returned.net == -bought.net
    assert returned.gross == -bought.gross


@given(baskets())
def test_delivery_is_charged_to_the_unit_whatever_taxes_it_is_split_over(
    basket: tuple[list[PricedLine], list[PricedDelivery], list[Discount]],
) -> None:
    lines, delivery, discounts = basket
    added = totals("NOK", lines, delivery, discounts)
    for charge, result in zip(delivery, added.delivery, strict=True):
        assert (result.gross if charge.tax_included else result.net) == charge.amount
        if charge.follows_goods and any(part.amount > part.discount for part in added.lines):
            assert {tax.rate for tax in result.taxes} <= {each.tax_rate for each in lines}


def sums(added: Totals) -> tuple[int, int, int]:
    return added.net, added.tax, added.gross


def test_examples_worked_by_hand() -> None:
    # 3 x 39.90 kr and 1 x 249.00 kr with 25 % and 15 % in them: 119.70/1.25 = 95.76; 249/1.15 = 216.5217 -> 216.52.
    norway = totals("NOK", [line(3, 3990, 250_000), line(1, 24900, 150_000)])
    assert [(t.rate, t.net, t.tax) for t in norway.taxes] == [(250_000, 9576, 2394), (150_000, 21652, 3248)]
    assert sums(norway) == (31228, 5642, 36870)
    # New York: 10 % off 59.99 + 24.50 without tax; 84.49 - 8.45 = 76.04; 8.875 % = 6.74855 -> 6.75.
    off = Discount("TEN", tuple(allocate(845, [5999, 2450])))
    york = totals(
        "USD", [line(1, 5999, 88_750, included=False), line(1, 2450, 88_750, included=False)], (), [off]
    )
    assert sums(york) == (7604, 675, 8279)
    assert sum(part.tax for part in york.lines) == 675


def test_japan_rounds_once_per_rate_and_not_once_per_line() -> None:
    # 107 yen with 8 % in them hold 7.93 of tax: three of them 23.78.
    three = totals("JPY", [line(1, 107, 80_000, name="消費税") for _ in range(3)])
    assert three.tax == 24
    assert [part.tax for part in three.lines] == [8, 8, 8]
    many = totals("JPY", [line(1, 103, 80_000, name="消費税") for _ in range(10)])
    assert many.tax == 76  # 1030 / 1.08 * 0.08 = 76.296; rounding each line would make it 80
    assert sorted(part.tax for part in many.lines) == [7] * 4 + [8] * 6


def test_a_currency_with_three_decimals_and_one_with_none_are_reckoned_alike() -> None:
    kuwait = totals("KWD", [line(3, 1_234_567, 50_000, included=False)])
    assert sums(kuwait) == (3_703_701, 185_185, 3_888_886)
    assert sums(totals("JPY", [line(3, 1_234_567, 50_000, included=False)])) == sums(kuwait)


def test_delivery_follows_the_goods_over_their_rates_by_what_they_cost() -> None:
    charge = PricedDelivery(9900, 250_000, "VAT", tax_included=True, follows_goods=True)
    added = totals("NOK", [line(1, 20000, 250_000), line(1, 10000, 150_000)], [charge])
    assert [(t.rate, t.gross) for t in added.delivery[0].taxes] == [(250_000, 6600), (150_000, 3300)]
    alone = totals("NOK", [line(1, 0, 150_000)], [charge])
    assert [(t.rate, t.gross) for t in alone.delivery[0].taxes] == [(250_000, 9900)]


def test_delivery_with_a_rate_of_its_own_keeps_it() -> None:
    charge = PricedDelivery(550, 100_000, "消費税", tax_included=True)
    added = totals("JPY", [line(2, 1080, 80_000, name="消費税")], [charge])
    assert [(t.rate, t.tax) for t in added.taxes] == [(100_000, 50), (80_000, 160)]


def test_nothing_adds_up_to_nothing() -> None:
    assert sums(totals("NOK", [])) == (0, 0, 0)
    assert totals("NOK", []).taxes == ()


def test_what_is_given_free_has_no_tax() -> None:
    added = totals("NOK", [line(2, 5000, 250_000)], (), [Discount("GIFT", (10_000,))])
    assert sums(added) == (0, 0, 0)


@pytest.mark.parametrize("amounts", [(10_001,), (-1,), (), (1, 1)])
def test_a_discount_that_does_not_fit_its_lines_is_a_defect(amounts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="discount"):
        totals("NOK", [line(2, 5000, 250_000)], (), [Discount("X", amounts)])


def test_five_lines_are_added_up_well_under_a_millisecond() -> None:
    lines = [line(quantity, 1990 * quantity, 250_000) for quantity in range(1, 6)]
    charge = [PricedDelivery(9900, 250_000, "VAT", tax_included=True, follows_goods=True)]
    off = [Discount("TEN", (1, 2, 3, 4, 5))]
    best = min(_timed(lambda: totals("NOK", lines, charge, off)) for _ in range(200))
    assert best < 0.0005


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
