"""A gateway tells of a dispute: kept beside its payment, once, however often and in whatever order it is told."""

from msgspec.structs import replace

from torg.kernel.database import Transaction
from torg.kernel.money import Money
from torg.payments import rules
from torg.payments import store as payment_store
from torg.payments.disputes import store
from torg.payments.disputes.model import Dispute, later
from torg.payments.events import PaymentDisputed, PaymentDisputeEnded
from torg.payments.model import GatewayContradicts, Payment


async def hear_dispute(tx: Transaction, payment: Payment, told: Dispute) -> Payment:
    """Keep what is told of a dispute of a payment that is locked; the payment as it stands now."""
    if told.currency != payment.currency or not 0 < told.amount <= payment.amount:
        asked = Money(payment.amount, payment.currency)
        raise GatewayContradicts(told=Money(told.amount, told.currency), asked=asked)
    disputes = {one.reference: one for one in await store.of_payment(tx, payment.order_id, payment.id)}
    known = disputes.get(told.reference)
    kept = later(known, told)
    if kept == known:
        return payment
    await store.keep(tx, payment.order_id, payment.id, kept)
    if known is None:
        tx.record(
            PaymentDisputed(
                order_id=payment.order_id,
                payment_id=payment.id,
                currency=kept.currency,
                amount=kept.amount,
                reference=kept.reference,
                reason=kept.reason,
                answer_by=kept.answer_by,
            )
        )
    if kept.state.ended and not (known and known.state.ended):
        tx.record(
            PaymentDisputeEnded(
                order_id=payment.order_id,
                payment_id=payment.id,
                currency=kept.currency,
                amount=kept.amount,
                reference=kept.reference,
                state=kept.state.value,
            )
        )
    disputes[kept.reference] = kept
    return await _counted(tx, payment, sum(one.amount for one in disputes.values() if one.state.takes_money))


async def _counted(tx: Transaction, payment: Payment, disputed: int) -> Payment:
    if disputed == payment.disputed:
        return payment
    await payment_store.save(tx, replace(payment, disputed=disputed, updated_at=tx.now))
    return rules.saved(replace(payment, disputed=disputed, updated_at=tx.now))
