"""The audit log: who did what to what, when and from where.

Written by use cases that change rights, keys, money settings, prices, stock by hand or webhooks, in the transaction of
the change: there is never the one without the other. Rows are added and never changed. Facts are small and hold no
secrets; who tries to write one down is stopped.
"""

from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel import ids
from torg.kernel.database import Transaction

if TYPE_CHECKING:
    from torg.kernel.access.model import Actor

AUDIT_READ: Final = "audit:read"
SECRET_WORDS = ("password", "secret", "token", "hash", "card", "cvc", "recovery")

INSERT = """
INSERT INTO audit_log (id, at, actor, action, target, facts, request_id, address)
VALUES (%(id)s, %(at)s, %(actor)s, %(action)s, %(target)s, %(facts)s, %(request_id)s, %(address)s)
"""
LIST = """
SELECT id, at, actor, action, target, facts, request_id, address FROM audit_log
WHERE (%(before)s::uuid IS NULL OR id < %(before)s)
  AND (%(actor)s::text IS NULL OR actor = %(actor)s)
  AND (%(target)s::text IS NULL OR target = %(target)s)
  AND (%(action)s::text IS NULL OR action = %(action)s OR starts_with(action, %(action)s || '.'))
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
ORDER BY id DESC LIMIT %(limit)s
"""


class Origin(Struct, frozen=True):
    """Where a request came from, for the audit log and the throttles."""

    request_id: str | None = None
    address: str | None = None


NOWHERE = Origin()
ORIGIN: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)
"""Set once per request by whoever speaks HTTP; jobs and the command line leave it alone."""


class Entry(Struct, frozen=True):
    """One line of the log."""

    id: UUID
    at: datetime
    actor: str
    action: str
    target: str
    facts: dict[str, Any]
    request_id: str | None = None
    address: str | None = None


class Wanted(Struct, frozen=True):
    """Which lines to read; `action` also stands for all that begin with it (`staff` for `staff.invited`)."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def write(tx: Transaction, by: "Actor", action: str, target: str, **facts: Any) -> None:
    """Write down that she did this to that; pass what it was before and is now where that matters."""
    for name in facts:
        if any(word in name for word in SECRET_WORDS):
            raise ValueError(f"an audit row never holds a {name}")
    origin = ORIGIN.get()
    await tx.execute(
        INSERT,
        id=ids.new_id(),
        at=tx.now,
        actor=str(by),
        action=action,
        target=target,
        facts=Jsonb(msgspec.to_builtins(facts)),
        request_id=origin.request_id,
        address=origin.address,
    )


async def read(
    tx: Transaction, wanted: Wanted, *, by: "Actor", before: UUID | None = None, limit: int = 50
) -> list[Entry]:
    """The newest lines first; `before` is the id after which to go on."""
    by.must(AUDIT_READ)
    return await tx.all(
        Entry,
        LIST,
        before=before,
        actor=wanted.actor,
        action=wanted.action,
        target=wanted.target,
        since=wanted.since,
        until=wanted.until,
        limit=limit,
    )
