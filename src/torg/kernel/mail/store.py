"""SQL of mail."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.kernel.mail.model import Mail

# How long a process may take over one sending before another may take it over.
LEASE = timedelta(minutes=3)
LONGEST_REASON = 500

COLUMNS = """
SELECT id, recipient, subject, html, text, language, template, secret, status, attempts, reason, queued_at, ended_at,
    links
FROM mails
"""

ADD = """
INSERT INTO mails (id, recipient, subject, html, text, language, template, secret, queued_at, next_at, links)
SELECT id, recipient, subject, html, text, language, template, secret, %(at)s, %(at)s, links
FROM unnest(
    %(ids)s::uuid[], %(recipients)s::text[], %(subjects)s::text[], %(htmls)s::text[], %(texts)s::text[],
    %(languages)s::text[], %(templates)s::text[], %(secrets)s::bool[], %(links)s::jsonb[]
) AS m (id, recipient, subject, html, text, language, template, secret, links)
ORDER BY id
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
# Whoever died while sending left a time at which the mail is due again.
DUE = """
SELECT id FROM mails WHERE status IN ('queued', 'sending') AND next_at <= %(at)s
ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
CLAIM = (
    """
UPDATE mails SET status = 'sending', attempts = attempts + 1, next_at = %(until)s
WHERE id IN ("""  # our own statement
    + DUE
    + """)
RETURNING id, recipient, subject, html, text, language, template, secret, status, attempts, reason, queued_at, ended_at,
    links
"""
)
KEEP = (
    """
UPDATE mails SET status = 'sent', attempts = attempts + 1, reason = NULL, ended_at = %(at)s
WHERE id IN ("""  # our own statement
    + DUE
    + ")"
)
RELEASE = """
UPDATE mails SET status = 'queued', reason = %(reason)s, next_at = %(again)s
WHERE id = %(id)s AND status = 'sending' AND attempts = %(attempt)s
"""
PUT_BACK = """
UPDATE mails m SET status = 'queued', attempts = m.attempts - 1, next_at = %(at)s
FROM unnest(%(ids)s::uuid[], %(attempts)s::int[]) AS s (id, attempt)
WHERE m.id = s.id AND m.status = 'sending' AND m.attempts = s.attempt
"""
SENT = """
UPDATE mails m SET status = 'sent', reason = NULL, ended_at = %(at)s,
    html = CASE WHEN secret THEN '' ELSE html END,
    text = CASE WHEN secret THEN '' ELSE text END
FROM unnest(%(ids)s::uuid[], %(attempts)s::int[]) AS s (id, attempt)
WHERE m.id = s.id AND m.status = 'sending' AND m.attempts = s.attempt
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


async def add(tx: Transaction, mails: Sequence[Mail]) -> None:
    """Write mails that are to be sent; one that is there already stays as it is."""
    await tx.execute(
        ADD,
        ids=[mail.id for mail in mails],
        recipients=[mail.recipient for mail in mails],
        subjects=[mail.subject for mail in mails],
        htmls=[mail.html for mail in mails],
        texts=[mail.text for mail in mails],
        languages=[mail.language for mail in mails],
        templates=[mail.template for mail in mails],
        secrets=[mail.secret for mail in mails],
        links=[Jsonb(msgspec.to_builtins(mail.links)) for mail in mails],
        at=tx.now,
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


async def claim(tx: Transaction, limit: int) -> list[Mail]:
    """Take mails that are due for one try of sending; nobody else takes them within the lease."""
    return await tx.all(Mail, CLAIM, at=tx.now, until=tx.now + LEASE, limit=limit)


async def keep(tx: Transaction, limit: int) -> int:
    """End mails that are due and shall not leave Torg as sent; tells how many."""
    return await tx.execute(KEEP, at=tx.now, limit=limit)


async def release(tx: Transaction, id: UUID, attempt: int, reason: str, again: datetime) -> bool:
    """Put back what was claimed as this attempt, to be tried again then."""
    put_back = await tx.execute(RELEASE, id=id, attempt=attempt, reason=reason[:LONGEST_REASON], again=again)
    return bool(put_back)


async def put_back(tx: Transaction, untried: Sequence[Mail]) -> None:
    """Put back what was claimed and not tried."""
    ids, attempts = [mail.id for mail in untried], [mail.attempts for mail in untried]
    await tx.execute(PUT_BACK, ids=ids, attempts=attempts, at=tx.now)


async def mark_sent(tx: Transaction, sent: Sequence[Mail]) -> int:
    """End what was claimed as these attempts, without the bodies that are secret; tells how many that were."""
    ids, attempts = [mail.id for mail in sent], [mail.attempts for mail in sent]
    return await tx.execute(SENT, ids=ids, attempts=attempts, at=tx.now)


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
