"""What somebody may see of an order's payments."""

from uuid import UUID

from msgspec import Struct

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.payments import store
from torg.payments.disputes.look import disputes_of
from torg.payments.disputes.model import Dispute
from torg.payments.model import Attempt, Payment, Refund
from torg.permissions import Permission


class Seen(Struct, frozen=True):
    """Payments with their attempts and disputes, and the refunds of the order."""

    payments: list[tuple[Payment, list[Attempt]]]
    refunds: list[Refund]
    disputes: dict[UUID, list[Dispute]] = {}


async def see(tx: Transaction, order_id: UUID, *, by: Actor) -> Seen:
    """All payments of an order; an order without any (or none that the actor may see) has an empty list."""
    by.must(Permission.payments_read, anywhere=True)
    payments = [
        payment
        for payment in await store.of_order(tx, order_id)
        if by.may(Permission.payments_read, store=payment.store, channel=payment.channel)
    ]
    if not payments:
        return Seen([], [])
    attempts = [await store.attempts(tx, order_id, payment.id) for payment in payments]
    paid = list(zip(payments, attempts, strict=True))
    return Seen(paid, await store.refunds(tx, order_id), await disputes_of(tx, order_id))
