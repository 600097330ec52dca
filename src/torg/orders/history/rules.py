"""From what another system hands over to the rows of orders, payments, fulfilments and returns. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from torg.fulfilment import Fulfilment, FulfilmentKind, FulfilmentLine, FulfilmentState, Parcel
from torg.kernel.ids import derived_id
from torg.markets import Atlas, Channel
from torg.orders.history.model import (
    HistoricFulfilment,
    HistoricOrder,
    HistoricPayment,
    HistoricReturn,
    HistoryWrong,
)
from torg.orders.model import Intent, Order, OrderLine, OrderState, OrderTax
from torg.orders.returns import Return
from torg.orders.rules import number_of
from torg.payments import Payment, PaymentState, Refund, RefundState, Tender

TAKEN_OVER: Final = """
order_id customer_id region email phone address billing deliveries codes capture reason placed_at cancelled_at
journey
""".split()
LEFT: Final = {
    Intent.ship: FulfilmentState.shipped,
    Intent.pick_up: FulfilmentState.collected,
    Intent.carry_out: FulfilmentState.handed_over,
}


def order_of(
    given: HistoricOrder, known: Atlas, source: str, actor: str, at: datetime
) -> tuple[Order, tuple[OrderLine, ...]]:
    """The order and its lines, with the totals that they add up to."""
    channel = known.channel(given.channel)
    market = known.market(channel.market)
    lines = _lines(given)
    _check(given, at)
    order = Order(
        **{name: getattr(given, name) for name in TAKEN_OVER},
        **_totals(given, lines),
        state=OrderState.cancelled if given.cancelled_at else OrderState.placed,
        source=source,
        number=given.number or number_of(market.code, given.order_id, 0),
        channel=channel.code,
        market=market.code,
        seller=channel.seller,
        store=given.store or channel.store,
        stores=_stores(given, known),
        token_hash=None,
        language=given.language or market.languages[0],
        country=given.country or (given.address.country if given.address else market.country),
        time_zone=_time_zone(known, channel),
        name=given.name or (given.address.name if given.address else ""),
        currency=market.currency,
        actor=actor,
        held_until=given.placed_at,
        created_at=given.placed_at,
        updated_at=given.cancelled_at or given.placed_at,
    )
    return order, lines


def _stores(given: HistoricOrder, known: Atlas) -> tuple[str, ...]:
    """The stores that handed over or sent some of it."""
    there = {shop.location: shop.code for shop in known.stores.values()}
    return tuple(sorted({there[sent.location] for sent in given.fulfilments if sent.location in there}))


def _totals(given: HistoricOrder, lines: tuple[OrderLine, ...]) -> dict[str, Any]:
    net = sum(line.net for line in lines) + sum(one.net for one in given.deliveries)
    tax = sum(line.tax for line in lines) + sum(one.tax for one in given.deliveries)
    return {
        "net": net,
        "tax": tax,
        "gross": net + tax,
        "discount": sum(line.discount for line in lines),
        "delivery": sum(one.gross for one in given.deliveries),
        "taxes": _taxes(given, lines),
        "units": sum(line.quantity for line in lines),
    }


def _lines(given: HistoricOrder) -> tuple[OrderLine, ...]:
    left: dict[UUID, int] = {}
    for fulfilment in given.fulfilments:
        for line_id, units in fulfilment.units.items():
            left[line_id] = left.get(line_id, 0) + units
    if unknown := left.keys() - {line.id for line in given.lines}:
        raise HistoryWrong(f"a fulfilment of order {given.order_id} names lines that it has not: {unknown}")
    return tuple(
        replace(line, gone=left[line.id]) if left.get(line.id, 0) > line.gone else line
        for line in given.lines
    )


def _taxes(given: HistoricOrder, lines: tuple[OrderLine, ...]) -> tuple[OrderTax, ...]:
    """The taxes of the lines by name and rate; that of a delivery belongs to the rate that most was paid for."""
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for line in lines:
        net, tax = sums.get((line.tax_name, line.tax_rate), (0, 0))
        sums[line.tax_name, line.tax_rate] = net + line.net, tax + line.tax
    main = max(sums, key=lambda rate: sums[rate], default=None)
    if main is not None:
        net, tax = sums[main]
        sums[main] = (
            net + sum(one.net for one in given.deliveries),
            tax + sum(one.tax for one in given.deliveries),
        )
    return tuple(OrderTax(name, rate, net, tax) for (name, rate), (net, tax) in sorted(sums.items()) if name)


def _check(given: HistoricOrder, at: datetime) -> None:
    if not given.lines:
        raise HistoryWrong(f"order {given.order_id} has no lines")
    if given.placed_at > at:
        raise HistoryWrong(f"order {given.order_id} was placed in the future")
    if any(line.gross != line.net + line.tax for line in given.lines):
        raise HistoryWrong(f"a line of order {given.order_id} does not add up")
    back: dict[UUID, int] = {}
    for returned in given.returns:
        for line in returned.lines:
            if line.line_id is not None:
                back[line.line_id] = back.get(line.line_id, 0) + line.quantity
    bought = {line.id: line.quantity for line in given.lines}
    if any(units > bought.get(line_id, 0) for line_id, units in back.items()):
        raise HistoryWrong(f"more of order {given.order_id} came back than was bought")


def payments_of(given: HistoricOrder, order: Order) -> Iterator[tuple[Payment, list[Refund]]]:
    """Its payments, captured, with what went back of them."""
    for paid in given.payments:
        if (paid.gateway is None) is (paid.tender is Tender.gateway):
            raise HistoryWrong(
                f"a payment of order {order.order_id} names no gateway, or one for another tender"
            )
        yield (
            _payment(paid, order),
            [
                Refund(
                    order_id=order.order_id,
                    id=refund.id,
                    payment_id=paid.id,
                    amount=refund.amount,
                    currency=order.currency,
                    reason=refund.reason,
                    state=RefundState.done,
                    actor=order.actor,
                    created_at=refund.at,
                    ended_at=refund.at,
                )
                for refund in paid.refunds
            ],
        )


def _payment(paid: HistoricPayment, order: Order) -> Payment:
    back = sum(refund.amount for refund in paid.refunds)
    return Payment(
        order_id=order.order_id,
        id=paid.id,
        tender=paid.tender,
        gateway=paid.gateway,
        method=paid.method,
        state=PaymentState.captured,
        currency=order.currency,
        amount=paid.amount,
        channel=order.channel,
        store=order.store,
        language=order.language,
        return_url=None,
        expires_at=None,
        created_at=paid.captured_at,
        updated_at=max((refund.at for refund in paid.refunds), default=paid.captured_at),
        authorised=paid.amount,
        capture_claimed=paid.amount,
        captured=paid.amount,
        refund_claimed=back,
        refunded=back,
        reference=paid.reference,
    )


def fulfilments_of(given: HistoricOrder, order: Order, known: Atlas) -> Iterator[Fulfilment]:
    """What left the locations for it."""
    stores = {shop.location: shop.code for shop in known.stores.values()}
    lines = {line.id: line for line in given.lines}
    for sent in given.fulfilments:
        ships = sent.intent is Intent.ship
        yield Fulfilment(
            order_id=order.order_id,
            id=sent.id,
            location=known.location(sent.location).code,
            method=sent.method,
            kind=FulfilmentKind(sent.intent.value),
            state=LEFT[sent.intent],
            number=order.number or "",
            channel=order.channel,
            store=stores.get(sent.location),
            recipient=order.name,
            address=order.address if ships else None,
            email=order.email,
            language=order.language,
            region=order.country,
            time_zone=order.time_zone,
            proof=None,
            proof_tries=0,
            created_at=order.created_at,
            updated_at=sent.left_at,
            version=1,
            lines=tuple(_part(lines[id], units) for id, units in sorted(sent.units.items())),
            parcels=(_parcel(sent, order),) if ships else (),
        )


def _parcel(sent: HistoricFulfilment, order: Order) -> Parcel:
    id = derived_id(sent.left_at, "parcel", sent.id.hex)
    return Parcel(order.order_id, id, sent.id, sent.carrier or "", sent.tracking, None, sent.left_at)


def _part(line: OrderLine, units: int) -> FulfilmentLine:
    name = f"{line.name}, {line.options}" if line.options else line.name
    return FulfilmentLine(line.id, line.variant_id, line.sku, name, units)


def return_of(given: HistoricReturn, order: Order | None, known: Atlas, source: str, actor: str) -> Return:
    """The return, of the order or of one that nobody knows."""
    channel = known.channel(given.channel)
    net = sum(line.net for line in given.lines) + given.delivery
    tax = sum(line.tax for line in given.lines)
    if not given.lines:
        raise HistoryWrong(f"return {given.id} has no lines")
    return Return(
        id=given.id,
        order_id=order.order_id if order else None,
        source=source,
        number=given.number,
        channel=channel.code,
        market=channel.market,
        seller=channel.seller,
        store=given.store or channel.store,
        customer_id=order.customer_id if order else given.customer_id,
        currency=order.currency if order else known.market(channel.market).currency,
        net=net,
        tax=tax,
        gross=net + tax,
        delivery=given.delivery,
        units=sum(line.quantity for line in given.lines),
        reason=given.reason,
        actor=actor,
        returned_at=given.returned_at,
        created_at=given.returned_at,
        lines=given.lines,
    )


def _time_zone(known: Atlas, channel: Channel) -> str:
    place = known.store(channel.store).location if channel.store else channel.locations[0]
    return known.location(place).time_zone
