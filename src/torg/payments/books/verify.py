"""Compare every payment with the books beside it, and, when that is wanted, with the books of its gateway."""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction, external
from torg.payments import rules
from torg.payments import store as payment_store
from torg.payments.books import store
from torg.payments.books.store import Difference, Name
from torg.payments.errands import charge_of
from torg.payments.gateway import Gateways
from torg.payments.model import GatewayContradicts, Payment
from torg.permissions import Permission

BATCH: Final = 200
FIRST: Final = Name(UUID(int=0), UUID(int=0))


async def verify_payments(tx: Transaction, *, by: Actor) -> list[Difference]:
    """Every figure of a payment that attempts, refunds, disputes or the ledger of credit do not add up to."""
    by.must(Permission.payments_read)
    return await store.differences(tx)


async def verify_at_gateways(
    database: Database, gateways: Gateways, since: datetime, *, by: Actor
) -> AsyncIterator[Difference]:
    """Ask each gateway how every payment stands that was begun since then, and tell what it has otherwise.

    Changes nothing. `GatewaySilent` ends it: what was not asked is not known.
    """
    by.must(Permission.payments_read)
    external()
    after = FIRST
    while True:
        names = await database.read(partial(store.through_gateways, since=since, after=after, limit=BATCH))
        for name in names:
            load = partial(payment_store.load, order_id=name.order_id, payment_id=name.id)
            payment = await database.read(load)
            for difference in await _at_gateway(gateways, payment):
                yield difference
        if len(names) < BATCH:
            return
        after = names[-1]


async def _at_gateway(gateways: Gateways, payment: Payment) -> list[Difference]:
    if payment.gateway not in gateways.codes:
        return [Difference(payment.order_id, payment.id, f"gateway {payment.gateway}", 1, 0)]
    standing = await gateways.get(payment.gateway).query(charge_of(payment))
    if standing is None:
        held = payment.authorised
        return [Difference(payment.order_id, payment.id, "authorised", held, 0)] if held else []
    told = {
        "captured": (payment.captured, standing.captured),
        "refunded": (payment.refunded, standing.refunded),
        "released": (payment.released, standing.released),
    }
    try:
        state = rules.learn(payment, standing, payment.updated_at).state
    except GatewayContradicts:
        told["amount"] = (payment.amount, max(standing.authorised, standing.captured))
        state = payment.state
    found = [
        Difference(payment.order_id, payment.id, figure, ours, theirs)
        for figure, (ours, theirs) in told.items()
        if ours != theirs
    ]
    if state is not payment.state:
        found.append(Difference(payment.order_id, payment.id, f"state {standing.state}", 0, 1))
    return found
