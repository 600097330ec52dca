"""Start a payment: inside the caller's transaction, before anybody outside is asked for anything."""

from msgspec.structs import replace

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
    TerminalNeedsStore,
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
    payment = _new(tx, choice, amount, purchase)
    if choice.tender is Tender.cash:
        _may_take_cash(purchase.channel, purchase.store, by)
        payment = _in_coins(payment, choice.given)
    else:
        gateway = gateways.get(choice.gateway)
        if gateway.at_till:
            _may_use_terminal(purchase.channel, purchase.store, by)
        gateway.check(choice, amount, purchase.country)
        _not_given(choice)
    attempt = None if payment.tender is Tender.cash else _first_attempt(tx, payment)
    store.insert(tx, payment, attempt)
    tx.record(*news(None, payment))
    return payment, Errand(payment, attempt) if attempt else None


def _new(tx: Transaction, choice: TenderChoice, amount: Money, purchase: Purchase) -> Payment:
    return Payment(
        order_id=purchase.order_id,
        id=new_id(),
        tender=choice.tender,
        gateway=choice.gateway,
        method=choice.method,
        state=PaymentState.created,
        currency=amount.currency,
        amount=amount.amount,
        channel=purchase.channel,
        store=purchase.store,
        language=purchase.language,
        return_url=choice.return_url,
        expires_at=purchase.expires_at,
        created_at=tx.now,
        updated_at=tx.now,
        customer_id=purchase.customer_id,
        country=purchase.country,
    )


def _in_coins(payment: Payment, given: int | None) -> Payment:
    """The payment as it is taken in cash."""
    coins = rounding(Money(payment.amount, payment.currency), payment.country)
    if given is not None and given < payment.amount + coins:
        raise Invalid.of(FieldProblem("payment.given", "too-low", "This is less than what is to be paid."))
    return replace(
        payment,
        state=PaymentState.captured,
        gateway=None,
        method=None,
        return_url=None,
        expires_at=None,
        authorised=payment.amount,
        capture_claimed=payment.amount,
        captured=payment.amount,
        rounding=coins,
        given=given,
    )


def _may_take_cash(channel: str, store_code: str | None, by: Actor) -> None:
    if store_code is None:
        raise CashNeedsStore()
    by.must(Permission.payments_cash, store=store_code, channel=channel)


def _may_use_terminal(channel: str, store_code: str | None, by: Actor) -> None:
    if store_code is None:
        raise TerminalNeedsStore()
    by.must(Permission.payments_cash, store=store_code, channel=channel)


def _not_given(choice: TenderChoice) -> None:
    if choice.given is not None:
        raise Invalid.of(FieldProblem("payment.given", "cash-only", "Only cash is put on the counter."))


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
