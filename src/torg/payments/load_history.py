"""Bring in payments that another system took."""

from collections.abc import Sequence

from torg.kernel.database import Transaction
from torg.payments import store
from torg.payments.model import Payment, Refund


async def load_history(tx: Transaction, payments: Sequence[Payment], refunds: Sequence[Refund]) -> None:
    """Write down money that was taken and went back elsewhere: nobody is asked for it, and nobody is told.

    Payments that are there stay as they are. The right to do this is the order's.
    """
    if any(payment.state.open or payment.check_at is not None for payment in payments):
        raise ValueError("history has no payments that are under way")
    await store.load_history(tx, payments, refunds)
