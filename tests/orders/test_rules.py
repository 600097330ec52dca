"""What becomes of an order, and what it may be charged."""

import doctest
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from torg.catalog import Inside
from torg.orders import CannotBeCancelled, Order, OrderLine, OrderState, rules
from torg.orders.model import Capture, Intent
from torg.orders.rules import Step
from torg.payments import Payment, PaymentState, Tender

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ID = UUID(int=1)

ORDER = Order(
    order_id=ID,
    state=OrderState.pending,
    channel="web-no",
    market="NO",
    seller="torg-nordic",
    store=None,
    customer_id=None,
    token_hash=None,
    language="nb",
    country="NO",
    region=None,
    time_zone="Europe/Oslo",
    name="Kari",
    email="kari@example.com",
    phone=None,
    address=None,
    billing=None,
    deliveries=(),
    codes=(),
    capture=Capture.placement,
    currency="NOK",
    net=8_000,
    tax=2_000,
    gross=10_000,
    discount=0,
    delivery=0,
    taxes=(),
    units=1,
    actor="visitor",
    held_until=NOW,
    created_at=NOW,
    updated_at=NOW,
)


def payment(state: PaymentState, authorised: int = 0, captured: int = 0, refunded: int = 0) -> Payment:
    return Payment(
        order_id=ID,
        id=uuid4(),
        tender=Tender.gateway,
        gateway="sim",
        method="ok",
        state=state,
        currency="NOK",
        amount=10_000,
        channel="web-no",
        store=None,
        language="nb",
        return_url=None,
        expires_at=NOW,
        created_at=NOW,
        updated_at=NOW,
        authorised=authorised,
        capture_claimed=captured,
        captured=captured,
        refund_claimed=refunded,
        refunded=refunded,
    )


AUTHORISED = payment(PaymentState.authorised, 10_000)
DECLINED = payment(PaymentState.declined)
WAITING = payment(PaymentState.pending)


@pytest.mark.parametrize(
    ("state", "payments", "step"),
    [
        (OrderState.pending, [AUTHORISED], Step.place),
        (OrderState.pending, [DECLINED, AUTHORISED], Step.place),
        (OrderState.pending, [payment(PaymentState.captured, 10_000, 10_000)], Step.place),
        (OrderState.pending, [WAITING], Step.wait),
        (OrderState.pending, [DECLINED, payment(PaymentState.needs_action)], Step.wait),
        (OrderState.pending, [DECLINED], Step.lapse),
        (OrderState.pending, [payment(PaymentState.voided, 10_000)], Step.lapse),
        (OrderState.pending, [payment(PaymentState.captured, 10_000, 10_000, 10_000)], Step.lapse),
        (OrderState.pending, [], Step.lapse),
        (OrderState.pending, [replace(AUTHORISED, voiding=True)], Step.wait),
        (OrderState.pending, [replace(DECLINED, voiding=True)], Step.lapse),
        (OrderState.lapsed, [replace(AUTHORISED, voiding=True)], Step.return_money),
        (OrderState.placed, [AUTHORISED], Step.rest),
        (OrderState.lapsed, [DECLINED], Step.rest),
        (OrderState.lapsed, [DECLINED, AUTHORISED], Step.return_money),
        (OrderState.lapsed, [WAITING], Step.return_money),
        (OrderState.cancelled, [payment(PaymentState.captured, 10_000, 10_000)], Step.return_money),
        (OrderState.cancelled, [payment(PaymentState.captured, 10_000, 10_000, 10_000)], Step.rest),
        (OrderState.cancelled, [payment(PaymentState.voided, 10_000)], Step.rest),
    ],
)
def test_what_becomes_of_an_order_follows_from_its_payments(
    state: OrderState, payments: list[Payment], step: Step
) -> None:
    assert rules.next_step(replace(ORDER, state=state), payments) is step


def test_an_order_that_costs_nothing_needs_no_payment() -> None:
    assert rules.next_step(replace(ORDER, net=0, tax=0, gross=0), []) is Step.place


