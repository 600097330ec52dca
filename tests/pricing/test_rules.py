"""Which price and which delivery rate hold: the stated order, and nothing else."""

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from torg.kernel.ids import new_id
from torg.pricing import DeliveryRate, DeliveryStep, PriceContext, rules
from torg.pricing.model import Candidate, Converted, PriceBreak, PriceKind

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


STORE = replace(BASE, price_list="oslo", store="oslo", amount=7_500)
GROUP = replace(BASE, price_list="members", customer_group="members", amount=7_000)
COMPANY_ID = new_id()
COMPANY = replace(BASE, price_list="fjord", company=COMPANY_ID, amount=6_000)
MEMBER = replace(CONTEXT, store="oslo", groups=("members", "trade"), company=COMPANY_ID)


def test_a_company_comes_before_a_group_before_a_store_before_a_channel() -> None:
    everything = [BASE, MARKET, CHANNEL, STORE, GROUP, COMPANY]
    order = []
    while everything:
        order.append(chosen(*everything, context=MEMBER))
        everything = [one for one in everything if one.price_list != order[-1]]
    assert order == ["fjord", "members", "oslo", "web", "norway", "base"]


def test_nobody_gets_the_prices_of_others() -> None:
    assert chosen(BASE, STORE, GROUP, COMPANY) == "base"
    assert chosen(BASE, COMPANY, context=replace(MEMBER, company=new_id())) == "base"
    assert chosen(BASE, GROUP, context=replace(MEMBER, groups=("trade",))) == "base"
    assert chosen(BASE, STORE, context=replace(MEMBER, store="bergen")) == "base"


def test_recommended_prices_and_costs_are_never_what_something_costs() -> None:
    recommended = replace(BASE, kind=PriceKind.recommended, priority=9)
    assert chosen(recommended, replace(recommended, kind=PriceKind.cost)) is None
    found, _ = rules.resolve([recommended, BASE], CONTEXT, kind=PriceKind.recommended)
    assert found == recommended


def amount_of(found: list[Candidate], quantity: int) -> int | None:
    one, _ = rules.resolve(found, CONTEXT, quantity=quantity)
    return one.amount if one else None


def test_more_costs_less_from_the_quantity_on_that_a_price_states() -> None:
    ten, fifty = replace(BASE, from_quantity=10, amount=9_000), replace(BASE, from_quantity=50, amount=8_000)
    prices = [fifty, BASE, ten]
    assert [amount_of(prices, quantity) for quantity in (1, 9, 10, 49, 50, 1_000)] == [
        10_000,
        10_000,
        9_000,
        9_000,
        8_000,
        8_000,
    ]
    assert rules.breaks(prices, CONTEXT) == (PriceBreak(10, 9_000), PriceBreak(50, 8_000))
    assert rules.breaks([BASE], CONTEXT) == ()


def test_a_campaign_below_the_price_for_many_holds_for_many_too() -> None:
    ten = replace(BASE, from_quantity=10, amount=9_000)
    campaign = replace(BASE, amount=7_000, valid_from=NOON - DAY, valid_to=NOON + DAY)
    assert amount_of([BASE, ten, campaign], 10) == 7_000
    assert rules.breaks([BASE, ten, campaign], CONTEXT) == ()


def test_a_list_that_only_has_prices_for_many_leaves_few_to_the_next_list() -> None:
    many = replace(CHANNEL, from_quantity=10)
    assert amount_of([BASE, many], 9) == BASE.amount
    assert amount_of([BASE, many], 10) == many.amount


def test_the_trace_says_for_whom_and_from_how_many_a_price_is() -> None:
    made = Converted("base", "EUR", "11.5", NOON.date(), "the bank")
    one = replace(GROUP, from_quantity=5, store="oslo", converted=made)
    _, trace = rules.resolve([one], MEMBER, quantity=5)
    assert [step.code for step in trace] == [
        "price-from-quantity",
        "price-for-group",
        "price-in-store",
        "price-converted",
    ]
    assert trace[3].facts["exchange_rate"] == "11.5"
    assert [step.code for step in rules.resolve([COMPANY], MEMBER)[1]] == ["price", "price-for-company"]


LEVELS = st.builds(
    replace,
    st.just(BASE),
    amount=st.integers(0, 50),
    from_quantity=st.sampled_from([1, 2, 5, 10]),
    valid_from=st.sampled_from([NOON - 3 * DAY, NOON - DAY, NOON + DAY]),
    valid_to=st.sampled_from([None, NOON + DAY]),
)


@given(st.lists(LEVELS, max_size=8), st.integers(1, 12), st.integers(1, 12))
def test_within_a_list_more_never_costs_more_apiece(found: list[Candidate], few: int, many: int) -> None:
    few, many = min(few, many), max(few, many)
    less, more = amount_of(found, few), amount_of(found, many)
    assert less is None or (more is not None and more <= less)
    assert amount_of(found[::-1], many) == more


@given(st.lists(LEVELS, max_size=8), st.integers(1, 12))
def test_the_breaks_tell_what_any_quantity_costs(found: list[Candidate], quantity: int) -> None:
    told = amount_of(found, 1)
    for one in rules.breaks(found, CONTEXT):
        if quantity >= one.from_quantity:
            told = one.unit
    if amount_of(found, 1) is not None:
        assert told == amount_of(found, quantity)


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
    store=st.sampled_from([None, "oslo"]),
    customer_group=st.sampled_from([None, "members", "staff"]),
    company=st.sampled_from([None, COMPANY_ID]),
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

    fitting = [candidate for candidate in found if rules.eligible(candidate, MEMBER)]
    winner, _ = rules.resolve(found, MEMBER)
    again, _ = rules.resolve(list(reversed(found)), MEMBER)
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
