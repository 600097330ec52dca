"""Refunding every line unit by unit gives back exactly what was paid, in any currency, with any discounts."""

import doctest
import random
import sys
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.kernel.money import exponent
from torg.pricing import Amounts, Discount, PricedDelivery, PricedLine, share, totals

RATES = st.sampled_from([0, 50_000, 80_000, 100_000, 150_000, 250_000, 255_000])
Bought: TypeAlias = tuple[str, list[PricedLine], list[Discount], list[PricedDelivery]]
CURRENCIES = st.sampled_from(["JPY", "NOK", "KWD"])


@st.composite
def bought(draw: st.DrawFn) -> Bought:
    """A small basket at prices of about one main unit to a hundred, with promotions and a delivery."""
    currency = draw(CURRENCIES)
    main = 10 ** exponent(currency)
    included = draw(st.booleans())
    lines = [
        PricedLine(draw(st.integers(1, 9)), draw(st.integers(0, 100 * main)), draw(RATES), "VAT", included)
        for _ in range(draw(st.integers(1, 5)))
    ]
    left = [line.quantity * line.unit for line in lines]
    off = Discount("promotions", tuple(draw(st.integers(0, most)) for most in left))
    charge = PricedDelivery(draw(st.integers(0, 10 * main)), 250_000, "VAT", included, follows_goods=True)
    return currency, lines, [off], [charge]


@given(bought(), st.randoms(use_true_random=False))
def test_refunding_every_line_one_by_one_gives_back_exactly_what_was_paid(
    basket: Bought, dice: random.Random
) -> None:
    currency, lines, off, delivery = basket
    paid = totals(currency, lines, delivery, off)
    left = [Amounts(line.net, line.tax) for line in paid.lines]
    there = [line.quantity for line in lines]
    back = sum((Amounts(charge.net, charge.tax) for charge in paid.delivery), Amounts())
    while open_lines := [place for place, units in enumerate(there) if units]:
        place = dice.choice(open_lines)
        units = dice.randint(1, there[place])
        part = share(left[place], units, there[place])
        assert part.net >= 0 <= part.tax
        left[place], there[place], back = left[place] - part, there[place] - units, back + part
    assert (back.net, back.tax, back.gross) == (paid.net, paid.tax, paid.gross)


@given(bought())
def test_a_unit_comes_back_for_its_own_price_where_nothing_has_to_be_rounded(basket: Bought) -> None:
    currency, lines, _, _ = basket
    for line, total in zip(lines, totals(currency, lines).lines, strict=True):
        one = share(Amounts(total.net, total.tax), 1, line.quantity)
        if line.tax_included:
            assert one.gross == line.unit


def test_what_goes_back_is_worked_by_hand() -> None:
    three = Amounts(4_798, 1_199)  # three at 19.99 with 25 %: 59.97, of which 11.99 are tax
    first = share(three, 1, 3)
    second = share(three - first, 1, 2)
    third = share(three - first - second, 1, 1)
    assert [one.gross for one in (first, second, third)] == [1_999, 1_999, 1_999]
    assert [one.tax for one in (first, second, third)] == [399, 400, 400]
    with pytest.raises(ValueError, match="4 of 3 units"):
        share(three, 4, 3)


def test_the_examples_hold() -> None:
    results = doctest.testmod(sys.modules[share.__module__])
    assert results.attempted > 0 == results.failed
