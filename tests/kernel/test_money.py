"""Money stays whole, exact and in one currency."""

import doctest
import operator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.kernel import money
from torg.kernel.money import MOST, MixedCurrencies, Money, UnknownCurrency, allocate, exponent, ratio

AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)
CODES = st.sampled_from(sorted(money.CURRENCIES))


def test_the_examples_in_the_module_are_true():
    assert doctest.testmod(money).failed == 0


@pytest.mark.parametrize(
    ("code", "digits"),
    [("JPY", 0), ("KRW", 0), ("NOK", 2), ("EUR", 2), ("HUF", 2), ("KWD", 3), ("IQD", 3), ("CLF", 4)],
)
def test_exponents_are_those_of_iso_4217(code, digits):
    assert exponent(code) == digits


@pytest.mark.parametrize("code", ["", "nok", "NO", "NOKK", "XAU", "XXX", "ABC", None, 3, []])
def test_an_unknown_currency_is_refused(code):
    with pytest.raises(UnknownCurrency):
        exponent(code)


@pytest.mark.parametrize("amount", [1.0, True, "1", Decimal(1), None])
def test_an_amount_that_is_not_a_whole_number_is_refused(amount):
    with pytest.raises(TypeError):
        Money(amount, "NOK")


@pytest.mark.parametrize("other", [1, 1.5, Decimal(1), None])
def test_money_meets_money_only(other: Any):
    price = Money(100, "NOK")
    for meet in (operator.add, operator.sub, operator.lt, operator.ge):
        with pytest.raises(TypeError):
            meet(price, other)


@pytest.mark.parametrize("times", [1.5, Decimal(2), True, None, "2"])
def test_money_is_multiplied_by_whole_quantities_only(times):
    with pytest.raises(TypeError):
        Money(100, "NOK") * times


def test_currencies_never_mix():
    crowns, kronor = Money(100, "NOK"), Money(100, "SEK")
    for refused in (
        lambda: crowns + kronor,
        lambda: crowns - kronor,
        lambda: crowns < kronor,
        lambda: crowns <= kronor,
        lambda: crowns > kronor,
        lambda: crowns >= kronor,
        lambda: Money.total([crowns, kronor], "NOK"),
        lambda: Money.total([crowns], "SEK"),
    ):
        with pytest.raises(MixedCurrencies):
            refused()
    assert crowns != kronor


def test_an_amount_that_json_readers_would_garble_is_refused():
    assert Money(MOST, "JPY").amount == MOST
    for amount in (MOST + 1, -MOST - 1):
        with pytest.raises(ValueError, match="between"):
            Money(amount, "JPY")


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount":1.5,"currency":"NOK"}',
        b'{"amount":"1","currency":"NOK"}',
        b'{"amount":true,"currency":"NOK"}',
        b'{"amount":9007199254740992,"currency":"NOK"}',
        b'{"amount":1,"currency":"ABC"}',
        b'{"amount":1,"currency":"XAU"}',
        b'{"amount":1,"currency":"nok"}',
        b'{"amount":1,"currency":null}',
        b'{"amount":1}',
    ],
)
def test_a_body_with_wrong_money_is_refused(body):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Money)


def test_money_survives_json():
    price = Money(-12_50, "NOK")
    assert msgspec.json.decode(msgspec.json.encode(price), type=Money) == price
    assert msgspec.json.encode(price) == b'{"amount":-1250,"currency":"NOK"}'


@given(AMOUNTS, CODES)
def test_written_as_decimals_and_read_again_money_is_the_same(amount, code):
    price = Money(amount, code)
    assert Money.from_decimal(str(f"{price.decimal():f}"), code) == price


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12.345", "NOK"), ("1.5", "JPY"), ("1e3", "NOK"), ("NaN", "NOK"), ("Infinity", "NOK"), ("", "NOK"),
        (" 1", "NOK"), ("1,50", "NOK"), ("+1", "NOK"), ("1.", "NOK"), (".5", "NOK"), ("1_000", "NOK"),
        ("１２", "NOK"), ("--1", "NOK"),
        ("9" * 30, "NOK"), ("9" * 18, "NOK"), ("1", "ABC"), ("1.00\n", "NOK"),
    ],
)  # fmt: skip
def test_an_amount_that_is_not_plain_digits_of_the_currency_is_refused(text, code):
    with pytest.raises(ValueError, match=r".+"):
        Money.from_decimal(text, code)


