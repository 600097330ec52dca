"""The tables of imports: SQL in, model out."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from uuid import UUID

from psycopg.types.json import Jsonb

from torg.imports.model import Entry, Run
from torg.kernel.database import Database, Transaction

RUN = """
SELECT id, source, fingerprint, settings, portions, done, started_at, finished_at
FROM imports WHERE source = %(source)s AND fingerprint = %(fingerprint)s
"""
BEGIN = """
INSERT INTO imports (id, source, fingerprint, settings, portions, done, started_at)
VALUES (%(id)s, %(source)s, %(fingerprint)s, %(settings)s, %(portions)s, 0, %(started_at)s)
ON CONFLICT (source, fingerprint) DO NOTHING
"""
RECUT = """
UPDATE imports SET done = 0, portions = %(portions)s
WHERE id = %(id)s AND portions <> %(portions)s AND finished_at IS NULL
"""
COUNT = """
UPDATE imports SET done = done + 1, finished_at = CASE WHEN %(last)s THEN %(now)s END
WHERE id = %(id)s AND done = %(done)s
"""
ADD_ENTRIES = """
INSERT INTO import_entries (id, source, kind, number, code, name, quantity, amount, currency, customer_id, order_id, at)
SELECT id, source, kind, number, code, name, quantity, amount, currency, customer_id, order_id, at
FROM jsonb_to_recordset(%(entries)s) AS e (
    id uuid, source text, kind text, number text, code text, name text, quantity integer, amount bigint, currency text,
    customer_id uuid, order_id uuid, at timestamptz)
ON CONFLICT DO NOTHING
"""
ENTRIES = """
SELECT id, source, kind, number, code, name, quantity, amount, currency, customer_id, order_id, at
FROM import_entries WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
"""
AT_ONCE = 1_000


async def find_run(tx: Transaction, source: str, fingerprint: str) -> Run | None:
    """The run of this content, if it was ever begun."""
    return await tx.find(Run, RUN, source=source, fingerprint=fingerprint)


async def run(tx: Transaction, source: str, fingerprint: str) -> Run:
    """The run of this content."""
    return await tx.one(Run, RUN, source=source, fingerprint=fingerprint)


async def begin(tx: Transaction, run: Run) -> None:
    """Write down that a content is being brought in; one that is stays as it is."""
    await tx.execute(
        BEGIN,
        id=run.id,
        source=run.source,
        fingerprint=run.fingerprint,
        settings=Jsonb(run.settings),
        portions=run.portions,
        started_at=run.started_at,
    )


async def recut(tx: Transaction, id: UUID, portions: int) -> None:
    """Begin an unfinished run anew that an earlier version has cut into other portions; what is in stays."""
    await tx.execute(RECUT, id=id, portions=portions)


async def count(tx: Transaction, id: UUID, done: int, *, last: bool) -> bool:
    """One portion more is done; False when it is not this one's turn."""
    return await tx.execute(COUNT, id=id, done=done, last=last, now=tx.now) == 1


async def add_entries(tx: Transaction, entries: Sequence[Entry]) -> int:
    """Keep entries; those that are there stay as they are. How many were new."""
    return await tx.execute(ADD_ENTRIES, entries=Jsonb(entries)) if entries else 0


async def _entries(tx: Transaction, *, after: UUID) -> list[Entry]:
    return await tx.all(Entry, ENTRIES, after=after, limit=AT_ONCE)


async def entries(database: Database) -> AsyncIterator[Entry]:
    """Every entry of every source, source by source as they came in, the oldest first."""
    last = UUID(int=0)
    while True:
        page = await database.read(partial(_entries, after=last))
        for entry in page:
            yield entry
        if len(page) < AT_ONCE:
            return
        last = page[-1].id
