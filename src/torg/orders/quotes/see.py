"""Who may see a quote: its customer, who has its link or its cart's token, and staff with the right in its channel.

For everybody else there is no such quote.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from torg.customers import require_customer
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.http import Page
from torg.kernel.ids import public
from torg.orders.places import holding
from torg.orders.quotes import store
from torg.orders.quotes.model import Quotation, QuoteState, UnknownQuote
from torg.permissions import Permission


def may_see(quote: Quotation, by: Actor) -> bool:
    """Whether the actor may see the quote."""
    if quote.customer_id is not None and quote.customer_id == by.customer_id:
        return True
    if any(opener in by.tokens for opener in quote.openers):
        return True
    return by.may(Permission.orders_read, store=quote.store, channel=quote.channel)


async def see(tx: Transaction, id: UUID, *, by: Actor, lock: bool = False) -> Quotation:
    """A quote with its versions."""
    quote = await store.find(tx, id, lock=lock)
    if quote is None or not may_see(quote, by):
        raise UnknownQuote(quote=public("quo", id))
    return quote


async def list_quotes(
    tx: Transaction,
    *,
    states: Collection[QuoteState] | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
) -> Page[Quotation]:
    """Quotes where the caller has the right, the last that something happened to first."""
    by.must(Permission.orders_read, anywhere=True)
    rows = await store.listed(
        tx,
        states=states,
        places=holding(by, Permission.orders_read),
        customer_id=None,
        after=after,
        limit=limit + 1,
    )
    return Page.cut(rows, limit, lambda one: (one.updated_at, one.order_id))


async def my_quotes(
    tx: Transaction, *, after: tuple[datetime, UUID] | None, limit: int, by: Actor
) -> Page[Quotation]:
    """The signed-in customer's own quotes."""
    customer_id = require_customer(by)
    rows = await store.listed(
        tx, states=None, places=None, customer_id=customer_id, after=after, limit=limit + 1
    )
    return Page.cut(rows, limit, lambda one: (one.updated_at, one.order_id))