def test_zeros_beyond_the_last_decimal_are_no_decimals():
    assert Money.from_decimal("12.500", "NOK") == Money(1250, "NOK")
    assert Money.from_decimal("12.00", "JPY") == Money(12, "JPY")


@given(AMOUNTS, WEIGHTS)
def test_shares_add_up_to_the_total(total, weights):
    assert sum(allocate(total, weights)) == total


@given(AMOUNTS, WEIGHTS)
def test_no_share_is_a_whole_unit_off_its_exact_part(total, weights):
    everything = sum(weights)
    for share, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(share - Fraction(total * weight, everything)) < 1
        assert weight or share == 0


@given(AMOUNTS, WEIGHTS)
def test_a_negative_total_is_shared_as_the_mirror_of_the_positive(total, weights):
    assert allocate(-total, weights) == [-share for share in allocate(total, weights)]


@given(st.integers(0, 10**9), WEIGHTS)
def test_a_larger_weight_never_gets_less(total, weights):
    shares = allocate(total, weights)
    pairs = sorted(zip(weights, shares, strict=True))
    for (light, small), (heavy, large) in pairwise(pairs):
        assert small <= large or light == heavy


def test_equal_weights_favour_the_earlier():
    assert allocate(2, [1, 1, 1]) == [1, 1, 0]
    assert allocate(-2, [1, 1, 1]) == [-1, -1, 0]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [-1, 2]])
def test_a_total_without_weight_to_carry_it_is_refused(weights):
    with pytest.raises(ValueError, match="weight"):
        allocate(1, weights)


@pytest.mark.parametrize(("total", "weights"), [(1.0, [1]), (1, [1.0]), (True, [1]), (1, [Decimal(1)])])
def test_only_whole_numbers_are_shared(total, weights):
    with pytest.raises(TypeError):
        allocate(total, weights)


def test_nothing_shared_over_nothing_is_nothing():
    assert allocate(0, []) == []
    assert allocate(0, [0, 0]) == [0, 0]


@given(AMOUNTS, st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6).filter(bool))
def test_a_ratio_is_the_nearest_whole_number_and_half_goes_away_from_zero(amount, numerator, denominator):
    exact = Fraction(amount * numerator, denominator)
    rounded = ratio(amount, numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


@given(AMOUNTS, st.integers(1, 10**4), st.integers(1, 10**4))
def test_a_ratio_of_the_opposite_amount_is_the_opposite(amount, numerator, denominator):
    assert ratio(-amount, numerator, denominator) == -ratio(amount, numerator, denominator)


def test_a_ratio_to_zero_is_refused():
    with pytest.raises(ZeroDivisionError):
        ratio(1, 1, 0)
    with pytest.raises(TypeError):
        ratio(1.5, 1, 2)  # type: ignore[arg-type]  # a float is what is refused


def test_money_orders_and_sums_within_a_currency():
    one, two = Money(100, "EUR"), Money(200, "EUR")
    assert one < two
    assert one <= Money(100, "EUR")
    assert two > one
    assert two >= Money(200, "EUR")
    assert one + two == Money.total([one, two], "EUR") == one * 3 == 3 * one
    assert two - one == one
    assert -one == Money(-100, "EUR")
    assert not Money.zero("EUR")
    assert Money(1001, "EUR").allocate([1, 1]) == [Money(501, "EUR"), Money(500, "EUR")]
    assert Money(1001, "EUR").ratio(1, 2) == Money(501, "EUR")
    assert Money.total([], "JPY") == Money(0, "JPY")
