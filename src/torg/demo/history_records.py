"""From a sale of the practice retailer's year to the order that history takes: prices, taxes, money and goods.

Pure. The prices are those of the lists, the taxes those of the law, added up as any cart's; what cannot have happened
by now (a parcel of tomorrow, a return of next week) has not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.catalog import Sellable
from torg.demo.customers import Person
from torg.demo.history import Sale
from torg.demo.markets import SOURCES
from torg.demo.stock import METHODS
from torg.inventory import DeliveryMethod, Window, delivery_window
from torg.kernel.ids import derived_id
from torg.markets import ChannelKind, Location
from torg.orders import (
    HistoricFulfilment,
    HistoricOrder,
    HistoricPayment,
    HistoricRefund,
    HistoricReturn,
    Intent,
    OrderDelivery,
    OrderLine,
    ReturnLine,
)
from torg.payments import Tender
from torg.pricing import DeliveryTotal, PricedDelivery, PricedLine, Quote, Totals, totals

PRACTICE: Final = "practice"
"""The source that history names for the year."""

SECOND_WAREHOUSE: Final = 0.08
CARRIERS: Final = {
    "NO": "Bring",
    "SE": "PostNord",
    "DK": "PostNord",
    "DE": "DHL",
    "GB": "Royal Mail",
    "US": "USPS",
}
ABROAD: Final = {"JP": "Yamato", "SG": "SingPost"}
METHOD: Final = {method.code: method for method in METHODS}


class Charges(Struct, frozen=True):
    """What a way of delivery costs in a market: up to each weight, and from which amount of goods nothing."""

    steps: tuple[tuple[int | None, PricedDelivery], ...]
    free: PricedDelivery
    free_from: int | None

    def of(self, weight_g: int, goods: int) -> PricedDelivery:
        """The charge for goods of this weight and amount."""
        if self.free_from is not None and goods >= self.free_from:
            return self.free
        return next(charge for up_to, charge in self.steps if up_to is None or weight_g <= up_to)


class Facts(Struct, frozen=True):
    """What is known of the goods of a market, by SKU: names by language, and prices; what delivery costs, and the place
    whose parcels are promised.
    """

    currency: str
    language: str
    names: Mapping[str, Mapping[str, Sellable]]
    quotes: Mapping[str, Quote]
    charges: Mapping[str, Charges]
    sends: Location


def record(sale: Sale, facts: Facts, customer_id: UUID | None, now: datetime) -> HistoricOrder:
    """The finished order of a sale, as it stands now."""
    language = sale.language or facts.language
    names = facts.names[language]
    method = _method(sale, facts)
    charge = _charge(sale, method, facts)
    priced = [PricedLine.of(facts.quotes[line.sku], line.quantity) for line in sale.lines]
    added = totals(facts.currency, priced, [charge] if charge else [])
    lines = tuple(_line(sale, place, names, facts, added) for place in range(len(sale.lines)))
    cancelled = sale.at + sale.cancelled_after if sale.cancelled_after else None
    sent = () if cancelled else _fulfilments(sale, lines, method, now)
    back = () if cancelled else _returns(sale, lines, sent, now)
    person, ships = sale.person, any(line.intent is Intent.ship for line in lines)
    return HistoricOrder(
        order_id=order_id(sale),
        channel=sale.channel,
        store=sale.store if sale.kind is ChannelKind.till else None,
        customer_id=customer_id,
        language=language,
        region=person.address.region or None if person and ships and sale.market == "US" else None,
        name=_full_name(person),
        email=person.email if person else None,
        phone=person.phone if person else None,
        address=person.address if person and ships else None,
        deliveries=_deliveries(sale, method, language, facts.sends, added.delivery),
        journey=sale.journey,
        lines=lines,
        payments=_payments(sale, added.gross, back, cancelled),
        fulfilments=sent,
        returns=back,
        placed_at=sale.at,
        cancelled_at=cancelled,
        reason="changed-mind" if cancelled else None,
    )


def order_id(sale: Sale) -> UUID:
    """Under which id a sale is an order."""
    return _id(sale, "order")


def _full_name(person: Person | None) -> str:
    return person.address.name if person else ""


def _id(sale: Sale, *names: str) -> UUID:
    return derived_id(sale.at, PRACTICE, str(sale.number), *names)


def _method(sale: Sale, facts: Facts) -> DeliveryMethod | None:
    """How what is not carried out reaches her."""
    ways = {line.way for line in sale.lines}
    if Intent.pick_up in ways:
        return METHOD["pick-up"]
    if Intent.ship in ways:
        return METHOD["express" if sale.express and "express" in facts.charges else "standard"]
    return None


def _charge(sale: Sale, method: DeliveryMethod | None, facts: Facts) -> PricedDelivery | None:
    if method is None:
        return None
    weight = sum(facts.names[facts.language][line.sku].weight_g * line.quantity for line in sale.lines)
    goods = sum(facts.quotes[line.sku].unit * line.quantity for line in sale.lines)
    return facts.charges[method.code].of(weight, goods)


def _line(sale: Sale, place: int, names: Mapping[str, Sellable], facts: Facts, added: Totals) -> OrderLine:
    sold, total = sale.lines[place], added.lines[place]
    thing, quote = names[sold.sku], facts.quotes[sold.sku]
    in_store = sold.way in {Intent.carry_out, Intent.pick_up}
    return OrderLine(
        id=_id(sale, "line", str(place)),
        position=place,
        product_id=thing.product_id,
        variant_id=thing.variant_id,
        sku=thing.sku,
        name=thing.name,
        options=thing.options,
        image=thing.image,
        kind=thing.kind.value,
        weight_g=thing.weight_g,
        intent=sold.way,
        store=sale.store if in_store else None,
        note=None,
        quantity=sold.quantity,
        unit=quote.unit,
        tax_included=quote.tax_included,
        tax_rate=total.tax_rate,
        tax_name=total.tax_name,
        discount=total.discount,
        net=total.net,
        tax=total.tax,
        gross=total.gross,
    )


def _deliveries(
    sale: Sale,
    method: DeliveryMethod | None,
    language: str,
    sends: Location,
    charged: Sequence[DeliveryTotal],
) -> tuple[OrderDelivery, ...]:
    if method is None:
        return ()
    (total,) = charged
    pick_up = method.code == "pick-up"
    window = _promised(sale, method, sends)
    return (
        OrderDelivery(
            intent=Intent.pick_up if pick_up else Intent.ship,
            method=method.code,
            name=method.name[language],
            store=sale.store if pick_up else None,
            net=total.net,
            tax=total.tax,
            gross=total.gross,
            earliest=window.earliest,
            latest=window.latest,
        ),
    )


def _promised(sale: Sale, method: DeliveryMethod, sends: Location) -> Window:
    postal_code = sale.person.address.postal_code if sale.person else None
    window = delivery_window(method, sale.market, postal_code, sends, sale.at)
    day = sale.at.date()
    return window or Window(day, day + timedelta(days=1))


def _fulfilments(
    sale: Sale, lines: Sequence[OrderLine], method: DeliveryMethod | None, now: datetime
) -> tuple[HistoricFulfilment, ...]:
    units = {line.id: line.quantity for line in lines if line.intent is not Intent.digital}
    if not units:
        return ()
    intent = next(line.intent for line in lines if line.intent is not Intent.digital)
    places = SOURCES[sale.market][1]
    second = sale.wait < SECOND_WAREHOUSE and len(places) > 1
    hours = {Intent.carry_out: 0.0, Intent.ship: 5 + 36 * sale.wait, Intent.pick_up: 4 + 60 * sale.wait}[
        intent
    ]
    ships = intent is Intent.ship
    return (
        HistoricFulfilment(
            id=_id(sale, "fulfilment"),
            location=places[second] if ships or sale.store is None else sale.store,
            method=method.code if method else "carry-out",
            intent=intent,
            left_at=min(sale.at + timedelta(hours=hours), now),
            units=units,
            carrier=(CARRIERS | ABROAD)[sale.market] if ships else None,
            tracking=f"TR{_id(sale, 'parcel').hex[-12:].upper()}" if ships else None,
        ),
    )


def _returns(
    sale: Sale, lines: Sequence[OrderLine], sent: Sequence[HistoricFulfilment], now: datetime
) -> tuple[HistoricReturn, ...]:
    """What has come back by now, all at once; who sends it does so when the last of it is packed."""
    late = [line.back for line in sale.lines if line.back is not None]
    if not late or not sent or (at := sent[0].left_at + max(late)) > now:
        return ()
    came = [line for line, sold in zip(lines, sale.lines, strict=True) if sold.back is not None]
    return (
        HistoricReturn(
            id=_id(sale, "return"),
            channel=f"till-{sale.back_in}" if sale.back_in else sale.channel,
            store=sale.back_in,
            lines=tuple(
                ReturnLine(
                    id=_id(sale, "return", str(line.position)),
                    position=place,
                    line_id=line.id,
                    product_id=line.product_id,
                    variant_id=line.variant_id,
                    sku=line.sku,
                    name=line.name,
                    quantity=line.quantity,
                    net=line.net,
                    tax=line.tax,
                    gross=line.gross,
                )
                for place, line in enumerate(came)
            ),
            returned_at=at,
        ),
    )


def _payments(
    sale: Sale, gross: int, back: Sequence[HistoricReturn], cancelled: datetime | None
) -> tuple[HistoricPayment, ...]:
    if not gross:
        return ()
    refunds = [
        HistoricRefund(
            _id(sale, "refund", one.id.hex), sum(line.gross for line in one.lines), one.returned_at
        )
        for one in back
    ]
    if cancelled:
        refunds = [HistoricRefund(_id(sale, "refund"), gross, cancelled, "order-cancelled")]
    return (
        HistoricPayment(
            id=_id(sale, "payment"),
            tender=Tender.gateway if sale.method else Tender.cash,
            amount=gross,
            captured_at=sale.at,
            gateway="test" if sale.method else None,
            method=sale.method,
            refunds=tuple(refunds),
        ),
    )
