"""A quote becomes an order: what its completion does to it, in the completion's own transactions.

PREPARE moves it to `accepting` and so decides against everybody else: who withdraws, changes or sweeps at the same
moment finds it moved, or has moved it and the purchase is refused. FINALIZE makes it `accepted`; a purchase that comes
to nothing makes it `sent` again.
"""

from uuid import UUID

from torg.carts import CartQuoted
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import public
from torg.orders.quotes import store
from torg.orders.quotes.events import QuoteAccepted
from torg.orders.quotes.model import QuoteNotOpen, QuoteState, UnknownQuote


async def begin(tx: Transaction, order_id: UUID, version: int | None, *, by: Actor) -> bytes:
    """The quote is being accepted in this version; refused when it is another by now, or not open any more.

    Tells by which token its order is opened: the one that whoever accepts it has shown, else the one in its link.
    """
    if version is None:
        raise CartQuoted()
    openers = await store.begin(tx, order_id, version)
    if openers is not None:
        return next((one for one in reversed(openers) if one in by.tokens), openers[-1])
    quote = await store.find(tx, order_id)
    if quote is None:
        raise UnknownQuote(quote=public("quo", order_id))
    if quote.state_at(tx.now) is not QuoteState.sent:
        raise QuoteNotOpen(state=quote.state_at(tx.now).value)
    raise StaleVersion(given=version, present=quote.version)


async def accepted(tx: Transaction, order_id: UUID) -> None:
    """Its order is placed."""
    if await store.move(tx, order_id, came=[QuoteState.accepting], to=QuoteState.accepted):
        quote = await store.find(tx, order_id)
        if quote is not None:
            tx.record(QuoteAccepted.of(quote))


async def not_accepted(tx: Transaction, order_id: UUID) -> None:
    """Its purchase came to nothing: it can be accepted again while it is valid."""
    await store.move(tx, order_id, came=[QuoteState.accepting], to=QuoteState.sent)
