"""Write down what came in on the bank account, and set it against what is owed.

Idempotent by the bank's own reference. A payment that names a debt, by its reference or its order's number, pays that
first, then what is due the longest; what is left is the company's to spare: it pays the next bill, or is paid back
out. One that names nobody waits until somebody says whose it is.
"""

import re
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.customers import UnknownCompany, find_company
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.payments.invoices import rules, store
from torg.payments.invoices.events import InvoicePaid
from torg.payments.invoices.model import (
    BankEntry,
    BankReferenceTaken,
    Debt,
    EntryHasOwner,
    InvoiceNotOffered,
    NotSpare,
    UnknownBankEntry,
)
from torg.permissions import Permission

WORD: Final = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")
LONGEST: Final = 25
NOTHING: Final = FieldProblem("amount", "too-low", "This must be more than nothing.")


async def receive(tx: Transaction, told: BankEntry, *, by: Actor) -> BankEntry:
    """Write down a payment that was received; the same one again is answered as the first was.

    Without a company it belongs to the one whose debt its message names, where that is one.
    """
    by.must(Permission.payments_receive)
    if told.amount <= 0:
        raise Invalid.of(NOTHING)
    if told.company_id is not None and await find_company(tx, told.company_id) is None:
        raise UnknownCompany(company=public("com", told.company_id))
    named = await _named(tx, told)
    company_id = told.company_id or (named.company_id if named else None)
    entry = replace(told, company_id=None, applied=0, actor=str(by), recorded_at=tx.now)
    if not await store.add_entry(tx, entry):
        return await _known(tx, entry, told)
    if company_id is None:
        return entry
    return await _apply(tx, entry, company_id, named)


async def assign(
    tx: Transaction, bank_reference: str, company_id: UUID, order_id: UUID | None, *, by: Actor
) -> BankEntry:
    """Say whose a payment is that named nobody; once."""
    by.must(Permission.payments_receive)
    entry = await store.lock_entry(tx, bank_reference)
    if entry is None:
        raise UnknownBankEntry(bank_reference=bank_reference)
    if entry.company_id is not None:
        raise EntryHasOwner()
    if await find_company(tx, company_id) is None:
        raise UnknownCompany(company=public("com", company_id))
    debts = await store.owed(tx, company_id, entry.currency)
    named = next((debt for debt in debts if debt.order_id == order_id), None)
    await audit.write(tx, by, "bank-entry.assigned", bank_reference, company=public("com", company_id))
    return await _apply(tx, entry, company_id, named)


async def pay_out(tx: Transaction, told: BankEntry, *, by: Actor) -> BankEntry:
    """Write down that what a company has to spare was paid back to it; `amount` is below zero."""
    by.must(Permission.payments_receive)
    company_id = told.company_id
    if told.amount >= 0:
        raise Invalid.of(NOTHING)
    if company_id is None or await find_company(tx, company_id) is None:
        raise UnknownCompany(company=public("com", company_id) if company_id else "")
    account = await store.find(tx, company_id, told.currency, lock=True)
    if account is None:
        raise Invalid.of(
            FieldProblem("amount", "other-currency", "The company has no account in this currency.")
        )
    entry = replace(told, actor=str(by), recorded_at=tx.now, applied=0)
    if not await store.add_entry(tx, entry):
        return await _known(tx, entry, told)
    if -told.amount > account.spare:
        raise NotSpare(
            wanted=Money(-told.amount, told.currency), available=Money(account.spare, told.currency)
        )
    await store.move(tx, company_id, told.currency, spare=told.amount)
    await audit.write(
        tx,
        by,
        "invoice-account.paid-out",
        public("com", company_id),
        amount=-told.amount,
        currency=told.currency,
    )
    return entry


async def _named(tx: Transaction, told: BankEntry) -> Debt | None:
    """The debt that a payment names: one that is still owed where its message names several."""
    names = sorted(set(_names(told.message or "")))
    debts = [debt for debt in await store.named(tx, names) if debt.currency == told.currency] if names else []
    mine = [debt for debt in debts if told.company_id in {None, debt.company_id}]
    if len({debt.company_id for debt in mine}) != 1:
        return None
    return min(mine, key=lambda debt: (not debt.owed, debt.payment_id))


def _names(message: str) -> Iterator[str]:
    """What in a message may be a reference, also one in groups of four, or the number of an order."""
    words = WORD.findall(message)
    for first, word in enumerate(words):
        yield word.upper()
        if word.upper().startswith("RF"):
            for last in range(first + 1, len(words) + 1):
                joined = "".join(words[first:last])
                if len(joined) > LONGEST:
                    break
                if reference := rules.read_reference(joined):
                    yield reference


async def _known(tx: Transaction, entry: BankEntry, told: BankEntry) -> BankEntry:
    known = await store.lock_entry(tx, entry.bank_reference)
    same = known is not None and (
        (known.amount, known.currency, known.booked_on) == (entry.amount, entry.currency, entry.booked_on)
        and told.company_id in {None, known.company_id}
    )
    if known is None or not same:
        raise BankReferenceTaken(bank_reference=entry.bank_reference)
    return known


async def _apply(tx: Transaction, entry: BankEntry, company_id: UUID, named: Debt | None) -> BankEntry:
    account = await store.find(tx, company_id, entry.currency, lock=True)
    if (
        account is None
    ):  # a company without terms may pay us all the same, but there is nothing to set it against
        raise InvoiceNotOffered()
    debts = await store.owed(tx, company_id, entry.currency)
    before = {debt.payment_id: debt.owed for debt in debts}
    paid, left = rules.spread(debts, entry.amount, named.payment_id if named else None)
    await store.save_debts(tx, paid)
    applied = entry.amount - left
    await store.move(tx, company_id, entry.currency, owed=-applied, spare=left)
    if not await store.apply_entry(tx, entry.bank_reference, company_id, applied):
        raise EntryHasOwner()
    tx.record(*(InvoicePaid.of(debt, before[debt.payment_id] - debt.owed) for debt in paid))
    return replace(entry, company_id=company_id, applied=applied)
