"""Payments from gift cards and store credit: held, taken and given back in the caller's transaction, since nobody
outside has to be asked.

PREPARE holds the amount, FINALIZE takes it, whatever else becomes of the purchase lets it go. Payments are locked
before accounts, accounts in the order of their ids, before anything of them is decided.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.payments import rules, store
from torg.payments.credit import ledger
from torg.payments.credit.events import CreditRedeemed, CreditRestored
from torg.payments.credit.model import Because, Cause, CreditAccount
from torg.payments.events import news
from torg.payments.invoices import owe
from torg.payments.model import Payment, PaymentState, Tender

AFTERLIFE: Final = timedelta(days=90)
"""How long a card that had expired is good again when a guest's refund comes back to it."""


async def hold(tx: Transaction, payment: Payment, account: CreditAccount, *, by: Actor) -> Payment:
    """Write down a payment and hold its amount on an account that is locked."""
    await ledger.move(tx, account, Cause.held, payment.amount, _why(payment, f"held:{payment.id}", by))
    store.insert(tx, payment, None)
    tx.record(*news(None, payment))
    return payment


async def take_credit(tx: Transaction, payments: Sequence[Payment], *, by: Actor) -> list[Payment]:
    """Take all that these payments hold on gift cards and store credit; payments by other means stay as they are.

    Without such payments this asks nothing of the database.
    """
    found, known = await _held(tx, payments)
    taken = {payment.id: await _take(tx, payment, known[_account_of(payment)], by) for payment in found}
    return [taken.get(payment.id, payment) for payment in payments]


async def let_go(tx: Transaction, payments: Sequence[Payment], *, by: Actor) -> list[Payment]:
    """Give back what payments by credit or on invoice hold and have not taken, so that it can be spent at once.

    Twice is the same as once.
    """
    found, known = await _held(tx, payments)
    ended = {payment.id: await _let_go(tx, payment, known[_account_of(payment)], by) for payment in found}
    for payment in payments:
        if payment.tender is Tender.invoice and payment.capturable:
            present = await store.load(tx, payment.order_id, payment.id, lock=True)
            ended[payment.id] = await owe.let_go(tx, present)
    return [ended.get(payment.id, payment) for payment in payments]


async def _held(
    tx: Transaction, payments: Sequence[Payment]
) -> tuple[list[Payment], dict[UUID, CreditAccount]]:
    """Those of the payments that hold something on an account, with these accounts; all of them locked."""
    found = [payment for payment in payments if payment.tender.credit and payment.capturable]
    if not found:
        return [], {}
    present = [await store.load(tx, one.order_id, one.id, lock=True) for one in found]
    left = [payment for payment in present if payment.capturable]
    return left, await ledger.locked(tx, [_account_of(payment) for payment in left])


async def _take(tx: Transaction, payment: Payment, account: CreditAccount, by: Actor) -> Payment:
    amount = payment.capturable
    claimed = rules.claim_capture(payment, amount)
    account = await ledger.move(
        tx, account, Cause.redeemed, amount, _why(payment, f"redeemed:{payment.id}", by)
    )
    after = replace(claimed, state=PaymentState.captured, captured=amount, updated_at=tx.now)
    tx.record(CreditRedeemed.of(account, amount, balance=account.balance, order_id=payment.order_id))
    return await _kept(tx, payment, after)


async def _let_go(tx: Transaction, payment: Payment, account: CreditAccount, by: Actor) -> Payment:
    why = _why(payment, f"released:{payment.id}", by)
    await ledger.move(tx, account, Cause.released, payment.capturable, why)
    return await _kept(tx, payment, replace(payment, state=PaymentState.voided, updated_at=tx.now))


async def _kept(tx: Transaction, before: Payment, after: Payment) -> Payment:
    await store.save(tx, after)
    tx.record(*news(before, after))
    return rules.saved(after)


async def give_back(
    tx: Transaction, payment: Payment, amount: int, refund_id: UUID, *, reason: str, by: Actor
) -> UUID:
    """Give a part of what was taken back to where it came from; tells on which account it is.

    A card that is blocked or has expired passes it on to the customer's store credit. A guest has none: then the card
    takes it, and is good again for a while when its time had run out.
    """
    account = await ledger.find(tx, _account_of(payment))
    if not account.usable(tx.now):
        if payment.customer_id is not None:
            account = await ledger.store_credit(tx, payment.customer_id, payment.currency, actor=str(by))
        elif account.expires_at is not None and account.expires_at <= tx.now:
            account = await ledger.prolong(tx, account.account_id, tx.now + AFTERLIFE)
    why = _why(payment, f"restored:{refund_id}", by, reason)
    account = await ledger.move(tx, account, Cause.restored, amount, why)
    tx.record(CreditRestored.of(account, amount, balance=account.balance, order_id=payment.order_id))
    return account.account_id


async def credit_instead(
    tx: Transaction,
    payment: Payment,
    amount: int,
    customer_id: UUID,
    refund_id: UUID,
    *,
    reason: str,
    by: Actor,
) -> UUID:
    """Give a customer store credit for what she had paid otherwise; tells her account."""
    account = await ledger.store_credit(tx, customer_id, payment.currency, actor=str(by))
    cause = Cause.restored if payment.tender.credit else Cause.refunded
    account = await ledger.move(
        tx, account, cause, amount, _why(payment, f"refunded:{refund_id}", by, reason)
    )
    tx.record(CreditRestored.of(account, amount, balance=account.balance, order_id=payment.order_id))
    return account.account_id


def _account_of(payment: Payment) -> UUID:
    if payment.account_id is None:
        raise LookupError("a payment from credit has no account")
    return payment.account_id


def _why(payment: Payment, once: str, by: Actor, reason: str | None = None) -> Because:
    return Because(once, str(by), document=public("ord", payment.order_id), reason=reason)
