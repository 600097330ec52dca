"""The tables of gift cards and store credit: SQL in, model out.

`MOVE` is the only statement that changes a balance, and it writes the entry that says why.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.payments.credit.model import (
    SIDES,
    Because,
    Cause,
    CreditAccount,
    CreditDifference,
    CreditEntry,
    CreditState,
    GiftCardTerms,
    Side,
    Sum,
)

COLUMNS = """
account_id, kind, state, currency, balance, held, entries, last_four, market, expires_at, customer_id, order_id,
batch_id, actor, created_at, updated_at, version
"""
FIND = f"SELECT {COLUMNS} FROM credit_accounts WHERE account_id = %(account_id)s"  # noqa: S608  # our own column names
LOCK = f"""
SELECT {COLUMNS} FROM credit_accounts WHERE account_id = ANY(%(account_ids)s) ORDER BY account_id FOR UPDATE
"""  # noqa: S608  # our own column names
OF_CODE = "SELECT account_id FROM gift_card_codes WHERE code_hash = %(code_hash)s"
OF_CUSTOMER = f"""
SELECT {COLUMNS} FROM credit_accounts WHERE customer_id = %(customer_id)s ORDER BY currency
"""  # noqa: S608  # our own column names
OF_ORDER = f"SELECT {COLUMNS} FROM credit_accounts WHERE order_id = %(order_id)s ORDER BY account_id"  # noqa: S608  # our own column names
OPEN = """
INSERT INTO credit_accounts (account_id, kind, state, currency, balance, held, entries, customer_id, actor, created_at,
                             updated_at)
