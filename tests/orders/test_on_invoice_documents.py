"""What a company that buys on invoice reads on its invoice, and what the order list says of what it owes."""

from datetime import timedelta

from tests.orders.conftest import Till
from tests.orders.invoicing import basket, buy, buyer, company, debt
from tests.orders.test_documents import of
from tests.orders.test_hub import look

from torg.carts import set_purchase_order
from torg.kernel.database import Database
from torg.orders.documents import DocumentKind, paper_of
from torg.orders.standing import Extent

LETTER = "SELECT text FROM mails WHERE template = 'orders/document' AND subject = %(subject)s"


async def test_an_invoice_states_terms_due_date_reference_and_the_buyers_own_number(
    till: Till, database: Database
) -> None:
    by = await buyer(till, await company(till, days=14))
    cart = await basket(till, by)
    await till.database.run(lambda tx: set_purchase_order(tx, cart.id, "PO-4711/b", by=by))
    placed = await buy(till, cart, by)
    await till.settle()
    (found,) = await look(database, question="po-4711/b")
    assert (found.order_id, found.number) == (placed.order.order_id, placed.order.number)
    invoice = next(one for one in await of(database, placed.order) if one.kind is DocumentKind.invoice)
    owed = await debt(till, cart)
    terms = invoice.facts.terms
    assert terms is not None and owed.bills
    assert (terms.days, terms.due_on, terms.reference) == (14, owed.bills[-1].due_on, owed.reference)
    assert terms.amount == invoice.facts.due == invoice.gross and invoice.facts.payments == ()
    assert terms.due_on == invoice.issued_at.date() + timedelta(days=14)
    texts = list(paper_of(invoice, language="en").texts())
    assert {"PO-4711/b", "14 days net", owed.reference} <= set(texts)
    (subject,) = await till.mails("orders/document", till.number(placed.order))
    assert subject == f"Invoice {invoice.number} for order {placed.order.number}"
    text = await database.read(lambda tx: tx.one(str, LETTER, subject=subject))
    assert owed.reference in text
    await till.settle()
    assert len(await till.mails("orders/document", till.number(placed.order))) == 1


async def test_the_list_says_by_when_it_is_to_be_paid_and_what_is_overdue(
    till: Till, database: Database
) -> None:
    by = await buyer(till, await company(till, days=14))
    placed = await buy(till, await basket(till, by), by)
    await till.settle()
    mine = {"number": placed.order.number}
    (found,) = await look(database, **mine)
    assert found.pay_by is not None and found.paid is Extent.all
    assert await look(database, **mine, overdue=False) and not await look(database, **mine, overdue=True)
    assert found.overdue(found.pay_by + timedelta(seconds=1))
    await till.pass_time(days=16)
    assert await look(database, **mine, overdue=True)
