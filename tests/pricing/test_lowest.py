"""The lowest price of the thirty days before a reduction: what counts and what does not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from torg.kernel.access import SYSTEM
from torg.kernel.database import TALLY, Tally, Transaction
from torg.kernel.database.pools import Kept
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.markets import Atlas
from torg.pricing import (
    NewPrice,
    PriceContext,
    PriceList,
    PriceRequest,
    Quote,
    add_price_list,
    load_prices,
    quote,
    set_prices,
    shelf,
    with_lowest,
)
from torg.pricing.lowest import WINDOW, lowest_before
from torg.pricing.model import PastPrice

BEGAN = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
VARIANT = new_id()
BASE = PriceList("base", "Base", "NOK", True)
WEB = PriceList("web", "Web", "NOK", True, channel="web-no")


def told(
    amount: int,
    since: int,
    until: int | None = None,
    *,
    at: int | None = None,
    code: str = "base",
    first: bool = True,
    cancelled: bool = False,
) -> PastPrice:
    """A line of the history, its days counted from the beginning of the reduction."""
    return PastPrice(
        VARIANT,
        code,
        BEGAN + since * DAY,
        None if until is None else BEGAN + until * DAY,
        amount,
        BEGAN + (since if at is None else at) * DAY,
        first,
        cancelled,
    )


def lowest(*past: PastPrice, lists: Sequence[PriceList] = (BASE,)) -> int | None:
    return lowest_before(past, lists, BEGAN, lambda prices, variant, amount: amount)


def test_the_price_before_a_reduction_is_the_lowest_when_it_was_the_only_one() -> None:
    assert lowest(told(100, -200)) == 100


def test_a_campaign_within_the_thirty_days_counts_and_an_older_one_does_not() -> None:
    assert lowest(told(100, -200), told(70, -20, -10)) == 70
    assert lowest(told(100, -200), told(70, -40, -30)) == 100
    assert lowest(told(100, -200), told(70, -40, -29)) == 70


def test_a_rise_just_before_does_not_hide_what_was_asked_before_it() -> None:
    assert lowest(told(80, -200), told(120, -3)) == 80
    assert lowest(told(80, -200), told(120, -31)) == 120


def test_a_changed_amount_counts_with_what_it_was_until_the_change() -> None:
    assert lowest(told(80, -200), told(120, -200, at=-3, first=False)) == 80
    assert lowest(told(80, -200), told(120, -200, at=-31, first=False)) == 120


def test_what_is_entered_late_makes_the_lowest_price_lower_and_never_higher() -> None:
    assert lowest(told(80, -200), told(120, -100, at=1)) == 80
    assert lowest(told(80, -200), told(60, -100, -5, at=1)) == 60


def test_prices_that_another_system_had_count_from_when_they_held() -> None:
    assert lowest(told(100, -200, at=3), told(90, -20, -10, at=3)) == 90


def test_what_was_not_for_sale_has_no_lowest_price_and_what_was_for_less_has_one_since() -> None:
    assert lowest() is None
    assert lowest(told(100, -5)) == 100


def test_a_scheduled_price_that_was_cancelled_never_counts() -> None:
    cancelled = [told(50, -10, at=-20), told(50, -10, at=-15, first=False, cancelled=True)]
    assert lowest(told(100, -200), *cancelled) == 100


def test_only_what_was_shown_counts_not_what_lay_under_it() -> None:
    assert lowest(told(60, -200), told(90, -200, code="web"), lists=(BASE, WEB)) == 90
    over = PriceList("web", "Web", "NOK", True, channel="web-no", valid_from=BEGAN - 5 * DAY)
    assert lowest(told(60, -200), told(90, -200, code="web"), lists=(BASE, over)) == 60


PAST = st.lists(
    st.builds(
        lambda amount, since, length, code: told(
            amount, since, None if length is None else since + length, code=code
        ),
        st.integers(1, 99),
        st.integers(-40, -1),
        st.sampled_from([None, 1, 5, 20]),
        st.sampled_from(["base", "web"]),
    ),
    max_size=8,
    unique_by=lambda line: (line.price_list, line.valid_from),
)


@given(PAST)
def test_it_is_the_lowest_of_what_was_shown_on_any_day(past: list[PastPrice]) -> None:
    shown = []
    for day in range(-30, 0):
        moment = BEGAN + day * DAY
        for code in ("web", "base"):
            held = [
                line
                for line in past
                if line.price_list == code
                and line.valid_from <= moment
                and (line.valid_to is None or line.valid_to > moment)
            ]
            if held:
                shown.append(max(held, key=lambda line: line.valid_from).amount)
                break
    assert lowest(*past, lists=(BASE, WEB)) == min(shown, default=None)


async def reduced_goods(tx: Transaction, goods: Sequence[UUID]) -> None:
    """The first two are reduced since yesterday; the second had a campaign two weeks ago. The third is not."""
    norway = PriceList(code="norway", name="Norway", currency="NOK", tax_included=True, market="NO")
    await add_price_list(tx, norway, by=SYSTEM)
    tx.database._cache["pricing.lists"] = Kept(float("inf"), [norway])
    old = [NewPrice(id, Money(10_000, "NOK"), tx.now - 100 * DAY) for id in goods]
    campaign = NewPrice(goods[1], Money(7_500, "NOK"), tx.now - 15 * DAY, tx.now - 10 * DAY)
    now = [NewPrice(id, Money(8_000, "NOK"), tx.now - DAY, tx.now + DAY) for id in goods[:2]]
    await load_prices(tx, "norway", [*old, campaign, *now], by=SYSTEM)


async def test_a_page_and_a_product_tell_of_the_same_reductions(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await reduced_goods(tx, goods)
    context = PriceContext.of(places, places.channel("web-no"), at=tx.now)
    items = [PriceRequest(id, "standard") for id in goods]
    tally = Tally()
    token = TALLY.set(tally)
    page = await shelf(tx, context, [(id.hex, "standard") for id in goods], including=True)
    asked = tally.statements
    again = await shelf(tx, context, [(id.hex, "standard") for id in goods], including=True)
    TALLY.reset(token)
    quotes: dict[UUID, Quote] = await with_lowest(tx, context, await quote(tx, context, items), items)
    tx.database.forget("pricing.lists")
    assert (asked, tally.statements) == (2, 3)
    assert page == again
    assert page.amounts == [8_000, 8_000, 10_000]
    assert {index: (one.regular, one.lowest) for index, one in page.reduced.items()} == {
        0: (10_000, 10_000),
        1: (10_000, 7_500),
    }
    assert [quotes[id].reduction for id in goods] == [page.reduced[0], page.reduced[1], None]
    assert [step.code for step in quotes[goods[1]].trace][-1] == "price-reduced-lowest"
    assert page.reduced[0].since == tx.now - DAY
    assert timedelta(days=30) == WINDOW


async def test_what_groups_paid_does_not_count_and_neither_do_larger_quantities(
    tx: Transaction, places: Atlas, goods: list[UUID]
) -> None:
    await reduced_goods(tx, goods)
    many = NewPrice(goods[0], Money(5_000, "NOK"), tx.now - 20 * DAY, tx.now + 20 * DAY, from_quantity=10)
    await set_prices(tx, "norway", [many], by=SYSTEM)
    context = PriceContext.of(places, places.channel("web-no"), at=tx.now)
    page = await shelf(tx, context, [(goods[0].hex, "standard")], including=True)
    tx.database.forget("pricing.lists")
    assert page.reduced[0].lowest == 10_000
