"""The words of the goods, and those with synonyms, as each process keeps them, at most half a minute old.

New ones are added to those known.

A word whose goods are gone stays: what is guessed by it counts only when it finds something.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from torg.catalog.lexemes import worth_learning
from torg.catalog.nearness import WordBook
from torg.catalog.store import finding
from torg.kernel.database import Database, Transaction

BOOKS: Final = "catalog.word_books"
FRESH: Final = 30.0
BESIDE: Final = 1
FOR_GOOD: Final = 1e9
OVERLAP: Final = timedelta(minutes=5)
"""What was learned in a transaction that took long is seen late."""
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
AT_ONCE: Final = 1_000
"""After so many words others have their turn: a book of fifty thousand takes a third of a second."""


class _Kept(Struct):
    book: WordBook
    until: datetime


async def book_of(database: Database, language: str) -> WordBook:
    """The words in a language; no statement when they are fresh."""
    books: dict[str, _Kept] = await database.cached(BOOKS, _none, FOR_GOOD)

    async def load(tx: Transaction) -> WordBook:
        kept = books.setdefault(language, _Kept(WordBook(), BEGINNING))
        learned = await finding.learned(tx, language, kept.until - OVERLAP)
        same = [word for one in await finding.synonyms(tx, language) for word in one.words]
        kept.book.add((word, BESIDE) for word in worth_learning(" ".join(same)))
        for place in range(0, len(learned), AT_ONCE):
            kept.book.add((one.word, one.place) for one in learned[place : place + AT_ONCE])
            await asyncio.sleep(0)
        kept.until = max((one.learned_at for one in learned), default=kept.until)
        return kept.book

    return await database.cached(f"{BOOKS}.{language}", load, FRESH)


async def _none(_: Transaction) -> dict[str, _Kept]:
    return {}
