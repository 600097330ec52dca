"""What a gateway tells is folded into what we know, in whatever order it arrives."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from torg.payments import rules
from torg.payments.gateway import FailedRefund, Standing
from torg.payments.model import (
    Attempt,
    AttemptState,
    GatewayContradicts,
    Operation,
    Payment,
    PaymentState,
    Tender,
    TooMuchToCapture,
    TooMuchToRefund,
)
from torg.payments.rules import Look

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AMOUNT = 10_000

PAYMENT = Payment(
    order_id=UUID(int=1),
    id=UUID(int=2),
    tender=Tender.gateway,
    gateway="sim",
    method="ok",
    state=PaymentState.created,
    currency="NOK",
    amount=AMOUNT,
    channel="web-no",
    store=None,
    language="nb",
    return_url=None,
    expires_at=NOW + timedelta(minutes=15),
    created_at=NOW,
    updated_at=NOW,
)


def told(state: PaymentState, captured: int = 0, refunded: int = 0) -> Standing:
    holds = state in {PaymentState.authorised, PaymentState.captured}
    return Standing(
        state=state,
        reference="r",
        currency="NOK",
        authorised=AMOUNT if holds else 0,
        captured=captured,
        refunded=refunded,
    )


def attempt(state: AttemptState = AttemptState.claimed, lease: int = 30) -> Attempt:
    return Attempt(
        order_id=PAYMENT.order_id,
        payment_id=PAYMENT.id,
        id=UUID(int=3),
        operation=Operation.authorise,
        amount=AMOUNT,
        state=state,
        lease_until=NOW + timedelta(seconds=lease),
        claimed_at=NOW,
    )


# What one gateway can truthfully tell of one payment over its life: declined, voided, or captured and refunded.
LIVES = [
    [PaymentState.pending, PaymentState.declined],
    [PaymentState.pending, PaymentState.needs_action, PaymentState.pending, PaymentState.authorised],
    [PaymentState.needs_action, PaymentState.authorised, PaymentState.voided],
    [PaymentState.pending, PaymentState.authorised, PaymentState.declined],
]


@given(st.data())
def test_callbacks_that_come_twice_or_in_the_wrong_order_lead_to_the_same_payment(
    data: st.DataObject,
) -> None:
    life = [told(state) for state in data.draw(st.sampled_from(LIVES))]
    if life[-1].state is PaymentState.authorised:
        for captured, refunded in data.draw(
            st.sampled_from([[], [(10_000, 0)], [(4_000, 0), (10_000, 3_000)]])
        ):
            life.append(told(PaymentState.captured, captured, refunded))
            if refunded and data.draw(
                st.booleans()
            ):  # the bank sends the refund back, and another one is made
                failed = (FailedRefund("a", refunded),)
                life.append(replace(told(PaymentState.captured, captured, 0), refunds_failed=failed))
                life.append(replace(told(PaymentState.captured, captured, 1_000), refunds_failed=failed))
    shuffled = data.draw(st.permutations(life + data.draw(st.lists(st.sampled_from(life), max_size=4))))

    def after(standings: list[Standing]) -> tuple[PaymentState, int, int, int, int, int]:
        payment = PAYMENT
        for standing in standings:
            payment = rules.learn(payment, standing, NOW)
            assert payment.refunded <= payment.refund_claimed <= payment.captured
        return (
            payment.state,
            payment.authorised,
            payment.captured,
            payment.refunded,
            payment.refund_claimed,
            payment.refund_failed,
        )

    assert after(list(shuffled))[1:] == after(life)[1:]
    assert after(list(shuffled))[0] is after(life)[0] or life[-1].state.open


def test_what_is_known_already_changes_nothing() -> None:
    payment = rules.learn(PAYMENT, told(PaymentState.authorised), NOW)
    assert rules.learn(payment, told(PaymentState.authorised), NOW + timedelta(hours=1)) is payment
    assert rules.learn(payment, told(PaymentState.pending), NOW) is payment


def test_money_that_turns_up_on_an_ended_payment_is_looked_into_and_not_believed() -> None:
    ended = replace(PAYMENT, state=PaymentState.expired)
    payment = rules.learn(ended, told(PaymentState.authorised), NOW)
    assert payment.state is PaymentState.expired
    assert payment.secured == 0
    assert payment.check_at == NOW
    assert rules.after_query(payment, told(PaymentState.authorised)) is Look.let_go
    assert rules.after_query(payment, told(PaymentState.voided)) is Look.leave
    assert rules.after_query(payment, None) is Look.leave


def test_money_that_was_taken_from_an_ended_payment_is_believed() -> None:
    ended = replace(PAYMENT, state=PaymentState.expired)
    payment = rules.learn(ended, told(PaymentState.captured, AMOUNT), NOW)
    assert payment.state is PaymentState.captured
    assert payment.refundable == AMOUNT


@pytest.mark.parametrize(
    "standing",
    [
        replace(told(PaymentState.authorised), currency="SEK"),
        replace(told(PaymentState.authorised), authorised=AMOUNT + 1),
        told(PaymentState.captured, AMOUNT + 1),
        told(PaymentState.captured, 5, 6),
        told(PaymentState.captured, 5, -1),
    ],
)
def test_a_gateway_that_tells_of_more_than_it_was_asked_for_is_not_believed(standing: Standing) -> None:
    with pytest.raises(GatewayContradicts):
        rules.learn(PAYMENT, standing, NOW)


@given(st.lists(st.tuples(st.booleans(), st.integers(-5, AMOUNT + 5))))
def test_no_run_of_captures_and_refunds_takes_or_returns_too_much(moves: list[tuple[bool, int]]) -> None:
    payment = rules.learn(PAYMENT, told(PaymentState.authorised), NOW)
    for capture, amount in moves:
        try:
            if capture:
                payment = rules.claim_capture(payment, amount)
                payment = rules.learn(payment, told(PaymentState.captured, payment.capture_claimed), NOW)
            else:
                payment = rules.claim_refund(payment, amount)
        except (TooMuchToCapture, TooMuchToRefund):
            continue
        assert amount > 0
        assert 0 <= payment.refunded <= payment.refund_claimed <= payment.captured
        assert payment.captured <= payment.capture_claimed <= payment.authorised <= payment.amount


def test_while_somebody_asks_the_gateway_others_leave_the_payment_alone() -> None:
    assert rules.next_step(PAYMENT, [attempt()], NOW, asked=True).look is Look.leave


def test_an_attempt_whose_lease_is_over_is_taken_up() -> None:
    step = rules.next_step(PAYMENT, [attempt(lease=-1)], NOW, asked=False)
    assert step.look is Look.resume
    assert step.attempt is not None


def test_a_waiting_payment_is_asked_about_when_it_is_due_or_when_somebody_waits() -> None:
    waiting = replace(PAYMENT, state=PaymentState.pending, check_at=NOW + timedelta(seconds=5))
    done = attempt(AttemptState.done)
    assert rules.next_step(waiting, [done], NOW, asked=False).look is Look.leave
    assert rules.next_step(waiting, [done], NOW, asked=True).look is Look.query
    assert rules.next_step(waiting, [done], NOW + timedelta(seconds=5), asked=False).look is Look.query


def test_a_payment_that_nobody_finished_in_time_is_given_up() -> None:
    waiting = replace(PAYMENT, state=PaymentState.needs_action, check_at=NOW, expires_at=NOW)
    assert rules.next_step(waiting, [attempt(AttemptState.done)], NOW, asked=False).look is Look.give_up


def test_a_payment_that_has_ended_is_left_alone() -> None:
    for state in (PaymentState.declined, PaymentState.captured, PaymentState.authorised):
        ended = replace(PAYMENT, state=state, check_at=None)
        assert rules.next_step(ended, [attempt(AttemptState.done)], NOW, asked=True).look is Look.leave
