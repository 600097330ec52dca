"""A quote comes to nothing: declined by who was asked, withdrawn by who offered it, or over."""

from uuid import UUID

from torg.kernel import audit, mail
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.markets import atlas
from torg.orders.quotes import letters, store
from torg.orders.quotes.events import QuoteDeclined, QuoteExpired, QuoteWithdrawn
from torg.orders.quotes.model import LIVE, Quotation, QuoteNotOpen, QuoteState
from torg.orders.quotes.see import see
from torg.permissions import Permission


async def decline(tx: Transaction, id: UUID, reason: str | None, *, by: Actor) -> Quotation:
    """Whoever was asked does not want it, and may say why. Said again, it is declined."""
    quote = await see(tx, id, by=by, lock=True)
    return await _ended(tx, quote, QuoteState.declined, reason)


async def withdraw(tx: Transaction, id: UUID, reason: str, *, by: Actor) -> Quotation:
    """It is offered no more; who was asked is told why. Said again, it is withdrawn."""
    by.must(Permission.orders_place, anywhere=True)
    quote = await see(tx, id, by=by, lock=True)
    by.must(Permission.orders_place, store=quote.store, channel=quote.channel)
    ended = await _ended(tx, quote, QuoteState.withdrawn, reason)
    if ended.state is not quote.state:
        await audit.write(tx, by, "quote.withdrawn", public("quo", id), reason=reason)
        await mail.send_all(tx, [letters.withdrawn(ended, await atlas(tx.database))])
    return ended


async def _ended(tx: Transaction, quote: Quotation, to: QuoteState, reason: str | None) -> Quotation:
    if quote.state is to:
        return quote
    present = quote.state_at(tx.now)
    if present not in LIVE or not await store.move(tx, quote.order_id, came=LIVE, to=to, reason=reason):
        raise QuoteNotOpen(state=present.value)
    ended = await _read(tx, quote.order_id)
    kind = QuoteDeclined if to is QuoteState.declined else QuoteWithdrawn
    tx.record(kind.of(ended))
    return ended


async def expire(tx: Transaction, id: UUID) -> bool:
    """Its time has run out; nothing where somebody was faster. For the sweeper."""
    if not await store.expire(tx, id):
        return False
    tx.record(QuoteExpired.of(await _read(tx, id)))
    return True


async def _read(tx: Transaction, id: UUID) -> Quotation:
    quote = await store.find(tx, id)
    if quote is None:
        raise LookupError("a quote that was moved does not exist")
    return quote
