"""Which words of the goods somebody may have meant who typed others; pure.

Words are compared without accents and with æ, ø, å, ä, ö, ü and ß as people spell them without (ae, oe, aa, ue, ss),
kana without voicing and length. What is left of difference is counted in letters that are missing, too many, wrong or
swapped: one in a short word, two in a long one. Compounds may be joined or split.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from typing import Final

from msgspec import Struct

from torg.catalog.lexemes import kana, lower

_LETTERS: Final = str.maketrans(
    {"æ": "a", "ä": "a", "å": "a", "ø": "o", "ö": "o", "ü": "u", "ß": "ss", "ð": "d", "ł": "l"}
)
_PAIRS: Final = (("ae", "a"), ("oe", "o"), ("aa", "a"), ("ue", "u"), ("ph", "f"))
SHORT, LONG = 4, 7
"""From so many letters on one, and two, may be wrong."""
MOST: Final = 6
PARTS: Final = 3
LINKS: Final = ("", "s", "e", "n", "es", "en")
"""What joins the parts of a compound."""


class Near(Struct, frozen=True, order=True):
    """A guess at what was meant, and how much was changed for it; 0 is nothing."""

    cost: float
    text: str


def plain(word: str) -> str:
    """The word as it is compared.

    >>> plain("Kaffekværn") == plain("kaffekvaern") == plain("kaffekvarn"), plain("バッグ") == plain("はつく")
    (True, False)
    """
    word = kana(lower(word)).translate(_LETTERS)
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    for spelled, letter in _PAIRS:
        word = word.replace(spelled, letter)
    return word


def _single(key: str) -> str:
    return "".join(letter for letter, _ in groupby(key))


def _alike(key: str, words: Sequence[str], wrong: int, most: int | None = None) -> dict[str, int]:
    """Those of the words in which at most so many letters are wrong, and how many, the nearest first."""
    from rapidfuzz import process  # with the first mistyped word: nothing that starts needs it
    from rapidfuzz.distance import OSA

    found = process.extract(key, words, scorer=OSA.distance, score_cutoff=wrong, limit=most, processor=None)
    return {word: int(distance) for word, distance, _ in found}


class WordBook:
    """The words of the goods in one language; of each how far it stands from a name (0 in it, 1 beside, 2 below)."""

    def __init__(self, words: Iterable[tuple[str, int]] = ()) -> None:
        self.places: dict[str, int] = {}
        self._words: dict[str, list[str]] = {}
        self._lengths: dict[int, list[str]] = {}
        self._heads: dict[int, list[str]] = {}
        self.add(words)

    def add(self, words: Iterable[tuple[str, int]]) -> None:
        """Learn words; one that is known already may stand nearer to a name now."""
        for word, place in words:
            known = self.places.get(word)
            self.places[word] = place if known is None else min(known, place)
            if known is None:
                self._enter(word)
        self._heads.clear()
        for name in ("_forwards", "_backwards"):
            self.__dict__.pop(name, None)

    def _enter(self, word: str) -> None:
        key = plain(word)
        same = self._words.setdefault(key, [])
        if not same:
            self._lengths.setdefault(len(key), []).append(key)
        same.append(word)

    @cached_property
    def _forwards(self) -> list[tuple[str, str]]:
        return sorted((key, word) for key, words in self._words.items() for word in words)

    @cached_property
    def _backwards(self) -> list[tuple[str, str]]:
        return sorted((word[::-1], word) for word, place in self.places.items() if place < PARTS - 1)

    def knows(self, word: str, *, begun: bool = False) -> bool:
        """Whether some goods have the word, or one that begins with it, as it is spelled."""
        word = lower(word)
        return word in self.places or (begun and any(w.startswith(word) for w in self.beginning(word, 50)))

    def beginning(self, start: str, most: int = MOST) -> list[str]:
        """Words that begin so, however accents are written; those of names first, then the shortest."""
        key = plain(start)
        at = bisect_left(self._forwards, (key, ""))
        found = []
        for place in range(at, min(at + 400, len(self._forwards))):
            if not self._forwards[place][0].startswith(key):
                break
            found.append(self._forwards[place][1])
        return sorted(found, key=lambda word: (self.places[word], len(word), word))[:most]

    def begun_near(self, start: str, most: int = MOST) -> list[str]:
        """Words that begin nearly so."""
        key = plain(start)
        if len(key) < SHORT:
            return []
        wrong = 1 if len(key) < LONG else 2
        near: dict[str, int] = {}
        for length in (len(key), len(key) + 1):
            heads = self._heads.get(length)
            if heads is None:
                heads = self._heads[length] = list({known[:length] for known in self._words})
            near |= _alike(key, heads, wrong, most=3)
        likely = sorted(near, key=lambda head: (near[head], head))
        return list(dict.fromkeys(word for head in likely for word in self.beginning(head, 2)))[:most]

    def ending(self, end: str, most: int = MOST) -> list[str]:
        """Longer words of names and labels that end so: the compounds of a word."""
        back = end[::-1]
        at = bisect_left(self._backwards, (back, ""))
        found = []
        for place in range(at, min(at + 400, len(self._backwards))):
            if not self._backwards[place][0].startswith(back):
                break
            if len(self._backwards[place][1]) >= len(end) + PARTS:
                found.append(self._backwards[place][1])
        return sorted(found, key=lambda word: (self.places[word], len(word), word))[:most]

    def near(self, word: str, most: int = MOST) -> list[Near]:
        """Words that look like this one, the likeliest first."""
        key = plain(word)
        found = dict(self._near(key))
        for cut in (1, 2, 3):  # an ending that the goods do not have
            if not found and len(key) - cut >= LONG:
                found = {text: cost + 0.4 * cut for text, cost in self._near(key[:-cut])}
        return sorted(Near(cost, text) for text, cost in found.items() if text != word)[:most]

    def _near(self, key: str) -> Iterator[tuple[str, float]]:
        wrong = 0 if len(key) < SHORT else 1 if len(key) < LONG else 2
        for length in range(len(key) - wrong, len(key) + wrong + 1):
            keys = self._lengths.get(length, ())
            for found, distance in _alike(key, keys, wrong).items():
                cost = self._cost(key, found, distance)
                yield from ((word, cost + 0.15 * self.places[word]) for word in self._words[found])

    @staticmethod
    def _cost(key: str, found: str, distance: int) -> float:
        if not distance:
            return 0.1
        if _single(key) == _single(found):
            return 0.4 * distance
        first = 0.4 if key[0] != found[0] else 0.0
        swapped = -0.2 if sorted(key) == sorted(found) else 0.0
        return distance + first + swapped - min(0.3, 0.02 * len(key))

    def parts(self, word: str) -> list[Near]:
        """The word as two that the goods have."""
        word = lower(word)
        found = []
        for at in range(PARTS, len(word) - PARTS + 1):
            head, tail = word[:at], word[at:]
            if not (self.knows(tail) or (len(tail) >= SHORT and self.knows(tail, begun=True))):
                continue
            for link in LINKS:
                part = head.removesuffix(link) if link else head
                if (link == "" or head.endswith(link)) and len(part) >= PARTS and self.knows(part):
                    found.append(Near(0.5 + 0.1 * bool(link) - 0.01 * len(tail), f"{part} {tail}"))
                    break
        return sorted(found)[:2]


def guesses(words: Sequence[str], book: WordBook, most: int = 10) -> list[Near]:
    """What a question of these words may have meant, the likeliest first; never the question itself."""
    ways = [Near(0.0, "")]
    for each in _joined(words, book):
        ways = sorted(
            Near(way.cost + option.cost, f"{way.text} {option.text}".strip())
            for way in ways
            for option in each
        )[: 2 * most]
    asked = " ".join(words)
    best: dict[str, float] = {}
    for cost, text in [(way.cost, way.text) for way in ways] + [
        (w.cost, w.text) for w in _joins(words, book)
    ]:
        if text != asked:
            best[text] = min(cost, best.get(text, cost))
    return sorted(Near(cost, text) for text, cost in best.items())[:most]


def _joined(words: Sequence[str], book: WordBook) -> Iterator[list[Near]]:
    for place, word in enumerate(words):
        itself = Near(0.0 if book.knows(word, begun=place == len(words) - 1) else 1.5, word)
        if word.isdigit() or any(letter.isdigit() for letter in word):
            yield [Near(0.0, word)]
        elif itself.cost:
            yield [*book.near(word), *book.parts(word), itself]
        else:
            yield [itself, *(Near(one.cost + 1.0, one.text) for one in book.near(word, 2)), *book.parts(word)]


def _joins(words: Sequence[str], book: WordBook) -> Iterator[Near]:
    """Two words that stand beside each other as one."""
    for place in range(len(words) - 1):
        if not (words[place] + words[place + 1]).isalpha():
            continue
        before, after = words[:place], words[place + 2 :]
        unknown = 1.5 * sum(not book.knows(word) for word in (*before, *after))
        for link in LINKS[:2]:
            together = words[place] + link + words[place + 1]
            known = book.knows(together, begun=not after)
            for one in [Near(0.0, together)] if known else book.near(together, 2):
                yield Near(0.3 + one.cost + unknown, " ".join((*before, one.text, *after)))
