"""Who may see credit: a customer her own, staff with the right all of it; and whether the books are right."""

from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.payments.credit import store
from torg.payments.credit.model import (
    CreditAccount,
    CreditDifference,
    CreditEntry,
    CreditKind,
    Sum,
    UnknownGiftCard,
)
from torg.payments.credit.store import Wanted
from torg.permissions import Permission


async def gift_card(tx: Transaction, card_id: UUID, *, by: Actor) -> CreditAccount:
    """One gift card."""
    by.must(Permission.credit_read, anywhere=True)
    card = await store.find(tx, card_id)
    if card is None or card.kind is not CreditKind.gift_card:
        raise UnknownGiftCard()
    return card


async def gift_cards(
    tx: Transaction, wanted: Wanted, *, before: UUID | None, limit: int, by: Actor
) -> list[CreditAccount]:
    """Gift cards, the newest first."""
    by.must(Permission.credit_read, anywhere=True)
    return await store.listed(tx, wanted, before=before, limit=limit)


async def entries_of_card(
    tx: Transaction, card_id: UUID, *, before: int | None, limit: int, by: Actor
) -> list[CreditEntry]:
    """What has changed a gift card, the latest first."""
    await gift_card(tx, card_id, by=by)
    return await store.entries(tx, card_id, before=before, limit=limit)


async def credit_of(tx: Transaction, customer_id: UUID, *, by: Actor) -> list[CreditAccount]:
    """A customer's store credit, one account a currency; her own, or by staff."""
    if by.customer_id != customer_id:
        by.must(Permission.credit_read, anywhere=True)
    return await store.of_customer(tx, customer_id)


async def entries_of_customer(
    tx: Transaction, customer_id: UUID, currency: str, *, before: int | None, limit: int, by: Actor
) -> list[CreditEntry]:
    """What has changed a customer's store credit in a currency, the latest first."""
    held = {account.currency: account for account in await credit_of(tx, customer_id, by=by)}
    account = held.get(currency)
    if account is None:
        return []
    return await store.entries(tx, account.account_id, before=before, limit=limit)


async def books(tx: Transaction, *, by: Actor) -> list[Sum]:
    """What has moved through every side of the books, by currency; the amounts of a currency add up to nothing."""
    by.must(Permission.credit_read)
    return await store.sums(tx)


async def verify(tx: Transaction, *, by: Actor) -> list[CreditDifference]:
    """Every figure of every account that its entries, or the payments it is held for, do not add up to."""
    by.must(Permission.credit_read)
    return await store.differences(tx)
