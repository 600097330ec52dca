"""Send one queued mail: claim its row, hand it over, record the outcome.

A process that dies between handing over and recording leaves the row claimed; after the lease the mail is
sent again, the same bytes. Two processes never send one mail at the same time.
"""

import re
from datetime import timedelta
from uuid import UUID

from torg.kernel.database import Database, Transaction
from torg.kernel.jobs import Work, job, periodic
from torg.kernel.mail import compose, smtp, store
from torg.kernel.mail.model import Mail, MailFailed, MailSent, MailStatus
from torg.settings import Settings

MAILBOX = "mailbox"
PATIENCE = timedelta(days=2)  # longer than all attempts of the job together
KEPT = timedelta(days=90)


class BeingSent(Exception):
    """Another process has the mail in its hands, or had it when it died."""


@job("mail.deliver", attempts=14, first_wait=15.0)
async def deliver(work: Work, *, mail_id: str) -> None:
    """Send the mail, unless it has ended already."""
    await deliver_mail(work.database, work.settings, UUID(mail_id), last=work.last)


async def deliver_mail(database: Database, settings: Settings, id: UUID, *, last: bool = False) -> None:
    """Send the mail, unless it has ended already; raises when it is to be tried again, which `last` forbids."""
    mail = await database.run(lambda tx: _claim(tx, id))
    if mail is None:
        return

    async def refused(reason: str) -> None:
        await database.run(lambda tx: _failed(tx, mail, reason))

    try:
        if settings.mail != MAILBOX:
            await smtp.deliver(settings.mail, compose.message(mail, settings.mail_from))
    except smtp.Refused as no:
        await refused(str(no))
    except smtp.Trouble as trouble:
        if last:
            await refused(str(trouble))
            return
        reason = str(trouble)
        await database.run(lambda tx: store.release(tx, id, mail.attempts, reason))
        raise
    else:
        await database.run(lambda tx: _sent(tx, mail, keep=settings.mail == MAILBOX))


async def _claim(tx: Transaction, id: UUID) -> Mail | None:
    claimed = await store.claim(tx, id)
    mail = await store.find(tx, id)
    if mail is None or mail.status in {MailStatus.sent, MailStatus.failed}:
        return None
    if not claimed:
        raise BeingSent(str(id))
    return mail


async def _sent(tx: Transaction, mail: Mail, *, keep: bool) -> None:
    if await store.mark_sent(tx, mail.id, mail.attempts, keep=keep):
        tx.record(MailSent(mail_id=mail.id, template=mail.template))


async def _failed(tx: Transaction, mail: Mail, reason: str) -> None:
    if await store.mark_failed(tx, mail.id, mail.attempts, reason):
        tx.record(MailFailed(mail_id=mail.id, template=mail.template, reason=_code(reason)))


def _code(reason: str) -> str:
    """The reply's number alone: mail servers repeat addresses in their words, and events are read by many."""
    found = re.match(r"[45]\d\d", reason)
    return found[0] if found else "not-sent"


@periodic("mail.sweep", every=600)
async def sweep(work: Work) -> None:
    """Give up mails whose job is gone, and forget old ones."""
    await give_up(work.database)
    await work.database.run(lambda tx: store.forget(tx, tx.now - KEPT), repeatable=True)


async def give_up(database: Database) -> int:
    """End mails that have waited longer than any job tries; tells how many."""

    async def work(tx: Transaction) -> int:
        ended = 0
        for mail in await store.abandoned(tx, tx.now - PATIENCE):
            if await store.give_up(tx, mail.id, mail.reason or "nobody sent it"):
                tx.record(
                    MailFailed(mail_id=mail.id, template=mail.template, reason=_code(mail.reason or ""))
                )
                ended += 1
        return ended

    return await database.run(work, repeatable=True)
