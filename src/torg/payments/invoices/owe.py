"""Payments on invoice: held, billed, credited and let go of in the caller's transaction; nobody outside is asked.

PREPARE holds an amount of what the company may owe, taking the money of the order bills it, a refund lowers what is
owed. Payments are locked before accounts, accounts before debts.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.payments import rules as payment_rules
from torg.payments import store as payment_store
from torg.payments.events import news
from torg.payments.invoices import rules, store
from torg.payments.invoices.events import InvoiceBilled, InvoicePaid
from torg.payments.invoices.model import CreditLimitReached, Debt, InvoiceNotOffered
from torg.payments.invoices.offer import company_of
from torg.payments.model import Payment, PaymentState, Purchase, Tender
from torg.permissions import Permission

NO_NUMBERS: Final[Mapping[UUID, str]] = {}


async def hold(tx: Transaction, amount: Money, purchase: Purchase, *, by: Actor) -> Payment:
    """Write down a payment on invoice; refused when the company of whoever buys may not owe that much more."""
    if purchase.customer_id is not None and by.customer_id != purchase.customer_id:
        by.must(Permission.orders_place, store=purchase.store, channel=purchase.channel)
    company_id = await company_of(tx, purchase.customer_id)
    account = company_id and await store.hold(tx, company_id, amount.currency, amount.amount)
    if not company_id or not account:
        raise await _refusal(tx, company_id, amount)
    payment = _payment(tx, amount, purchase, company_id)
    store.add_debt(tx, _debt(tx, payment, company_id, account.days))
    payment_store.insert(tx, payment, None)
    tx.record(*news(None, payment))
    return payment


async def _refusal(tx: Transaction, company_id: UUID | None, amount: Money) -> Exception:
    account = await store.find(tx, company_id, amount.currency) if company_id else None
    if account is None or not account.open:
        return InvoiceNotOffered()
    return CreditLimitReached(available=Money(account.left, amount.currency), wanted=amount)


def _payment(tx: Transaction, amount: Money, purchase: Purchase, company_id: UUID) -> Payment:
    id = new_id()
    return Payment(
        order_id=purchase.order_id,
        id=id,
        tender=Tender.invoice,
        gateway=None,
        method=None,
        state=PaymentState.authorised,
        currency=amount.currency,
        amount=amount.amount,
        channel=purchase.channel,
        store=purchase.store,
        language=purchase.language,
        return_url=None,
        expires_at=None,
        created_at=tx.now,
        updated_at=tx.now,
        authorised=amount.amount,
        customer_id=purchase.customer_id,
        company_id=company_id,
        country=purchase.country,
        reference=rules.reference_of(id),
    )


def _debt(tx: Transaction, payment: Payment, company_id: UUID, days: int) -> Debt:
    return Debt(
        company_id=company_id,
        currency=payment.currency,
        payment_id=payment.id,
        order_id=payment.order_id,
        reference=rules.reference_of(payment.id),
        number=None,
        days=days,
        held=payment.amount,
        billed=0,
        credited=0,
        received=0,
        bills=(),
        due_on=None,
        created_at=tx.now,
    )


async def bill(
    tx: Transaction, wanted: Sequence[tuple[Payment, int]], numbers: Mapping[UUID, str] = NO_NUMBERS
) -> list[Payment]:
    """Bill amounts of payments on invoice that are locked; what their companies have to spare pays them at once.

    `numbers` are those of the orders, by which a company may name them when it pays.
    """
    return [
        await _bill(tx, payment, amount, numbers.get(payment.order_id))
        for payment, amount in sorted(wanted, key=lambda one: (_company(one[0]), one[0].id))
    ]


async def _bill(tx: Transaction, payment: Payment, amount: int, number: str | None) -> Payment:
    claimed = payment_rules.claim_capture(payment, amount)
    company_id, currency = _company(payment), payment.currency
    account = await store.find(tx, company_id, currency, lock=True)
    debt = await store.lock_debt(tx, company_id, payment.id)
    billed = replace(rules.bill(debt, amount, tx.now.date()), number=number or debt.number)
    paid, left = rules.spread([billed], account.spare if account else 0)
    used = (account.spare if account else 0) - left
    await store.save_debts(tx, paid or [billed])
    await store.move(tx, company_id, currency, held=-amount, owed=amount - used, spare=-used)
    tx.record(InvoiceBilled.of(billed, amount))
    tx.record(*(InvoicePaid.of(one, used) for one in paid))
    after = replace(
        claimed, state=PaymentState.captured, captured=payment.captured + amount, updated_at=tx.now
    )
    return await _kept(tx, payment, after)


async def let_go(tx: Transaction, payment: Payment) -> Payment:
    """Give up what a payment on invoice, that is locked, holds and has not billed; nothing where that is nothing."""
    left = payment.capturable
    if not left:
        return payment
    company_id = _company(payment)
    await store.find(tx, company_id, payment.currency, lock=True)
    debt = await store.lock_debt(tx, company_id, payment.id)
    await store.save_debts(tx, [replace(debt, held=debt.held - left)])
    await store.move(tx, company_id, payment.currency, held=-left)
    if payment.captured:
        return await _kept(tx, payment, replace(payment, released=payment.released + left, updated_at=tx.now))
    return await _kept(tx, payment, replace(payment, state=PaymentState.voided, updated_at=tx.now))


async def credit(tx: Transaction, payment: Payment, amount: int) -> None:
    """Lower what is owed for a payment, that is locked, by a refund; what was paid of it already is to spare."""
    company_id = _company(payment)
    await store.find(tx, company_id, payment.currency, lock=True)
    debt, back = rules.credit(await store.lock_debt(tx, company_id, payment.id), amount)
    await store.save_debts(tx, [debt])
    used = back - await _pay_others(tx, company_id, payment.currency, back) if back else 0
    await store.move(tx, company_id, payment.currency, owed=-(amount - back) - used, spare=back - used)


async def _pay_others(tx: Transaction, company_id: UUID, currency: str, amount: int) -> int:
    """Set what was paid for nothing against what else is owed; tells what is left of it."""
    debts = await store.owed(tx, company_id, currency)
    before = {debt.payment_id: debt.owed for debt in debts}
    paid, left = rules.spread(debts, amount)
    await store.save_debts(tx, paid)
    tx.record(*(InvoicePaid.of(debt, before[debt.payment_id] - debt.owed) for debt in paid))
    return left


async def _kept(tx: Transaction, before: Payment, after: Payment) -> Payment:
    await payment_store.save(tx, after)
    tx.record(*news(before, after))
    return payment_rules.saved(after)


def _company(payment: Payment) -> UUID:
    if payment.company_id is None:
        raise LookupError("a payment on invoice has no company")
    return payment.company_id
