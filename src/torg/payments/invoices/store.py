"""The tables of invoice accounts: SQL in, model out.

`MOVE` is the only statement that changes what an account holds, owes or has to spare.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.payments.invoices.model import BankEntry, Debt, InvoiceAccount

ACCOUNT = "company_id, currency, days, credit_limit, open, held, owed, spare, updated_at, version"
OF_COMPANY = f"SELECT {ACCOUNT} FROM invoice_accounts WHERE company_id = %(company_id)s ORDER BY currency"  # noqa: S608  # our own column names
FIND = f"""
SELECT {ACCOUNT} FROM invoice_accounts WHERE company_id = %(company_id)s AND currency = %(currency)s
"""  # noqa: S608  # our own column names
LOCK = FIND + " FOR UPDATE"
PUT = f"""
INSERT INTO invoice_accounts AS a (company_id, currency, days, credit_limit, open, updated_at)
SELECT %(company_id)s, %(currency)s, %(days)s, %(credit_limit)s, %(open)s, %(now)s
WHERE coalesce(%(given)s::int, 0) = 0 OR EXISTS (
    SELECT FROM invoice_accounts WHERE company_id = %(company_id)s AND currency = %(currency)s)
ON CONFLICT (company_id, currency) DO UPDATE
SET days = excluded.days, credit_limit = excluded.credit_limit, open = excluded.open, updated_at = excluded.updated_at,
    version = a.version + 1
WHERE %(given)s::int IS NULL OR a.version = %(given)s
RETURNING {ACCOUNT}
"""  # noqa: S608  # our own column names
# Guarded by itself: of two that buy at once the second finds what the first has left.
HOLD = f"""
UPDATE invoice_accounts SET held = held + %(amount)s, updated_at = %(now)s
WHERE company_id = %(company_id)s AND currency = %(currency)s AND open
  AND held + owed - spare + %(amount)s <= credit_limit
RETURNING {ACCOUNT}
"""  # noqa: S608  # our own column names
MOVE = """
UPDATE invoice_accounts SET held = held + %(held)s, owed = owed + %(owed)s, spare = spare + %(spare)s,
    updated_at = %(now)s
WHERE company_id = %(company_id)s AND currency = %(currency)s
"""
DEBT = """
company_id, currency, payment_id, order_id, reference, number, days, held, billed, credited, received, bills, due_on,
created_at
"""
INSERT_DEBT = """
INSERT INTO debts (company_id, currency, payment_id, order_id, reference, days, held, created_at)
VALUES (%(company_id)s, %(currency)s, %(payment_id)s, %(order_id)s, %(reference)s, %(days)s, %(held)s, %(now)s)
"""
LOCK_DEBT = f"""
SELECT {DEBT} FROM debts WHERE company_id = %(company_id)s AND payment_id = %(payment_id)s FOR UPDATE
"""  # noqa: S608  # our own column names
OWED = f"""
SELECT {DEBT} FROM debts
WHERE company_id = %(company_id)s AND currency = %(currency)s AND due_on IS NOT NULL ORDER BY payment_id FOR UPDATE
"""  # noqa: S608  # our own column names
SAVE_DEBTS = """
UPDATE debts d SET number = coalesce(s.number, d.number), held = s.held, billed = s.billed, credited = s.credited,
    received = s.received, bills = s.bills, due_on = s.due_on
FROM jsonb_to_recordset(%(debts)s) AS s (
    company_id uuid, payment_id uuid, number text, held bigint, billed bigint, credited bigint, received bigint,
    bills jsonb, due_on date)
WHERE d.company_id = s.company_id AND d.payment_id = s.payment_id
"""
OF_ORDERS = f"SELECT {DEBT} FROM debts WHERE order_id = ANY(%(order_ids)s) ORDER BY order_id, payment_id"  # noqa: S608  # our own column names
NAMED = f"""
SELECT {DEBT} FROM debts WHERE reference = ANY(%(names)s) OR number = ANY(%(names)s) ORDER BY payment_id
"""  # noqa: S608  # our own column names
LISTED = f"""
SELECT {DEBT} FROM debts
WHERE due_on IS NOT NULL AND (%(before)s::date IS NULL OR due_on < %(before)s)
  AND (%(company_id)s::uuid IS NULL OR company_id = %(company_id)s)
  AND (%(due_on)s::date IS NULL OR (due_on, payment_id) > (%(due_on)s, %(payment_id)s))
