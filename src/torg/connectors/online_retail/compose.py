"""From sorted invoices to orders, returns and entries, under ids that are derived from the file's own names.

The file's amounts are without tax (its gift vouchers of £20 stand there at 16.67, and at 17.02 before the rate rose in
January 2011), and it does not say what tax was paid: so none is made up, and an order's total is the file's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.catalog import Kind, KnownSku
from torg.connectors.online_retail.book import Line, pence
from torg.connectors.online_retail.check import Checked, vouchers
from torg.connectors.online_retail.match import Back
from torg.connectors.online_retail.model import COUNTRIES, CURRENCY, DELIVERY, NOWHERE, SOURCE
from torg.connectors.online_retail.sort import Document
from torg.customers import Customer, HistoricCustomer
from torg.imports import Entry
from torg.kernel.ids import derived_id
from torg.orders import HistoricOrder, HistoricReturn, Intent, OrderDelivery, OrderLine, ReturnLine

BEGINNING: Final = datetime(2009, 12, 1, tzinfo=UTC)
"""The time in the ids of customers: they have the same in every file, whenever they first come in it."""


class Composed(Struct):
    """What some invoices become."""

    orders: list[HistoricOrder]
    returns: list[HistoricReturn]
    entries: list[Entry]


def customer_id(number: int) -> UUID | None:
    """The id of the customer with this number; none for nobody known."""
    return derived_id(BEGINNING, SOURCE, "customer", str(number)) if number else None


def customers(checked: Checked, channel: str) -> list[HistoricCustomer]:
    """Everybody the file knows, by number; more than that it does not say of them."""
    found: list[HistoricCustomer] = []
    for number, since in sorted(checked.customers.items()):
        id = customer_id(number)
        assert id is not None
        known = Customer(id, "en", since, registered_in=channel, number=str(number))
        found.append(HistoricCustomer(known))
    return found


def compose(checked: Checked, places: range, skus: Mapping[str, KnownSku], channel: str) -> Composed:
    """The orders, returns and entries of the invoices at these places."""
    made = Composed([], [], [])
    for place in places:
        document = checked.document(place)
        if document.sold:
            back = checked.matches.of_order.get(place, ())
            returns = tuple(_of_order(checked, document, one, skus, channel) for one in back)
            made.orders.append(_order(document, returns, skus, channel))
        if document.returned and place not in checked.matches.matched:
            made.returns.append(_return(document, None, skus, channel))
        made.entries += _entries(document)
    return made


def order_id(document: Document) -> UUID:
    """The id of the order that an invoice becomes."""
    return derived_id(document.at, SOURCE, "order", document.number)


def line_id(document: Document, place: int) -> UUID:
    """The id of an order's line, by its place among what was sold."""
    return derived_id(document.at, SOURCE, "line", document.number, str(place))


def _order(
    document: Document, returns: tuple[HistoricReturn, ...], skus: Mapping[str, KnownSku], channel: str
) -> HistoricOrder:
    country = COUNTRIES[document.country]
    return HistoricOrder(
        order_id=order_id(document),
        number=document.number,
        channel=channel,
        customer_id=customer_id(document.customer),
        language="en",
        country=country,
        region=document.country if country == NOWHERE else None,
        deliveries=_deliveries(document),
        lines=tuple(_line(document, place, line, skus) for place, line in enumerate(document.sold)),
        returns=returns,
        placed_at=document.at,
    )


def _deliveries(document: Document) -> tuple[OrderDelivery, ...]:
    sums: dict[str, int] = {}
    for line in document.charges:
        sums[line.code] = sums.get(line.code, 0) + pence(line.amount)
    return tuple(
        OrderDelivery(Intent.ship, code.lower(), DELIVERY[code], None, amount, 0, amount)
        for code, amount in sums.items()
    )


def _line(document: Document, place: int, line: Line, skus: Mapping[str, KnownSku]) -> OrderLine:
    goods = skus[line.code]
    amount = pence(line.amount)
    digital = vouchers(line.code)
    return OrderLine(
        id=line_id(document, place),
        position=place,
        product_id=goods.product_id,
        variant_id=goods.variant_id,
        sku=line.code,
        name=line.name or line.code,
        options="",
        image=None,
        kind=(Kind.digital if digital else Kind.physical).value,
        weight_g=0,
        intent=Intent.digital if digital else Intent.ship,
        store=None,
        note=None,
        quantity=line.quantity,
        unit=pence(line.price),
        tax_included=False,
        tax_rate=0,
        tax_name="",
        discount=0,
        net=amount,
        tax=0,
        gross=amount,
        gone=line.quantity,
    )


def _of_order(
    checked: Checked, order: Document, back: Back, skus: Mapping[str, KnownSku], channel: str
) -> HistoricReturn:
    lines = tuple(line_id(order, place) for place in back.lines)
    return _return(checked.document(back.document), lines, skus, channel)


def _return(
    document: Document, bought: tuple[UUID, ...] | None, skus: Mapping[str, KnownSku], channel: str
) -> HistoricReturn:
    return HistoricReturn(
        id=derived_id(document.at, SOURCE, "return", document.number),
        channel=channel,
        customer_id=customer_id(document.customer),
        number=document.number,
        lines=tuple(
            _back(document, place, line, bought[place] if bought else None, skus)
            for place, line in enumerate(document.returned)
        ),
        delivery=-sum(pence(line.amount) for line in document.charges),
        returned_at=document.at,
    )


def _back(
    document: Document, place: int, line: Line, bought: UUID | None, skus: Mapping[str, KnownSku]
) -> ReturnLine:
    goods = skus[line.code]
    amount = -pence(line.amount)
    return ReturnLine(
        id=derived_id(document.at, SOURCE, "back", document.number, str(place)),
        position=place,
        line_id=bought,
        product_id=goods.product_id,
        variant_id=goods.variant_id,
        sku=line.code,
        name=line.name or line.code,
        quantity=-line.quantity,
        net=amount,
        tax=0,
        gross=amount,
    )


def _entries(document: Document) -> list[Entry]:
    return [
        Entry(
            id=derived_id(line.at, SOURCE, "entry", document.number, str(place)),
            source=SOURCE,
            kind=kind.value,
            number=document.number,
            code=line.code,
            name=line.name,
            quantity=line.quantity,
            amount=pence(line.amount),
            currency=CURRENCY,
            customer_id=customer_id(document.customer),
            order_id=order_id(document) if document.sold else None,
            at=line.at,
        )
        for place, (kind, line) in enumerate(document.entries)
    ]
