"""Buying on invoice over HTTP: terms, what is owed, and what the bank has told."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import cursors, ids
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Open, Page, QueryParameter, read, write
from torg.kernel.money import Currency, Money
from torg.payments.invoices import keep_terms, see
from torg.payments.invoices import receive as receiving
from torg.payments.invoices.model import MOST_DAYS, MOST_LIMIT, BankEntry, InvoiceAccount
from torg.payments.invoices.views import BankEntryView, DebtView, InvoiceAccountView
from torg.permissions import Permission

TAGS = ["invoices"]

BankReference = Annotated[
    str,
    Meta(pattern=r"^[0-9A-Za-z._:+-]{1,70}$", description="The bank's own; no two entries have the same."),
]
Message = Annotated[str, Meta(max_length=500, description="What the payer wrote.")]
CompanyId = Annotated[str, Meta(max_length=80)]


class TermsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """On which terms a company buys on invoice; `version` 0 where it has none yet."""

    days: Annotated[int, Meta(ge=0, le=MOST_DAYS)]
    credit_limit: Annotated[int, Meta(ge=0, le=MOST_LIMIT, description="Minor units.")]
    open: bool = True
    version: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None


class PaymentReceived(Struct, frozen=True, forbid_unknown_fields=True):
    """Money that came in. Without a `company` the message says whose it is."""

    bank_reference: BankReference
    amount: Money
    booked_on: date
    message: Message | None = None
    payer: Annotated[str, Meta(max_length=140)] | None = None
    company: CompanyId | None = None


class Assignment(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose a payment is, and for which order."""

    company: CompanyId
    order: Annotated[str, Meta(max_length=80)] | None = None


class PaidOut(Struct, frozen=True, forbid_unknown_fields=True):
    """What was paid back to a company of what it has to spare."""

    bank_reference: BankReference
    amount: Money
    booked_on: date
    message: Message | None = None


def entry_of(told: PaymentReceived | PaidOut, company_id: UUID | None, *, at: datetime) -> BankEntry:
    """The entry of the bank that somebody tells of; what was paid out is below zero."""
    received = isinstance(told, PaymentReceived)
    return BankEntry(
        bank_reference=told.bank_reference,
        amount=told.amount.amount if received else -told.amount.amount,
        currency=told.amount.currency,
        booked_on=told.booked_on,
        message=told.message,
        payer=told.payer if isinstance(told, PaymentReceived) else None,
        company_id=company_id,
        applied=0,
        actor="",
        recorded_at=at,
    )


@write(
    "PUT",
    "/companies/{company_id:str}/invoice-terms/{currency:str}",
    permission=Permission.payments_terms,
    summary="Let a company buy on invoice",
    tags=TAGS,
)
async def put_terms(
    call: Call, company_id: FromPath[str], currency: FromPath[Currency], data: Body[TermsBody]
) -> Response[InvoiceAccountView]:
    """In how many days it pays and how much it may owe, open orders included. What is owed already stays."""
    wanted = InvoiceAccount(ids.parse("com", company_id), currency, data.days, data.credit_limit, data.open)
    return await call.write(
        lambda tx: keep_terms.put_terms(tx, wanted, version=data.version, by=call.actor),
        view=InvoiceAccountView.of,
    )


@read(
    "/companies/{company_id:str}/invoice-accounts",
    permission=Permission.payments_read,
    summary="What a company may owe, and owes",
    tags=TAGS,
)
async def list_accounts(call: Call, company_id: FromPath[str]) -> Page[InvoiceAccountView]:
    """One account a currency."""
    id = ids.parse("com", company_id)
    found = await call.read(lambda tx: see.accounts(tx, id, by=call.actor))
    return Page([InvoiceAccountView.of(one) for one in found])


