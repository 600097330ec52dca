"""SQL of files."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.kernel.files.images import Painted
from torg.kernel.files.model import File, Rendition

COLUMNS = "SELECT name, media_type, size, width, height, renditions FROM files "

FIND = COLUMNS + "WHERE name = ANY (%(names)s) AND status = 'kept'"
FIND_UPLOAD = COLUMNS + "WHERE upload = %(upload)s AND status = 'kept' ORDER BY name LIMIT 1"
CLAIM = """
INSERT INTO files (name, media_type, size, width, height, status, claimed_at)
SELECT name, media_type, size, width, height, 'claimed', %(at)s
FROM unnest(
    %(names)s::text[], %(types)s::text[], %(sizes)s::bigint[], %(widths)s::int[], %(heights)s::int[]
) AS given (name, media_type, size, width, height)
ORDER BY name
ON CONFLICT (name) DO UPDATE SET claimed_at = excluded.claimed_at WHERE files.status <> 'removing'
"""
KEEP = "UPDATE files SET status = 'kept' WHERE name = ANY (%(names)s) AND status IN ('claimed', 'kept')"
DESCRIBE = "UPDATE files SET upload = %(upload)s, renditions = %(renditions)s WHERE name = %(name)s"
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


async def claim(tx: Transaction, images: Sequence[Painted]) -> bool:
    """Claim a row for each image; false when one of them is just being removed."""
    unique = list({image.name: image for image in images}.values())
    claimed = await tx.execute(
        CLAIM,
        names=[image.name for image in unique],
        types=[image.media_type for image in unique],
        sizes=[len(image.content) for image in unique],
        widths=[image.width for image in unique],
        heights=[image.height for image in unique],
        at=tx.now,
    )
    return claimed == len(unique)


async def keep(tx: Transaction, master: Painted, renditions: Sequence[Painted], upload: str) -> bool:
    """All bytes are in the store; false when a claim was lost in the meantime."""
    names = sorted({master.name, *(image.name for image in renditions)})
    if await tx.execute(KEEP, names=names) != len(names):
        return False
    described = [Rendition(one.name, one.media_type, one.width, one.height) for one in renditions]
    await tx.execute(DESCRIBE, name=master.name, upload=upload, renditions=Jsonb(described))
    return True


async def take_for_removal(tx: Transaction, before: datetime) -> list[str]:
    """Some names whose claim is older than that moment, now being removed."""
    return await tx.all(str, TAKE_FOR_REMOVAL, at=tx.now, before=before)


async def removed(tx: Transaction, name: str, at: datetime) -> bool:
    """The bytes are gone; false when somebody else took the removal over."""
    return bool(await tx.execute(REMOVED, name=name, at=at))
