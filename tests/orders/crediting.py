"""What tests of gift cards share: cards, purchases with several tenders, and books that must be right."""

from collections import Counter
from uuid import UUID

from tests.orders.conftest import Till

from torg import orders
from torg.carts import Cart
from torg.kernel.access import SYSTEM, Actor, ActorKind, Grant, Policy
from torg.kernel.access.vault import Vault
from torg.kernel.money import Money
from torg.orders import Completion, Placement
from torg.payments import CreditAccount, Tender, TenderChoice, verify
from torg.payments.credit import issue, store
from torg.payments.credit.model import Cause, Side

POLICY = Policy(Vault("s" * 40), "http://torg.test")
CASHIER = Actor(
    ActorKind.staff,
    "stf_1",
    (
        Grant(
            frozenset({"orders:place", "carts:read", "carts:write", "payments:cash"}),
            stores=frozenset({"oslo"}),
        ),
    ),
)
REST = TenderChoice(Tender.gateway, "sim", "ok", "https://shop.test/back")


async def card(till: Till, amount: int, *, currency: str = "NOK", market: str = "NO") -> UUID:
    """A new gift card that is worth so much."""
    _, made = await till.database.run(
        lambda tx: issue.issue_cards(
            tx, POLICY, Money(amount, currency), 1, market=market, reason="test", by=SYSTEM
        )
    )
    return made[0].account.account_id


def gift(account_id: UUID, amount: int | None = None) -> TenderChoice:
    return TenderChoice(Tender.gift_card, account_id=account_id, amount=amount)


async def buy(till: Till, cart: Cart, *choices: TenderChoice, by: Actor | None = None) -> Placement:
    asked = Completion(Money(cart.totals.gross, cart.currency), choices)
    return await orders.complete(
        till.database, till.gateways, cart.id, asked, by=by or till.shop.visitor(cart)
    )


async def account(till: Till, account_id: UUID) -> CreditAccount:
    found = await till.database.read(lambda tx: store.find(tx, account_id))
    assert found is not None
    return found


async def has(till: Till, account_id: UUID) -> tuple[int, int]:
    """What is free to be spent, and what is held."""
    found = await account(till, account_id)
    return found.balance, found.held


async def causes(till: Till, account_id: UUID) -> list[Cause]:
    entries = await till.database.read(lambda tx: store.entries(tx, account_id, before=None, limit=100))
    return [entry.cause for entry in reversed(entries)]


async def agree(till: Till) -> None:
    """The books are right."""
    assert await till.database.read(lambda tx: verify(tx, by=SYSTEM)) == []
    sums = await till.database.read(store.sums)
    by_currency: Counter[str] = Counter()
    for one in sums:
        by_currency[one.currency] += one.amount
        if one.side is Side.transfer:
            assert one.amount == 0
    assert set(by_currency.values()) <= {0}


async def expire_at(till: Till, account_id: UUID) -> None:
    """The card's time has run out now."""
    await till.database.run(
        lambda tx: tx.execute(
            "UPDATE credit_accounts SET expires_at = %(now)s WHERE account_id = %(id)s",
            now=tx.now,
            id=account_id,
        )
    )
