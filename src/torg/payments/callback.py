"""What a gateway calls to tell: checked for its signature, then folded into the payment like every other
answer.
"""

from collections.abc import Mapping

from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction, external
from torg.payments import store
from torg.payments.disputes.hear import hear_dispute
from torg.payments.errands import fold
from torg.payments.gateway import Callback, Gateways
from torg.payments.model import CallbackNotGenuine, Payment


async def hear(
    database: Database, gateways: Gateways, gateway: str, headers: Mapping[str, str], body: bytes
) -> Payment | None:
    """Take in a callback; the same one twice, late or out of order changes nothing. None: it was not about us."""
    external()
    callback = await gateways.get(gateway).parse_callback(headers, body, at=database.clock.now())
    if callback is None:
        return None
    return await database.run(
        lambda tx: _hear(tx, gateway, callback), actor=f"{SYSTEM}:{gateway}", repeatable=True
    )


async def _hear(tx: Transaction, gateway: str, callback: Callback) -> Payment:
    payment = await store.load(tx, callback.order_id, callback.payment_id, lock=True)
    if payment.gateway != gateway:
        raise CallbackNotGenuine()
    payment = await fold(tx, payment, callback.standing)
    return payment if callback.dispute is None else await hear_dispute(tx, payment, callback.dispute)
