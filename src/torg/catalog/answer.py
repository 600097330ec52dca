"""What a question finds: as it was asked; if nothing, as it was probably meant; if nothing again, with fewer words.

Whatever is searched instead is told, so that nobody takes one for the other. A guess counts only when it finds
something that this channel shows now. A cursor carries what was searched, so all pages are of one answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.catalog.lexemes import CONFIGURATIONS, lower, spelled
from torg.catalog.nearness import Near, WordBook, guesses
from torg.catalog.question import NO_SYNONYMS, Question, Synonyms, asked
from torg.catalog.store import finding, shelf
from torg.catalog.synonyms import synonyms_of
from torg.catalog.word_books import book_of
from torg.kernel import cursors
from torg.kernel.database import Transaction

COMPOUNDING: Final = frozenset({"nb", "sv", "da", "de"})
MOST_COMPOUNDS: Final = 12
MOST_GUESSED: Final = 6
"""Of longer questions the first words are guessed at."""
MOST_TRIED: Final = 8
ENOUGH_HITS: Final = 20
"""So many hits of a guess are counted."""
SURE: Final = 1.2
"""A guess that changed no more than this stands for its word, also where words are left out."""
WORTH: Final = 0.3
"""How much more a guess may have changed that finds plenty instead of a single product."""


class Tongue(Struct, frozen=True):
    """What is known of a reader's language: synonyms, and the words of the goods."""

    language: str
    synonyms: Synonyms
    book: WordBook

    def question(self, query: str) -> Question:
        """What is looked for."""
        if self.language not in COMPOUNDING:
            return asked(query, self.synonyms)
        return asked(query, self.synonyms, partial(self.book.ending, most=MOST_COMPOUNDS))


NO_TONGUE: Final = Tongue("", NO_SYNONYMS, WordBook())


class Instead(Struct, frozen=True):
    """What was searched instead of the question, and which of its words were left out; nothing if as it was asked."""

    corrected: str | None = None
    left_out: tuple[str, ...] = ()


class Answer(Struct, frozen=True):
    """The rows of a page, one more when there is another, and what was searched for them."""

    rows: list[shelf.CardRow]
    instead: Instead = Instead()


FIRST: Final[tuple[int, UUID, str | None, tuple[str, ...]]] = (shelf.TOP, shelf.LAST_ID, None, ())


async def tongue_of(tx: Transaction, language: str) -> Tongue:
    """What is known of the language, as of at most half a minute ago; no statement when it is warm."""
    synonyms = await synonyms_of(tx.database)
    return Tongue(language, synonyms.get(language, NO_SYNONYMS), await book_of(tx.database, language))


async def answer(
    tx: Transaction,
    query: str,
    *,
    language: str,
    places: Mapping[str, object],
    cursor: str | None,
    limit: int,
) -> Answer:
    """A page of what the question finds, the best first."""
    tongue = await tongue_of(tx, language)
    score, last, corrected, left_out = (
        cursors.decode(cursor, tuple[int, UUID, str | None, tuple[str, ...]]) or FIRST
    )
    given = {
        **places,
        "score": max(-shelf.TOP, min(shelf.TOP, score)),
        "product": last,
        "limit": limit,
    }
    rows = await _search(tx, tongue, corrected or query, given)
    if rows or cursor is not None:
        return Answer(rows, Instead(corrected, left_out))
    instead = await meant(tx, tongue, query, places)
    if instead.corrected is None:
        return Answer([])
    return Answer(await _search(tx, tongue, instead.corrected, given), instead)


async def _search(
    tx: Transaction, tongue: Tongue, query: str, given: Mapping[str, object]
) -> list[shelf.CardRow]:
    question = tongue.question(query)
    if question.empty:
        return []
    return await shelf.cards(
        tx,
        shelf.SEARCH,
        configuration=CONFIGURATIONS[tongue.language],
        whole=question.whole,
        last=question.last,
        identifier=question.identifier,
        exact=question.exact,
        **given,
    )


async def meant(tx: Transaction, tongue: Tongue, query: str, places: Mapping[str, object]) -> Instead:
    """The likeliest of what was meant that finds something; else the most words of it that do."""
    words = spelled(query)
    if not words:
        return Instead()
    near = _guessed(query, words, tongue)
    found = await _hits(tx, tongue, [one.text for one in near], places)
    likely = [
        (one.cost - WORTH * hits / ENOUGH_HITS, one.text)
        for one, hits in zip(near, found, strict=True)
        if hits
    ]
    if likely:
        return Instead(min(likely)[1])
    best = [_likely(word, tongue.book) for word in words]
    ways = list(_fewer(best))
    found = await _hits(tx, tongue, [" ".join(way) for way in ways], places)
    for way, hits in zip(ways, found, strict=True):
        if hits:
            rest = list(best)
            for word in way:
                rest.remove(word)
            return Instead(" ".join(way), tuple(rest))
    return Instead()


def _likely(word: str, book: WordBook) -> str:
    """The word, or the one that was surely meant."""
    near = [] if book.knows(word) else book.near(word, 1)
    return near[0].text if near and near[0].cost <= SURE else word


def _guessed(query: str, words: list[str], tongue: Tongue) -> list[Near]:
    apart = " ".join(words)
    near = guesses(words[:MOST_GUESSED], tongue.book, MOST_TRIED)
    if apart != lower(query).strip():
        near = [Near(0.05, apart), *near]
    return near[:MOST_TRIED]


def _fewer(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Some of the words, most first, long ones first."""
    ways = [
        way
        for count in range(min(len(words) - 1, MOST_GUESSED - 1), 0, -1)
        for way in sorted(combinations(words[:MOST_GUESSED], count), key=lambda way: -sum(map(len, way)))
    ]
    yield from ways[: 2 * MOST_TRIED]


async def whole_hits(
    tx: Transaction, tongue: Tongue, texts: Sequence[str], places: Mapping[str, object]
) -> list[int]:
    """How many products each of the texts finds here, counted up to a few."""
    return await _hits(tx, tongue, texts, {**places, "language": tongue.language})


async def _hits(
    tx: Transaction, tongue: Tongue, texts: Sequence[str], places: Mapping[str, object]
) -> list[int]:
    if not texts:
        return []
    questions = [tongue.question(text) for text in texts]
    given = {name: value for name, value in places.items() if name != "category"}
    return await finding.hits(
        tx,
        [(question.whole, question.last) for question in questions],
        ENOUGH_HITS,
        CONFIGURATIONS[tongue.language],
        **given,
    )
