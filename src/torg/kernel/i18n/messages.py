"""Texts as they stand in files: read, split into literal parts and placeholders, and kept by language and
key.

Guarantees: a key has one home; a text with a malformed placeholder or plural is refused when it is read, not
when a customer sees it; a language that lacks a key answers in English, with the English plural rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

from babel import Locale
from babel.plural import PluralRule
from msgspec import Struct

LANGUAGES: Final = ("nb", "sv", "da", "en", "de", "ja")
DEFAULT: Final = "en"
CATEGORIES: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
STYLES: Final = frozenset(
    {
        "",
        "date",
        "longdate",
        "time",
        "moment",
        "percent",
        "weight",
        "size",
        "country",
        "currency",
        "language",
        "plain",
    }
)
PACKAGE: Final = Path(__file__).resolve().parents[2]
SAME: Final = "same-as-english.toml"


class NoSuchText(LookupError):
    """No language has a text of this key: a defect of the caller."""


class WrongText(ValueError):
    """A text file cannot be used as it stands; says where and why."""


class Slot(Struct, frozen=True):
    """A place in a text where a fact is shown, and in what style."""

    name: str
    style: str = ""


Parts = tuple[str | Slot, ...]


class Message(Struct, frozen=True):
    """One text in one language; `forms` has the one form `other`, or a form for each plural category."""

    language: str
    forms: Mapping[str, Parts]

    @property
    def slots(self) -> frozenset[str]:
        """The names of the facts that the text shows."""
        return frozenset(p.name for parts in self.forms.values() for p in parts if isinstance(p, Slot))

    def literal(self) -> str:
        """The words without the facts, all forms together: what a translator has to translate."""
        return " ".join(p for parts in self.forms.values() for p in parts if isinstance(p, str))

    def parts(self, facts: Mapping[str, Any]) -> Parts:
        """The form that fits the facts."""
        if len(self.forms) == 1:
            return self.forms["other"]
        return self.forms[plural_rule(self.language)(facts["count"])]


@cache
def plural_rule(language: str) -> PluralRule:
    """CLDR's rule that names the plural category of a number."""
    return Locale.parse(language).plural_form


def split(text: object) -> Parts:
    """The literal parts and placeholders of a text; WrongText when a placeholder is malformed."""
    if not isinstance(text, str):
        raise WrongText("a text is a string or a table of plural forms")
    parts: list[str | Slot] = []
    try:
        for literal, name, style, conversion in Formatter().parse(text):
            if literal:
                parts.append(literal)
            if name is None:
                continue
            if not name.isidentifier() or conversion or style not in STYLES:
                raise WrongText(f"placeholder {{{name}:{style}}} is malformed")
            parts.append(Slot(name, style or ""))
    except WrongText:
        raise
    except ValueError as wrong:
        raise WrongText(str(wrong)) from wrong
    return tuple(parts)


def _messages(language: str, table: Mapping[str, Any], path: str) -> Iterator[tuple[str, Message]]:
    for word, value in table.items():
        key = f"{path}.{word}" if path else word
        try:
            if isinstance(value, dict) and "other" in value and set(value) <= CATEGORIES:
                yield key, Message(language, {form: split(text) for form, text in value.items()})
            elif isinstance(value, dict):
                yield from _messages(language, value, key)
            else:
                yield key, Message(language, {"other": split(value)})
        except WrongText as wrong:
            raise WrongText(str(wrong) if " in text " in str(wrong) else f"{wrong} in text {key}") from None


def read(file: Path) -> dict[str, Message]:
    """The texts of one file by key; the file's name is the language."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        return dict(_messages(file.stem, table, ""))
    except ValueError as wrong:
        raise WrongText(f"{file}: {wrong}") from wrong


class Texts:
    """All texts of some folders, by language and key."""

    def __init__(self, *roots: Path) -> None:
        self.own: dict[str, dict[str, Message]] = {language: {} for language in LANGUAGES}
        for file in sorted(file for root in roots for file in root.glob("**/texts/*.toml")):
            if file.name != SAME:
                self._add(file)
        self._all = {language: {**self.own[DEFAULT], **own} for language, own in self.own.items()}

    def _add(self, file: Path) -> None:
        if file.stem not in self.own:
            raise WrongText(f"{file}: the languages are {', '.join(LANGUAGES)}")
        own = self.own[file.stem]
        texts = read(file)
        if twice := sorted(own.keys() & texts.keys()):
            raise WrongText(f"{file}: {twice[0]} already stands in another file")
        own.update(texts)

    def find(self, language: str, key: str) -> Message | None:
        """The message in this language, else in English, else nothing."""
        return self._all[language].get(key)

    def get(self, language: str, key: str) -> Message:
        """The message in this language, else in English; NoSuchText when nobody wrote it."""
        if message := self._all[language].get(key):
            return message
        raise NoSuchText(key)


@cache
def collect() -> Texts:
    """The texts of Torg itself, read once."""
    return Texts(PACKAGE)
