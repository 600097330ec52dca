"""Keep goods ready for a customer who comes for them, and hand them over to who shows the code, or who she is."""

import asyncio
from uuid import UUID

from msgspec.structs import replace

from torg.fulfilment import letters, rules, store
from torg.fulfilment.code import new_code, sealed
from torg.fulfilment.errors import ProofBlocked, ProofWrong
from torg.fulfilment.events import FulfilmentCollected, FulfilmentReady
from torg.fulfilment.model import Fulfilment, FulfilmentState, Packed, ProvedBy, Verb
from torg.fulfilment.pick_ups import rules as waiting
from torg.fulfilment.pick_ups.terms import terms_of
from torg.fulfilment.see import for_work
from torg.fulfilment.shipments.leave import take_out
from torg.kernel import audit
from torg.kernel.access import Actor, Policy
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import public


async def make_ready(
    tx: Transaction, order_id: UUID, fulfilment_id: UUID, *, policy: Policy, by: Actor
) -> Fulfilment:
    """The goods wait: the customer is mailed a code of six digits; again, when they wait already, a new one.

    They are kept as long as the channel's terms for the store say.
    """
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    to = rules.step(fulfilment, Verb.make_ready)
    code = new_code() if fulfilment.email is not None else None
    proof = await asyncio.to_thread(rules.hashed, code, fulfilment.id) if code else None
    if not await store.move(tx, fulfilment, to, proof):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    kept = waiting.kept(fulfilment, await terms_of(tx, fulfilment), tx.now)
    locked = sealed(policy, code, fulfilment) if code else None
    await store.keep(tx, replace(kept, sealed=locked, version=fulfilment.version + 1))
    if code is not None and kept.collect_until is not None:
        await letters.ready(tx, policy, fulfilment, code, kept.collect_until)
    if fulfilment.state is not FulfilmentState.ready:
        tx.record(FulfilmentReady.of(fulfilment))
    return await for_work(tx, order_id, fulfilment_id, by=by)


async def collect(
    database: Database,
    order_id: UUID,
    fulfilment_id: UUID,
    *,
    code: str = "",
    identity: str | None = None,
    by: Actor,
) -> Fulfilment:
    """The customer has taken the goods and shown the code; or staff have seen who she is, by what `identity` says.

    Five wrong codes, and a new one has to be sent.
    """

    async def work(tx: Transaction) -> tuple[Fulfilment, ProofWrong | None]:
        return await _collect(tx, order_id, fulfilment_id, code, identity, by)

    fulfilment, wrong = await database.run(work, actor=str(by), repeatable=True)
    if wrong is not None:
        raise wrong  # only now, since the try has to be remembered
    return fulfilment


async def _collect(
    tx: Transaction, order_id: UUID, fulfilment_id: UUID, code: str, identity: str | None, by: Actor
) -> tuple[Fulfilment, ProofWrong | None]:
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    if fulfilment.state is FulfilmentState.collected and (identity or await _proves(code, fulfilment)):
        return fulfilment, None  # the same customer with the same proof: the first answer was lost
    to = rules.step(fulfilment, Verb.collect)
    if identity is None:
        if fulfilment.proof_tries >= rules.MOST_TRIES:
            raise ProofBlocked()
        if not await _proves(code, fulfilment):
            await store.count_try(tx, fulfilment)
            return fulfilment, ProofWrong(count=rules.MOST_TRIES - fulfilment.proof_tries - 1)
    if not await store.move(tx, fulfilment, to):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    await _keep_proof(tx, fulfilment, identity, by)
    await take_out(tx, fulfilment, whole(fulfilment))
    tx.record(FulfilmentCollected.of(fulfilment))
    return await for_work(tx, order_id, fulfilment_id, by=by), None


async def _keep_proof(tx: Transaction, fulfilment: Fulfilment, identity: str | None, by: Actor) -> None:
    known = ProvedBy.none if fulfilment.proof is None else ProvedBy.code
    await store.prove(tx, fulfilment, ProvedBy.identity if identity else known, identity)
    if identity:
        document = public("ful", fulfilment.id)
        await audit.write(tx, by, "fulfilment.collected", document, reason=identity)


async def _proves(code: str, fulfilment: Fulfilment) -> bool:
    return await asyncio.to_thread(rules.proves, code, fulfilment)


def whole(fulfilment: Fulfilment) -> list[Packed]:
    """Everything that the fulfilment has."""
    return [Packed(line.line_id, line.variant_id, line.quantity) for line in fulfilment.lines]
