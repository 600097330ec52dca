"""Cash in coins: what changes hands is rounded by the law of the place, and said; the books stay exact."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.payments.steps import fresh, start
from tests.payments.test_move import CASHIER
from tests.simulators.gateway import SimulatedGateway

from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.errors import Invalid
from torg.kernel.money import Money
from torg.payments import Gateways, Payment, Tender
from torg.payments.cash import COINS, rounding
from torg.payments.move import hand_out, refund

TILL = Gateways(SimulatedGateway())


@given(st.sampled_from(sorted(COINS, key=str)), st.integers(1, 10**9))
def test_what_is_paid_is_a_number_of_coins_and_never_half_a_coin_away(
    place: tuple[str, str | None], amount: int
) -> None:
    currency, country = place
    step = COINS[place].step
    by = rounding(Money(amount, currency), country)
    if amount <= COINS[place].exact_to:
        assert by == 0
    else:
        assert (amount + by) % step == 0
        assert abs(by) <= step / 2 or amount + by == COINS[place].least


@pytest.mark.parametrize(
    ("amount", "currency", "country", "paid"),
    [
        (19_950, "NOK", "NO", 20_000),
        (19_949, "NOK", "NO", 19_900),
        (1_050, "SEK", "SE", 1_100),
        (1_024, "DKK", "DK", 1_000),
        (1_025, "DKK", "DK", 1_050),
        (1_074, "DKK", "DK", 1_050),
        (1_075, "DKK", "DK", 1_100),
        (1_003, "CHF", "CH", 1_005),
        (1_005, "NZD", "NZ", 1_000),
        (1_006, "NZD", "NZ", 1_010),
        (249, "HUF", "HU", 0),
        (250, "HUF", "HU", 500),
        (150, "CZK", "CZ", 200),
        (1_002, "CAD", "CA", 1_000),
        (1_003, "AUD", "AU", 1_005),
        (1_002, "EUR", "FI", 1_000),
        (1_003, "EUR", "NL", 1_005),
        (1, "EUR", "FI", 1),
        (2, "EUR", "FI", 2),
        (3, "EUR", "FI", 5),
        (3, "EUR", "BE", 3),
        (5, "EUR", "BE", 5),
        (6, "EUR", "BE", 5),
        (1_007, "EUR", "BE", 1_005),
        (1, "EUR", "SK", 5),
        (2, "EUR", "SK", 5),
        (12, "EUR", "SK", 10),
        (3_076, "EUR", "EE", 3_075),
        (1_008, "EUR", "LT", 1_010),
        (1_006, "EUR", "IE", 1_005),
        (1_004, "EUR", "IT", 1_005),
        (1_002, "AUD", "AU", 1_000),
        (1_003, "CAD", "CA", 1_005),
        (1_003, "EUR", "DE", 1_003),
        (1_003, "SGD", "SG", 1_003),
        (1_003, "EUR", None, 1_003),
        (1_003, "JPY", "JP", 1_003),
        (49, "NOK", "NO", 0),
    ],
)
def test_amounts_are_rounded_as_the_law_says(
    amount: int, currency: str, country: str | None, paid: int
) -> None:
    assert amount + rounding(Money(amount, currency), country) == paid


def test_every_rule_names_its_source() -> None:
    assert all(len(coins.source) > 20 for coins in COINS.values())


async def paid(database: Database, amount: int, given: int | None = None) -> Payment:
    """So much paid in cash at the till in Oslo."""
    payment, errand = await database.run(
        lambda tx: start(
            tx,
            TILL,
            tender=Tender.cash,
            store="oslo",
            by=CASHIER,
            amount=Money(amount, "NOK"),
            given=given,
        )
    )
    assert errand is None
    return await fresh(database, payment)


async def test_the_rounding_is_said_and_the_books_keep_the_amount(database: Database) -> None:
    payment = await paid(database, 19_949, 50_000)
    assert (payment.amount, payment.captured, payment.secured) == (19_949, 19_949, 19_949)
    assert (payment.rounding, payment.given, payment.change) == (-49, 50_000, 30_100)


async def test_less_than_what_is_to_pay_is_refused_and_the_exact_coins_are_enough(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        await paid(database, 19_950, 19_999)
    assert [(one.field, one.code) for one in refused.value.problems] == [("payment.given", "too-low")]
    payment = await paid(database, 19_950, 20_000)
    assert (payment.rounding, payment.change) == (50, 0)


async def test_cash_goes_back_in_coins_too(database: Database) -> None:
    payment = await paid(database, 19_949)
    order, run = payment.order_id, database.run
    for amount, coins in ((9_950, 50), (9_999, 1)):
        asked = await refund(database, TILL, order, payment.id, amount, reason="x", by=SYSTEM)
        assert (asked.amount, asked.rounding) == (amount, coins)
        await run(partial(hand_out, order_id=order, refund_id=asked.id, by=SYSTEM))
    assert (await fresh(database, payment)).refunded == 19_949