VALUES (%(account_id)s, 'store_credit', 'active', %(currency)s, 0, 0, 0, %(customer_id)s, %(actor)s, %(now)s, %(now)s)
ON CONFLICT (account_id) DO NOTHING
"""
# New cards with what they are worth, in one statement: an account that is there already stays as it is.
ISSUE = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(cards)s) AS c (account_id uuid, amount bigint, last_four text, code_hash text)
), opened AS (
    INSERT INTO credit_accounts (account_id, kind, state, currency, balance, held, entries, last_four, market,
                                 expires_at, order_id, batch_id, actor, created_at, updated_at)
    SELECT account_id, 'gift_card', 'active', %(currency)s, amount, 0, 1, last_four, %(market)s, %(expires_at)s,
           %(order_id)s, %(batch_id)s, %(actor)s, %(now)s, %(now)s
    FROM given ORDER BY account_id
    ON CONFLICT (account_id) DO NOTHING
    RETURNING account_id, balance
), coded AS (
    INSERT INTO gift_card_codes (code_hash, account_id)
    SELECT g.code_hash, o.account_id FROM opened o JOIN given g USING (account_id)
), entered AS (
    INSERT INTO credit_entries (account_id, sequence, cause, debit, credit, amount, currency, balance, held, document,
                                reason, once, actor, at)
    SELECT account_id, 1, %(cause)s, %(debit)s, %(credit)s, balance, %(currency)s, balance, 0, %(document)s,
           %(reason)s, %(once)s, %(actor)s, %(now)s
    FROM opened
)
SELECT account_id FROM opened
"""
MOVE = """
WITH moved AS (
    UPDATE credit_accounts SET
        balance = balance + %(to_balance)s, held = held + %(to_held)s, entries = entries + 1, updated_at = %(now)s
    WHERE account_id = %(account_id)s
      AND balance + %(to_balance)s >= 0 AND held + %(to_held)s >= 0
    RETURNING account_id, entries, balance, held, currency
)
INSERT INTO credit_entries (account_id, sequence, cause, debit, credit, amount, currency, balance, held, document,
                            reason, once, actor, at)
SELECT account_id, entries, %(cause)s, %(debit)s, %(credit)s, %(amount)s, currency, balance, held, %(document)s,
       %(reason)s, %(once)s, %(actor)s, %(now)s
FROM moved
RETURNING balance, held, sequence AS entries
"""
SET = """
UPDATE credit_accounts SET state = %(state)s, expires_at = %(expires_at)s, updated_at = %(now)s, version = version + 1
WHERE account_id = %(account_id)s AND version = %(version)s
"""
ENTERED = """
SELECT EXISTS (SELECT FROM credit_entries WHERE account_id = %(account_id)s AND once = %(once)s)
"""
ENTRIES = """
SELECT account_id, sequence, cause, debit, credit, amount, currency, balance, held, document, reason, actor, at
FROM credit_entries
WHERE account_id = %(account_id)s AND (%(before)s::int IS NULL OR sequence < %(before)s)
ORDER BY sequence DESC LIMIT %(limit)s
"""
LIST = f"""
SELECT {COLUMNS} FROM credit_accounts
WHERE kind = 'gift_card'
  AND (%(last_four)s::text IS NULL OR last_four = %(last_four)s)
  AND (%(batch_id)s::uuid IS NULL OR batch_id = %(batch_id)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s OR account_id = ANY(%(used_by_order)s))
  AND (%(before)s::uuid IS NULL OR account_id < %(before)s)
ORDER BY account_id DESC LIMIT %(limit)s
"""  # noqa: S608  # our own column names
USED_BY_ORDER = "SELECT account_id FROM payments WHERE order_id = %(order_id)s AND account_id IS NOT NULL"
EXPIRED = """
SELECT account_id FROM credit_accounts
WHERE expires_at <= %(now)s AND balance > 0 AND expires_at IS NOT NULL
ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
TERMS = "SELECT market, months, version FROM gift_card_terms WHERE market = %(market)s"
ALL_TERMS = "SELECT market, months, version FROM gift_card_terms ORDER BY market"
SET_TERMS = """
INSERT INTO gift_card_terms AS t (market, months, version) VALUES (%(market)s, %(months)s, 1)
ON CONFLICT (market) DO UPDATE SET months = excluded.months, version = t.version + 1
WHERE %(version)s::int IS NULL OR t.version = %(version)s
RETURNING market, months, version
"""
SUMS = """
SELECT side, currency, sum(amount)::bigint AS amount FROM (
    SELECT credit AS side, currency, amount FROM credit_entries
    UNION ALL
    SELECT debit, currency, -amount FROM credit_entries
) legs
GROUP BY side, currency ORDER BY currency, side
"""
# What each account's entries add up to, beside what it keeps; also an entry whose running figures do not fit.
DIFFERENCES = """
WITH summed AS (
    SELECT account_id, count(*) AS entries, max(sequence) AS last,
           sum(amount) FILTER (WHERE credit = 'balance') AS in_balance,
           sum(amount) FILTER (WHERE debit = 'balance') AS out_balance,
           sum(amount) FILTER (WHERE credit = 'held') AS in_held,
           sum(amount) FILTER (WHERE debit = 'held') AS out_held,
           count(*) FILTER (WHERE currency <> (
               SELECT a.currency FROM credit_accounts a WHERE a.account_id = credit_entries.account_id)) AS foreign_ones
    FROM credit_entries GROUP BY account_id
), beside AS (
    SELECT a.account_id, a.balance, a.held, a.entries,
           coalesce(s.in_balance, 0) - coalesce(s.out_balance, 0) AS balance_of_entries,
           coalesce(s.in_held, 0) - coalesce(s.out_held, 0) AS held_of_entries,
           coalesce(s.entries, 0) AS counted, coalesce(s.last, 0) AS last, coalesce(s.foreign_ones, 0) AS foreign_ones
    FROM credit_accounts a LEFT JOIN summed s USING (account_id)
), reserved AS (
    SELECT account_id, sum(authorised - capture_claimed) AS promised FROM payments
    WHERE account_id IS NOT NULL AND state IN ('authorised', 'captured') GROUP BY account_id
)
SELECT account_id, 'balance' AS figure, balance AS kept, balance_of_entries::bigint AS entries FROM beside
WHERE balance <> balance_of_entries
UNION ALL
SELECT account_id, 'held', held, held_of_entries::bigint FROM beside WHERE held <> held_of_entries
UNION ALL
SELECT account_id, 'held for payments', held, coalesce(promised, 0)::bigint
FROM beside LEFT JOIN reserved USING (account_id) WHERE held <> coalesce(promised, 0)
UNION ALL
SELECT account_id, 'entries', entries::bigint, counted FROM beside WHERE entries <> counted OR counted <> last
UNION ALL
SELECT account_id, 'currency', 0::bigint, foreign_ones FROM beside WHERE foreign_ones > 0
ORDER BY account_id, figure
"""


class Figures(Struct, frozen=True):
    """What an account has after an entry."""

    balance: int
    held: int
    entries: int


class Card(Struct, frozen=True):
    """A gift card that is to be issued."""

    account_id: UUID
    amount: int
    last_four: str
    code_hash: str


class Wanted(Struct, frozen=True, kw_only=True):
    """Which gift cards to list; those of an order are what it sold and what it was paid with."""

    last_four: str | None = None
    order_id: UUID | None = None
    batch_id: UUID | None = None
    state: CreditState | None = None


async def find(tx: Transaction, account_id: UUID) -> CreditAccount | None:
    """An account, or nothing."""
    return await tx.find(CreditAccount, FIND, account_id=account_id)


async def lock(tx: Transaction, account_ids: Sequence[UUID]) -> dict[UUID, CreditAccount]:
    """These accounts, locked in the order of their ids; those that there are."""
    found = await tx.all(CreditAccount, LOCK, account_ids=list(account_ids))
    return {account.account_id: account for account in found}


async def of_code(tx: Transaction, code_hash: str) -> UUID | None:
    """The account behind the hash of a code, or nothing."""
    return await tx.find(UUID, OF_CODE, code_hash=code_hash)


async def of_customer(tx: Transaction, customer_id: UUID) -> list[CreditAccount]:
    """A customer's store credit, one account a currency."""
    return await tx.all(CreditAccount, OF_CUSTOMER, customer_id=customer_id)


