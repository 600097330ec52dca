"""From an order to the facts of its documents. Pure: the same order gives the same facts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from torg.customers import Address, printed
from torg.fulfilment import Fulfilment
from torg.kernel.i18n import words
from torg.markets import Atlas, Seller, SiteAddress
from torg.orders.documents.model import (
    DocumentKind,
    DocumentLine,
    DocumentPayment,
    DocumentTax,
    Facts,
    Issuer,
    Party,
    Reduction,
    Terms,
)
from torg.orders.model import Intent, Order, OrderDelivery, OrderLine
from torg.orders.returns import Return
from torg.payments import Debt, Payment, Tender

MOST_PARTS: Final = 30
AS_ORDERED: Final = ("currency", "country", "time_zone", "language", "purchase_order")


class Known(Struct, frozen=True):
    """All that an order's documents are made of."""

    order: Order
    lines: Sequence[OrderLine]
    payments: Sequence[Payment]
    returns: Sequence[Return]
    atlas: Atlas
    at: datetime
    debts: Sequence[Debt] = ()


def whole(known: Known, kind: DocumentKind) -> Facts:
    """The order as it is now, with everything it costs."""
    order = known.order
    lines = (*(goods(line, order) for line in known.lines), *deliveries(order))
    paid = payments(one for one in known.payments if one.tender is not Tender.invoice)
    said = facts(
        known,
        kind,
        lines=lines,
        taxes=tuple(DocumentTax(t.name, t.rate, t.treatment, t.net, t.tax) for t in order.taxes),
        payments=paid,
        due=order.gross - sum(one.amount for one in paid),
    )
    return replace(said, terms=_terms(known)) if said.due > 0 else said


def facts(
    known: Known,
    kind: DocumentKind,
    *,
    lines: tuple[DocumentLine, ...],
    taxes: tuple[DocumentTax, ...] = (),
    payments: tuple[DocumentPayment, ...] = (),
    due: int = 0,
    place: str | None = None,
    corrects: str | None = None,
    corrects_day: date | None = None,
    reason: str | None = None,
) -> Facts:
    """The facts of a document with these lines, adding up to what they come to."""
    order = known.order
    return Facts(
        kind=kind,
        order=order.number,
        ordered_at=order.placed_at,
        issued_at=known.at,
        supplied=_supplied(known),
        **{name: getattr(order, name) for name in AS_ORDERED},
        seller=issuer(known.atlas.seller(order.seller), order, known.at),
        buyer=_buyer(order),
        goods_to=_goods_to(order, known.atlas),
        place=place,
        lines=lines,
        taxes=taxes,
        net=sum(line.net for line in lines),
        tax=sum(line.tax for line in lines),
        gross=sum(line.gross for line in lines),
        discount=sum(line.discount for line in lines),
        payments=payments,
        due=due,
        corrects=corrects,
        corrects_day=corrects_day,
        reason=reason,
    )


def _terms(known: Known) -> Terms | None:
    """When what is bought on invoice is due: by the day that it was billed for, or is to be billed from today."""
    debt = next((one for one in known.debts if one.held or one.owed), None)
    if debt is None:
        return None
    today = known.at.astimezone(ZoneInfo(known.order.time_zone)).date()
    due_on = debt.bills[-1].due_on if debt.bills else today + timedelta(days=debt.days)
    return Terms(debt.days, due_on, debt.reference, debt.held + debt.owed)


def goods(line: OrderLine, order: Order) -> DocumentLine:
    """A line of the order as its documents say it."""
    return DocumentLine(
        key=f"line:{line.id}",
        sku=line.sku,
        name=line.name,
        detail=line.options,
        parts=tuple(f"{part.quantity} × {part.name}" for part in line.components[:MOST_PARTS]),
        quantity=line.quantity,
        unit=line.unit,
        tax_included=line.tax_included,
        discount=line.discount,
        reductions=_reductions(line, order),
        tax_name=line.tax_name,
        rate=line.tax_rate,
        treatment=line.treatment,
        net=line.net,
        tax=line.tax,
        gross=line.gross,
    )


def deliveries(order: Order) -> Iterator[DocumentLine]:
    """What delivery costs, way by way; its tax is of the rates of what it brings."""
    for one in order.deliveries:
        if one.gross or one.discount:
            yield DocumentLine(
                key=delivery_key(one),
                name=one.name,
                quantity=1,
                unit=one.gross + one.discount,
                discount=one.discount,
                reductions=tuple(
                    Reduction(_called(each.promotion, order), each.amount) for each in one.adjustments
                ),
                net=one.net,
                tax=one.tax,
                gross=one.gross,
            )


def delivery_key(one: OrderDelivery) -> str:
    """What a delivery is called among the lines of documents."""
    return ":".join(("delivery", one.intent.value, one.method, one.store or ""))


