"""The words of buying on invoice: what a company may owe, and what it owes for which order."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, NotFound, Refused

MOST_DAYS: Final = 365
MOST_LIMIT: Final = 10**13


class InvoiceAccount(Struct, frozen=True):
    """What a company may owe in a currency, when it pays, and how it stands; amounts are minor units.

    `held` is spoken for by orders that are not billed yet, `owed` is billed and not paid, `spare` was paid in and pays
    for nothing yet. While it is not `open` nothing more is sold on invoice.
    """

    company_id: UUID
    currency: str
    days: int
    credit_limit: int
    open: bool = True
    held: int = 0
    owed: int = 0
    spare: int = 0
    updated_at: datetime | None = None
    version: int = 0

    @property
    def left(self) -> int:
        """For how much may be bought on invoice now."""
        return max(0, self.credit_limit - self.held - self.owed + self.spare) if self.open else 0


class Bill(Struct, frozen=True):
    """A part of a debt: when it was billed and when it is to be paid."""

    amount: int
    on: date
    due_on: date


class Debt(Struct, frozen=True):
    """What a company owes for one payment of an order; `reference` is what it says when it pays (ISO 11649).

    `held` is not billed yet; `credited` it need not pay any more. `due_on` is when the oldest part is due that is not
    covered; nothing is owed without it.
    """

    company_id: UUID
    currency: str
    payment_id: UUID
    order_id: UUID
    reference: str
    number: str | None
    days: int
    held: int
    billed: int
    credited: int
    received: int
    bills: tuple[Bill, ...]
    due_on: date | None
    created_at: datetime

    @property
    def owed(self) -> int:
        """What is to be paid of it."""
        return self.billed - self.credited - self.received


class InvoiceTerms(Struct, frozen=True):
    """The terms on which somebody can buy on invoice: for her company, paid in so many days, for so much at most."""

    company_id: UUID
    currency: str
    days: int
    left: int


class BankEntry(Struct, frozen=True):
    """What a bank tells: money that came in, or, below zero, that was paid back out.

    Without a company nobody knows yet whose it is. `applied` was set against what was owed, the rest is to spare.
    """

    bank_reference: str
    amount: int
    currency: str
    booked_on: date
    message: str | None
    payer: str | None
    company_id: UUID | None
    applied: int
    actor: str
    recorded_at: datetime


class InvoiceNotOffered(Refused):
    """Whoever buys has no company that may buy on invoice in this currency."""

    code = "invoice-not-offered"
    message = "Payment on invoice is not offered here."


class CreditLimitReached(Refused):
    """With this order the company would owe more than it may."""

    code = "credit-limit-reached"
    message = "On invoice {available} can still be bought for, not {wanted}."


class BankReferenceTaken(Conflict):
    """Another entry of the bank was written down under this reference."""

    code = "bank-reference-taken"
    message = "Another entry has the bank reference {bank_reference}."


class UnknownBankEntry(NotFound):
    """The bank has told of nothing under this reference."""

    code = "unknown-bank-entry"
    message = "There is no entry with the bank reference {bank_reference}."


class EntryHasOwner(Conflict):
    """It was said before whose money this is."""

    code = "bank-entry-has-owner"
    message = "It was said before whose this payment is."


class NotSpare(Refused):
    """More would be paid out than a company has to spare."""

    code = "not-spare"
    message = "{wanted} cannot be paid out; {available} can."
