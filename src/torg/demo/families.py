"""Families of goods: what products of a kind have in common, and the members that each family has.

A family stands in `goods/families/*.toml` with a name pattern and two descriptions in each language. Its members are
rows of words from `goods/speech.toml`; a member becomes the same kind of record as goods that are written out by hand.
Everything follows from the files: the same goods every time.
"""

import random
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from torg.demo.speech import Noun, filled
from torg.kernel.i18n import LANGUAGES

GOODS: Final = Path(__file__).parent / "goods"
SHELVES: Final = ("coffee", "brewing", "cooking", "table", "camp", "wear")
FIELDS: Final = ("series", "first", "adj", "use", "more", "kroner")
PER_KRONE: Final = 100
WOODS: Final = ("oak", "walnut", "birch")
STRETCHES: Final = {"tall": (0.92, 1.07), "low": (1.05, 0.86), "small": (0.86, 0.86), "wide": (1.08, 0.94)}

Goods = dict[str, Any]


@cache
def speech() -> dict[str, dict[str, Any]]:
    """The words that patterns are filled with, by kind and code."""
    return tomllib.loads((GOODS / "speech.toml").read_text(encoding="utf-8"))


@cache
def families() -> list[Goods]:
    """Every family as its file describes it."""
    return [
        family
        for shelf in SHELVES
        for family in tomllib.loads((GOODS / "families" / f"{shelf}.toml").read_text(encoding="utf-8"))[
            "family"
        ]
    ]


@cache
def members() -> list[Goods]:
    """Every member of every family, in the form of goods that are written out by hand."""
    return [_member(family, place) for family in families() for place in range(len(family["members"]))]


def _member(family: Goods, place: int) -> Goods:
    row = dict(zip(family.get("fields", FIELDS), family["members"][place], strict=True))
    sku = f"{family['sku']}-{speech()['series'][row['series']]['sku']}"
    values = _values(family, row, sku)
    goods = {key: value for key, value in family.items() if key in _AS_THEY_ARE}
    goods |= {
        "sku": sku,
        "family": family["sku"],
        "values": values,
        "origin": row.get("origin", family.get("origin")),
        "attributes": _attributes(family, row),
        "rank": 10 + random.Random(f"rank:{sku}").randint(0, 78),  # noqa: S311  # a world, not a secret
        "kroner": int(row["kroner"]),
        "shape": family.get("shapes", {}).get(row.get("first"), family["shape"]),
        "tint": _tint(family, row, sku),
        "stretch": STRETCHES.get(row.get("adj", ""), (1.0, 1.0)),
        "variation": _variation(family, row, place),
    }
    goods |= {language: _texts(family, row, place, language) for language in LANGUAGES}
    if "taste" in row:
        goods["taste"] = {
            language: _capital(speech()["taste"][row["taste"]][language]) for language in LANGUAGES
        }
    return goods


_AS_THEY_ARE: Final = (
    "kind", "tax_class", "hs_code", "category", "also", "grams", "size", "markets", "hidden",
    "factors", "care",
)  # fmt: skip


def _values(family: Goods, row: dict[str, str], sku: str) -> dict[str, list[str]]:
    """The options and their values; of the colours that the material comes in, each member has some."""
    values: dict[str, list[str]] = dict(family.get("values", {}))
    if "colours" in family:
        palette: list[str] = family["colours"].get(row.get("first", ""), family["colours"].get("any"))
        luck = random.Random(f"colours:{sku}")  # noqa: S311  # a world, not a secret
        chosen = luck.sample(palette, min(family["shown"], len(palette)))
        values = {"colour": [colour for colour in palette if colour in chosen], **values}
    return values


def _variation(family: Goods, row: dict[str, str], place: int) -> int:
    """How the member's picture differs from its family's: by what it is made of or like, or in turns."""
    given = family.get("variations", 1)
    if isinstance(given, int):
        return place % given
    told = (given[code] for code in (row.get("adj"), row.get("first")) if code in given)
    return int(next(told, given["any"]))


def _tint(family: Goods, row: dict[str, str], sku: str) -> str:
    tints: list[str] = family.get("tints", {}).get(
        row.get("first", ""), family.get("tints", {}).get("any", ["blue"])
    )
    return random.Random(f"tint:{sku}").choice(tints)  # noqa: S311  # a world, not a secret


def _attributes(family: Goods, row: dict[str, str]) -> Goods:
    attributes = dict(family.get("attributes", {}))
    stuff = row.get("first", "")
    if "material" not in attributes and stuff in speech()["stuff"]:
        attributes["material"] = "wood" if stuff in WOODS else stuff
    attributes |= {code: row[code] for code in family.get("says", ())}
    return attributes


def _texts(family: Goods, row: dict[str, str], place: int, language: str) -> list[str]:
    """The name and one of the two descriptions, ended by what else is to be said of this member."""
    given = family[language]
    noun, words = Noun.of(given["noun"]), dict(_words(row, language))
    gap = "" if language == "ja" else " "
    ending = [speech()["more"][code][language] for code in row["more"].split()]
    text = gap.join((given["texts"][place % len(given["texts"])], *ending))
    name = filled(language, given["name"], noun, words)
    return [_capital(name), _capital(filled(language, text, noun, words))]


def _words(row: dict[str, str], language: str) -> Iterator[tuple[str, str]]:
    for field, code in row.items():
        if field not in {"more", "kroner"} and code:
            word = speech()[field][code]
            yield field, word.get(language, word.get("all", ""))
    if row.get("first") in speech()["stuff"]:
        yield "stuff", speech()["stuff"][row["first"]][language]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def ore(goods: Goods, options: dict[str, str]) -> int:
    """What a variant costs in Norway, in øre with tax: larger packs and sizes cost more by the family's factors."""
    factor = 1.0
    for value in options.values():
        factor *= goods.get("factors", {}).get(value, 1.0)
    kroner: int = goods["kroner"]
    return round(kroner * factor) * PER_KRONE


__all__ = ["FIELDS", "GOODS", "Goods", "families", "members", "ore", "speech"]
