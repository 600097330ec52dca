"""Take authorised money of many orders at once: claimed together, asked side by side, recorded together.

The guarantees are those of a single capture: what is spoken for is never spoken for again, and an attempt whose answer
does not come stays claimed until somebody takes it up.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.spread import together
from torg.payments import rules, store
from torg.payments.errands import Answer, Errand, ask, learned, record
from torg.payments.events import news
from torg.payments.gateway import Gateways
from torg.payments.invoices import owe
from torg.payments.model import AttemptState, Operation, Payment, Tender
from torg.payments.move import claimed_attempt
from torg.permissions import Permission

AT_ONCE: Final = 8


async def claim_captures(
    tx: Transaction,
    wanted: Sequence[tuple[Payment, int]],
    *,
    by: Actor,
    numbers: Mapping[UUID, str] = owe.NO_NUMBERS,
) -> list[Errand]:
    """Speak for amounts of payments that are locked, at most one of an order; what gateways must be asked for that.

    What is paid on invoice is billed at once, under the order's number.
    """
    claims = {}
    await owe.bill(tx, [one for one in wanted if one[0].tender is Tender.invoice], numbers)
    for payment, amount in wanted:
        by.must(Permission.payments_capture, store=payment.store, channel=payment.channel)
        if payment.tender is Tender.invoice:
            continue
        claimed = rules.saved(rules.claim_capture(payment, amount))
        claims[payment.order_id] = (
            payment,
            claimed,
            claimed_attempt(payment, Operation.capture, amount, tx.now),
        )
    errands = []
    for group in await together(tx, claims):
        written = await store.claim_captures(
            tx, [(payment, attempt) for payment, _, attempt in (claims[order_id] for order_id in group)]
        )
        errands += [
            Errand(claimed, attempt)
            for _, claimed, attempt in (claims[order_id] for order_id in group)
            if attempt.id in written
        ]
    return errands


async def carry_out_captures(
    database: Database, gateways: Gateways, errands: Sequence[Errand], *, by: Actor
) -> None:
    """Ask the gateways what was claimed and record their answers; raises in the end what an adapter failed with."""
    external()
    room = asyncio.Semaphore(AT_ONCE)

    async def asked(errand: Errand) -> Answer:
        async with room:
            return await ask(gateways, errand)

    answers = await asyncio.gather(*(asked(errand) for errand in errands), return_exceptions=True)
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    told = [
        (errand, answer)
        for errand, answer in zip(errands, answers, strict=True)
        if isinstance(answer, Answer)
    ]
    left = await database.run(lambda tx: _record(tx, told), actor=str(by), repeatable=True) if told else []
    for errand, answer in left:
        try:
            await _record_one(database, errand, answer, by)
        except Exception as failed:
            failures.append(failed)
    if failures:
        raise failures[0]


async def _record(tx: Transaction, told: Sequence[tuple[Errand, Answer]]) -> list[tuple[Errand, Answer]]:
    """Record what is new and simple at once; tells what has to be recorded one by one."""
    simple, left = {}, []
    for errand, answer in told:
        after = learned(errand, answer, tx.now)
        if after is None:
            left.append((errand, answer))
        else:
            simple[errand.attempt.id] = (errand, answer, after)
    for order_ids in await together(tx, (errand.payment.order_id for errand, _, _ in simple.values())):
        group = [part for part in simple.values() if part[0].payment.order_id in order_ids]
        ended = await store.end_captures(
            tx, [(after, errand.attempt, AttemptState.done, None) for errand, _, after in group]
        )
        for errand, answer, after in group:
            if errand.attempt.id in ended:
                tx.record(*news(errand.payment, after))
            else:
                left.append((errand, answer))
    return left


async def _record_one(database: Database, errand: Errand, answer: Answer, by: Actor) -> None:
    await database.run(lambda tx: record(tx, errand, answer), actor=str(by), repeatable=True)
