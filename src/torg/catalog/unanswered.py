"""What was looked for and not found, for whoever decides what is sold; figures, of nobody in particular.

A question is counted by its digest. Its words are written down only when it was asked often on one day, and never when
they look like a number or an address of somebody. One process counts the same question once in a while, so that one
person who tries again and again is not many.
"""

import hashlib
import time
from datetime import date, timedelta
from typing import Final

from torg.catalog.lexemes import lower
from torg.catalog.store import finding
from torg.catalog.store.finding import Missed
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.jobs import Work, periodic
from torg.permissions import Permission

OFTEN: Final = 5
KEPT: Final = timedelta(days=90)
PAUSE: Final = 20.0
"""So many seconds the same question counts once."""
MOST_REMEMBERED: Final = 2_000
MOST_DIGITS: Final = 4
LONGEST: Final = 60

_counted: Final[dict[bytes, float]] = {}


async def count_missed(database: Database, *, channel: str, language: str, query: str) -> None:
    """Count a question that found nothing."""
    question = " ".join(lower(query).split())
    digest = hashlib.blake2b(question.encode(), digest_size=16, person=b"torg-unanswered").digest()
    now = time.monotonic()
    key = hashlib.blake2b(digest, key=f"{channel} {language}".encode()[:64]).digest()
    if now - _counted.get(key, -PAUSE) < PAUSE:
        return
    if len(_counted) >= MOST_REMEMBERED:
        _counted.clear()
    _counted[key] = now
    words = question if harmless(question) else None
    await database.run(
        lambda tx: finding.miss(
            tx, channel=channel, language=language, digest=digest, question=words, often=OFTEN
        )
    )


def harmless(question: str) -> bool:
    """Whether the words can be of nobody in particular.

    >>> harmless("lilla kaffekopp"), harmless("kari@example.org"), harmless("ordre 100234")
    (True, False, False)
    """
    digits = sum(letter.isdigit() for letter in question)
    return "@" not in question and digits <= MOST_DIGITS and len(question) <= LONGEST


async def missed(tx: Transaction, *, channel: str, since: date, limit: int, by: Actor) -> list[Missed]:
    """What found nothing in a channel since a day: each frequent question, the rare ones together, most asked first."""
    by.must(Permission.catalog_read, anywhere=True)
    return await finding.missed(tx, channel, since, limit)


@periodic("catalog.forget_missed", cron="41 3 * * *")
async def forget_missed(work: Work) -> None:
    """Forget figures of questions that are older than they are kept."""
    await work.database.run(lambda tx: finding.forget_missed(tx, tx.now.date() - KEPT))
