"""Give back a part of what was paid for an order, over all the tenders that paid for it.

Each tender gives back at most what it has given: the one that paid the rest first, gift cards and store credit last.
All of it is spoken for in one transaction; staff may give store credit instead, or cash out of a till for what a
gateway took.
"""

from uuid import UUID, uuid5

from msgspec.structs import replace

from torg.customers import find_customer
from torg.kernel import audit
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Database, Transaction, external
from torg.kernel.ids import new_id, public
from torg.kernel.money import Money
from torg.payments import rules, spend, store
from torg.payments.cash import rounding
from torg.payments.credit.model import NoCustomerForCredit
from torg.payments.errands import Errand
from torg.payments.events import news
from torg.payments.gateway import Gateways
from torg.payments.model import Destination, Payment, Refund, RefundState, Tender, UnknownPayment
from torg.payments.move import carry_out, claim_refund
from torg.permissions import Permission


async def refund_order(
    database: Database,
    gateways: Gateways,
    order_id: UUID,
    amount: int | None,
    *,
    to: Destination,
    customer_id: UUID | None,
    reason: str,
    by: Actor,
    id: UUID | None = None,
    in_store: str | None = None,
) -> list[Refund]:
    """Give back an amount (None: all that may go back); the refunds that it was split into.

    Called again under the same `id` it gives the same refunds. `customer_id` says whose store credit it becomes where
    the order is nobody's. Cash waits in `in_store` for a person who hands it out.
    """
    external()
    whole = id or new_id()

    async def claim(tx: Transaction) -> tuple[list[UUID], list[Errand]]:
        if to is Destination.store_credit:
            return await _claim_credit(tx, order_id, amount, whole, customer_id, reason=reason, by=by), []
        return await _claim(
            tx,
            order_id,
            amount,
            whole,
            reason=reason,
            by=by,
            cash=to is Destination.cash,
            in_store=in_store,
        )

    asked, errands = await database.run(claim, actor=str(by), repeatable=id is not None)
    for errand in errands:
        await carry_out(database, gateways, errand, by=by)
    refunds = await database.read(lambda tx: store.refunds(tx, order_id))
    return [refund for refund in refunds if refund.id in asked]


async def _payments(tx: Transaction, order_id: UUID, by: Actor) -> list[Payment]:
    payments = await store.of_orders(tx, [order_id], lock=True)
    for payment in payments:
        by.must(Permission.payments_refund, store=payment.store, channel=payment.channel)
    if not payments:
        by.must(Permission.payments_refund)
        raise UnknownPayment(payment=public("ord", order_id))
    return payments


async def _begun(tx: Transaction, payments: list[Payment], whole: UUID) -> list[UUID]:
    """The refunds that this was split into before."""
    ids = {_part(whole, payment) for payment in payments}
    return [refund.id for refund in await store.refunds(tx, payments[0].order_id) if refund.id in ids]


def _part(whole: UUID, payment: Payment) -> UUID:
    return uuid5(whole, payment.id.hex)


async def refunded_under(tx: Transaction, order_id: UUID, whole: UUID) -> int:
    """How much was asked back under this id before; the right to know is the order's."""
    payments = await store.of_orders(tx, [order_id])
    begun = set(await _begun(tx, payments, whole)) if payments else set()
    return sum(refund.amount for refund in await store.refunds(tx, order_id) if refund.id in begun)


async def _claim(
    tx: Transaction,
    order_id: UUID,
    amount: int | None,
    whole: UUID,
    *,
    reason: str,
    by: Actor,
    cash: bool,
    in_store: str | None,
) -> tuple[list[UUID], list[Errand]]:
    payments = await _payments(tx, order_id, by)
    if begun := await _begun(tx, payments, whole):
        return begun, []
    asked, errands = [], []
    for payment, part in rules.split_refund(payments, amount):
        id = _part(whole, payment)
        if cash and payment.tender is Tender.gateway:
            asked.append(await _in_cash(tx, payment, part, id, in_store, reason, by))
            continue
        id, errand = await claim_refund(
            tx, order_id, payment.id, part, reason=reason, by=by, id=id, in_store=in_store
        )
        asked.append(id)
        errands += [errand] if errand else []
    return asked, errands


async def _in_cash(
    tx: Transaction, payment: Payment, amount: int, id: UUID, in_store: str | None, reason: str, by: Actor
) -> UUID:
    """A till hands out what a gateway took: from now on the gateway is not asked for it."""
    instead = replace(payment, credited=payment.credited + amount, updated_at=tx.now)
    await store.save(tx, instead)
    tx.record(*news(payment, instead))
    refund = Refund(
        order_id=payment.order_id,
        id=id,
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        state=RefundState.requested,
        actor=str(by),
        created_at=tx.now,
        destination=Destination.cash,
        store=in_store,
        rounding=rounding(Money(amount, payment.currency), payment.country),
    )
    await store.insert_refund(tx, refund)
    return id


async def _claim_credit(
    tx: Transaction,
    order_id: UUID,
    amount: int | None,
    whole: UUID,
    customer_id: UUID | None,
    *,
    reason: str,
    by: Actor,
) -> list[UUID]:
    payments = await _payments(tx, order_id, by)
    if begun := await _begun(tx, payments, whole):
        return begun
    hers = next((payment.customer_id for payment in payments if payment.customer_id), None)
    if hers is None or customer_id not in {None, hers}:
        if customer_id is None:
            raise NoCustomerForCredit()
        by.must(Permission.credit_issue)
        hers = (await find_customer(tx, customer_id, by=SYSTEM)).customer_id
    asked = []
    for payment, part in rules.split_refund(payments, amount):
        id = _part(whole, payment)
        if payment.tender is Tender.invoice:  # it lowers what is owed, whatever else was wished for
            await claim_refund(tx, order_id, payment.id, part, reason=reason, by=by, id=id)
            asked.append(id)
        else:
            asked.append(await _credit(tx, payment, part, hers, id, reason, by))
    total = sum(part for _, part in rules.split_refund(payments, amount))
    await audit.write(
        tx, by, "order.refunded_to_credit", public("ord", order_id), amount=total, reason=reason
    )
    return asked


async def _credit(
    tx: Transaction, payment: Payment, amount: int, customer_id: UUID, id: UUID, reason: str, by: Actor
) -> UUID:
    account_id = await spend.credit_instead(tx, payment, amount, customer_id, id, reason=reason, by=by)
    credited = replace(payment, credited=payment.credited + amount, updated_at=tx.now)
    await store.save(tx, credited)
    tx.record(*news(payment, credited))
    refund = Refund(
        order_id=payment.order_id,
        id=id,
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        state=RefundState.done,
        actor=str(by),
        created_at=tx.now,
        ended_at=tx.now,
        destination=Destination.store_credit,
        account_id=account_id,
    )
    await store.insert_refund(tx, refund)
    return id
