"""What is due of an order, and what its units come to: nothing is lost or doubled to the minor unit."""

import doctest
import sys
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.orders.test_rules import ORDER, line, payment

from torg.orders import GivenBack, OrderState, Return, ReturnLine, balance, given_back, shares
from torg.payments import PaymentState
from torg.pricing import Amounts
from torg.pricing import share as one_share

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
PLACED = replace(ORDER, state=OrderState.placed)


def returned(*parts: tuple[UUID, int, Amounts]) -> Return:
    lines = tuple(
        ReturnLine(
            id=uuid4(),
            position=place,
            line_id=line_id,
            product_id=uuid4(),
            variant_id=uuid4(),
            sku="COF-1",
            name="Coffee",
            quantity=units,
            net=amounts.net,
            tax=amounts.tax,
            gross=amounts.gross,
        )
        for place, (line_id, units, amounts) in enumerate(parts)
    )
    return Return(
        id=uuid4(),
        order_id=PLACED.order_id,
        channel="web-no",
        market="NO",
        seller="torg-nordic",
        currency="NOK",
        net=sum(one.net for one in lines),
        tax=sum(one.tax for one in lines),
        gross=sum(one.gross for one in lines),
        units=sum(one.quantity for one in lines),
        actor="system",
        returned_at=NOW,
        created_at=NOW,
        lines=lines,
    )


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(0, 9_999), st.integers(0, 2_500)), min_size=1, max_size=5
    ),
    st.data(),
)
def test_units_given_back_in_any_steps_and_any_order_come_to_what_was_paid(
    goods: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    lines = [replace(line(units, net + tax), net=net, tax=tax) for units, net, tax in goods]
    back: list[Return] = []
    while left := [one for one in lines if given_back(back).get(one.id, GivenBack()).units < one.quantity]:
        one = data.draw(st.sampled_from(left))
        before = given_back(back).get(one.id, GivenBack())
        units = data.draw(st.integers(1, one.quantity - before.units))
        now = shares(one, units, before)
        assert now.paid.net >= 0 and now.paid.tax >= 0
        assert now.paid + now.left == Amounts(one.net, one.tax) - before.amounts
        back.append(returned((one.id, units, now.paid)))
    found = given_back(back)
    assert {one.id: found[one.id].amounts for one in lines} == {
        one.id: Amounts(one.net, one.tax) for one in lines
    }


@given(st.integers(1, 50), st.integers(0, 100_000), st.integers(0, 25_000))
def test_every_unit_comes_to_nearly_the_same(units: int, net: int, tax: int) -> None:
    one = replace(line(units, net + tax), net=net, tax=tax)
    back, each = GivenBack(), []
    for _ in range(units):
        paid = shares(one, 1, back).paid
        each.append(paid.gross)
        back = GivenBack(back.units + 1, back.amounts + paid)
    assert max(each) - min(each) <= 1


def test_more_units_than_a_line_has_are_not_given_back() -> None:
    with pytest.raises(ValueError, match="3 of 2 units"):
        shares(line(3, 300), 3, GivenBack(1, Amounts(100, 0)))


def test_an_amount_given_back_for_damage_makes_the_units_worth_less() -> None:
    assert shares(line(2, 300), 1, GivenBack(0, Amounts(100, 0))).paid.gross == 100


def test_what_is_paid_is_not_due_and_what_is_returned_is_to_be_given_back() -> None:
    goods = line(4, 10_000)
    paid = payment(PaymentState.captured, 10_000, 10_000)
    assert balance(PLACED, [goods], [paid]).due == 0
    assert balance(PLACED, [goods], []).due == 10_000
    one = returned((goods.id, 1, shares(goods, 1).paid))
    stands = balance(PLACED, [goods], [paid], [one])
    assert (stands.due, stands.lines[0].left.gross) == (-2_500, 7_500)
    settled = balance(PLACED, [goods], [replace(paid, refund_claimed=2_500)], [one])
    assert (settled.due, settled.returning, settled.refunded) == (0, 2_500, 0)
    credited = balance(PLACED, [goods], [replace(paid, credited=2_500)], [one])
    assert (credited.due, credited.credited) == (0, 2_500)


def test_an_order_that_is_not_delivered_costs_nothing() -> None:
    paid = payment(PaymentState.captured, 10_000, 10_000)
    assert balance(replace(PLACED, state=OrderState.cancelled), [], [paid]).due == -10_000
    assert balance(replace(PLACED, state=OrderState.lapsed), [], []).due == 0


def test_a_payment_that_is_not_decided_is_pending_and_still_due() -> None:
    waiting = payment(PaymentState.pending)
    stands = balance(PLACED, [line(1, 10_000)], [waiting])
    assert (stands.due, stands.pending, stands.secured) == (10_000, 10_000, 0)


def test_the_examples_of_shares_hold() -> None:
    module = sys.modules[one_share.__module__]
    assert doctest.testmod(module).attempted > 0 == doctest.testmod(module).failed
