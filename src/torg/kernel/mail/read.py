"""Look at mails: for the mailbox page, for service staff, for tests."""

from datetime import UTC, datetime
from uuid import UUID

from torg.kernel.database import Transaction
from torg.kernel.mail import store
from torg.kernel.mail.model import Mail, UnknownMail

LAST = UUID(int=2**128 - 1)
EVER = datetime(9999, 1, 1, tzinfo=UTC)


async def find(tx: Transaction, id: UUID) -> Mail:
    """One mail; UnknownMail when there is none."""
    mail = await store.find(tx, id)
    if mail is None:
        raise UnknownMail()
    return mail


async def newest(
    tx: Transaction, *, to: str | None = None, after: Mail | None = None, limit: int = 50
) -> list[Mail]:
    """The newest mails first, all or those to one address; `after` goes on behind the last one seen."""
    before, id = (after.queued_at, after.id) if after else (EVER, LAST)
    return await store.newest(tx, to, before, id, limit)
