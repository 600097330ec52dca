"""Pieces of pages as HTML, each written once for what it says: most visitors see the same ones.

What is kept goes by everything that the piece shows, so it never grows old: another price makes another card.
"""

from collections.abc import Hashable
from functools import lru_cache
from typing import Final

from markupsafe import Markup

from torg.kernel import i18n, pages
from torg.surfaces.shop.front import Front
from torg.surfaces.shop.pictures import picture

MOST_KEPT: Final = 3_000


class Pieces:
    """The pieces of a shop's pages in a language, to be called in their templates."""

    def __init__(self, at: Front) -> None:
        self._place = (at.to(), at.language, at.shop.market.country)

    def __call__(self, name: str, **facts: Hashable) -> Markup:
        """The piece of this name (`card` is `shop/piece_card.html`); the facts must be all that it shows."""
        return _written(name, *self._place, **facts)


@lru_cache(maxsize=MOST_KEPT)
def _written(name: str, home: str, language: str, country: str, **facts: Hashable) -> Markup:
    words = i18n.words(language, country)
    known = {"t": words.text, "words": words, "home": home, "picture": picture}
    template = pages.environment().get_template(f"shop/piece_{name}.html")
    return Markup(template.render({**known, **facts}))  # noqa: S704  # the template escapes its parts
