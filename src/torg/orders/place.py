"""Complete a cart: PREPARE in one transaction, PAYMENT outside of any, FINALIZE in another.

May be called again at any time, by the same or another caller: a cart becomes one order, is charged once, and whoever
died between two steps is taken over. The sweepers of payments and orders do what nobody comes back for.
"""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg import payments
from torg.inventory import OutOfStock
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction, external
from torg.orders import store
from torg.orders.finalize import SOLD_OUT, advance, decide, finalize_at_once
from torg.orders.model import Moved, OrderState, SoldOutMeanwhile
from torg.orders.placement import Completion, Placement
from torg.orders.prepare import prepare
from torg.orders.return_money import return_money
from torg.orders.rules import Step
from torg.payments import Answer, Errand, Gateways, PaymentDeclined
from torg.payments import of_order as payments_of
from torg.pricing import TaxEngines, TaxNotDecided

ONLY_BUILT_IN: Final = TaxEngines()


async def complete(
    database: Database,
    gateways: Gateways,
    cart_id: UUID,
    asked: Completion,
    *,
    by: Actor,
    engines: TaxEngines = ONLY_BUILT_IN,
) -> Placement:
    """Buy what is in the cart; the order is placed, or pending while its payment is decided.

    `PaymentDeclined` leaves the cart open for another try. Where an outside engine decides about tax and has not been
    asked about this cart, it is asked before anything is written.
    """
    external()

    async def prepared() -> Placement:
        return await database.run(
            lambda tx: prepare(tx, cart_id, asked, gateways=gateways, by=by), actor=str(by), repeatable=True
        )

    try:
        placement = await prepared()
    except TaxNotDecided as undecided:
        if undecided.question is None:
            raise
        await engines.decide(database, undecided.question)
        placement = await prepared()
    if placement.errand is not None:
        placement = await _pay(database, gateways, placement, placement.errand, by)
    elif placement.order.state is OrderState.pending:
        placement = await _resume(database, gateways, placement, by)
    if placement.order.state is not OrderState.lapsed:
        return placement
    if placement.order.reason == SOLD_OUT:
        raise SoldOutMeanwhile()
    raise PaymentDeclined(reason=placement.order.reason)


async def _pay(
    database: Database, gateways: Gateways, placement: Placement, errand: Errand, by: Actor
) -> Placement:
    answer = await payments.ask(gateways, errand)
    told = answer.standing
    if told is not None and told.authorised >= placement.order.gross:
        try:
            return await database.run(
                lambda tx: finalize_at_once(
                    tx, placement.order, placement.lines, payments.record(tx, errand, answer)
                ),
                actor=str(by),
                repeatable=True,
            )
        except (Moved, OutOfStock):
            pass  # a callback or a sweeper was faster, or the goods are gone: look at everything again
    return await database.run(
        lambda tx: conclude(tx, placement, errand, answer), actor=str(by), repeatable=True
    )


async def conclude(tx: Transaction, placement: Placement, errand: Errand, answer: Answer) -> Placement:
    """Record what the gateway said, and place the order or let it lapse in the same transaction."""
    order = await store.find(tx, placement.order.order_id, lock=True)
    if order is None:
        raise LookupError("an order that was prepared does not exist")
    await payments.record(tx, errand, answer)
    return (await decide(tx, order, await payments_of(tx, order.order_id), placement.lines))[0]


async def _resume(database: Database, gateways: Gateways, placement: Placement, by: Actor) -> Placement:
    """Go on where another call stopped: ask about the payment unless somebody is at it, then decide."""
    for payment in placement.payments:
        if payment.under_way:
            await payments.look_again(database, gateways, payment.order_id, payment.id, asked=True)

    async def work(tx: Transaction) -> Placement:
        found, _ = await advance(tx, placement.order.order_id)
        return replace(found, lines=placement.lines)

    return await database.run(work, actor=str(by), repeatable=True)


async def look(database: Database, gateways: Gateways, order_id: UUID) -> Step:
    """Bring an order to where its payments stand, and its money back when it will not be delivered; for the sweeper."""
    external()
    _, step = await database.run(lambda tx: advance(tx, order_id), repeatable=True)
    if step is Step.return_money:
        await return_money(database, gateways, order_id)
    return step