ORDER BY due_on, payment_id LIMIT %(limit)s
"""  # noqa: S608  # our own column names
ENTRY = "bank_reference, amount, currency, booked_on, message, payer, company_id, applied, actor, recorded_at"
ADD_ENTRY = f"""
INSERT INTO bank_entries ({ENTRY})
VALUES (%(bank_reference)s, %(amount)s, %(currency)s, %(booked_on)s, %(message)s, %(payer)s, %(company_id)s,
        %(applied)s, %(actor)s, %(recorded_at)s)
ON CONFLICT (bank_reference) DO NOTHING
"""  # noqa: S608  # our own column names
LOCK_ENTRY = f"SELECT {ENTRY} FROM bank_entries WHERE bank_reference = %(bank_reference)s FOR UPDATE"  # noqa: S608  # our own column names
APPLY_ENTRY = """
UPDATE bank_entries SET company_id = %(company_id)s, applied = %(applied)s
WHERE bank_reference = %(bank_reference)s AND company_id IS NULL
"""
ENTRIES = f"""
SELECT {ENTRY} FROM bank_entries
WHERE ((%(company_id)s::uuid IS NULL AND company_id IS NULL) OR company_id = %(company_id)s)
  AND (%(before)s::timestamptz IS NULL OR (recorded_at, bank_reference) < (%(before)s, %(reference)s))
ORDER BY recorded_at DESC, bank_reference DESC LIMIT %(limit)s
"""  # noqa: S608  # our own column names
OVERDUE_UNTOLD = f"""
UPDATE debts SET overdue_told = due_on
WHERE (company_id, payment_id) IN (
    SELECT company_id, payment_id FROM debts
    WHERE due_on < %(today)s AND overdue_told IS DISTINCT FROM due_on ORDER BY due_on LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED)
RETURNING {DEBT}
"""  # noqa: S608  # our own column names
# What a debt keeps beside its payment, and an account beside its debts and what the bank has told.
DIFFERENCES = """
WITH debted AS (
    SELECT company_id, currency, sum(held) AS held, sum(billed - credited - received) AS owed,
           sum(received) AS received
    FROM debts GROUP BY company_id, currency
), banked AS (
    SELECT company_id, currency, sum(amount) AS amount FROM bank_entries
    WHERE company_id IS NOT NULL GROUP BY company_id, currency
), figures AS (
    SELECT d.company_id, d.currency, d.payment_id, f.figure, f.kept, f.told
    FROM debts d LEFT JOIN payments p ON p.order_id = d.order_id AND p.id = d.payment_id
    CROSS JOIN LATERAL (VALUES
        ('billed', d.billed, coalesce(p.captured, 0)),
        ('credited', d.credited, coalesce(p.refunded, 0)),
        ('held', d.held, CASE WHEN p.state IN ('authorised', 'captured')
                              THEN p.authorised - p.released - p.captured ELSE 0 END),
        ('bills', (SELECT coalesce(sum((b ->> 'amount')::bigint), 0) FROM jsonb_array_elements(d.bills) b), d.billed)
    ) AS f (figure, kept, told)
    UNION ALL
    SELECT p.company_id, p.currency, p.id, 'debt', p.amount, 0 FROM payments p
    WHERE p.company_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM debts d WHERE d.company_id = p.company_id AND d.payment_id = p.id)
    UNION ALL
    SELECT a.company_id, a.currency, NULL, f.figure, f.kept, f.told
    FROM invoice_accounts a
    LEFT JOIN debted d ON d.company_id = a.company_id AND d.currency = a.currency
    LEFT JOIN banked b ON b.company_id = a.company_id AND b.currency = a.currency
    CROSS JOIN LATERAL (VALUES
        ('held', a.held, coalesce(d.held, 0)),
        ('owed', a.owed, coalesce(d.owed, 0)),
        ('spare', a.spare, coalesce(b.amount, 0) - coalesce(d.received, 0))
    ) AS f (figure, kept, told)
)
SELECT company_id, currency, payment_id, figure, kept::bigint, told::bigint FROM figures WHERE kept <> told
ORDER BY company_id, currency, payment_id, figure
"""


async def of_company(tx: Transaction, company_id: UUID) -> list[InvoiceAccount]:
    """The accounts of a company, one a currency."""
    return await tx.all(InvoiceAccount, OF_COMPANY, company_id=company_id)


async def find(
    tx: Transaction, company_id: UUID, currency: str, *, lock: bool = False
) -> InvoiceAccount | None:
    """One account."""
    return await tx.find(InvoiceAccount, LOCK if lock else FIND, company_id=company_id, currency=currency)


async def put(tx: Transaction, account: InvoiceAccount, given: int | None) -> InvoiceAccount | None:
    """Write the terms of an account; None when `given` is not its present version (0: there is none yet)."""
    return await tx.find(
        InvoiceAccount,
        PUT,
        company_id=account.company_id,
        currency=account.currency,
        days=account.days,
        credit_limit=account.credit_limit,
        open=account.open,
        given=given,
        now=tx.now,
    )


async def hold(tx: Transaction, company_id: UUID, currency: str, amount: int) -> InvoiceAccount | None:
    """Speak for an amount; None when the account is not there, not open, or has not that much left."""
    return await tx.find(
        InvoiceAccount, HOLD, company_id=company_id, currency=currency, amount=amount, now=tx.now
    )


async def move(
    tx: Transaction, company_id: UUID, currency: str, *, held: int = 0, owed: int = 0, spare: int = 0
) -> None:
    """Change what an account holds, owes and has to spare by these amounts."""
    await tx.execute(
        MOVE, company_id=company_id, currency=currency, held=held, owed=owed, spare=spare, now=tx.now
    )


def add_debt(tx: Transaction, debt: Debt) -> None:
    """A new debt of which nothing is billed yet."""
    row = {
        name: getattr(debt, name)
        for name in "company_id currency payment_id order_id reference days held".split()
    }
    tx.send(INSERT_DEBT, **row, now=tx.now)


async def lock_debt(tx: Transaction, company_id: UUID, payment_id: UUID) -> Debt:
    """The debt of a payment on invoice."""
    return await tx.one(Debt, LOCK_DEBT, company_id=company_id, payment_id=payment_id)


async def owed(tx: Transaction, company_id: UUID, currency: str) -> list[Debt]:
    """All that a company owes in a currency, locked."""
    return await tx.all(Debt, OWED, company_id=company_id, currency=currency)


async def save_debts(tx: Transaction, debts: Sequence[Debt]) -> None:
    """Keep debts that are locked."""
    if debts:
        await tx.execute(SAVE_DEBTS, debts=Jsonb(msgspec.to_builtins(list(debts))))


async def of_orders(tx: Transaction, order_ids: Sequence[UUID]) -> list[Debt]:
    """What is owed, was paid and will be billed for these orders."""
    return await tx.all(Debt, OF_ORDERS, order_ids=list(order_ids))


async def named(tx: Transaction, names: Sequence[str]) -> list[Debt]:
    """The debts of these references or orders' numbers."""
    return await tx.all(Debt, NAMED, names=list(names))


