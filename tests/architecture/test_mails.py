"""Every mail of every package can be read in six languages, in HTML and as text, and loads nothing from
anywhere."""

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from torg.kernel.i18n import LANGUAGES, words
from torg.kernel.mail import compose
from torg.kernel.money import Money
from torg.kernel.templates import folders

PARTS = {"layout", "parts"}
MAILS = sorted(
    f"{package}/{file.stem}"
    for package, folder in folders("mails").items()
    for file in folder.glob("*.html")
    if file.stem not in PARTS
)
LONGEST = 100_000  # mail programs cut what is longer


def example(template: str) -> dict[str, Any]:
    """The example facts beside a template; a table of amount and currency is money."""
    package, _, name = template.partition("/")
    file: Path = folders("mails")[package] / f"{name}.toml"

    def fact(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"amount", "currency"}:
            return Money(**value)
        if isinstance(value, dict):
            return {key: fact(inner) for key, inner in value.items()}
        return [fact(inner) for inner in value] if isinstance(value, list) else value

    found: dict[str, Any] = fact(tomllib.loads(file.read_text(encoding="utf-8")))
    return found


class Loads(HTMLParser):
    """What a mail would fetch, run, or send people to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.add(tag)
        self.fetched += [
            str(known[name]) for name in ("src", "srcset", "background", "poster") if name in known
        ]
        self.fetched += [str(known.get("href"))] if tag == "link" else []
        self.links += [str(known.get("href"))] if tag == "a" else []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", MAILS)
def test_a_mail_reads_well_in_every_language_and_loads_nothing(template: str, language: str) -> None:
    letter = compose.write(template, words(language), example(template))
    found = Loads(letter.html)
    assert found.fetched == []
    assert not re.search(r"url\(|@import|@font-face", letter.html)
    assert not found.tags & {"script", "iframe", "form", "object", "embed", "link", "base"}
    assert all(link.startswith("https://") for link in found.links)
    assert f'<html lang="{language}">' in letter.html
    assert len(letter.html) < LONGEST
    assert letter.subject
    assert letter.subject in letter.text
    assert letter.html.count("<h1") == 1
    assert "<" not in letter.text
    for link in found.links:
        assert link in letter.text
