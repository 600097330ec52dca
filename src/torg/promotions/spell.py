"""How codes are written: the form that is kept, and new ones that nobody guesses and nobody mistakes. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from random import Random
from secrets import SystemRandom
from typing import Final

FORM: Final = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*", re.ASCII)

# Neither vowels, so that no words arise, nor what is mistaken for something else when it is read: 0 O, 1 I L, U V, 2 Z,
# 5 S, 8 B.
ALPHABET: Final = "34679CDFGHJKMNPQRTWXY"
LENGTH: Final = 12
GROUP: Final = 4

_secret: Final = SystemRandom()


def written(code: str) -> str:
    """A code as it is kept, however the customer writes it.

    >>> [written(text) for text in (" welcome10 ", "ＷＥＬＣＯＭＥ１０")]
    ['WELCOME10', 'WELCOME10']
    """
    return unicodedata.normalize("NFKC", code).strip().upper()


def well_formed(code: str) -> bool:
    """Whether a code, as it is kept, may be one.

    >>> [well_formed(text) for text in ("WELCOME10", "A-B-1", "-A", "Å", "")]
    [True, True, False, False, False]
    """
    return len(code) <= 40 and FORM.fullmatch(code) is not None


def new_codes(count: int, prefix: str = "", source: Random = _secret) -> Iterator[str]:
    """So many codes of 52 secret bits each; two may be the same once in a very long while.

    >>> next(new_codes(1, "SUMMER", Random(7)))
    'SUMMER-MT3X-GHH6-YQNT'
    """
    for _ in range(count):
        letters = "".join(source.choices(ALPHABET, k=LENGTH))
        groups = [letters[at : at + GROUP] for at in range(0, LENGTH, GROUP)]
        yield "-".join([prefix, *groups] if prefix else groups)