def to_send(
    fulfilment: Fulfilment, lines: Sequence[OrderLine], shipment_id: UUID | None = None
) -> tuple[DocumentLine, ...]:
    """What a place sends or keeps ready, of a bundle its parts; of a shipment what is in its parcels; with what
    the customer wrote beside it. No prices."""
    known = {line.id: line for line in lines}
    units = {(part.line_id, part.variant_id): part.quantity for part in fulfilment.lines}
    packed = _packed(fulfilment, shipment_id)
    return tuple(
        DocumentLine(
            key=f"line:{part.line_id}:{part.variant_id}",
            sku=part.sku,
            name=part.name,
            detail=_detail(known.get(part.line_id), part.sku),
            parts=_wishes(known.get(part.line_id)),
            quantity=quantity,
        )
        for part in sorted(fulfilment.lines, key=lambda one: one.sku)
        if (quantity := (packed or units).get((part.line_id, part.variant_id), 0))
    )


def _packed(fulfilment: Fulfilment, shipment_id: UUID | None) -> Counter[tuple[UUID, UUID]]:
    """What is in the parcels of a shipment; nothing is known of those whose contents nobody told."""
    found: Counter[tuple[UUID, UUID]] = Counter()
    for parcel in fulfilment.parcels:
        if shipment_id is not None and parcel.shipment_id == shipment_id:
            for one in parcel.contents:
                found[one.line_id, one.variant_id] += one.quantity
    return found


def to_return(known: Known) -> tuple[DocumentLine, ...]:
    """What the customer has and can send back."""
    back: dict[object, int] = {}
    for one in (line for made in known.returns if made.state.counts for line in made.lines):
        back[one.line_id] = back.get(one.line_id, 0) + one.quantity
    return tuple(
        DocumentLine(key=f"line:{line.id}", sku=line.sku, name=line.name, detail=line.options, quantity=left)
        for line in known.lines
        if (left := line.gone - back.get(line.id, 0)) > 0 and line.intent is not Intent.digital
    )


def payments(made: Iterable[Payment]) -> tuple[DocumentPayment, ...]:
    """What was taken by each tender, and what is set aside."""
    found = []
    for one in made:
        if one.state.failed:
            continue
        if one.captured:
            found.append(
                DocumentPayment(
                    one.tender.value,
                    one.captured,
                    last_four=one.last_four,
                    rounding=one.rounding,
                    given=one.given,
                    change=one.change,
                )
            )
        elif one.authorised:
            found.append(
                DocumentPayment(one.tender.value, one.authorised, taken=False, last_four=one.last_four)
            )
    return tuple(found)


def issuer(seller: Seller, order: Order, at: datetime) -> Issuer:
    """The seller with the numbers under which this order's tax is paid, else those of its own country."""
    used = [one.number for one in order.tax_basis if one.number]
    day = at.astimezone(ZoneInfo(order.time_zone)).date()
    own = [
        one.number
        for one in seller.registrations
        if one.valid_on(day) and one.country in {order.country, seller.address.country}
    ]
    return Issuer(
        code=seller.code,
        legal_name=seller.legal_name,
        registration_number=seller.registration_number,
        lines=site_lines(seller.address, order.language),
        country=seller.address.country,
        tax_numbers=tuple(dict.fromkeys(used or own)),
    )


def site_lines(site: SiteAddress, language: str) -> tuple[str, ...]:
    """Where a seller, store or location stands, as its country writes it."""
    if site.country == "JP":
        return (f"〒{site.postal_code}", f"{site.city}{''.join(site.lines)}", words(language).country("JP"))
    return (*site.lines, f"{site.postal_code} {site.city}".strip(), words(language).country(site.country))


def address_lines(address: Address, name: str = "") -> tuple[str, ...]:
    """A customer's address with the name above it, if it has none of its own."""
    lines = tuple(printed(address))
    return lines if address.name or address.company or not name else (name, *lines)


def _buyer(order: Order) -> Party:
    business = order.business
    number = business.vat_number.number if business is not None and business.vat_number is not None else None
    where = order.billing or order.address
    lines = address_lines(where, order.name) if where is not None else tuple(filter(None, (order.name,)))
    if business is not None and business.company not in lines:
        lines = (business.company, *lines)
    return Party(lines, number)


def _goods_to(order: Order, known: Atlas) -> Party | None:
    if order.address is not None and any(one.intent is Intent.ship for one in order.deliveries):
        return Party(address_lines(order.address, order.name))
    shops = {one.store for one in order.deliveries if one.store} or ({order.store} if order.store else set())
    for code in sorted(shops):
        shop = known.stores.get(code)
        if shop is not None:
            return Party((shop.called(order.language), *site_lines(shop.address, order.language)))
    return None


def _supplied(known: Known) -> date | None:
    if not any(line.gone for line in known.lines):
        return None
    return known.at.astimezone(ZoneInfo(known.order.time_zone)).date()


def _reductions(line: OrderLine, order: Order) -> tuple[Reduction, ...]:
    return tuple(Reduction(_called(one.promotion, order), one.amount) for one in line.adjustments)


def _called(promotion: str, order: Order) -> str:
    return next((one.name for one in order.promotions if one.promotion == promotion), promotion)


def _detail(line: OrderLine | None, sku: str) -> str:
    return line.options if line is not None and line.sku == sku else ""


def _wishes(line: OrderLine | None) -> tuple[str, ...]:
    """What the customer wrote beside the line: an engraving, a greeting."""
    return (line.note,) if line is not None and line.note else ()
