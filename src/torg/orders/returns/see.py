"""Who may see returns: staff with the right to read orders, in the channels and stores of her rights."""

from datetime import datetime
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.http import Page
from torg.orders.places import readable
from torg.orders.returns.model import Return, ReturnState
from torg.orders.returns.store import returns
from torg.permissions import Permission


async def list_returns(
    tx: Transaction,
    *,
    channel: str | None = None,
    in_store: str | None = None,
    state: ReturnState | None = None,
    since: datetime | None = None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    by: Actor,
) -> Page[Return]:
    """Returns that staff may see, the newest first."""
    by.must(Permission.orders_read, anywhere=True)
    rows = await returns.listed(
        tx,
        channel=channel,
        store=in_store,
        state=state,
        since=since,
        places=readable(by),
        after=after,
        limit=limit + 1,
    )
    return Page.cut(rows, limit, lambda made: (made.returned_at, made.id))