def test_a_number_is_the_same_for_the_same_order_and_is_easily_read_out() -> None:
    number = rules.number_of("NO", ID, 0)
    assert number == rules.number_of("NO", ID, 0)
    assert number != rules.number_of("NO", ID, 1)
    assert number.startswith("NO-") and len(number) == 9
    assert set(number[3:]) <= set(rules.ALPHABET)
    assert not set(rules.ALPHABET) & set("AEIOU")


@given(st.lists(st.uuids(version=4), unique=True, min_size=50, max_size=50))
def test_numbers_of_different_orders_differ_as_a_rule(orders: list[UUID]) -> None:
    assert len({rules.number_of("NO", order, 0) for order in orders}) >= 49


def line(quantity: int, gross: int, gone: int = 0, intent: Intent = Intent.ship) -> OrderLine:
    return OrderLine(
        id=uuid4(),
        position=0,
        product_id=uuid4(),
        variant_id=uuid4(),
        sku="COF-1",
        name="Coffee",
        options="",
        image=None,
        kind="physical",
        weight_g=500,
        intent=intent,
        store=None,
        note=None,
        quantity=quantity,
        unit=gross,
        tax_included=True,
        tax_rate=250_000,
        tax_name="MVA",
        discount=0,
        net=gross,
        tax=0,
        gross=gross,
        gone=gone,
    )


def test_at_placement_all_of_the_money_is_due_once() -> None:
    lines = [line(3, 10_000)]
    assert rules.due(ORDER, lines, [AUTHORISED]) == 10_000
    assert rules.due(ORDER, lines, [payment(PaymentState.captured, 10_000, 10_000)]) == 0


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10_000)), min_size=1, max_size=6),
    st.integers(0, 5_000),
    st.data(),
)
def test_at_shipment_what_has_left_is_due_and_the_parts_add_up_to_the_total(
    goods: list[tuple[int, int]], delivery: int, data: st.DataObject
) -> None:
    lines = [line(quantity, gross) for quantity, gross in goods]
    gross = sum(item.gross for item in lines) + delivery
    order = replace(ORDER, capture=Capture.shipment, net=gross, tax=0, gross=gross)
    taken = 0
    assert rules.due(order, lines, []) == 0
    for share in [*data.draw(st.lists(st.integers(0, 9), max_size=3)), 9]:
        lines = [replace(item, gone=max(item.gone, item.quantity * share // 9)) for item in lines]
        part = rules.due(order, lines, [payment(PaymentState.captured, taken, taken)])
        assert 0 <= part <= gross - taken
        taken += part
    assert taken == gross


def test_only_a_placed_order_can_be_cancelled() -> None:
    placed = replace(ORDER, state=OrderState.placed, number="NO-7K3M9Q", placed_at=NOW)
    cancelled = rules.cancel(placed, "out of season", NOW)
    assert (cancelled.state, cancelled.reason, cancelled.cancelled_at) == (
        OrderState.cancelled,
        "out of season",
        NOW,
    )
    for state in set(OrderState) - {OrderState.placed}:
        with pytest.raises(CannotBeCancelled):
            rules.cancel(replace(ORDER, state=state), "no", NOW)


def test_only_what_is_new_of_what_has_left_is_told() -> None:
    lines = [line(3, 100, gone=1), line(2, 100), line(1, 100)]
    first, second = ((line.id, line.variant_id) for line in lines[:2])
    left = {first: 3, second: 9, (uuid4(), uuid4()): 4}
    assert rules.gone(lines, left) == {lines[0].id: 3, lines[1].id: 2}
    assert rules.gone(lines, {first: 1}) == {}


def test_of_a_bundle_as_many_have_left_as_there_are_whole_ones() -> None:
    kettle, cup = uuid4(), uuid4()
    inside = (Inside(kettle, "KETTLE", "Kettle", 1), Inside(cup, "CUP", "Cup", 4))
    bundle = replace(line(3, 100), components=inside)
    left = {(bundle.id, kettle): 3, (bundle.id, cup): 11}
    assert rules.gone([bundle], left) == {bundle.id: 2}
    assert rules.gone([bundle], left | {(bundle.id, cup): 12}) == {bundle.id: 3}
    assert rules.gone([bundle], {(bundle.id, kettle): 3}) == {}


def test_the_examples_in_the_rules_hold() -> None:
    assert doctest.testmod(rules).attempted > 0 == doctest.testmod(rules).failed