async def listed(
    tx: Transaction,
    *,
    before: date | None,
    company_id: UUID | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[Debt]:
    """What is owed, what is due the longest first."""
    due_on, payment_id = after or (None, None)
    return await tx.all(
        Debt,
        LISTED,
        before=before,
        company_id=company_id,
        due_on=due_on,
        payment_id=payment_id,
        limit=limit,
    )


async def overdue_untold(tx: Transaction, today: date, limit: int) -> list[Debt]:
    """Debts that are overdue since a day of which that was not told; now it is."""
    return await tx.all(Debt, OVERDUE_UNTOLD, today=today, limit=limit)


async def add_entry(tx: Transaction, entry: BankEntry) -> bool:
    """Write down what a bank tells; False when its reference is known."""
    return await tx.execute(ADD_ENTRY, **msgspec.structs.asdict(entry)) == 1


async def lock_entry(tx: Transaction, bank_reference: str) -> BankEntry | None:
    """One entry of the bank."""
    return await tx.find(BankEntry, LOCK_ENTRY, bank_reference=bank_reference)


async def apply_entry(tx: Transaction, bank_reference: str, company_id: UUID, applied: int) -> bool:
    """Say whose an entry is; False when that was said before."""
    done = await tx.execute(
        APPLY_ENTRY, bank_reference=bank_reference, company_id=company_id, applied=applied
    )
    return done == 1


async def entries(
    tx: Transaction, company_id: UUID | None, *, before: tuple[object, str] | None, limit: int
) -> list[BankEntry]:
    """A company's entries, or those of which nobody knows whose they are; the latest first."""
    moment, reference = before or (None, None)
    return await tx.all(
        BankEntry, ENTRIES, company_id=company_id, before=moment, reference=reference, limit=limit
    )
