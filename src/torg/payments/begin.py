"""Start a payment: inside the caller's transaction, before anybody outside is asked for anything."""

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.payments import store
from torg.payments.cash import rounding
from torg.payments.errands import Errand
from torg.payments.events import news
from torg.payments.gateway import Gateways
from torg.payments.model import (
    Attempt,
    AttemptState,
    CashNeedsStore,
    Operation,
    Payment,
    PaymentState,
    Purchase,
    Tender,
    TenderChoice,
)
from torg.payments.rules import LEASE
from torg.permissions import Permission


async def begin(
    tx: Transaction,
    choice: TenderChoice,
    amount: Money,
    purchase: Purchase,
    *,
    gateways: Gateways,
    by: Actor,
) -> tuple[Payment, Errand | None]:
    """Write down a payment of the amount, and what its gateway must be asked once this transaction has
    committed.

    Cash is taken as it is written down, by somebody with the right to take it in this store; what changes hands is
    rounded to coins.
    """
    cash = choice.tender is Tender.cash
    if cash:
        _may_take_cash(purchase.channel, purchase.store, by)
    else:
        gateways.get(choice.gateway).check(choice, amount, purchase.country)
    taken = amount.amount if cash else 0
    coins = rounding(amount, purchase.country) if cash else 0
    _check_given(choice, taken + coins)
    payment = Payment(
        order_id=purchase.order_id,
        id=new_id(),
        tender=choice.tender,
        gateway=None if cash else choice.gateway,
        method=None if cash else choice.method,
        state=PaymentState.captured if cash else PaymentState.created,
        currency=amount.currency,
        amount=amount.amount,
        channel=purchase.channel,
        store=purchase.store,
        language=purchase.language,
        return_url=None if cash else choice.return_url,
        expires_at=None if cash else purchase.expires_at,
        created_at=tx.now,
        updated_at=tx.now,
        authorised=taken,
        capture_claimed=taken,
        captured=taken,
        customer_id=purchase.customer_id,
        country=purchase.country,
        rounding=coins,
        given=choice.given,
    )
    return _written(tx, payment)


def _written(tx: Transaction, payment: Payment) -> tuple[Payment, Errand | None]:
    attempt = None if payment.tender is Tender.cash else _first_attempt(tx, payment)
    store.insert(tx, payment, attempt)
    tx.record(*news(None, payment))
    return payment, Errand(payment, attempt) if attempt else None


def _may_take_cash(channel: str, store_code: str | None, by: Actor) -> None:
    if store_code is None:
        raise CashNeedsStore()
    by.must(Permission.payments_cash, store=store_code, channel=channel)


def _check_given(choice: TenderChoice, due: int) -> None:
    if choice.given is None:
        return
    if choice.tender is not Tender.cash:
        raise Invalid.of(FieldProblem("payment.given", "cash-only", "Only cash is put on the counter."))
    if choice.given < due:
        raise Invalid.of(FieldProblem("payment.given", "too-low", "This is less than what is to be paid."))


def _first_attempt(tx: Transaction, payment: Payment) -> Attempt:
    return Attempt(
        order_id=payment.order_id,
        payment_id=payment.id,
        id=new_id(),
        operation=Operation.authorise,
        amount=payment.amount,
        state=AttemptState.claimed,
        lease_until=tx.now + LEASE,
        claimed_at=tx.now,
    )
