"""Keep goods ready for a customer who comes for them, and hand them over to who shows the code."""

import asyncio
import secrets
from uuid import UUID

from torg.fulfilment import rules, store
from torg.fulfilment.events import FulfilmentCollected, FulfilmentReady
from torg.fulfilment.model import Fulfilment, FulfilmentState, ProofBlocked, ProofWrong, Verb
from torg.fulfilment.see import for_work
from torg.fulfilment.ship import take_out
from torg.kernel import mail
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import StaleVersion
from torg.markets import atlas


async def make_ready(tx: Transaction, order_id: UUID, fulfilment_id: UUID, *, by: Actor) -> Fulfilment:
    """The goods wait: the customer is mailed a code of six digits; again, when they wait already, a new one."""
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    to = rules.step(fulfilment, Verb.make_ready)
    code, proof = None, None
    if fulfilment.email is not None:
        code = f"{secrets.randbelow(10**rules.DIGITS):0{rules.DIGITS}d}"
        proof = await asyncio.to_thread(rules.hashed, code, fulfilment.id)
    if not await store.move(tx, fulfilment, to, proof):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    if code is not None and fulfilment.email is not None:
        await _mail_code(tx, fulfilment, fulfilment.email, code)
    if fulfilment.state is not FulfilmentState.ready:
        tx.record(FulfilmentReady.of(fulfilment))
    return await for_work(tx, order_id, fulfilment_id, by=by)


async def _mail_code(tx: Transaction, fulfilment: Fulfilment, email: str, code: str) -> None:
    known = await atlas(tx.database)
    shop = known.stores.get(fulfilment.store or "")
    place = shop.called(fulfilment.language) if shop else known.location(fulfilment.location).name
    address = (shop or known.location(fulfilment.location)).address
    await mail.send(
        tx,
        to=email,
        template="fulfilment/ready",
        language=fulfilment.language,
        region=fulfilment.region,
        zone=fulfilment.time_zone,
        secret=True,
        facts={
            "number": fulfilment.number,
            "name": fulfilment.recipient,
            "code": code,
            "place": place,
            "address": [*address.lines, f"{address.postal_code} {address.city}".strip()],
            "lines": [{"name": line.name, "quantity": line.quantity} for line in fulfilment.lines],
        },
    )


async def collect(
    database: Database, order_id: UUID, fulfilment_id: UUID, *, code: str, by: Actor
) -> Fulfilment:
    """The customer has shown the code and taken the goods. Five wrong codes, and a new one has to be sent."""

    async def work(tx: Transaction) -> tuple[Fulfilment, ProofWrong | None]:
        return await _collect(tx, order_id, fulfilment_id, code, by)

    fulfilment, wrong = await database.run(work, actor=str(by), repeatable=True)
    if wrong is not None:
        raise wrong  # only now, since the try has to be remembered
    return fulfilment


async def _collect(
    tx: Transaction, order_id: UUID, fulfilment_id: UUID, code: str, by: Actor
) -> tuple[Fulfilment, ProofWrong | None]:
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    if fulfilment.state is FulfilmentState.collected and await _proves(code, fulfilment):
        return fulfilment, None  # the same customer with the same code: the first answer was lost
    to = rules.step(fulfilment, Verb.collect)
    if fulfilment.proof_tries >= rules.MOST_TRIES:
        raise ProofBlocked()
    if not await _proves(code, fulfilment):
        await store.count_try(tx, fulfilment)
        return fulfilment, ProofWrong(count=rules.MOST_TRIES - fulfilment.proof_tries - 1)
    if not await store.move(tx, fulfilment, to):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    await take_out(tx, fulfilment)
    tx.record(FulfilmentCollected.of(fulfilment))
    return await for_work(tx, order_id, fulfilment_id, by=by), None


async def _proves(code: str, fulfilment: Fulfilment) -> bool:
    return await asyncio.to_thread(rules.proves, code, fulfilment)
