"""What staff, customers and the clock do to credit that is out: block, set right, move, expire, withdraw."""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.customers import find_customer
from torg.kernel import audit
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.kernel.ids import new_id, public
from torg.kernel.money import Money
from torg.payments.credit import ledger, store
from torg.payments.credit.events import (
    CreditAdjusted,
    CreditBlocked,
    CreditExpired,
    CreditMoved,
    CreditUnblocked,
    CreditWithdrawn,
)
from torg.payments.credit.model import (
    Because,
    Cause,
    CreditAccount,
    CreditKind,
    CreditNotUsable,
    CreditState,
    CreditTooLow,
    CreditUsed,
    UnknownGiftCard,
)
from torg.permissions import Permission

WITHDRAWN: Final = "withdrawn"
AT_ONCE: Final = 200


async def set_state(
    tx: Transaction, card_id: UUID, state: CreditState, *, reason: str, by: Actor
) -> CreditAccount:
    """Block a gift card, or let it be spent again; what payments hold of it is theirs. Twice is the same as once."""
    by.must(Permission.credit_change)
    card = await _card(tx, card_id)
    if card.state is state:
        return card
    after = replace(card, state=state)
    if not await store.keep_state(tx, after):
        raise StaleVersion(given=card.version, present=card.version + 1)
    blocked = state is CreditState.blocked
    event = CreditBlocked if blocked else CreditUnblocked
    tx.record(event.of(after, 0, balance=after.balance))
    action = "gift_card.blocked" if blocked else "gift_card.unblocked"
    await audit.write(tx, by, action, public("gft", card_id), reason=reason)
    return replace(after, updated_at=tx.now, version=card.version + 1)


async def adjust(tx: Transaction, card_id: UUID, amount: int, *, reason: str, by: Actor) -> CreditAccount:
    """Set the balance of a gift card right by so much, up or down; never below nothing."""
    by.must(Permission.credit_change)
    if amount == 0:
        raise Invalid.of(FieldProblem("amount", "out-of-range", "This is too small or too large."))
    card = await _card(tx, card_id)
    cause = Cause.raised if amount > 0 else Cause.lowered
    why = Because(f"adjusted:{new_id()}", str(by), reason=reason)
    card = await ledger.move(tx, card, cause, abs(amount), why)
    tx.record(CreditAdjusted.of(card, amount, balance=card.balance))
    await audit.write(tx, by, "gift_card.adjusted", public("gft", card_id), amount=amount, reason=reason)
    return card


async def move_to_customer(tx: Transaction, card_id: UUID, customer_id: UUID, *, by: Actor) -> CreditAccount:
    """Make all that is left of a gift card a customer's store credit: by herself, with its code, or by staff."""
    if by.customer_id != customer_id:
        by.must(Permission.credit_change)
    await find_customer(tx, customer_id, by=SYSTEM)
    found = await store.find(tx, card_id)
    if found is None or found.kind is not CreditKind.gift_card:
        raise UnknownGiftCard()
    hers = await ledger.open_for(tx, customer_id, found.currency, actor=str(by))
    both = await ledger.locked(tx, [card_id, hers])
    card, credit = both[card_id], both[hers]
    if not card.usable(tx.now):
        raise CreditNotUsable(last_four=card.last_four or "")
    amount = card.balance
    if not amount:
        raise CreditTooLow(available=Money(0, card.currency), wanted=Money(1, card.currency))
    once = f"moved:{new_id()}"
    card = await ledger.move(
        tx, card, Cause.moved_out, amount, Because(once, str(by), document=public("cus", customer_id))
    )
    credit = await ledger.move(
        tx, credit, Cause.moved_in, amount, Because(once, str(by), document=public("gft", card_id))
    )
    tx.record(
        CreditMoved.of(card, -amount, balance=card.balance),
        CreditMoved.of(credit, amount, balance=credit.balance),
    )
    if by.customer_id != customer_id:
        await audit.write(
            tx,
            by,
            "gift_card.moved",
            public("gft", card_id),
            customer=public("cus", customer_id),
            amount=amount,
        )
    return credit


async def expire(database: Database) -> int:
    """Book what is left on gift cards whose time has run out; what payments hold of them stays theirs. How many."""
    total = 0
    while True:
        ended = await database.run(_expire)
        total += ended
        if ended < AT_ONCE:
            return total


async def _expire(tx: Transaction) -> int:
    ids = sorted(await store.expired(tx, AT_ONCE))
    for card in (await ledger.locked(tx, ids)).values() if ids else ():
        why = Because(f"expired:{card.expires_at}:{card.entries}", str(SYSTEM))
        after = await ledger.move(tx, card, Cause.expired, card.balance, why)
        tx.record(CreditExpired.of(after, card.balance, balance=after.balance))
    return len(ids)


async def withdraw(tx: Transaction, order_id: UUID, *, by: Actor) -> None:
    """Take back the gift cards that an order sold, since it is cancelled; `CreditUsed` when one was used."""
    cards = [card.account_id for card in await store.of_order(tx, order_id)]
    for card in (await ledger.locked(tx, cards)).values() if cards else ():
        if await store.entered(tx, card.account_id, WITHDRAWN):
            continue
        if not await unused(tx, card):
            raise CreditUsed(last_four=card.last_four or "")
        await withdraw_card(tx, card, order_id, by=by)


async def unused(tx: Transaction, card: CreditAccount) -> bool:
    """Whether a locked card still has all that it was issued with."""
    (first,) = await store.entries(tx, card.account_id, before=2, limit=1)
    return not card.held and card.balance == first.amount


async def withdraw_card(tx: Transaction, card: CreditAccount, order_id: UUID, *, by: Actor) -> None:
    """Take back a locked, unused card that an order sold: it is worth nothing from now on."""
    why = Because(WITHDRAWN, str(by), document=public("ord", order_id))
    after = await ledger.move(tx, card, Cause.withdrawn, card.balance, why)
    after = replace(after, state=CreditState.blocked)
    await store.keep_state(tx, after)
    tx.record(CreditWithdrawn.of(after, card.balance, balance=0, order_id=order_id))


async def _card(tx: Transaction, card_id: UUID) -> CreditAccount:
    card = (await ledger.locked(tx, [card_id]))[card_id]
    if card.kind is not CreditKind.gift_card:
        raise UnknownGiftCard()
    return card
