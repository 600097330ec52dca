"""Ask for a mail to be sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from torg.kernel.database import Transaction
from torg.kernel.i18n import words
from torg.kernel.ids import new_id
from torg.kernel.mail import compose, store
from torg.kernel.mail.model import Mail, MailQueued, MailStatus

ONCE = UUID("6f1c6f67-746f-5267-8d61-696c6f6e6365")


async def send(
    tx: Transaction,
    *,
    to: str,
    template: str,
    language: str,
    facts: Mapping[str, Any],
    dedupe: str | None = None,
    region: str | None = None,
    zone: str = "UTC",
    secret: bool = False,
) -> UUID:
    """Send a mail once this transaction has committed; tells its id.

    The same `dedupe` asks for the same mail: it is sent once, with the facts of the first call. A `secret`
    mail's body is wiped when it has left Torg. Facts that the template lacks, and an address that cannot
    stand in a header, are refused here and now.
    """
    address = compose.recipient(to)
    reader = words(language, region, zone)
    letter = compose.write(template, reader, facts)
    mail = Mail(
        id=new_id() if dedupe is None else uuid5(ONCE, dedupe),
        recipient=address,
        subject=letter.subject,
        html=letter.html,
        text=letter.text,
        language=reader.language,
        template=template,
        secret=secret,
        status=MailStatus.queued,
        attempts=0,
        reason=None,
        queued_at=tx.now,
        ended_at=None,
    )
    if await store.add(tx, mail):
        tx.record(MailQueued(mail_id=mail.id, template=template))
    return mail.id
