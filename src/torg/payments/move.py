"""Move money that is authorised or taken: capture, void, refund.

Each is a chain: the amount is spoken for and the attempt claimed in one transaction (`claim_…`, for callers
who must do it together with something else), the gateway is asked, the answer recorded. Two captures at once
cannot take more than was authorised, two refunds not give back more than was taken: the second claim is
refused.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.payments import rules, spend, store
from torg.payments.cash import rounding
from torg.payments.errands import Errand, ask, record
from torg.payments.events import news
from torg.payments.gateway import Gateways
from torg.payments.invoices import owe
from torg.payments.model import (
    Attempt,
    AttemptState,
    Destination,
    Operation,
    Payment,
    PaymentBusy,
    PaymentState,
    Refund,
    RefundSettled,
    RefundState,
    Tender,
    TooMuchToCapture,
    UnknownRefund,
)
from torg.payments.rules import LEASE
from torg.permissions import Permission

Still = Callable[[Transaction], Awaitable[bool]]
"""Whether money is still to go back, seen from the transaction that claims it."""


def claimed_attempt(
    payment: Payment, operation: Operation, amount: int, at: datetime, id: UUID | None = None
) -> Attempt:
    """A new attempt whose lease is ours."""
    return Attempt(
        order_id=payment.order_id,
        payment_id=payment.id,
        id=id or new_id(),
        operation=operation,
        amount=amount,
        state=AttemptState.claimed,
        lease_until=at + LEASE,
        claimed_at=at,
    )


async def claim_capture(
    tx: Transaction,
    order_id: UUID,
    payment_id: UUID,
    amount: int | None,
    *,
    by: Actor,
    id: UUID | None = None,
) -> tuple[Payment, Errand | None]:
    """Speak for an amount that is to be taken; None means all that may still be taken.

    With an `id` that was used before nothing is claimed: what was begun under it goes on by itself.
    """
    payment = await store.load(tx, order_id, payment_id, lock=True)
    by.must(Permission.payments_capture, store=payment.store, channel=payment.channel)
    if payment.tender.credit:  # taken when its order is placed, not by hand
        raise TooMuchToCapture(
            wanted=Money(amount or payment.capturable, payment.currency), available=Money(0, payment.currency)
        )
    if await _begun(tx, payment, id):
        return payment, None
    wanted = payment.capturable if amount is None else amount
    if payment.tender is Tender.invoice:
        return (await owe.bill(tx, [(payment, wanted)]))[0], None
    errand = await _claim(tx, rules.claim_capture(payment, wanted), Operation.capture, wanted, id)
    return errand.payment, errand


async def claim_refund(
    tx: Transaction,
    order_id: UUID,
    payment_id: UUID,
    amount: int | None,
    *,
    reason: str,
    by: Actor,
    id: UUID | None = None,
    in_store: str | None = None,
) -> tuple[UUID, Errand | None]:
    """Speak for an amount that is to go back; None means all that may. Cash waits for a person who hands it
    out; what was paid with a gift card or store credit is back at once.

    Tells the refund's id. With an `id` that was used before nothing is claimed.
    """
    payment = await store.load(tx, order_id, payment_id, lock=True)
    by.must(Permission.payments_refund, store=payment.store, channel=payment.channel)
    id = id or new_id()
    if any(refund.id == id for refund in await store.refunds(tx, order_id)):
        return id, None
    wanted = payment.refundable if amount is None else amount
    claimed = rules.claim_refund(payment, wanted)
    asked = _requested(tx, payment, id, wanted, reason, by, in_store)
    errand = None
    if payment.tender.credit:
        account_id = await spend.give_back(tx, payment, wanted, id, reason=reason, by=by)
        asked = replace(asked, state=RefundState.done, ended_at=tx.now, account_id=account_id)
        claimed = replace(claimed, refunded=claimed.refunded + wanted, updated_at=tx.now)
        tx.record(*news(payment, claimed))
    if payment.tender is Tender.invoice:
        await owe.credit(tx, payment, wanted)
        asked = replace(asked, state=RefundState.done, ended_at=tx.now)
        claimed = replace(claimed, refunded=claimed.refunded + wanted, updated_at=tx.now)
        tx.record(*news(payment, claimed))
    if payment.tender is Tender.gateway:
        errand = await _claim(tx, claimed, Operation.refund, wanted, id)
    else:
        await store.save(tx, claimed)
    await store.insert_refund(tx, asked)
    return id, errand


def _requested(
    tx: Transaction, payment: Payment, id: UUID, amount: int, reason: str, by: Actor, in_store: str | None
) -> Refund:
    cash = payment.tender is Tender.cash
    return Refund(
        order_id=payment.order_id,
        id=id,
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        state=RefundState.requested,
        actor=str(by),
        created_at=tx.now,
        store=in_store if cash else None,
        rounding=rounding(Money(amount, payment.currency), payment.country) if cash else 0,
    )


async def _begun(tx: Transaction, payment: Payment, id: UUID | None) -> bool:
    if id is None:
        return False
    return any(attempt.id == id for attempt in await store.attempts(tx, payment.order_id, payment.id))


async def _claim(
    tx: Transaction, payment: Payment, operation: Operation, amount: int, id: UUID | None = None
) -> Errand:
    await store.save(tx, replace(payment, updated_at=tx.now))
    attempt = claimed_attempt(payment, operation, amount, tx.now, id)
    if not await store.claim(tx, attempt):
        raise PaymentBusy()
    return Errand(rules.saved(payment), attempt)


async def capture(
    database: Database,
    gateways: Gateways,
    order_id: UUID,
    payment_id: UUID,
    amount: int | None,
    *,
    by: Actor,
    id: UUID | None = None,
) -> Payment:
    """Take authorised money; the payment as it stands afterwards, still uncaptured when the gateway was
    silent.
    """
    external()
    payment, errand = await database.run(
        lambda tx: claim_capture(tx, order_id, payment_id, amount, by=by, id=id),
        actor=str(by),
        repeatable=id is not None,
    )
    return await carry_out(database, gateways, errand, by=by) if errand else payment


async def refund(
    database: Database,
    gateways: Gateways,
    order_id: UUID,
    payment_id: UUID,
    amount: int | None,
    *,
    reason: str,
    by: Actor,
    id: UUID | None = None,
) -> Refund:
    """Give money back; the refund, still `requested` when the gateway was silent or cash has to be handed
    out.
    """
    external()
    asked, errand = await database.run(
        lambda tx: claim_refund(tx, order_id, payment_id, amount, reason=reason, by=by, id=id),
        actor=str(by),
        repeatable=id is not None,
    )
    if errand is not None:
        await carry_out(database, gateways, errand, by=by)
    refunds = await database.read(lambda tx: store.refunds(tx, order_id))
    return next(refund for refund in refunds if refund.id == asked)


async def hand_out(tx: Transaction, order_id: UUID, refund_id: UUID, *, by: Actor) -> Refund:
    """Hand out the cash of a refund; once."""
    asked = next((r for r in await store.refunds(tx, order_id) if r.id == refund_id), None)
    if asked is None:
        raise UnknownRefund(refund=f"ref_{refund_id.hex}")
    payment = await store.load(tx, order_id, asked.payment_id, lock=True)
    by.must(Permission.payments_cash, store=asked.store or payment.store, channel=payment.channel)
    cash = payment.tender is Tender.cash or asked.destination is Destination.cash
    if not cash or not await store.end_refund(tx, order_id, refund_id, RefundState.done, None):
        raise RefundSettled()
    if asked.destination is Destination.cash:  # the payment has counted it since it was asked for
        return replace(asked, state=RefundState.done, ended_at=tx.now)
    paid = replace(payment, refunded=payment.refunded + asked.amount, updated_at=tx.now)
    await store.save(tx, paid)
    tx.record(*news(payment, paid))
    return replace(asked, state=RefundState.done, ended_at=tx.now)


async def carry_out(database: Database, gateways: Gateways, errand: Errand, *, by: Actor) -> Payment:
    """Ask the gateway what was claimed and record its answer; the payment as it stands afterwards."""
    answer = await ask(gateways, errand)
    return await database.run(lambda tx: record(tx, errand, answer), actor=str(by), repeatable=True)


async def claim_return(tx: Transaction, payment: Payment, *, reason: str, by: Actor) -> Errand | None:
    """Claim whatever brings a payment's money back: letting go of what was set aside, refunding what was
    taken, then letting go of what is left of an authorisation of which a part was taken.

    None when nothing is left to do. `PaymentBusy` while a capture is on its way: try again later.
    """
    present = await store.load(tx, payment.order_id, payment.id, lock=True)
    if present.tender.credit or present.tender is Tender.invoice:
        (present,) = await spend.let_go(tx, [present], by=by)
    attempts = await store.attempts(tx, payment.order_id, payment.id)
    if any(attempt.state is AttemptState.claimed for attempt in attempts):
        raise PaymentBusy()
    if present.state is PaymentState.authorised or present.state.open:
        return await _claim(tx, present, Operation.void, present.amount)
    if present.refundable:
        _, errand = await claim_refund(tx, present.order_id, present.id, None, reason=reason, by=by)
        if errand is not None:
            return errand
        present = await store.load(tx, payment.order_id, payment.id)
    if present.capturable and not _refused_to_let_go(attempts):
        return await _claim(tx, present, Operation.void, present.capturable)
    return None


def _refused_to_let_go(attempts: Sequence[Attempt]) -> bool:
    """Whether the gateway has said that it does not let go of a part: it lets go of it by itself, later."""
    return any(a.operation is Operation.void and a.state is AttemptState.refused for a in attempts)


async def return_money(
    database: Database,
    gateways: Gateways,
    order_id: UUID,
    *,
    reason: str,
    by: Actor,
    still: Still | None = None,
    only: Collection[UUID] | None = None,
) -> None:
    """Bring back all money of an order that will not be delivered; may be repeated until it is through.

    With `only`, that of these payments.

    `still` is asked in the transaction of each claim, before it: nothing more goes back once it says no.
    """
    external()
    for payment in await database.read(lambda tx: store.of_order(tx, order_id)):
        if only is not None and payment.id not in only:
            continue
        while errand := await database.run(_returning(payment, reason, by, still), actor=str(by)):
            after = await carry_out(database, gateways, errand, by=by)
            if after.returned == errand.payment.returned:  # refused, or not answered: later
                break


def _returning(
    payment: Payment, reason: str, by: Actor, still: Still | None
) -> Callable[[Transaction], Awaitable[Errand | None]]:
    async def work(tx: Transaction) -> Errand | None:
        if still is not None and not await still(tx):
            return None
        return await claim_return(tx, payment, reason=reason, by=by)

    return work
