"""What is due of pick-ups: the customer is reminded once; what nobody collects goes back on the shelf.

Each is one transaction with the fulfilment locked, as the hand-over is: who collects at the moment at which the time
runs out has either taken the goods, and they stay taken, or finds that they have gone back.
"""

from functools import partial
from typing import Final
from uuid import UUID

import structlog

from torg import inventory
from torg.fulfilment import letters, store
from torg.fulfilment import rules as steps
from torg.fulfilment.code import code_of
from torg.fulfilment.events import FulfilmentNotCollected
from torg.fulfilment.model import Fulfilment, FulfilmentState, Verb
from torg.fulfilment.pick_ups import rules
from torg.kernel.access import Policy
from torg.kernel.database import Database, Transaction

log = structlog.get_logger(__name__)

BATCH: Final = 100
CAUSE: Final = "not-collected"


async def sweep(database: Database, policy: Policy) -> int:
    """See to every pick-up of which something is due; tells how many there were."""
    due = await database.read(lambda tx: store.due(tx, BATCH))
    for one in due:
        try:
            await database.run(
                partial(see_to, policy=policy, order_id=one.order_id, id=one.id), repeatable=True
            )
        except Exception:  # the pick-ups behind this one are seen to all the same
            log.exception("pick-up-not-swept", fulfilment=one.id.hex)
    return len(due)


async def see_to(tx: Transaction, *, policy: Policy, order_id: UUID, id: UUID) -> None:
    """Remind its customer, or give it up; nothing when somebody else has seen to it."""
    waiting = await store.find(tx, order_id, id, lock=True)
    if waiting is None or waiting.due_at is None or waiting.due_at > tx.now:
        return
    if waiting.state is not FulfilmentState.ready:
        return
    if rules.over(waiting, tx.now):
        await _give_up(tx, policy, waiting)
    elif waiting.collect_until is not None:
        await letters.reminder(tx, policy, waiting, code_of(policy, waiting), waiting.collect_until)
        await store.keep(tx, rules.reminded(waiting, tx.now))


async def _give_up(tx: Transaction, policy: Policy, waiting: Fulfilment) -> None:
    to = steps.step(waiting, Verb.give_up)
    if not await store.move(tx, waiting, to):
        raise LookupError("a fulfilment that was locked was moved")
    units = [(line.variant_id, waiting.location, line.quantity) for line in waiting.lines]
    await inventory.give_back(tx, waiting.order_id, units, cause=CAUSE)
    tx.record(FulfilmentNotCollected.of(waiting))
    await letters.not_collected(tx, policy, waiting)
