"""What tests of buying on invoice share: a company with terms, its people, and accounts that must be right."""

from uuid import UUID

from tests.orders.conftest import Till

from torg import orders, payments
from torg.carts import Cart
from torg.customers import Details, NewCompany, add_company, put_membership, register
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders import Completion, Placement
from torg.payments import Debt, Tender, TenderChoice, verify_invoices, verify_payments
from torg.payments.invoices import InvoiceAccount
from torg.payments.invoices.keep_terms import put_terms
from torg.payments.invoices.store import find

ON_INVOICE = TenderChoice(Tender.invoice)


async def company(till: Till, limit: int = 1_000_000, days: int = 30) -> UUID:
    """A company that may owe so much."""

    async def work(tx: Transaction) -> UUID:
        made = await add_company(tx, NewCompany("Fjord Kaffe AS"), by=SYSTEM)
        await put_terms(tx, InvoiceAccount(made.id, "NOK", days, limit), version=0, by=SYSTEM)
        return made.id

    return await till.database.run(work)


async def buyer(till: Till, company_id: UUID | None) -> Actor:
    """Somebody who buys for the company."""

    async def work(tx: Transaction) -> Actor:
        email = f"{new_id().hex}@example.com"
        made = await register(tx, Details(), email=email, channel="web-no", by=SYSTEM)
        if company_id is not None:
            await put_membership(tx, made.customer_id, [], company_id, by=SYSTEM)
        return Actor(ActorKind.customer, made.public_id, customer_id=made.customer_id)

    return await till.database.run(work)


async def basket(till: Till, by: Actor, quantity: int = 1) -> Cart:
    """Her cart, that lacks nothing."""
    cart = await till.shop.cart(*[await till.shop.product()] * quantity, by=by)
    return await till.filled(cart, by)


async def buy(till: Till, cart: Cart, by: Actor, *choices: TenderChoice) -> Placement:
    asked = Completion(Money(cart.totals.gross, cart.currency), choices or (ON_INVOICE,))
    return await orders.complete(till.database, till.gateways, cart.id, asked, by=by)


async def account(till: Till, company_id: UUID) -> InvoiceAccount:
    found = await till.database.read(lambda tx: find(tx, company_id, "NOK"))
    assert found is not None
    return found


async def stands(till: Till, company_id: UUID) -> tuple[int, int, int]:
    """What is held, owed and to spare."""
    found = await account(till, company_id)
    return found.held, found.owed, found.spare


async def debt(till: Till, cart: Cart) -> Debt:
    (found,) = await till.database.read(lambda tx: payments.debts_of(tx, [cart.id]))
    return found


async def agree(till: Till) -> None:
    """The books are right."""
    assert await till.database.read(lambda tx: verify_payments(tx, by=SYSTEM)) == []
    assert await till.database.read(lambda tx: verify_invoices(tx, by=SYSTEM)) == []
