"""Issue documents: freeze their facts, give them numbers, and tell.

Whoever issues holds the lock of the order, and reads what is issued after that: so the same cause gets the same
document, however often and by how many it is asked for at once. Numbers are taken in the same transaction, last, and
come back with it when it fails: a series has no gaps, whenever a process dies. The order itself was placed long before.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from torg import fulfilment, payments
from torg.fulfilment import Fulfilment
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id, public
from torg.markets import atlas
from torg.orders import store as orders
from torg.orders.documents import store
from torg.orders.documents.events import DocumentIssued
from torg.orders.documents.freeze import Known, facts, to_return, to_send, whole
from torg.orders.documents.model import (
    BILLS,
    Document,
    DocumentKind,
    Draft,
    FulfilmentNeeded,
    NothingToDocument,
)
from torg.orders.documents.series import number_of, series_of
from torg.orders.documents.settle import lacking
from torg.orders.model import Order, OrderState, UnknownOrder
from torg.orders.returns import of_orders as returns_of
from torg.orders.see import staff_may_see
from torg.permissions import Permission

ISSUER = "torg"


async def settle(tx: Transaction, order_ids: Sequence[UUID]) -> list[Document]:
    """Issue the confirmations, bills and credit notes that these orders lack; what is there stays as it is."""
    known, issued = await _known(tx, order_ids)
    drafts = []
    for one in known:
        mine = issued[one.order.order_id]
        drafts += [*_confirmation(one, mine), *lacking(one, mine)]
    return await _issue(tx, drafts, ISSUER)


async def pack(tx: Transaction, shipped: Iterable[tuple[UUID, UUID, UUID | None]]) -> list[Document]:
    """Issue the packing lists of what left: (order, fulfilment, shipment), the whole fulfilment without a shipment."""
    wanted = sorted(set(shipped), key=str)
    known, issued = await _known(tx, sorted({order_id for order_id, _, _ in wanted}))
    orders_known = {one.order.order_id: one for one in known}
    sent = {one.id: one for one in await fulfilment.of_orders(tx, list(orders_known))}
    drafts = [
        _of_goods(orders_known[order_id], DocumentKind.packing_list, sent[fulfilment_id], shipment_id)
        for order_id, fulfilment_id, shipment_id in wanted
        if order_id in orders_known and fulfilment_id in sent
    ]
    there = {(one.order_id, one.kind, one.cause) for mine in issued.values() for one in mine}
    new = [one for one in drafts if (one.order_id, one.kind, one.cause) not in there]
    return await _issue(tx, [one for one in new if one.facts.lines], ISSUER)


async def issue(
    tx: Transaction,
    order_id: UUID,
    kind: DocumentKind,
    *,
    fulfilment_id: UUID | None = None,
    by: Actor,
) -> Document:
    """The document of this kind of an order, issued now if it was not before; for staff who may read the order.

    A list of goods is of one fulfilment. A bill is issued when it is due; `NothingToDocument` before that. Of credit
    notes one gets the latest.
    """
    by.must(Permission.orders_document, anywhere=True)
    known, issued = await _known(tx, [order_id])
    if not known or not staff_may_see(known[0].order, by):
        raise UnknownOrder(order=public("ord", order_id))
    order = known[0].order
    by.must(Permission.orders_document, store=order.store, channel=order.channel)
    mine = issued[order_id]
    if kind in BILLS or kind is DocumentKind.credit_note or kind is DocumentKind.confirmation:
        mine = [*mine, *await _issue(tx, [*_confirmation(known[0], mine), *lacking(known[0], mine)], str(by))]
        found = [one for one in mine if one.kind is kind]
        if not found:
            raise NothingToDocument()
        return found[-1]
    draft = await _list(tx, known[0], kind, fulfilment_id)
    same = next((one for one in mine if (one.kind, one.cause) == (kind, draft.cause)), None)
    return same or (await _issue(tx, [draft], str(by)))[0]


async def _list(tx: Transaction, known: Known, kind: DocumentKind, fulfilment_id: UUID | None) -> Draft:
    if kind is DocumentKind.return_slip:
        return _slip(known)
    sent = await fulfilment.of_order(tx, known.order.order_id)
    one = next((each for each in sent if each.id == fulfilment_id), None)
    if one is None:
        raise FulfilmentNeeded()
    draft = _of_goods(known, kind, one)
    if not draft.facts.lines:
        raise NothingToDocument()
    return draft


def _of_goods(known: Known, kind: DocumentKind, one: Fulfilment, shipment_id: UUID | None = None) -> Draft:
    """What a place gathers (which may be less next time), or packs: all of it, or what is in one shipment."""
    cause = f"shipment:{shipment_id}" if shipment_id is not None else f"fulfilment:{one.id}"
    if kind is DocumentKind.pick_list:
        cause = f"{cause}:{one.version}"
    lines = to_send(one, known.lines, shipment_id)
    return Draft(
        order_id=known.order.order_id,
        kind=kind,
        cause=cause,
        facts=facts(known, kind, lines=lines, place=known.atlas.location(one.location).name),
    )


def _slip(known: Known) -> Draft:
    lines = to_return(known)
    if not lines:
        raise NothingToDocument()
    left = sum(line.quantity for line in lines)
    return Draft(
        order_id=known.order.order_id,
        kind=DocumentKind.return_slip,
        cause=f"left:{left}:{len(known.returns)}",
        facts=facts(known, DocumentKind.return_slip, lines=lines),
    )


def _confirmation(known: Known, issued: Sequence[Document]) -> list[Draft]:
    """Of a placed order, and again once it costs or holds something else than the last one said."""
    order = known.order
    if order.state is not OrderState.placed or order.source is not None:
        return []
    before = [one for one in issued if one.kind is DocumentKind.confirmation]
    now = whole(known, DocumentKind.confirmation)
    if before and before[-1].facts.lines == now.lines and before[-1].facts.goods_to == now.goods_to:
        return []
    return [
        Draft(
            order_id=order.order_id,
            kind=DocumentKind.confirmation,
            cause=f"order:{len(before) + 1}",
            facts=now,
        )
    ]


async def _known(
    tx: Transaction, order_ids: Sequence[UUID]
) -> tuple[list[Known], dict[UUID, list[Document]]]:
    found: list[Order] = [
        one
        for one in await orders.find_many(tx, order_ids, lock=True)
        if one.state in {OrderState.placed, OrderState.cancelled}
    ]
    ids = [one.order_id for one in found]
    if not ids:
        return [], {}
    lines, paid = await tx.together(orders.lines_of(tx, ids), payments.of_orders(tx, ids))
    back, issued, debts = await tx.together(
        returns_of(tx, ids), store.of_orders(tx, ids), payments.debts_of(tx, ids)
    )
    places = await atlas(tx.database)
    known = [
        Known(
            order=one,
            lines=lines[one.order_id],
            payments=[each for each in paid if each.order_id == one.order_id],
            returns=[each for each in back if each.order_id == one.order_id],
            atlas=places,
            at=tx.now,
            debts=[each for each in debts if each.order_id == one.order_id],
        )
        for one in found
    ]
    return known, {id: [one for one in issued if one.order_id == id] for id in ids}


async def _issue(tx: Transaction, drafts: Sequence[Draft], actor: str) -> list[Document]:
    series = [
        series_of(one.facts.seller.code, one.kind, one.facts.issued_at, one.facts.time_zone) for one in drafts
    ]
    last = await store.take(tx, [name for name in series if name is not None])
    left = {name: sum(1 for one in series if one == name) for name in last}
    documents = []
    for draft, name in zip(drafts, series, strict=True):
        place = None
        if name is not None:
            left[name] -= 1
            place = last[name] - left[name]
        documents.append(_document(draft, name, place, actor))
    await store.add(tx, documents)
    tx.record(*(DocumentIssued.of(one) for one in documents))
    return documents


def _document(draft: Draft, series: str | None, place: int | None, actor: str) -> Document:
    said = draft.facts
    return Document(
        order_id=draft.order_id,
        id=new_id(),
        kind=draft.kind,
        cause=draft.cause,
        series=series,
        place=place,
        number=number_of(series, place) if series is not None and place is not None else None,
        corrects=draft.corrects,
        seller=said.seller.code,
        language=said.language,
        currency=said.currency,
        net=said.net,
        tax=said.tax,
        gross=said.gross,
        facts=said,
        actor=actor,
        issued_at=said.issued_at,
    )
