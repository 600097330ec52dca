"""What somebody who is still typing may be looking for: words of the goods, categories, and the best products.

Two statements, some more where nothing begins as it was typed: a mistyped beginning is understood then. Nothing is
suggested that finds nothing here.
"""

from typing import Final

from msgspec import Struct

from torg.catalog.answer import Tongue, tongue_of, whole_hits
from torg.catalog.browse import ProductCard, places, words_of
from torg.catalog.describe import category_node
from torg.catalog.lexemes import lower
from torg.catalog.narrow import Wanted, narrow
from torg.catalog.nearness import WordBook, plain
from torg.catalog.rules import CategoryNode, Vocabulary, spoken
from torg.catalog.sieve import Sieve
from torg.kernel import i18n
from torg.kernel.database import Transaction
from torg.markets import Channel

MOST_WORDS: Final = 4
MOST_CATEGORIES: Final = 2
MOST_PRODUCTS: Final = 4


class Suggestions(Struct, frozen=True):
    """At most ten things, the likeliest first of each kind."""

    words: tuple[str, ...] = ()
    categories: tuple[CategoryNode, ...] = ()
    products: tuple[ProductCard, ...] = ()


async def suggest(
    tx: Transaction, sieve: Sieve, *, channel: Channel, language: str, query: str
) -> Suggestions:
    """What the channel shows that begins with, or is near, what has been typed so far."""
    typed = lower(query).split()
    if not typed:
        return Suggestions()
    language = i18n.closest(language) or i18n.DEFAULT
    tongue = await tongue_of(tx, language)
    texts = [" ".join((*typed[:-1], word)) for word in _completions(typed[-1], tongue.book)]
    hits = await _hits(tx, sieve, tongue, texts, channel)
    likely = sorted(zip(hits, texts, strict=True), key=lambda one: -one[0])
    whole = tuple(text for count, text in likely if count)[:MOST_WORDS]
    found = await narrow(tx, _best(sieve, query), channel=channel, language=language)
    if whole and not found.cards:
        found = await narrow(tx, _best(sieve, whole[0]), channel=channel, language=language)
    return Suggestions(
        whole,
        tuple(_categories(await words_of(tx.database), language, typed[-1])),
        tuple(found.cards),
    )


async def _hits(
    tx: Transaction, sieve: Sieve, tongue: Tongue, texts: list[str], channel: Channel
) -> list[int]:
    """How much each of the texts finds, asked once for as long as the goods stay as they are."""
    asked = ("hits", tongue.language, channel.code, *texts)
    if asked not in sieve.answers:
        sieve.remember(asked, await whole_hits(tx, tongue, texts, places(tx, channel)))
    found: list[int] = sieve.answers[asked]
    return found


def _best(sieve: Sieve, query: str) -> Wanted:
    return Wanted(sieve=sieve, query=query, exactly=True, faceted=False, limit=MOST_PRODUCTS)


def _completions(begun: str, book: WordBook) -> list[str]:
    return book.beginning(begun) or book.begun_near(begun)


def _categories(words: Vocabulary, language: str, begun: str) -> list[CategoryNode]:
    key, found = plain(begun), []
    for category in words.tree():
        text = category.texts.get(spoken(category.texts, language) or "")
        if text and any(plain(word).startswith(key) for word in text.name.split()):
            found.append(category_node(category, language))
    return found[:MOST_CATEGORIES]
