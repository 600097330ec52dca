"""The decisions about orders, without a database or a clock."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.inventory import Demand, Destination, Held, OutOfStock, taken_apart
from torg.kernel.ids import public
from torg.markets import Atlas, Channel
from torg.orders.balance import given_back
from torg.orders.model import (
    CannotBeCancelled,
    Capture,
    Intent,
    Order,
    OrderDelivery,
    OrderLine,
    OrderState,
    Promised,
)
from torg.orders.returns.model import Return
from torg.payments import Payment
from torg.pricing import Amounts, share

# Digits and letters that are not mistaken for one another when they are read out, and spell no words.
ALPHABET: Final = "0123456789BCDFGHJKMNPQRSTVWXYZ"
DIGITS: Final = 6

GRACE: Final = timedelta(minutes=10)
"""Goods are held this much longer than a payment may take, so that the payment ends first."""

LONGEST_HOLD: Final = timedelta(hours=2)
"""Goods are not held longer than this for a payment of which nothing is known; the order still waits for it."""

SOON: Final = timedelta(days=1, hours=1)
"""How long before an authorisation ends what is due of it is taken; it is told a day before."""

CHECK: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=12)


class Step(StrEnum):
    """What becomes of an order, seen from its payments."""

    place = "place"
    lapse = "lapse"
    wait = "wait"
    return_money = "return_money"
    rest = "rest"


def number_of(market: str, order_id: UUID, attempt: int) -> str:
    """An order's number for people; the same for the same order and attempt, so that a repeat changes nothing.

    >>> number_of("NO", UUID("01980000-0000-7000-8000-000000000001"), 0)
    'NO-Y350DF'
    """
    rest = int.from_bytes(hashlib.sha256(order_id.bytes + bytes([attempt])).digest())
    digits = []
    for _ in range(DIGITS):
        rest, digit = divmod(rest, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return f"{market}-{''.join(digits)}"


def next_step(order: Order, payments: Sequence[Payment]) -> Step:
    """What to do now that payments stand like this.

    A pending order is placed when it is paid for, and lapses when no payment is under way any more; one whose gateway
    was told to let go of the money waits for the answer. Money on an order
    that will not be delivered goes back, however late it comes.
    """
    secured = sum(payment.secured for payment in payments)
    under_way = any(payment.under_way for payment in payments)
    if order.state is OrderState.pending:
        if secured >= order.gross:
            return Step.place
        return Step.wait if under_way else Step.lapse
    if order.state in {OrderState.lapsed, OrderState.cancelled} and (secured or under_way):
        return Step.return_money
    return Step.rest


def pause(order: Order, at: datetime) -> timedelta:
    """How long to wait before money that does not come back is asked for again: as long as it has taken so far.

    >>> from types import SimpleNamespace
    >>> ended = SimpleNamespace(updated_at=datetime(2026, 12, 1, 9))
    >>> [str(pause(ended, ended.updated_at + timedelta(minutes=m))) for m in (0, 1, 4, 600, 9000)]
    ['0:01:00', '0:01:00', '0:04:00', '10:00:00', '12:00:00']
    """
    return max(CHECK, min(at - order.updated_at, LONGEST_PAUSE))


def hold_until(order: Order, at: datetime) -> datetime:
    """Until when the goods of an order are held whose payment is still under way: a little longer, within limits.

    >>> from types import SimpleNamespace
    >>> order = SimpleNamespace(created_at=datetime(2026, 12, 1, 9), held_until=datetime(2026, 12, 1, 9, 25))
    >>> [str(hold_until(order, order.created_at + timedelta(minutes=m)).time()) for m in (1, 20, 118, 500)]
    ['09:25:00', '09:30:00', '11:00:00', '11:00:00']
    """
    return max(order.held_until, min(at + GRACE, order.created_at + LONGEST_HOLD))


def demands(lines: Sequence[OrderLine], channel: Channel, known: Atlas) -> list[Demand]:
    """What the lines want of the stock: that of their store, else of the channel's locations in their order.

    A bundle wants its components. What is handed over in a store is promised by that store, so what another channel
    leaves to others does not bind it.
    """
    return [
        part
        for line in lines
        if line.intent is not Intent.digital
        for part in taken_apart(
            Demand(
                line.id,
                line.variant_id,
                line.quantity,
                (known.store(line.store).location,) if line.store else channel.locations,
                sent=line.intent is Intent.ship,
                value=line.gross,
                weight_g=line.weight_g * line.quantity,
                channel=None
                if line.intent is Intent.carry_out and line.store != channel.store
                else channel.code,
            ),
            line.components,
        )
    ]


def without_gifts(lines: Sequence[OrderLine], refused: OutOfStock) -> list[OrderLine]:
    """The lines without the gifts that ran out; where other lines go short it stays refused."""
    short = {str(one["line"]) for one in refused.facts["lines"]}
    gifts = {public("lin", line.id) for line in lines if line.gift is not None}
    if not short or not short <= gifts:
        raise refused
    return [line for line in lines if public("lin", line.id) not in short]


def as_promised(line: OrderLine, held: Iterable[Held]) -> OrderLine:
    """The line with how its goods were promised: as a pre-order or backorder where some were not there or not out."""
    late = [part for part in held if part.line_id == line.id and part.late]
    if not late:
        return replace(line, promised=None, expected=None)
    preorder = any(part.preorder for part in late)
    days = [part.expected for part in late if part.expected]
    return replace(
        line,
        promised=Promised.preorder if preorder else Promised.backorder,
        expected=max(days, default=None),
    )


def put_off(order: Order, shown: Sequence[OrderLine], held: Sequence[OrderLine]) -> Order:
    """The order with what is sent put off by as many days as its lines are expected later than was shown."""
    today = order.created_at.date()
    days = [
        after.expected - max(before.expected or today, today)
        for before, after in zip(shown, held, strict=True)
        if after.intent is Intent.ship and after.expected is not None
    ]
    by = max(days, default=timedelta())
    if by <= timedelta():
        return order
    return replace(order, deliveries=tuple(_put_off(one, by) for one in order.deliveries))


def _put_off(delivery: OrderDelivery, by: timedelta) -> OrderDelivery:
    if delivery.intent is not Intent.ship or delivery.earliest is None or delivery.latest is None:
        return delivery
    return replace(delivery, earliest=delivery.earliest + by, latest=delivery.latest + by)


def expected_at(lines: Sequence[OrderLine], store: str) -> date | None:
    """The day on which the last of what is picked up in the store is there, where some of it is not yet."""
    days = [line.expected for line in lines if line.intent is Intent.pick_up and line.store == store]
    return max((day for day in days if day is not None), default=None)


def destination(order: Order, at: datetime | None = None) -> Destination:
    """Where what is sent goes, by which method, and in how many days it was promised, seen from then or `at`."""
    sent = next((delivery for delivery in order.deliveries if delivery.intent is Intent.ship), None)
    latest = sent.latest if sent else None
    return Destination(
        country=order.address.country if order.address else order.country,
        region=order.address.region if order.address else order.region,
        postal_code=order.address.postal_code if order.address else None,
        method=sent.method if sent else None,
        promised_days=(latest - (at or order.created_at).date()).days if latest else None,
    )


def due(order: Order, lines: Sequence[OrderLine], payments: Sequence[Payment]) -> int:
    """How much of the authorised money may be taken now.

    What changes have made cheaper since it was taken does not count as taken: it went back. Goods that came back have
    paid for what they were exchanged for.

    At placement all of it. At shipment what is digital at once, then what has left, with the delivery at the first time
    and all the rest with the last unit, so that the parts always add up to the total.
    """
    claimed = sum(payment.capture_claimed for payment in payments) - order.given_back + order.exchanged
    physical = [line for line in lines if line.intent is not Intent.digital]
    if complete(order, lines):
        return order.gross - claimed
    digital = _digital(lines)
    if not any(line.gone for line in physical):
        return max(0, min(digital, order.gross) - claimed)
    sold = digital + sum(
        share(Amounts(line.net, line.tax), line.gone, line.quantity).gross for line in physical
    )
    goods = sum(line.gross for line in lines)
    return max(0, min(sold + order.gross - goods, order.gross) - claimed)


def complete(order: Order, lines: Sequence[OrderLine]) -> bool:
    """Whether all of an order's money is due: it was placed where that is enough, or the last of its goods has left."""
    return order.capture is Capture.placement or all(
        line.gone == line.quantity for line in lines if line.intent is not Intent.digital
    )


