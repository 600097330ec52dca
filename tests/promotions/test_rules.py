"""What a code takes off, where and when it holds, and what keeps it from being right."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from torg.demo import markets as demo
from torg.markets import Atlas
from torg.pricing import PricedLine
from torg.promotions import CodePromotion, discount, rules, written

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEB = next(channel for channel in demo.CHANNELS if channel.code == "web-no")
TEN = CodePromotion(code="TEN", name={"en": "Ten percent"}, percent=100_000)
FIFTY = CodePromotion(code="FIFTY", name={"en": "Fifty kroner"}, amount=5_000, currency="NOK")
ATLAS = Atlas(
    sellers={},
    markets={market.code: market for market in demo.MARKETS},
    locations={},
    stores={},
    channels={channel.code: channel for channel in demo.CHANNELS},
)
LINES = st.lists(
    st.builds(
        PricedLine,
        quantity=st.integers(1, 100),
        unit=st.integers(0, 1_000_000),
        tax_rate=st.just(250_000),
        tax_name=st.just("MVA"),
        tax_included=st.booleans(),
    ),
    max_size=10,
)


def line(quantity: int, unit: int) -> PricedLine:
    return PricedLine(quantity, unit, 250_000, "MVA", tax_included=True)


def test_a_percent_is_rounded_once_and_shared_out() -> None:
    # 10 % of 1005 is 100.5: 101, of which the lines' exact parts are 33.466, 33.466 and 34.069.
    assert discount(TEN, [line(1, 333), line(1, 333), line(1, 339)]) == (34, 33, 34)
    assert discount(replace(TEN, percent=1_000_000), [line(3, 100)]) == (300,)


def test_an_amount_is_never_above_the_goods() -> None:
    assert discount(FIFTY, [line(1, 6_000), line(1, 4_000)]) == (3_000, 2_000)
    assert discount(FIFTY, [line(1, 1_000)]) == (1_000,)
    assert discount(FIFTY, []) == ()
    assert discount(FIFTY, [line(2, 0)]) == (0,)


@given(LINES, st.one_of(st.builds(replace, st.just(TEN), percent=st.integers(1, 1_000_000)), st.just(FIFTY)))
def test_a_discount_adds_up_and_never_exceeds_its_line(
    lines: list[PricedLine], promotion: CodePromotion
) -> None:
    off = discount(promotion, lines)
    costs = [each.quantity * each.unit for each in lines]
    assert all(0 <= part <= cost for part, cost in zip(off, costs, strict=True))
    if promotion.percent is not None:
        assert 2 * abs(sum(off) * 1_000_000 - sum(costs) * promotion.percent) <= 1_000_000
    else:
        assert sum(off) == min(5_000, sum(costs))


@pytest.mark.parametrize(
    ("promotion", "expected"),
    [
        (TEN, True),
        (replace(TEN, channels=("web-no", "app-sg")), True),
        (replace(TEN, channels=("app-sg",)), False),
        (replace(TEN, markets=("NO",)), True),
        (replace(TEN, markets=("SE",)), False),
        (replace(TEN, valid_from=NOON), True),
        (replace(TEN, valid_from=NOON + timedelta(seconds=1)), False),
        (replace(TEN, valid_to=NOON), False),
        (replace(TEN, disabled_at=NOON), False),
        (FIFTY, True),
        (replace(FIFTY, currency="SEK"), False),
    ],
)
def test_a_code_holds_in_its_channels_markets_currency_and_time(
    promotion: CodePromotion, expected: bool
) -> None:
    assert rules.holds(promotion, WEB, "NOK", NOON) is expected


@pytest.mark.parametrize("text", [" welcome10 ", "Welcome10", "ＷＥＬＣＯＭＥ１０", "WELCOME10"])
def test_a_code_is_the_same_however_it_is_typed(text: str) -> None:
    assert written(text) == "WELCOME10"


def test_every_wrong_field_of_a_promotion_is_named() -> None:
    wrong = CodePromotion(
        code="NO SPACE!",
        name={"fr": "Dix", "en": ""},
        amount=100,
        percent=100,
        currency="XYZ",
        markets=("NO", "XX", "NO"),
        channels=("nowhere",),
        valid_from=NOON,
        valid_to=NOON,
    )
    assert {problem.field: problem.code for problem in rules.promotion_problems(wrong, ATLAS)} == {
        "code": "code-form",
        "percent": "one-of-percent-and-amount",
        "currency": "unknown-currency",
        "name.fr": "unknown-language",
        "name.en": "required",
        "markets.1": "unknown-market",
        "markets.2": "twice",
        "channels.0": "unknown-channel",
        "valid_to": "ends-before-it-begins",
    }
    for right in (TEN, FIFTY):
        assert list(rules.promotion_problems(right, ATLAS)) == []
    bare = CodePromotion(code="X", name={}, amount=1)
    assert {problem.field for problem in rules.promotion_problems(bare, ATLAS)} == {"currency", "name"}
