"""From an order and all that belongs to it to its facts and keys. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict

from torg.customers import Address
from torg.fulfilment import Fulfilment, FulfilmentState
from torg.orders.balance import Balance, balance
from torg.orders.hub import spell
from torg.orders.hub.model import FulfilmentStanding, OrderFacts, PaymentStanding, Problem
from torg.orders.model import Intent, Order, OrderLine, OrderState
from torg.orders.returns import Return
from torg.orders.standing import standing
from torg.payments import Debt, Payment

MOST_KEYS: Final = 600


class Known(Struct, frozen=True):
    """All that an order's facts are made of; `open` is what somebody else knows to be undecided about it."""

    order: Order
    lines: Sequence[OrderLine]
    payments: Sequence[Payment] = ()
    fulfilments: Sequence[Fulfilment] = ()
    returns: Sequence[Return] = ()
    open: Sequence[Problem] = ()
    documents: Sequence[str] = ()
    debts: Sequence[Debt] = ()


def compose(known: Known) -> tuple[OrderFacts, list[str]]:
    """The facts of an order, and the keys it is found by."""
    order = known.order
    gone = sum(line.gone for line in known.lines)
    money = balance(order, known.lines, known.payments, known.returns)
    stands = standing(order, known.lines, known.returns, money)
    facts = OrderFacts(
        order_id=order.order_id,
        at=order.placed_at or order.created_at,
        state=order.state,
        source=order.source,
        number=order.number,
        channel=order.channel,
        market=order.market,
        store=order.store,
        stores=order.stores,
        customer_id=order.customer_id,
        name=order.name,
        email=order.email,
        currency=order.currency,
        gross=order.gross,
        units=order.units,
        gone=gone,
        payment=_payment(money),
        due=money.due,
        fulfilment=_fulfilment(known, gone),
        promised_by=_promised_by(known, gone),
        pay_by=_pay_by(known),
        **asdict(stands),
        tenders=tuple(sorted({one.tender.value for one in known.payments if not one.state.failed})),
        problems=tuple(_problems(known, money.due)),
        title=known.lines[0].name if known.lines else "",
        version=order.version,
    )
    return facts, list(dict.fromkeys([*_filters(facts), *_words(known)]))[:MOST_KEYS]


def _payment(money: Balance) -> PaymentStanding:
    back = money.refunded + money.credited
    if back:
        return PaymentStanding.refunded if back >= money.captured else PaymentStanding.part_refunded
    if money.captured:
        return PaymentStanding.paid if money.due <= 0 else PaymentStanding.part_paid
    if money.secured:
        return PaymentStanding.authorised
    return PaymentStanding.due if money.due > 0 else PaymentStanding.nothing


def _fulfilment(known: Known, gone: int) -> FulfilmentStanding:
    if known.order.state is not OrderState.placed:
        return FulfilmentStanding.nothing
    if gone >= known.order.units:
        return FulfilmentStanding.gone
    if gone:
        return FulfilmentStanding.part_gone
    if any(one.state is FulfilmentState.ready for one in known.fulfilments):
        return FulfilmentStanding.ready
    return FulfilmentStanding.waiting


def _promised_by(known: Known, gone: int) -> datetime | None:
    """When the first of what has not left is promised for: the end of a day on the order's clock, or a pick-up's."""
    order = known.order
    if order.state is not OrderState.placed or gone >= order.units:
        return None
    waiting = {line.intent for line in known.lines if line.gone < line.quantity} - {Intent.digital}
    zone = ZoneInfo(order.time_zone)
    moments = []
    for one in order.deliveries:
        if one.intent in waiting and one.ready_at is not None:
            moments.append(one.ready_at)
        elif one.intent in waiting and one.latest is not None:
            moments.append(datetime.combine(one.latest + timedelta(days=1), time(), zone))
    return min(moments).astimezone(UTC) if moments else None


def _pay_by(known: Known) -> datetime | None:
    """The end of the day on which the first of what is owed was agreed to be paid, on the order's clock."""
    days = [one.due_on for one in known.debts if one.due_on is not None and one.owed > 0]
    if not days:
        return None
    return datetime.combine(
        min(days) + timedelta(days=1), time(), ZoneInfo(known.order.time_zone)
    ).astimezone(UTC)


def _problems(known: Known, due: int) -> Iterator[str]:
    yield from (one.value for one in known.open)
    if known.order.state is OrderState.placed and due > 0:
        yield Problem.unpaid.value
    if due < 0:
        yield Problem.overpaid.value
    if any(one.rejections for one in known.fulfilments):
        yield Problem.rejected.value
    if due < 0 and any(one.refund_failed for one in known.payments):
        yield Problem.refund_failed.value
    if any(one.ending_told and one.capturable for one in known.payments):
        yield Problem.authorisation_ending.value
    if any(parcel.trouble for one in known.fulfilments for parcel in one.parcels):
        yield Problem.parcel.value


def _filters(facts: OrderFacts) -> Iterator[str]:
    one = {
        "state": facts.state.value,
        "channel": facts.channel,
        "market": facts.market,
        "sold": facts.store,
        "payment": facts.payment.value,
        "fulfilment": facts.fulfilment.value,
        "source": facts.source,
        "currency": facts.currency,
        "customer": facts.customer_id.hex if facts.customer_id else None,
        "paid": facts.paid.value,
        "shipped": facts.shipped.value,
        "returned": facts.returned.value,
        "refunded": facts.refunded.value,
    }
    yield from (filter_key(name, value) for name, value in one.items() if value)
    many = {"delivering": facts.stores, "tender": facts.tenders, "problem": facts.problems}
    for name, values in many.items():
        yield from (filter_key(name, value) for value in values)


def filter_key(name: str, value: str) -> str:
    """The key of all orders of which this is true; none that people type has a `=`."""
    return f"{name}={value}"


def _words(known: Known) -> Iterator[str]:
    order = known.order
    yield from _numbers([order.number, *known.documents, *(one.number for one in known.returns)])
    yield from spell.codes([order.purchase_order])
    if order.email:
        yield spell.email(order.email)
        yield from spell.words(order.email)
    phones = [order.phone, *(each.phone for each in _addresses(order))]
    yield from (spell.phone(one) for one in phones if one)
    yield from spell.known_words(order.name)
    for address in _addresses(order):
        yield from spell.known_words(f"{address.name} {address.company}")
        yield from spell.codes([address.postal_code])
    if order.business is not None:
        yield from spell.known_words(order.business.company)
        if order.business.vat_number is not None:
            yield spell.code(order.business.vat_number.number)
    yield from _paid(known.payments)
    yield from spell.codes(one.reference for one in known.debts)
    for parcel in (each for one in known.fulfilments for each in one.parcels):
        yield from spell.codes([parcel.tracking])
    yield from _bought(known.lines)


def _numbers(numbers: Iterable[str | None]) -> Iterator[str]:
    """Numbers whole, and without the letters of their market or series."""
    for number in numbers:
        if number:
            yield spell.number(number)
            yield from (spell.number(part) for part in spell.words(number))


def _addresses(order: Order) -> list[Address]:
    return [one for one in (order.address, order.billing) if one is not None]


def _paid(payments: Iterable[Payment]) -> Iterator[str]:
    for one in payments:
        yield from spell.codes([one.reference, one.last_four])


def _bought(lines: Iterable[OrderLine]) -> Iterator[str]:
    for line in lines:
        yield from spell.codes([line.sku])
        yield from spell.known_words(line.name)