def taken_now(payment: Payment, due: int, at: datetime) -> int:
    """How much of what is due is taken of a payment now.

    Where its first capture lets go of the rest, nothing is taken before it is the whole, or the authorisation ends.
    """
    amount = min(due, payment.capturable)
    until = payment.authorised_until
    waits = payment.captures_once and amount < payment.capturable and (until is None or until - at > SOON)
    return 0 if waits else amount


def _digital(lines: Sequence[OrderLine]) -> int:
    return sum(line.gross for line in lines if line.intent is Intent.digital)


def paid_for_gift_cards(
    order: Order, lines: Sequence[OrderLine], payments: Sequence[Payment], returns: Sequence[Return]
) -> bool:
    """Whether the gift cards of an order can be issued: all is taken that is due before goods leave, and has stayed.

    What went back for goods that came back has not been paid for cards; any other money that went back may have been.
    """
    taken = sum(payment.captured - payment.returned for payment in payments)
    back = given_back(returns)
    digital = [line for line in lines if line.intent is Intent.digital]
    of_digital = sum(back[line.id].amounts.gross for line in digital if line.id in back)
    if order.capture is Capture.placement:
        return taken >= order.gross - sum(one.gross for one in returns if one.state.counts)
    return taken >= min(_digital(lines), order.gross) - of_digital


def cancel(order: Order, reason: str, at: datetime) -> Order:
    """The order cancelled; only one that was placed can be."""
    if order.state is not OrderState.placed:
        raise CannotBeCancelled(state=order.state.value)
    return replace(
        order,
        state=OrderState.cancelled,
        reason=reason,
        cancelled_at=at,
        updated_at=at,
        check_at=at + CHECK,
        version=order.version + 1,
    )


def gone(lines: Sequence[OrderLine], left: Mapping[tuple[UUID, UUID], int]) -> dict[UUID, int]:
    """The lines of which more has left than we knew, with how many units: of a bundle, how many whole ones.

    `left` counts what has left by line and variant.
    """
    units = {line.id: min(_left(line, left), line.quantity) for line in lines}
    return {line.id: units[line.id] for line in lines if units[line.id] > line.gone}


def _left(line: OrderLine, left: Mapping[tuple[UUID, UUID], int]) -> int:
    if not line.components:
        return left.get((line.id, line.variant_id), 0)
    return min(left.get((line.id, one.variant_id), 0) // one.quantity for one in line.components)
