# ruff: noqa: S608  # the statements are composed of constants
"""What a search knows besides the products: words, synonyms, and the questions that found nothing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.catalog.model import Synonym
from torg.catalog.store.shelf import _SHOWN
from torg.kernel.database import Transaction

LEARN: Final = """
INSERT INTO words AS w (language, word, place, learned_at)
SELECT l.language, l.word, l.place, %(now)s
FROM unnest(%(languages)s::text[], %(words)s::text[], %(places)s::smallint[]) AS l (language, word, place)
ORDER BY l.language, l.word
ON CONFLICT (language, word) DO UPDATE SET place = excluded.place, learned_at = excluded.learned_at
WHERE excluded.place < w.place
"""

LEARNED: Final = """
SELECT word, place, learned_at FROM words
WHERE language = %(language)s AND learned_at >= %(since)s ORDER BY word
"""

SYNONYMS: Final = """
SELECT id, language, words, means, version FROM synonyms
WHERE %(language)s::text IS NULL OR language = %(language)s ORDER BY id
"""

LOCK_SYNONYM: Final = "SELECT id, language, words, means, version FROM synonyms WHERE id = %(id)s FOR UPDATE"

ADD_SYNONYM: Final = """
INSERT INTO synonyms (id, language, words, means, version)
VALUES (%(id)s, %(language)s, %(words)s, %(means)s, %(version)s)
"""

CHANGE_SYNONYM: Final = """
UPDATE synonyms SET words = %(words)s, means = %(means)s, version = %(version)s
WHERE id = %(id)s AND version = %(version)s - 1
"""

REMOVE_SYNONYM: Final = "DELETE FROM synonyms WHERE id = %(id)s"

# How many products each of several questions finds here, counted up to %(most)s.
HITS: Final = f"""
SELECT (SELECT count(*)::integer FROM (
    SELECT FROM faces f JOIN LATERAL (SELECT f.product_id) p ON true
    WHERE f.document @@ (q.query && ('''=' || %(language)s || '''')::tsquery) AND numnode(q.query) > 0 AND {_SHOWN}
    LIMIT %(most)s) AS hit) AS hits
FROM unnest(%(wholes)s::text[], %(lasts)s::text[]) WITH ORDINALITY AS a (whole, last, place)
CROSS JOIN LATERAL (
    SELECT CASE WHEN a.whole = '' THEN ''::tsquery ELSE to_tsquery(%(configuration)s::regconfig, a.whole) END
        && (to_tsquery(%(configuration)s::regconfig, a.last) || to_tsquery('simple', a.last)) AS query) AS q
ORDER BY a.place
"""

MISS: Final = """
INSERT INTO unanswered AS u (channel, language, day, digest, times)
VALUES (%(channel)s, %(language)s, %(day)s, %(digest)s, 1)
ON CONFLICT (channel, language, day, digest) DO UPDATE SET times = u.times + 1,
    question = CASE WHEN u.times + 1 >= %(often)s THEN %(question)s ELSE u.question END
"""

MISSED: Final = """
SELECT language, question, sum(times)::integer AS times, count(DISTINCT digest)::integer AS questions
FROM unanswered WHERE channel = %(channel)s AND day >= %(since)s
GROUP BY language, question ORDER BY (question IS NULL), times DESC, language, question LIMIT %(limit)s
"""

FORGET_MISSED: Final = "DELETE FROM unanswered WHERE day < %(before)s"


class LearnedWord(Struct, frozen=True):
    """A word of the goods, how far it stands from a name, and when it was first seen there."""

    word: str
    place: int
    learned_at: datetime


class Missed(Struct, frozen=True):
    """How often nothing was found: for a question that many asked, or for all the others together."""

    language: str
    question: str | None
    times: int
    questions: int


async def learn(tx: Transaction, words: dict[tuple[str, str], int]) -> None:
    """Remember words of the goods by language, with their places."""
    keys = sorted(words)
    await tx.execute(
        LEARN,
        languages=[language for language, _ in keys],
        words=[word for _, word in keys],
        places=[words[key] for key in keys],
        now=tx.now,
    )


async def learned(tx: Transaction, language: str, since: datetime) -> list[LearnedWord]:
    """The words that were learned since."""
    return await tx.all(LearnedWord, LEARNED, language=language, since=since)


async def hits(
    tx: Transaction, questions: Sequence[tuple[str, str]], most: int, configuration: str, **places: object
) -> list[int]:
    """How many products each question (all but the last word, and the last) finds, counted up to `most`."""
    wholes, lasts = [whole for whole, _ in questions], [last for _, last in questions]
    return await tx.all(
        int, HITS, wholes=wholes, lasts=lasts, most=most, configuration=configuration, **places
    )


async def synonyms(tx: Transaction, language: str | None = None) -> list[Synonym]:
    """All synonyms, or those of a language, in the order of their making."""
    return await tx.all(Synonym, SYNONYMS, language=language)


async def lock_synonym(tx: Transaction, id: UUID) -> Synonym | None:
    """One of them, kept from being changed by others."""
    return await tx.find(Synonym, LOCK_SYNONYM, id=id)


async def add_synonym(tx: Transaction, synonym: Synonym) -> None:
    """Write a new one."""
    await tx.execute(ADD_SYNONYM, **_row(synonym))


async def change_synonym(tx: Transaction, synonym: Synonym) -> None:
    """Write one over the version before it."""
    await tx.execute(CHANGE_SYNONYM, **_row(synonym))


async def remove_synonym(tx: Transaction, id: UUID) -> None:
    """Take one away."""
    await tx.execute(REMOVE_SYNONYM, id=id)


def _row(synonym: Synonym) -> dict[str, object]:
    return {
        "id": synonym.id,
        "language": synonym.language,
        "words": list(synonym.words),
        "means": list(synonym.means),
        "version": synonym.version,
    }


async def miss(
    tx: Transaction, *, channel: str, language: str, digest: bytes, question: str | None, often: int
) -> None:
    """Count a question that found nothing; its words are written down once it was counted often that day."""
    await tx.execute(
        MISS,
        channel=channel,
        language=language,
        day=tx.now.date(),
        digest=digest,
        question=question,
        often=often,
    )


async def missed(tx: Transaction, channel: str, since: date, limit: int) -> list[Missed]:
    """What found nothing since a day, the most asked first, all rare questions of a language together last."""
    return await tx.all(Missed, MISSED, channel=channel, since=since, limit=limit)


async def forget_missed(tx: Transaction, before: date) -> None:
    """Forget the figures of days before."""
    await tx.execute(FORGET_MISSED, before=before)
