"""Whether every text stands in every language: run by `./torg check`, or `python -m torg.kernel.i18n.check`.

Finds keys that a language lacks, placeholders that differ, plural forms that are not the language's, texts that were
left in English, refusals without a text, and, in templates, words that a person would read but no translator sees, keys
that do not exist and facts that do not fit. Each finding is one line that says where and what.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from torg.kernel.errors import TorgError
from torg.kernel.i18n import template_check
from torg.kernel.i18n.messages import DEFAULT, LANGUAGES, PACKAGE, SAME, Message, Texts, plural_rule, split

LETTERS: Final = re.compile(r"[^\W\d_]{2,}")


def problems(*roots: Path) -> list[str]:
    """Everything that is wrong with the texts and templates under the folders (Torg's own, when none is given)."""
    roots = roots or (PACKAGE,)
    texts = Texts(*roots)
    return [
        *missing(texts),
        *differing(texts),
        *untranslated(texts, intended(roots)),
        *template_check.problems(roots, texts.own[DEFAULT]),
    ]


def missing(texts: Texts) -> Iterator[str]:
    """Keys that stand in one language and not in another."""
    everywhere = set().union(*texts.own.values())
    for language in LANGUAGES:
        for key in sorted(everywhere - texts.own[language].keys()):
            yield f"{key}: there is no text in {language}"


def differing(texts: Texts) -> Iterator[str]:
    """Placeholders that are not those of the English text, and plural forms that are not the language's."""
    for key, english in sorted(texts.own[DEFAULT].items()):
        for language in LANGUAGES:
            message = texts.own[language].get(key)
            if message is None:
                continue
            if message.slots | _counted(english, message) != english.slots | _counted(english, message):
                shown = ", ".join(sorted(message.slots ^ english.slots))
                yield f"{key}: {language} and {DEFAULT} differ in the placeholders {shown}"
            yield from _plural(key, language, message, english)


def _counted(*messages: Message) -> set[str]:
    return {"count"} if any(len(message.forms) > 1 for message in messages) else set()


def _plural(key: str, language: str, message: Message, english: Message) -> Iterator[str]:
    wanted = plural_rule(language).tags | {"other"}
    if len(english.forms) > 1 and message.forms.keys() != wanted:
        yield f"{key}: the plural forms of {language} are {', '.join(sorted(wanted))}"
    for form, parts in message.forms.items():
        slots = {part.name for part in parts if not isinstance(part, str)} | {"count"}
        if slots != message.slots | {"count"}:
            yield f"{key}: the form {form} of {language} lacks a placeholder that another form has"


def intended(roots: Iterable[Path]) -> dict[str, dict[str, Path]]:
    """By language the keys whose text is rightly the English one, with the file that says so."""
    found: dict[str, dict[str, Path]] = {language: {} for language in LANGUAGES}
    for file in sorted(file for root in roots for file in root.glob(f"**/texts/{SAME}")):
        for language, keys in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found.setdefault(language, {}).update(dict.fromkeys(keys, file))
    return found


def untranslated(texts: Texts, same: Mapping[str, Mapping[str, Path]]) -> Iterator[str]:
    """Texts that are still the English ones, and exceptions that are none any more."""
    english = texts.own[DEFAULT]
    for language in sorted({*LANGUAGES, *same} - {DEFAULT}):
        left = {
            key
            for key, message in texts.own.get(language, {}).items()
            if key in english and message.forms == english[key].forms and LETTERS.search(message.literal())
        }
        known = same.get(language, {})
        for key in sorted(left - known.keys()):
            yield f"{key}: {language} is the same as {DEFAULT}; translate it or list it in {SAME}"
        for key in sorted(known.keys() - left):
            yield f"{known[key]}: {key} is no longer the same in {language} and {DEFAULT}"


def untold(texts: Texts, errors: Iterable[type[TorgError]]) -> Iterator[str]:
    """Refusals without a text, or whose text shows facts that the English message does not."""
    homes: dict[str, type[TorgError]] = {}
    for error in errors:
        if "code" not in vars(error):
            continue  # told with its parent's words
        first = homes.setdefault(error.code, error)
        if first is not error:
            yield f"{error.__qualname__}: {first.__qualname__} has the code {error.code} already"
        message = texts.own[DEFAULT].get(f"error.{error.code}")
        if message is None:
            yield f"{error.__module__}.{error.__qualname__}: there is no text error.{error.code}"
            continue
        facts = {part.name for part in split(error.message) if not isinstance(part, str)}
        if message.slots - facts:
            shown = ", ".join(sorted(message.slots - facts))
            yield f"error.{error.code}: shows {shown}, which {error.__qualname__}.message does not have"


def known_errors() -> list[type[TorgError]]:
    """Every kind of refusal in Torg, after importing all of it."""
    package = importlib.import_module("torg")
    for module in pkgutil.walk_packages(package.__path__, "torg."):
        if not module.name.endswith("__main__") and not module.name.startswith("torg.migrations."):
            importlib.import_module(module.name)
    found: list[type[TorgError]] = []
    waiting: list[type[TorgError]] = [TorgError]
    while waiting:
        error = waiting.pop()
        if error.__module__.startswith("torg.") and error not in found:
            found.append(error)
        waiting += error.__subclasses__()
    return sorted(found, key=lambda error: (error.__module__, error.__qualname__))


def main() -> int:
    """Print every finding; the exit code says whether there is any."""
    found = [*problems(), *untold(Texts(PACKAGE), known_errors())]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
