"""SQL of mail."""

from datetime import datetime, timedelta
from uuid import UUID

from torg.kernel.database import Transaction
from torg.kernel.mail.model import Mail

# How long a process may take over one sending before another may take it over.
LEASE = timedelta(minutes=3)
LONGEST_REASON = 500

COLUMNS = """
SELECT id, recipient, subject, html, text, language, template, secret, status, attempts, reason, queued_at, ended_at
FROM mails
"""

ADD = """
INSERT INTO mails (id, recipient, subject, html, text, language, template, secret, queued_at)
VALUES (%(id)s, %(recipient)s, %(subject)s, %(html)s, %(text)s, %(language)s, %(template)s, %(secret)s, %(at)s)
ON CONFLICT (id) DO NOTHING
"""
FIND = COLUMNS + "WHERE id = %(id)s"
NEWEST = (
    COLUMNS + "WHERE (queued_at, id) < (%(before)s, %(id)s) ORDER BY queued_at DESC, id DESC LIMIT %(limit)s"
)
NEWEST_TO = (
    COLUMNS
    + """
WHERE lower(recipient) = lower(%(recipient)s) AND (queued_at, id) < (%(before)s, %(id)s)
ORDER BY queued_at DESC, id DESC LIMIT %(limit)s
"""
)
CLAIM = """
UPDATE mails SET status = 'sending', attempts = attempts + 1, claimed_at = %(at)s
WHERE id = %(id)s AND (status = 'queued' OR (status = 'sending' AND claimed_at < %(stale)s))
"""
RELEASE = """
UPDATE mails SET status = 'queued', reason = %(reason)s, claimed_at = NULL
WHERE id = %(id)s AND status = 'sending' AND attempts = %(attempt)s
"""
SENT = """
UPDATE mails SET status = 'sent', reason = NULL, ended_at = %(at)s,
    html = CASE WHEN secret AND NOT %(keep)s THEN '' ELSE html END,
    text = CASE WHEN secret AND NOT %(keep)s THEN '' ELSE text END
WHERE id = %(id)s AND status = 'sending' AND attempts = %(attempt)s
"""
FAILED = """
UPDATE mails SET status = 'failed', reason = %(reason)s, ended_at = %(at)s,
    html = CASE WHEN secret THEN '' ELSE html END,
    text = CASE WHEN secret THEN '' ELSE text END
WHERE id = %(id)s AND status = 'sending' AND attempts = %(attempt)s
"""
ABANDONED = (
    COLUMNS
    + "WHERE status IN ('queued', 'sending') AND queued_at < %(before)s ORDER BY queued_at, id LIMIT 500"
)
GIVE_UP = """
UPDATE mails SET status = 'failed', reason = %(reason)s, ended_at = %(at)s,
    html = CASE WHEN secret THEN '' ELSE html END,
    text = CASE WHEN secret THEN '' ELSE text END
WHERE id = %(id)s AND status IN ('queued', 'sending')
"""
FORGET = "DELETE FROM mails WHERE queued_at < %(before)s AND status IN ('sent', 'failed')"


async def add(tx: Transaction, mail: Mail) -> bool:
    """Whether the mail is new; one with this id is there already otherwise."""
    return bool(
        await tx.execute(
            ADD,
            id=mail.id,
            recipient=mail.recipient,
            subject=mail.subject,
            html=mail.html,
            text=mail.text,
            language=mail.language,
            template=mail.template,
            secret=mail.secret,
            at=mail.queued_at,
        )
    )


async def find(tx: Transaction, id: UUID) -> Mail | None:
    """The mail, or nothing."""
    return await tx.find(Mail, FIND, id=id)


async def newest(
    tx: Transaction, recipient: str | None, before: datetime, id: UUID, limit: int
) -> list[Mail]:
    """Mails older than the given one, newest first; all, or those to one recipient."""
    sql = NEWEST if recipient is None else NEWEST_TO
    return await tx.all(Mail, sql, recipient=recipient, before=before, id=id, limit=limit)


async def claim(tx: Transaction, id: UUID) -> bool:
    """Take the mail for sending; false when it is being sent by another, or has ended."""
    return bool(await tx.execute(CLAIM, id=id, at=tx.now, stale=tx.now - LEASE))


async def release(tx: Transaction, id: UUID, attempt: int, reason: str) -> bool:
    """Put back what was claimed as this attempt."""
    return bool(await tx.execute(RELEASE, id=id, attempt=attempt, reason=reason[:LONGEST_REASON]))


async def mark_sent(tx: Transaction, id: UUID, attempt: int, *, keep: bool) -> bool:
    """End what was claimed as this attempt; a secret body goes, unless it is to be kept."""
    return bool(await tx.execute(SENT, id=id, attempt=attempt, at=tx.now, keep=keep))


async def mark_failed(tx: Transaction, id: UUID, attempt: int, reason: str) -> bool:
    """End what was claimed as this attempt as failed."""
    return bool(await tx.execute(FAILED, id=id, attempt=attempt, at=tx.now, reason=reason[:LONGEST_REASON]))


async def abandoned(tx: Transaction, before: datetime) -> list[Mail]:
    """Some mails that were queued before that moment and have not ended."""
    return await tx.all(Mail, ABANDONED, before=before)


async def give_up(tx: Transaction, id: UUID, reason: str) -> bool:
    """End a mail that nobody sends any more."""
    return bool(await tx.execute(GIVE_UP, id=id, at=tx.now, reason=reason))


async def forget(tx: Transaction, before: datetime) -> int:
    """Delete mails that were queued before that moment and have ended; tells how many."""
    return await tx.execute(FORGET, before=before)
