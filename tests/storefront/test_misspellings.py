"""What people mean who mistype the goods of the practice retailer is found, as often as the documents say."""

import re
import tomllib
from pathlib import Path

import pytest

from torg.kernel.i18n import LANGUAGES
from torg.settings import ROOT

TABLE = tomllib.loads(Path(__file__).with_name("misspellings.toml").read_text(encoding="utf-8"))
CHANNELS = {"nb": "web-no", "sv": "web-se", "da": "web-dk", "en": "web-gb", "de": "web-de", "ja": "web-jp"}
FIGURES = re.compile(r"^\| (\w\w) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def said() -> dict[str, tuple[int, int, int]]:
    """The figures of docs/search.md by language: how many, how many first, how many among five."""
    text = (ROOT / "docs" / "search.md").read_text(encoding="utf-8")
    return {
        language: (int(all), int(first), int(five)) for language, all, first, five in FIGURES.findall(text)
    }


async def _places(shop, language: str) -> dict[str, int | None]:
    """At which place each mistyped word finds what is meant."""
    places: dict[str, int | None] = {}
    for typed, meant in TABLE[language].items():
        answer = await shop.get(
            f"/api/v1/channels/{CHANNELS[language]}/products",
            params={"q": typed, "limit": 5},
            headers={"Accept-Language": language},
        )
        skus = [item["variants"][0]["sku"] for item in answer.json()["items"]]
        places[typed] = next((place for place, sku in enumerate(skus) if sku.startswith(meant)), None)
    return places


def test_the_table_has_enough_of_each_language() -> None:
    assert set(TABLE) == set(LANGUAGES)
    assert sum(len(words) for words in TABLE.values()) >= 120
    assert all(len(words) >= 20 for words in TABLE.values())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_meant_is_found_as_often_as_the_documents_say(shop, language):
    places = await _places(shop, language)
    first = sum(place == 0 for place in places.values())
    found = sum(place is not None for place in places.values())
    missed = {typed: place for typed, place in places.items() if place != 0}
    assert (len(places), first, found) == said()[language], missed
