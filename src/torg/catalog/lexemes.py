"""How texts become what is found, and how a question is cut into words; the same for both sides.

PostgreSQL stems Norwegian, Swedish, Danish, English and German. It is given plain lower-case words only, because what
it takes for a letter, and how it lowers one, depends on the server's locale. Japanese is written without spaces: each
run of it is cut into overlapping pairs of characters, which finds every part of two or more characters and needs no
dictionary; kana are written in one way, so that katakana, hiragana, half-width letters and long vowels do not matter.
A number with a unit is one word, whatever the unit: 1 kg is 1000 g.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

CONFIGURATIONS: Final = {
    "nb": "norwegian",
    "sv": "swedish",
    "da": "danish",
    "en": "english",
    "de": "german",
    "ja": "simple",
}
_WORD = re.compile(r"[^\W_]+")
_JAPANESE = re.compile(r"([぀-ヿㇰ-ㇿ㐀-䶿一-鿿々〆ー]+)")
_SPELLED = re.compile(r"[0-9]+[.,][0-9]+[^\W\d_]*|[^\W_]+")
_SCRIPTS = re.compile(r"[ァ-ヺー]+|[ぁ-ゖ]+|[㐀-䶿一-鿿々〆]+")
_KATAKANA = re.compile(r"[ァ-ヺー]{3,}")
SHORTEST, LONGEST = 3, 32
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{2,63}", re.ASCII)
_LETTER = "a-zæøåäöüß0-9"
_MEASURE = re.compile(
    rf"(?<![{_LETTER}.,])([0-9]{{1,7}}(?:[.,][0-9]{{1,3}})?)\s?(kg|hg|mg|g|dl|cl|ml|l|cm|mm|m)(?![{_LETTER}])"
)
_THOUSANDTHS: Final = {
    "kg": ("mg", 1_000_000_000),
    "hg": ("mg", 100_000_000),
    "g": ("mg", 1_000_000),
    "mg": ("mg", 1_000),
    "l": ("ul", 1_000_000_000),
    "dl": ("ul", 100_000_000),
    "cl": ("ul", 10_000_000),
    "ml": ("ul", 1_000_000),
    "m": ("um", 1_000_000_000),
    "cm": ("um", 10_000_000),
    "mm": ("um", 1_000_000),
}
"""Of each unit how many thousandths of its kind's smallest one."""
_KANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)} | {ord("ー"): None}


class Piece(Struct, frozen=True):
    """A word of a text: of letters and digits, a run of Japanese, or a measure, which is never unfinished."""

    text: str
    japanese: bool = False
    measure: bool = False

    def lexemes(self) -> list[str]:
        """What is looked for to find it."""
        if not self.japanese:
            return [self.text]
        return list(_pairs(self.text)) or [self.text]


def lower(text: str) -> str:
    """The text in one form: full-width letters narrowed, composed, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def kana(text: str) -> str:
    """Katakana as hiragana, without marks of long vowels.

    >>> kana("コーヒーミル"), kana("こーひーみる")
    ('こひみる', 'こひみる')
    """
    return text.translate(_KANA)


def measured(number: str, unit: str) -> str:
    """A number with a unit as one word that does not depend on the unit.

    >>> measured("1", "kg") == measured("1,000", "g"), measured("0,35", "l")
    (True, '350000ul')
    """
    whole, _, part = number.replace(",", ".").partition(".")
    if len(part) == 3 and whole.strip("0"):
        whole, part = whole + part, ""
    kind, thousandths = _THOUSANDTHS[unit]
    return f"{int(whole + part.ljust(3, '0')) * thousandths // 1_000_000}{kind}"


def _pairs(run: str) -> Iterator[str]:
    yield from (run[place : place + 2] for place in range(len(run) - 1))


def pieces(text: str) -> Iterator[Piece]:
    """The words of the text, in their order."""
    text = lower(text)
    end = 0
    for found in _MEASURE.finditer(text):
        yield from _words(text[end : found.start()])
        yield Piece(measured(found[1], found[2]), measure=True)
        end = found.end()
    yield from _words(text[end:])


def _words(text: str) -> Iterator[Piece]:
    for word in _WORD.findall(text):
        for piece in _JAPANESE.split(word):
            if _JAPANESE.fullmatch(piece):
                if run := kana(piece):
                    yield Piece(run, japanese=True)
            elif piece:
                yield Piece(piece)


def indexed(text: str) -> str:
    """The text as words between spaces, for `to_tsvector`.

    >>> indexed("Kaffe-Bønner, 250 g"), indexed("珈琲豆 V60")
    ('kaffe bønner 250000mg 250 g', '珈琲 琲豆 豆 v60')
    """
    words: list[str] = []
    for piece in pieces(text):
        words += piece.lexemes()
        if piece.japanese and len(piece.text) > 1:
            words.append(piece.text[-1])
    words += [part for found in _MEASURE.findall(lower(text)) for part in _WORD.findall(" ".join(found))]
    return " ".join(words)


def spelled(text: str) -> list[str]:
    """The words of a text as people spell them; Japanese cut where the script changes.

    >>> spelled("Røde kopper"), spelled("手挽きミル")
    (['røde', 'kopper'], ['手挽', 'き', 'ミル'])
    """
    found: list[str] = []
    for word in _SPELLED.findall(_MEASURE.sub(r"\1\2", lower(text))):
        for piece in _JAPANESE.split(word):
            found += _SCRIPTS.findall(piece) if _JAPANESE.fullmatch(piece) else [piece] if piece else []
    return found


def worth_learning(text: str) -> list[str]:
    """Those of its words that somebody could mean by another: no numbers, nothing short; of Japanese the katakana.

    >>> worth_learning("Kaffe 250g i KAF-1, コーヒーを")
    ['kaffe', 'kaf', 'コーヒー']
    """
    return [
        word
        for word in spelled(text)
        if (_KATAKANA.fullmatch(word) or (word.isalpha() and not _SCRIPTS.match(word)))
        and SHORTEST <= len(word) <= LONGEST
    ]


def identifier_of(query: str) -> str | None:
    """The question as an article number, if it could be one."""
    trimmed = query.strip()
    return trimmed if _IDENTIFIER.fullmatch(trimmed) else None
