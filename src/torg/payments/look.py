"""Look at a payment again: whoever waits for it (a customer who came back, the sweeper) ends in the same
steps.

Takes up attempts whose process died or whose answer was lost, asks the gateway about payments that never
called back, gives up those that nobody finished in time, and has a gateway let go of money that we hold for
gone.
"""

import asyncio
from typing import Final
from uuid import UUID

import structlog

from torg.kernel.database import Database, Transaction, external
from torg.kernel.errors import TorgError
from torg.payments import rules, store
from torg.payments.errands import PATIENCE, Errand, ask, charge_of, fold, record
from torg.payments.gateway import Gateways, Standing
from torg.payments.model import Attempt, GatewaySilent, Operation, Payment
from torg.payments.move import claimed_attempt
from torg.payments.rules import LEASE, Look, Next

log = structlog.get_logger(__name__)

BATCH: Final = 100


async def look_again(
    database: Database, gateways: Gateways, order_id: UUID, payment_id: UUID, *, asked: bool = False
) -> Payment:
    """Bring a payment as far as it goes now; `asked` when somebody waits, so that the gateway is asked at
    once.
    """
    external()
    payment, step = await database.run(lambda tx: _claim(tx, order_id, payment_id, asked), repeatable=True)
    if step.attempt is not None:
        errand = Errand(payment, step.attempt)
        answer = await ask(gateways, errand)
        return await database.run(lambda tx: record(tx, errand, answer), repeatable=True)
    if step.look is Look.query:
        return await _query(database, gateways, payment)
    return payment


async def _claim(tx: Transaction, order_id: UUID, payment_id: UUID, asked: bool) -> tuple[Payment, Next]:
    payment = await store.load(tx, order_id, payment_id, lock=True)
    step = rules.next_step(payment, await store.attempts(tx, order_id, payment_id), tx.now, asked=asked)
    if step.look is Look.resume and step.attempt is not None:
        taken = await store.take(tx, step.attempt, tx.now + LEASE)
        return payment, rules.retried(step) if taken else Next(Look.leave)
    if step.look is Look.leave:
        return payment, step
    payment = rules.checked(payment, tx.now)
    await store.save(tx, payment)
    payment = rules.saved(payment)
    if step.look is Look.give_up:
        return payment, Next(Look.resume, await _claim_void(tx, payment))
    return payment, step


async def _claim_void(tx: Transaction, payment: Payment) -> Attempt | None:
    attempt = claimed_attempt(payment, Operation.void, payment.amount, tx.now)
    return attempt if await store.claim(tx, attempt) else None


async def _query(database: Database, gateways: Gateways, payment: Payment) -> Payment:
    try:
        async with asyncio.timeout(PATIENCE):
            standing = await gateways.get(payment.gateway).query(charge_of(payment))
    except (GatewaySilent, TimeoutError):
        log.warning("gateway-silent", gateway=payment.gateway, payment=payment.id.hex)
        return payment

    async def keep(tx: Transaction) -> tuple[Payment, Attempt | None]:
        return await _learn(tx, payment, standing)

    known, attempt = await database.run(keep, repeatable=True)
    if attempt is None:
        return known
    errand = Errand(known, attempt)
    answer = await ask(gateways, errand)
    return await database.run(lambda tx: record(tx, errand, answer), repeatable=True)


async def _learn(
    tx: Transaction, payment: Payment, standing: Standing | None
) -> tuple[Payment, Attempt | None]:
    present = await store.load(tx, payment.order_id, payment.id, lock=True)
    if rules.after_query(present, standing) is Look.let_go:
        return present, await _claim_void(tx, present)
    if standing is not None:
        present = await fold(tx, present, standing)
    if present.state.failed and present.check_at is not None:
        present = rules.at_rest(present)
        await store.save(tx, present)
        present = rules.saved(present)
    return present, None


async def sweep(database: Database, gateways: Gateways) -> int:
    """Look at every payment that is due; tells how many there were. One that fails does not keep the others
    waiting.
    """
    due = await database.read(lambda tx: store.due(tx, BATCH))
    for item in due:
        try:
            await look_again(database, gateways, item.order_id, item.payment_id)
        except TorgError as refused:
            log.warning(
                "payment-not-swept", payment=item.payment_id.hex, code=refused.code, error=str(refused)
            )
        except (
            Exception
        ):  # whatever an adapter raises: the payments behind this one are looked at all the same
            log.exception("payment-not-swept", payment=item.payment_id.hex)
    return len(due)
