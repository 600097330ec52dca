"""SQL of files."""

from collections.abc import Sequence
from datetime import datetime

from torg.kernel.database import Transaction
from torg.kernel.files.images import Painted
from torg.kernel.files.model import File

COLUMNS = "SELECT name, media_type, size, width, height FROM files "

FIND = COLUMNS + "WHERE name = ANY (%(names)s) AND status = 'kept'"
FIND_UPLOAD = COLUMNS + "WHERE upload = %(upload)s AND status = 'kept' ORDER BY name LIMIT 1"
CLAIM = """
INSERT INTO files (name, media_type, size, width, height, status, claimed_at)
VALUES (%(name)s, %(media_type)s, %(size)s, %(width)s, %(height)s, 'claimed', %(at)s)
ON CONFLICT (name) DO UPDATE SET claimed_at = excluded.claimed_at WHERE files.status <> 'removing'
"""
KEEP = """
UPDATE files SET status = 'kept', upload = %(upload)s WHERE name = %(name)s AND status IN ('claimed', 'kept')
"""
# A claim that nobody fulfilled, and a removal that nobody finished, are taken over after a while.
TAKE_FOR_REMOVAL = """
UPDATE files SET status = 'removing', claimed_at = %(at)s
WHERE name IN (
    SELECT name FROM files WHERE status <> 'kept' AND claimed_at < %(before)s
    ORDER BY name LIMIT 100 FOR UPDATE SKIP LOCKED
)
RETURNING name
"""
REMOVED = "DELETE FROM files WHERE name = %(name)s AND status = 'removing' AND claimed_at = %(at)s"


async def find(tx: Transaction, names: Sequence[str]) -> list[File]:
    """The kept files among these."""
    return await tx.all(File, FIND, names=list(names))


async def find_upload(tx: Transaction, upload: str) -> File | None:
    """The file that was made from the same upload before."""
    return await tx.find(File, FIND_UPLOAD, upload=upload)


async def claim(tx: Transaction, master: Painted) -> bool:
    """Claim a row for an image; false when it is just being removed."""
    claimed = await tx.execute(
        CLAIM,
        name=master.name,
        media_type=master.media_type,
        size=len(master.content),
        width=master.width,
        height=master.height,
        at=tx.now,
    )
    return bool(claimed)


async def keep(tx: Transaction, name: str, upload: str) -> bool:
    """The bytes are in the store; false when the claim was lost in the meantime."""
    return bool(await tx.execute(KEEP, name=name, upload=upload))


async def take_for_removal(tx: Transaction, before: datetime) -> list[str]:
    """Some names whose claim is older than that moment, now being removed."""
    return await tx.all(str, TAKE_FOR_REMOVAL, at=tx.now, before=before)


async def removed(tx: Transaction, name: str, at: datetime) -> bool:
    """The bytes are gone; false when somebody else took the removal over."""
    return bool(await tx.execute(REMOVED, name=name, at=at))
