"""Which price and which delivery rate hold: the stated order, and nothing else."""

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from torg.kernel.ids import new_id
from torg.pricing import DeliveryRate, DeliveryStep, PriceContext, rules
from torg.pricing.model import Candidate

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
VARIANT = new_id()
CONTEXT = PriceContext("web-no", "NO", "NOK", "NO", None, NOON)
BASE = Candidate(
    variant_id=VARIANT,
    amount=10_000,
    valid_from=NOON - 100 * DAY,
    valid_to=None,
    price_list="base",
    currency="NOK",
    tax_included=True,
    market=None,
    channel=None,
    priority=0,
    list_from=None,
    list_to=None,
)
MARKET = replace(BASE, price_list="norway", market="NO", amount=9_000)
CHANNEL = replace(BASE, price_list="web", channel="web-no", amount=8_000)


def chosen(*candidates: Candidate, context: PriceContext = CONTEXT) -> str | None:
    found, _ = rules.resolve(candidates, context)
    return found.price_list if found else None


def test_a_channels_list_beats_its_markets_and_that_beats_one_for_all() -> None:
    assert chosen(BASE, MARKET, CHANNEL) == "web"
    assert chosen(BASE, MARKET) == "norway"
    assert chosen(BASE) == "base"


def test_of_a_channels_lists_the_one_for_its_market_is_nearer() -> None:
    both = replace(CHANNEL, price_list="z-web-norway", market="NO")
    assert chosen(CHANNEL, both) == chosen(both, CHANNEL) == "z-web-norway"


def test_priority_comes_before_nearness() -> None:
    assert chosen(replace(BASE, priority=1), MARKET, CHANNEL) == "base"
    assert chosen(replace(CHANNEL, priority=-1), MARKET) == "norway"


def test_of_equals_the_list_that_began_later_and_then_the_first_by_code() -> None:
    later = replace(BASE, price_list="z-later", list_from=NOON - DAY)
    assert chosen(BASE, later, replace(later, price_list="earlier", list_from=NOON - 2 * DAY)) == "z-later"
    assert chosen(replace(BASE, price_list="b"), replace(BASE, price_list="a")) == "a"


def test_in_one_list_the_price_that_began_last_holds_until_it_ends() -> None:
    campaign = replace(BASE, amount=7_000, valid_from=NOON - DAY, valid_to=NOON + DAY)
    for moment, amount in ((NOON - 2 * DAY, 10_000), (NOON, 7_000), (NOON + DAY, 10_000)):
        found, _ = rules.resolve([BASE, campaign], replace(CONTEXT, at=moment))
        assert found is not None
        assert found.amount == amount


def test_what_is_for_elsewhere_or_another_time_or_currency_does_not_count() -> None:
    strange = [
        replace(BASE, currency="SEK"),
        replace(BASE, market="SE"),
        replace(BASE, channel="app-no"),
        replace(BASE, valid_from=NOON + DAY),
        replace(BASE, valid_to=NOON),
        replace(BASE, list_from=NOON + DAY),
        replace(BASE, list_to=NOON),
    ]
    for candidate in strange:
        assert chosen(candidate) is None
    assert chosen() is None


def test_the_trace_tells_what_was_taken_and_what_was_passed_over_in_order() -> None:
    _, trace = rules.resolve([BASE, MARKET, CHANNEL], CONTEXT)
    assert [(step.code, step.facts["price_list"], step.facts["amount"]) for step in trace] == [
        ("price", "web", 8_000),
        ("price-passed-over", "norway", 9_000),
        ("price-passed-over", "base", 10_000),
    ]


CANDIDATES = st.builds(
    replace,
    st.just(BASE),
    price_list=st.sampled_from("abcd"),
    amount=st.integers(0, 10_000),
    priority=st.integers(-1, 1),
    market=st.sampled_from([None, "NO", "SE"]),
    channel=st.sampled_from([None, "web-no"]),
    list_from=st.sampled_from([None, NOON - DAY, NOON + DAY]),
    valid_from=st.sampled_from([NOON - 3 * DAY, NOON - DAY, NOON + DAY]),
)


@given(st.lists(CANDIDATES, max_size=8))
@example(
    [replace(CHANNEL, market="NO"), CHANNEL]
)  # two lists for the channel, one of them for its market only
@example([CHANNEL, replace(CHANNEL, market="NO")])
@example([BASE, replace(BASE, amount=9_000)])
def test_the_choice_is_the_winner_of_all_pairs_and_does_not_depend_on_the_order(
    found: list[Candidate],
) -> None:
    def better(one: Candidate, other: Candidate) -> Candidate:
        return rules.in_order([one, other])[0]

    fitting = [candidate for candidate in found if rules.eligible(candidate, CONTEXT)]
    winner, _ = rules.resolve(found, CONTEXT)
    again, _ = rules.resolve(list(reversed(found)), CONTEXT)
    if not fitting:
        assert winner is again is None
        return
    assert winner is not None and again is not None
    assert winner == again == reduce(better, fitting)


RATE = DeliveryRate(
    code="no-post",
    name="Post Norway",
    method="post",
    market="NO",
    countries=("NO",),
    steps=(DeliveryStep(9_900, 2_000), DeliveryStep(14_900, 20_000)),
    tax_included=True,
    free_from=100_000,
)
NORTH = replace(RATE, code="no-north", postal_prefixes=("90", "9"), free_from=None)
TROMSO = replace(RATE, code="no-tromso", postal_prefixes=("9008",))


def test_the_delivery_rate_with_the_longest_postal_prefix_holds() -> None:
    rates = [RATE, NORTH, TROMSO]
    for postal_code, code in (
        ("0159", "no-post"),
        ("9100", "no-north"),
        ("NO-9008", "no-tromso"),
        (None, "no-post"),
    ):
        found = rules.delivery_rate(rates, replace(CONTEXT, postal_code=postal_code), "post")
        assert found is not None
        assert found.code == code


def test_no_delivery_rate_reaches_another_country_market_method_or_time() -> None:
    assert rules.delivery_rate([RATE], replace(CONTEXT, country="SE"), "post") is None
    assert rules.delivery_rate([RATE], replace(CONTEXT, market="SE"), "post") is None
    assert rules.delivery_rate([RATE], CONTEXT, "courier") is None
    assert rules.delivery_rate([replace(RATE, valid_to=NOON)], CONTEXT, "post") is None


def test_delivery_costs_by_weight_and_is_free_from_an_amount() -> None:
    def amount(weight_g: int, goods_amount: int) -> int | None:
        return rules.delivery_amount(RATE, weight_g=weight_g, goods_amount=goods_amount)

    assert amount(0, 0) == 9_900
    assert amount(2_000, 99_999) == 9_900
    assert amount(2_001, 99_999) == 14_900
    assert amount(2_001, 100_000) == 0
    assert amount(20_001, 100_000) is None
    assert (
        rules.delivery_amount(replace(RATE, steps=(DeliveryStep(500),)), weight_g=10**6, goods_amount=0)
        == 500
    )
