"""By the clock: quotes that nobody has accepted in time are over."""

from functools import partial
from typing import Final

from torg.kernel.jobs import Work, periodic
from torg.orders.quotes import store
from torg.orders.quotes.end import expire

AT_ONCE: Final = 200


@periodic("quotes.expire", every=60)
async def expire_quotes(work: Work) -> None:
    """Say of each quote whose time has run out that it is over, unless it is just being accepted."""
    while due := await work.database.read(lambda tx: store.due(tx, AT_ONCE)):
        for id in due:
            await work.database.run(partial(expire, id=id))
        if len(due) < AT_ONCE:
            return
