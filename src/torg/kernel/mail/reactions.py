"""A mail that waits becomes a job."""

from collections.abc import Sequence

from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import defer
from torg.kernel.mail.deliver import deliver
from torg.kernel.mail.model import MailQueued


async def send_queued(tx: Transaction, recorded: Sequence[Recorded]) -> None:
    """Make a job for each mail that was asked for."""
    for one in recorded:
        if isinstance(one.event, MailQueued):
            await defer(tx, deliver.with_(once=str(one.event.mail_id)), mail_id=str(one.event.mail_id))


SUBSCRIPTIONS = (Subscription(name="mail.deliver", types=(MailQueued,), handle=send_queued),)