async def of_order(tx: Transaction, order_id: UUID) -> list[CreditAccount]:
    """The gift cards that an order sold."""
    return await tx.all(CreditAccount, OF_ORDER, order_id=order_id)


async def open_account(
    tx: Transaction, account_id: UUID, customer_id: UUID, currency: str, actor: str
) -> None:
    """See to it that a customer has an account in a currency."""
    await tx.execute(
        OPEN, account_id=account_id, customer_id=customer_id, currency=currency, actor=actor, now=tx.now
    )


async def issue(
    tx: Transaction, like: CreditAccount, cards: Sequence[Card], cause: Cause, why: Because
) -> set[UUID]:
    """Write new cards with their first entries; tells which are new. `like` is what all of them have in common."""
    debit, credit = SIDES[cause]
    written = await tx.all(
        UUID,
        ISSUE,
        cards=Jsonb(msgspec.to_builtins(cards)),
        currency=like.currency,
        market=like.market,
        expires_at=like.expires_at,
        order_id=like.order_id,
        batch_id=like.batch_id,
        cause=cause,
        debit=debit,
        credit=credit,
        document=why.document,
        reason=why.reason,
        once=why.once,
        actor=why.actor,
        now=tx.now,
    )
    return set(written)


async def move(tx: Transaction, account_id: UUID, cause: Cause, amount: int, why: Because) -> Figures | None:
    """Move an amount as its cause says and enter why; None, and nothing moved, when the account has not that much."""
    debit, credit = SIDES[cause]
    return await tx.find(
        Figures,
        MOVE,
        account_id=account_id,
        to_balance=_into(Side.balance, debit, credit, amount),
        to_held=_into(Side.held, debit, credit, amount),
        cause=cause,
        debit=debit,
        credit=credit,
        amount=amount,
        document=why.document,
        reason=why.reason,
        once=why.once,
        actor=why.actor,
        now=tx.now,
    )


def _into(side: Side, debit: Side, credit: Side, amount: int) -> int:
    return amount * ((credit is side) - (debit is side))


async def keep_state(tx: Transaction, account: CreditAccount) -> bool:
    """Keep state and expiry of an account that was read with its present version."""
    kept = await tx.execute(
        SET,
        account_id=account.account_id,
        state=account.state,
        expires_at=account.expires_at,
        version=account.version,
        now=tx.now,
    )
    return kept == 1


async def entered(tx: Transaction, account_id: UUID, once: str) -> bool:
    """Whether an account has an entry for this."""
    return await tx.one(bool, ENTERED, account_id=account_id, once=once)


async def entries(tx: Transaction, account_id: UUID, *, before: int | None, limit: int) -> list[CreditEntry]:
    """An account's entries, the latest first."""
    return await tx.all(CreditEntry, ENTRIES, account_id=account_id, before=before, limit=limit)


async def listed(tx: Transaction, wanted: Wanted, *, before: UUID | None, limit: int) -> list[CreditAccount]:
    """Gift cards, the newest first."""
    used = await tx.all(UUID, USED_BY_ORDER, order_id=wanted.order_id) if wanted.order_id else []
    return await tx.all(
        CreditAccount,
        LIST,
        last_four=wanted.last_four,
        order_id=wanted.order_id,
        batch_id=wanted.batch_id,
        state=wanted.state,
        used_by_order=used,
        before=before,
        limit=limit,
    )


async def expired(tx: Transaction, limit: int) -> list[UUID]:
    """Cards whose time has run out and that hold something, locked; those that somebody is at are left out."""
    return await tx.all(UUID, EXPIRED, now=tx.now, limit=limit)


async def terms(tx: Transaction, market: str) -> GiftCardTerms:
    """How long a market's gift cards last."""
    return await tx.find(GiftCardTerms, TERMS, market=market) or GiftCardTerms(market)


async def all_terms(tx: Transaction) -> list[GiftCardTerms]:
    """What has been said of markets."""
    return await tx.all(GiftCardTerms, ALL_TERMS)


async def set_terms(
    tx: Transaction, market: str, months: int | None, version: int | None
) -> GiftCardTerms | None:
    """Say how long a market's gift cards last; None when somebody else said so meanwhile."""
    return await tx.find(GiftCardTerms, SET_TERMS, market=market, months=months, version=version)


async def sums(tx: Transaction) -> list[Sum]:
    """What all entries have moved through each side, by currency."""
    return await tx.all(Sum, SUMS)


async def differences(tx: Transaction) -> list[CreditDifference]:
    """Every figure of every account that its entries, or the payments it is held for, do not add up to."""
    return await tx.all(CreditDifference, DIFFERENCES)
