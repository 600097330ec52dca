"""Which language to speak: what the reader asked for, as near as we can.

A request never fails for its language. A header that is malformed, hostile or empty means the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from torg.kernel.i18n.messages import DEFAULT, LANGUAGES

# Languages whose readers read another one with ease, by custom and by mutual intelligibility.
KIN: Final = {"no": "nb", "nn": "nb", "fo": "da", "kl": "da", "se": "nb", "gsw": "de", "lb": "de"}
MOST: Final = 1_000


def closest(tag: str, available: Sequence[str] = LANGUAGES) -> str | None:
    """The available language nearest to a BCP 47 tag, or nothing: `nb-NO` and `nn` are `nb`, `fr` is
    nothing."""
    primary = tag.strip().replace("_", "-").split("-")[0].lower()
    for language in (primary, KIN.get(primary)):
        if language in available:
            return language
    return None


def _wishes(header: str) -> Iterable[str]:
    wishes: list[tuple[int, int, str]] = []
    for place, item in enumerate(header[:MOST].split(",")):
        tag, _, quality = item.partition(";")
        weight = _quality(quality)
        if weight and tag.strip():
            wishes.append((-weight, place, tag.strip()))
    return (tag for _, _, tag in sorted(wishes))


def _quality(parameter: str) -> int:
    """Thousandths; a quality that cannot be read counts as none, so that the tag is left out."""
    name, _, value = parameter.partition("=")
    if not parameter.strip():
        return 1000
    whole, _, part = value.strip().partition(".")
    wellformed = name.strip().lower() == "q" and whole in {"0", "1"} and len(part) <= 3
    if not wellformed or not (part == "" or (part.isascii() and part.isdigit())):
        return 0
    return min(1000, int(whole) * 1000 + int(part.ljust(3, "0")))


def negotiate(
    accept_language: str | None, available: Sequence[str] = LANGUAGES, default: str = DEFAULT
) -> str:
    """The language to answer an `Accept-Language` header in; `*` and nothing known mean the default.

    >>> negotiate("fr;q=0.9, nn-NO;q=0.8, en;q=0.5"), negotiate("*"), negotiate(None, default="nb")
    ('nb', 'en', 'nb')
    """
    for tag in _wishes(accept_language or ""):
        if tag == "*":
            break
        if found := closest(tag, available):
            return found
    return default
