"""How texts become what is found, and how a question becomes what is looked for; the same for both sides.

PostgreSQL stems Norwegian, Swedish, Danish, English and German. It is given plain lower-case words only, because what
it takes for a letter, and how it lowers one, depends on the server's locale. Japanese is written without spaces: each
run of it is cut into overlapping pairs of characters, which finds every part of two or more characters and needs no
dictionary. The last word of a question may be unfinished.
"""

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

CONFIGURATIONS = {
    "nb": "norwegian",
    "sv": "swedish",
    "da": "danish",
    "en": "english",
    "de": "german",
    "ja": "simple",
}
MOST_WORDS = 12
_WORD = re.compile(r"[^\W_]+")
_JAPANESE = re.compile(r"([぀-ヿㇰ-ㇿ㐀-䶿一-鿿々〆ー]+)")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{2,63}", re.ASCII)


class Question(Struct, frozen=True):
    """What a person typed, for PostgreSQL: whole words, the beginning of a last one, perhaps an article number."""

    whole: str
    last: str
    identifier: str | None

    @property
    def empty(self) -> bool:
        """Whether nothing is left that could be looked for."""
        return not (self.last or self.identifier)


def lower(text: str) -> str:
    """The text in one form: full-width letters narrowed, composed, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def _pairs(run: str) -> Iterator[str]:
    yield from (run[place : place + 2] for place in range(len(run) - 1))


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Words of the text, and whether each is a run of Japanese."""
    for word in _WORD.findall(lower(text)):
        for piece in _JAPANESE.split(word):
            if piece:
                yield piece, bool(_JAPANESE.fullmatch(piece))


def indexed(text: str) -> str:
    """The text as words between spaces, for `to_tsvector`.

    >>> indexed("Kaffe-Bønner, 250 g"), indexed("珈琲豆 V60")
    ('kaffe bønner 250 g', '珈琲 琲豆 豆 v60')
    """
    words: list[str] = []
    for piece, japanese in _pieces(text):
        words += [*_pairs(piece), piece[-1]] if japanese else [piece]
    return " ".join(words)


def asked(query: str) -> Question:
    """What is looked for; words beyond the twelfth are left out.

    >>> asked("Røde kopp"), asked("珈琲豆").whole
    (Question(whole='røde', last='kopp:*', identifier=None), '珈琲')
    """
    words: list[str] = []
    for piece, japanese in _pieces(query):
        words += list(_pairs(piece)) or [piece] if japanese else [piece]
    words = words[:MOST_WORDS]
    trimmed = query.strip()
    return Question(
        whole=" & ".join(words[:-1]),
        last=f"{words[-1]}:*" if words else "",
        identifier=trimmed if _IDENTIFIER.fullmatch(trimmed) else None,
    )
