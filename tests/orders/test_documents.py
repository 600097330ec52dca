"""Documents of real purchases: issued by what happens, numbered without gaps, once for one cause, seen by who may."""

import asyncio
from functools import partial
from typing import Any

import httpx
import pytest
from tests.kernel.people import add_key
from tests.orders.changing import Counter, line
from tests.orders.conftest import Till, refused

from torg import orders
from torg.fulfilment import of_order, ship
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import public
from torg.orders.documents import Document, DocumentKind, check, documents_of, issue, settle
from torg.orders.documents.model import NothingToDocument
from torg.permissions import Permission


async def buy(till: Till) -> orders.Order:
    placed = await till.buy(await till.cart(await till.shop.product()))
    return placed.order


async def of(database: Database, order: orders.Order) -> list[Document]:
    return list(await database.read(lambda tx: documents_of(tx, order.order_id, by=SYSTEM)))


async def forget(tx: Transaction) -> None:
    """As if nothing had been issued yet."""
    await tx.execute("DELETE FROM documents")
    await tx.execute("DELETE FROM document_series")


async def test_a_purchase_gets_its_confirmation_and_its_receipt_once(till: Till, database: Database) -> None:
    order = await buy(till)
    await till.settle()
    first = await of(database, order)
    assert [one.kind for one in first] == [DocumentKind.confirmation, DocumentKind.receipt]
    assert (first[1].gross, first[1].facts.order) == (order.gross, order.number)
    await database.run(lambda tx: settle(tx, [order.order_id]))
    assert await of(database, order) == first


async def test_a_parcel_has_its_packing_list_and_a_cancelled_order_its_credit_note(
    till: Till, database: Database
) -> None:
    sent, called_off = await buy(till), await buy(till)
    await till.settle()
    (fulfilment,) = await database.read(lambda tx: of_order(tx, sent.order_id))
    await database.run(
        lambda tx: ship(
            tx, sent.order_id, fulfilment.id, carrier="posten", tracking="T1", tracking_url=None, by=SYSTEM
        )
    )
    await database.run(lambda tx: orders.cancel(tx, called_off.order_id, reason="changed mind", by=SYSTEM))
    await till.settle()
    kinds = [one.kind for one in await of(database, sent)]
    assert kinds.count(DocumentKind.packing_list) == 1
    *_, bill, note = await of(database, called_off)
    assert (note.kind, note.corrects, note.gross) == (DocumentKind.credit_note, bill.id, bill.gross)
    assert note.facts.corrects == bill.number
    told = await till.mails("orders/document", till.number(called_off))
    assert told == [f"Credit note {note.number} for order {called_off.number}"]
    assert await till.mails("orders/document", till.number(sent)) == []


async def test_many_at_once_get_numbers_without_gaps_and_each_cause_one_document(
    till: Till, database: Database
) -> None:
    bought = [await buy(till) for _ in range(4)]
    await till.settle()
    await database.run(forget)

    async def one(order: orders.Order) -> Document:
        return await database.run(
            lambda tx: issue(tx, order.order_id, DocumentKind.receipt, by=SYSTEM), repeatable=True
        )

    found = await asyncio.gather(*(one(order) for order in bought for _ in range(6)))
    assert len({document.id for document in found}) == len(bought)
    assert len({document.number for document in found}) == len(bought)
    assert all(one.whole for one in await database.read(check))


async def test_a_number_that_was_taken_comes_back_when_its_transaction_fails(
    till: Till, database: Database
) -> None:
    order = await buy(till)
    await till.settle()
    await database.run(forget)

    async def dies(tx: Transaction) -> None:
        issued = await issue(tx, order.order_id, DocumentKind.receipt, by=SYSTEM)
        assert issued.number is not None
        await tx.flush()
        raise RuntimeError("the process dies")

    with pytest.raises(RuntimeError, match="dies"):
        await database.run(dies)
    assert await of(database, order) == []
    await database.run(lambda tx: settle(tx, [order.order_id]))
    assert [one.kind for one in await of(database, order)][-1] is DocumentKind.receipt
    assert all(one.whole for one in await database.read(check))


async def test_what_is_not_due_is_refused_and_changes_nothing(till: Till, database: Database) -> None:
    order = await buy(till)
    await till.settle()
    before = await of(database, order)
    for kind in (DocumentKind.credit_note, DocumentKind.invoice, DocumentKind.return_slip):
        wrong = await refused(database.run(partial(issue, order_id=order.order_id, kind=kind, by=SYSTEM)))
        assert isinstance(wrong, NothingToDocument), kind
    assert await of(database, order) == before


async def test_a_document_is_read_by_whoever_may_see_the_order(
    till: Till, database: Database, web: httpx.AsyncClient
) -> None:
    placed = await till.buy(cart := await till.cart(await till.shop.product()))
    await till.settle()
    order = public("ord", placed.order.order_id)
    rights = (Permission.orders_read, Permission.orders_document, Permission.fulfilment_read)
    staff = await database.run(lambda tx: add_key(tx, *rights, channels=("web-no",)))
    others = await database.run(lambda tx: add_key(tx, *rights, channels=("till-oslo",)))
    path = f"/api/v1/orders/{order}/documents"

    def who(key: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {key.secret}"}

    listed = (await web.get(path, headers=who(staff))).json()["items"]
    receipt = next(one for one in listed if one["kind"] == "receipt")
    file = await web.get(receipt["pdf"], headers=who(staff))
    again = await web.get(receipt["pdf"], headers=who(staff))
    assert (file.status_code, file.content[:5], file.content) == (200, b"%PDF-", again.content)
    page = await web.get(receipt["html"], params={"copy": "true"}, headers=who(staff))
    assert page.status_code == 200 and "COPY" in page.text and receipt["number"] in page.text
    translated = await web.get(receipt["html"], params={"language": "ja"}, headers=who(staff))
    assert "領収書" in translated.text and "控え" in translated.text
    for address in (path, receipt["pdf"], receipt["html"]):
        assert (await web.get(address)).status_code == 404
        assert (await web.get(address, headers=who(others))).status_code == 404
    fulfilment = (await database.read(lambda tx: of_order(tx, cart.id)))[0]
    wanted = {"kind": "pick_list", "fulfilment": public("ful", fulfilment.id)}
    assert (await web.post(path, json=wanted, headers=who(others))).status_code == 404
    made = await web.post(path, json=wanted, headers=who(staff))
    assert made.status_code == 200, made.text
    assert (await web.post(path, json=wanted, headers=who(staff))).json() == made.json()


async def test_a_change_is_confirmed_anew_and_credited_as_the_difference(
    till: Till, database: Database
) -> None:
    counter = Counter(till)
    mug = await till.shop.product(stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 3))
    await counter.settle()
    await counter.change(seen, orders.SetQuantity(line(seen), 1))
    await counter.settle()
    after = await counter.seen(seen)
    documents = await of(database, seen.order)
    assert [one.kind for one in documents if one.kind is not DocumentKind.packing_list] == [
        DocumentKind.confirmation,
        DocumentKind.receipt,
        DocumentKind.confirmation,
        DocumentKind.credit_note,
    ]
    assert documents[1].gross - documents[3].gross == after.order.gross
    assert documents[2].gross == after.order.gross
