"""How what people know of an order is spelled in its keys, and how what they type is looked for there. Pure.

A key is a word in small letters without accents. People leave out hyphens, write O for 0, give a phone number with or
without its country, and type the beginning of a name: everything is looked for by its beginning, and phone numbers by
their end.

>>> asked("Ærlig Nøst")
"'aerlig':* & 'nost':*"
>>> asked("no-y35Odf")
"('no' & 'y35odf':*) | 'noy35odf':* | '#n0y350df':*"
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from torg.kernel.errors import FieldProblem, Invalid

SHORTEST: Final = 2
MOST_WORDS: Final = 8
LONGEST: Final = 60
PHONE_DIGITS: Final = 6
ALIKE: Final = str.maketrans("oil", "011")
LETTERS: Final = str.maketrans({"æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ß": "ss", "þ": "th", "ð": "d"})
_WORD = re.compile(r"\w+")
_PHONE = re.compile(r"[+(]?[\d][\d\s()./-]*")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@lru_cache(maxsize=32_768)
def folded(text: str) -> str:
    """The text in small letters and without accents; wide and narrow forms are one.

    >>> folded("Åse Ｂjørn"), folded("がぎ")
    ('ase bjorn', 'がぎ')
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold().translate(LETTERS)
    apart = unicodedata.normalize("NFD", plain)
    return unicodedata.normalize(
        "NFC", "".join(c for c in apart if not unicodedata.combining(c) or c in "\u3099\u309a")
    )


@lru_cache(maxsize=32_768)
def words(text: str) -> tuple[str, ...]:
    """The words of a text as keys: names, goods and codes come again and again."""
    return tuple(word[:LONGEST] for word in _WORD.findall(folded(text).replace("_", " ")))


def known_words(text: str) -> Iterator[str]:
    """The words of a text that is to be found; those of a script without spaces from each of their letters on.

    >>> list(known_words("山田太郎"))
    ['山田太郎', '田太郎', '太郎', '郎']
    """
    for word in words(text):
        yield from (word[at:] for at in range(len(word))) if _WIDE.search(word) else (word,)


def code(text: str) -> str:
    """A code (SKU, number, postal code) without what people leave out."""
    return "".join(words(text))[:LONGEST]


def number(text: str) -> str:
    """An order's number as a key: letters that look like digits count as those."""
    return f"#{code(text).translate(ALIKE)}"


def phone(text: str) -> str:
    """A phone number as a key: its digits from the last, since people leave out its beginning."""
    return f"~{''.join(c for c in unicodedata.normalize('NFKC', text) if c.isdigit())[::-1]}"


def email(text: str) -> str:
    """An e-mail address as a key."""
    return unicodedata.normalize("NFC", text).casefold().strip()[:254]


def codes(texts: Iterable[str | None]) -> Iterator[str]:
    """Codes as keys, and their words where they have several."""
    for text in texts:
        if text:
            yield code(text)
            yield from words(text)


def quoted(key: str, *, begins: bool = False) -> str:
    """A key in a question to the database."""
    safe = key.replace("\\", "\\\\").replace("'", "''")
    return f"'{safe}'" + (":*" if begins else "")


def asked(question: str) -> str:
    """The question for the keys: every word begins a key, or all of it together is a number, a code or a phone."""
    text = unicodedata.normalize("NFKC", question).strip()
    if "@" in text and " " not in text:
        return quoted(email(text), begins=True)
    every = list(dict.fromkeys(words(text)))[:MOST_WORDS]
    if not every or (len("".join(every)) < SHORTEST and not _WIDE.search(text)):
        raise Invalid.of(FieldProblem("q", "too-short", f"Give at least {SHORTEST} letters or digits."))
    # The beginnings "no" are those of half of all orders; what stands before a longer word is not just being typed.
    named = " & ".join(quoted(word, begins=len(word) > SHORTEST or word == every[-1]) for word in every)
    others = [*_as_code(text, every), *_as_phone(text)]
    if not others:
        return named
    return " | ".join([f"({named})" if len(every) > 1 else named, *others])


def _as_code(text: str, every: list[str]) -> Iterator[str]:
    whole = code(text)
    if any(c.isdigit() for c in whole) and len(whole) > SHORTEST:
        if len(every) > 1:
            yield quoted(whole, begins=True)
        yield quoted(number(text), begins=True)


def _as_phone(text: str) -> Iterator[str]:
    if not _PHONE.fullmatch(text):
        return
    digits = "".join(c for c in text if c.isdigit()).lstrip("0")
    if len(digits) >= PHONE_DIGITS:
        yield quoted(phone(digits), begins=True)
