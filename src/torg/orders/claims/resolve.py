"""Staff decide about a claim: send the goods again, give back all or a part of what was paid, or say why not.

The order is locked, so a claim is decided once. Never more goes back than is left of what was paid for the lines.
"""

from collections.abc import Sequence
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.ids import public
from torg.orders import store as orders
from torg.orders.balance import NOTHING
from torg.orders.claims import store
from torg.orders.claims.events import ClaimRefused, ClaimResolved
from torg.orders.claims.model import (
    Claim,
    ClaimSettled,
    ClaimState,
    NobodySends,
    Resolution,
    UnknownClaim,
)
from torg.orders.claims.resend import resend
from torg.orders.model import Order
from torg.orders.returns import Return, ReturnKind, of_order, rules
from torg.orders.returns.decide import placed
from torg.orders.returns.model import PaidBack
from torg.orders.returns.take_back import settled
from torg.orders.returns.without_goods import Part, give_back
from torg.payments import Gateways
from torg.permissions import Permission


async def resolve(
    database: Database,
    gateways: Gateways,
    order_id: UUID,
    claim_id: UUID,
    resolution: Resolution,
    *,
    amount: int | None = None,
    to: PaidBack = PaidBack.original,
    reason: str | None = None,
    by: Actor,
) -> Claim:
    """Do something about an open claim; its money is on its way, or its goods are planned, when this returns.

    Without an `amount` a refund is what was paid for the units. Called again it tells what was decided.
    """
    external()
    claim = await database.run(
        lambda tx: _resolved(tx, order_id, claim_id, _Wanted(resolution, amount, to, reason), by),
        actor=str(by),
        repeatable=True,
    )
    if claim.return_id is not None:
        await settled(database, gateways, order_id, claim.return_id)
    return claim


async def refuse(tx: Transaction, order_id: UUID, claim_id: UUID, *, reason: str, by: Actor) -> Claim:
    """Do nothing about a claim, and say why."""
    _, claim = await _open(tx, order_id, claim_id, by)
    if claim.state is ClaimState.refused:
        return claim
    if claim.state is not ClaimState.open:
        raise ClaimSettled(state=claim.state.value)
    refused = replace(claim, state=ClaimState.refused, reason=reason, settled_at=tx.now, settled_by=str(by))
    tx.record(ClaimRefused.of(refused))
    return await _kept(tx, refused, by)


async def _open(tx: Transaction, order_id: UUID, claim_id: UUID, by: Actor) -> tuple[Order, Claim]:
    by.must(Permission.orders_claim, anywhere=True)
    order = await placed(tx, order_id, lock=True)
    by.must(Permission.orders_claim, store=order.store, channel=order.channel)
    claim = await store.find(tx, order_id, claim_id)
    if claim is None:
        raise UnknownClaim(claim=public("clm", claim_id))
    return order, claim


class _Wanted(Struct, frozen=True):
    resolution: Resolution
    amount: int | None
    to: PaidBack
    reason: str | None


async def _resolved(tx: Transaction, order_id: UUID, claim_id: UUID, wanted: _Wanted, by: Actor) -> Claim:
    order, claim = await _open(tx, order_id, claim_id, by)
    if claim.state is ClaimState.resolved and claim.resolution is wanted.resolution:
        return claim
    if claim.state is not ClaimState.open:
        raise ClaimSettled(state=claim.state.value)
    done = replace(
        claim,
        state=ClaimState.resolved,
        resolution=wanted.resolution,
        reason=wanted.reason,
        settled_at=tx.now,
        settled_by=str(by),
    )
    if wanted.resolution is not Resolution.resend:
        given = await _given_back(tx, order, claim, wanted, by)
        done = replace(done, amount=given.gross, return_id=given.id)
    elif not await resend(tx, order, claim):
        raise NobodySends()
    tx.record(ClaimResolved.of(done))
    return await _kept(tx, done, by)


async def _given_back(tx: Transaction, order: Order, claim: Claim, wanted: _Wanted, by: Actor) -> Return:
    return await give_back(
        tx,
        order,
        await _parts(tx, order, claim, wanted.resolution, wanted.amount),
        kind=ReturnKind.claim,
        id=uuid5(claim.id, "return"),
        reason=claim.kind.value,
        to=wanted.to,
        claim_id=claim.id,
        by=by,
    )


async def _parts(
    tx: Transaction, order: Order, claim: Claim, resolution: Resolution, amount: int | None
) -> Sequence[Part]:
    """What is given back for: whole units, or an amount that is shared out over the lines by what is left of them."""
    if resolution is Resolution.refund and amount is None:
        return [Part(one.line_id, one.quantity) for one in claim.lines]
    lines = {line.id: line for line in await orders.lines(tx, order.order_id)}
    stands = rules.standing(list(lines.values()), await of_order(tx, order.order_id))
    left = {
        one.line_id: lines[one.line_id].gross - stands.back.get(one.line_id, NOTHING).amounts.gross
        for one in claim.lines
    }
    parts, rest = [], amount or 0
    for id, there in left.items():
        take = min(rest, there)
        rest -= take
        if take:
            parts.append(Part(id, amount=take))
    if rest and parts:
        parts[-1] = Part(parts[-1].line_id, amount=parts[-1].amount + rest)
    return parts


async def _kept(tx: Transaction, claim: Claim, by: Actor) -> Claim:
    if not await store.settle(tx, claim):
        raise ClaimSettled(state=claim.state.value)
    facts = {"order": public("ord", claim.order_id), "resolution": claim.resolution, "amount": claim.amount}
    await audit.write(tx, by, f"claim.{claim.state}", public("clm", claim.id), **facts)
    return replace(claim, version=claim.version + 1)
