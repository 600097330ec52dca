"""Invoice accounts, debts and entries of the bank as the outside sees them."""

from datetime import date, datetime

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.money import Money
from torg.payments.invoices.model import BankEntry, Debt, InvoiceAccount


class InvoiceAccountView(Struct, frozen=True):
    """What a company may owe in a currency and how it stands; `left` is what can be bought on invoice now."""

    company: str
    currency: str
    days: int
    credit_limit: Money
    open: bool
    held: Money
    owed: Money
    spare: Money
    left: Money
    version: int

    @classmethod
    def of(cls, account: InvoiceAccount) -> "InvoiceAccountView":
        """The account as the outside sees it."""

        def money(amount: int) -> Money:
            return Money(amount, account.currency)

        return cls(
            company=ids.public("com", account.company_id),
            currency=account.currency,
            days=account.days,
            credit_limit=money(account.credit_limit),
            open=account.open,
            held=money(account.held),
            owed=money(account.owed),
            spare=money(account.spare),
            left=money(account.left),
            version=account.version,
        )


class BillView(Struct, frozen=True):
    """A part of a debt, when it was billed and when it is to be paid."""

    amount: Money
    on: date
    due_on: date


class DebtView(Struct, frozen=True):
    """What is owed for an order; `reference` is what a company says when it pays.

    `owed` is `billed` less what was `credited` and `received`; `held` is not billed yet.
    """

    company: str
    order: str
    payment: str
    reference: str
    number: str | None
    days: int
    held: Money
    billed: Money
    credited: Money
    received: Money
    owed: Money
    due_on: date | None
    bills: list[BillView]

    @classmethod
    def of(cls, debt: Debt) -> "DebtView":
        """The debt as the outside sees it."""

        def money(amount: int) -> Money:
            return Money(amount, debt.currency)

        return cls(
            company=ids.public("com", debt.company_id),
            order=ids.public("ord", debt.order_id),
            payment=ids.public("pay", debt.payment_id),
            reference=debt.reference,
            number=debt.number,
            days=debt.days,
            held=money(debt.held),
            billed=money(debt.billed),
            credited=money(debt.credited),
            received=money(debt.received),
            owed=money(debt.owed),
            due_on=debt.due_on,
            bills=[BillView(money(part.amount), part.on, part.due_on) for part in debt.bills],
        )


class BankEntryView(Struct, frozen=True):
    """Money that came in, or, below zero, was paid back out; `applied` was set against what was owed at once.

    Without a company nobody knows yet whose it is. What is neither applied nor paid out is to spare.
    """

    bank_reference: str
    amount: Money
    booked_on: date
    message: str | None
    payer: str | None
    company: str | None
    applied: Money
    recorded_at: datetime

    @classmethod
    def of(cls, entry: BankEntry) -> "BankEntryView":
        """The entry as the outside sees it."""
        return cls(
            bank_reference=entry.bank_reference,
            amount=Money(entry.amount, entry.currency),
            booked_on=entry.booked_on,
            message=entry.message,
            payer=entry.payer,
            company=ids.public("com", entry.company_id) if entry.company_id else None,
            applied=Money(entry.applied, entry.currency),
            recorded_at=entry.recorded_at,
        )
