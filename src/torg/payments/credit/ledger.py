"""What moves credit: each is one guarded statement that changes the balance and enters why.

Callers hold the account's lock (`locked`) when they decide by what it has; the guard and the CHECKs hold without it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from msgspec.structs import replace

from torg.kernel.database import Transaction
from torg.kernel.money import Money
from torg.payments.credit import store
from torg.payments.credit.model import (
    Because,
    Cause,
    CreditAccount,
    CreditTooLow,
    UnknownGiftCard,
)

OF_CUSTOMER: Final = UUID("6f726774-6372-5564-8974-637573746f6d")


async def locked(tx: Transaction, account_ids: Sequence[UUID]) -> dict[UUID, CreditAccount]:
    """These accounts, locked in one order; `UnknownGiftCard` when one does not exist."""
    found = await store.lock(tx, sorted(set(account_ids)))
    if len(found) != len(set(account_ids)):
        raise UnknownGiftCard()
    return found


async def find(tx: Transaction, account_id: UUID) -> CreditAccount:
    """An account as it stands, not locked; for who only gives to it."""
    account = await store.find(tx, account_id)
    if account is None:
        raise UnknownGiftCard()
    return account


async def prolong(tx: Transaction, account_id: UUID, until: datetime) -> CreditAccount:
    """A card, locked, that is good until then at least."""
    account = (await locked(tx, [account_id]))[account_id]
    if account.expires_at is None or account.expires_at >= until:
        return account
    longer = replace(account, expires_at=until)
    await store.keep_state(tx, longer)
    return replace(longer, version=account.version + 1)


async def move(
    tx: Transaction, account: CreditAccount, cause: Cause, amount: int, why: Because
) -> CreditAccount:
    """The account after the amount was moved; `CreditTooLow` when it has not that much."""
    figures = await store.move(tx, account.account_id, cause, amount, why)
    if figures is None:
        raise CreditTooLow(
            available=Money(account.balance, account.currency), wanted=Money(amount, account.currency)
        )
    return replace(
        account,
        balance=figures.balance,
        held=figures.held,
        entries=figures.entries,
        updated_at=tx.now,
    )


def account_of_customer(customer_id: UUID, currency: str) -> UUID:
    """The id of a customer's store credit in a currency: the same for the same, so that there is one."""
    return uuid5(OF_CUSTOMER, f"{customer_id} {currency}")


async def open_for(tx: Transaction, customer_id: UUID, currency: str, *, actor: str) -> UUID:
    """See to it that a customer has store credit in a currency, if only none; tells its id."""
    account_id = account_of_customer(customer_id, currency)
    await store.open_account(tx, account_id, customer_id, currency, actor)
    return account_id


async def store_credit(tx: Transaction, customer_id: UUID, currency: str, *, actor: str) -> CreditAccount:
    """A customer's store credit in a currency, locked; opened when she has none."""
    account_id = await open_for(tx, customer_id, currency, actor=actor)
    return (await locked(tx, [account_id]))[account_id]
