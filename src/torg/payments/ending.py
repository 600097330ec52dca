"""Authorisations end by themselves: a day before that is told once, so that what is due is taken in time."""

from datetime import timedelta
from typing import Final

from torg.kernel.database import Database, Transaction
from torg.payments import store
from torg.payments.events import PaymentAuthorisationEnding

SOON: Final = timedelta(days=1)


async def tell_ending(database: Database) -> int:
    """Tell of every authorisation that ends within a day and has something left to take; tells how many."""
    return await database.run(_tell, repeatable=True)


async def _tell(tx: Transaction) -> int:
    ending = await store.ending(tx, tx.now + SOON)
    tx.record(
        *(
            PaymentAuthorisationEnding(
                order_id=payment.order_id,
                payment_id=payment.id,
                currency=payment.currency,
                amount=payment.capturable,
                until=payment.authorised_until,
            )
            for payment in ending
            if payment.capturable and payment.authorised_until
        )
    )
    return len(ending)