@read("/me/invoice-accounts", permission=Open.customer, summary="What my company may owe", tags=TAGS)
async def my_accounts(call: Call) -> Page[InvoiceAccountView]:
    """The accounts of the company that the signed-in customer buys for; none where she buys for herself."""
    found = await call.read(lambda tx: see.own_accounts(tx, by=call.actor))
    return Page([InvoiceAccountView.of(one) for one in found])


@read("/debts", permission=Permission.payments_receive, summary="What is owed", tags=TAGS)
async def list_debts(
    call: Call,
    before: Annotated[date | None, QueryParameter(description="Only what was due before this day.")] = None,
    company: Annotated[str | None, QueryParameter(max_length=80)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DebtView]:
    """What companies owe, due the longest first; with today as `before` the list of what is overdue."""
    after = cursors.decode(cursor, tuple[date, UUID])
    company_id = ids.parse("com", company) if company else None
    found = await call.read(
        lambda tx: see.owed(
            tx, before=before, company_id=company_id, after=after, limit=limit + 1, by=call.actor
        )
    )
    return Page.cut(found, limit, lambda debt: (debt.due_on, debt.payment_id)).map(DebtView.of)


@write(
    "POST",
    "/payments-received",
    permission=Permission.payments_receive,
    summary="Write down a payment that was received",
    tags=TAGS,
    status=201,
)
async def receive_payment(call: Call, data: Body[PaymentReceived]) -> Response[BankEntryView]:
    """It pays the debt that its message names, then what is due the longest; what is left is the company's to spare.

    The same entry of the bank again is answered as before.
    """
    company_id = ids.parse("com", data.company) if data.company else None
    entry = entry_of(data, company_id, at=call.database.clock.now())
    return await call.write(
        lambda tx: receiving.receive(tx, entry, by=call.actor), view=BankEntryView.of, status=201
    )


@read(
    "/payments-received", permission=Permission.payments_receive, summary="What the bank has told", tags=TAGS
)
async def list_received(
    call: Call,
    company: Annotated[str | None, QueryParameter(max_length=80)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[BankEntryView]:
    """A company's payments; without one those of which somebody has to say whose they are. The latest first."""
    before = cursors.decode(cursor, tuple[datetime, str])
    company_id = ids.parse("com", company) if company else None
    found = await call.read(
        lambda tx: see.bank_entries(tx, company_id, before=before, limit=limit + 1, by=call.actor)
    )
    return Page.cut(found, limit, lambda one: (one.recorded_at, one.bank_reference)).map(BankEntryView.of)


@write(
    "POST",
    "/payments-received/{bank_reference:str}/assignment",
    permission=Permission.payments_receive,
    summary="Say whose a payment is",
    tags=TAGS,
)
async def assign_payment(
    call: Call, bank_reference: FromPath[str], data: Body[Assignment]
) -> Response[BankEntryView]:
    """For a payment whose message named nobody; it pays as one that did."""
    company_id = ids.parse("com", data.company)
    order_id = ids.parse("ord", data.order) if data.order else None
    return await call.write(
        lambda tx: receiving.assign(tx, bank_reference, company_id, order_id, by=call.actor),
        view=BankEntryView.of,
    )


@write(
    "POST",
    "/companies/{company_id:str}/pay-outs",
    permission=Permission.payments_receive,
    summary="Write down that money was paid back to a company",
    tags=TAGS,
    status=201,
)
async def pay_out(call: Call, company_id: FromPath[str], data: Body[PaidOut]) -> Response[BankEntryView]:
    """Of what it has to spare: paid twice, too much, or credited after it was paid. Never more than that."""
    entry = entry_of(data, ids.parse("com", company_id), at=call.database.clock.now())
    return await call.write(
        lambda tx: receiving.pay_out(tx, entry, by=call.actor), view=BankEntryView.of, status=201
    )


ROUTES = [
    put_terms,
    list_accounts,
    my_accounts,
    list_debts,
    receive_payment,
    list_received,
    assign_payment,
    pay_out,
]
