"""What customers see: the published pages of a market, from memory, as of at most a second ago."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from torg.content import store
from torg.content.model import ContentPage, PageText
from torg.kernel.database import Database, Transaction

KEPT: Final = "content.shown"


class ShownPage(Struct, frozen=True):
    """A page in a language that it is written in."""

    code: str
    version: int
    language: str
    text: PageText
    slugs: Mapping[str, str]


class Shown(Struct, frozen=True):
    """All published pages, and to which every address leads."""

    pages: tuple[ContentPage, ...]
    addresses: Mapping[str, str]

    def of(self, market: str, language: str) -> list[ShownPage]:
        """The market's pages that are written in the language, in their order."""
        return [
            _seen(page, language)
            for page in self.pages
            if language in page.texts and (not page.markets or market in page.markets)
        ]

    def at(self, slug: str, market: str, language: str) -> ShownPage | None:
        """The page that an address leads to, be it a former one or another language's."""
        here = self.of(market, language)
        own = next((page for page in here if page.text.slug == slug), None)
        code = self.addresses.get(slug)
        return own or next((page for page in here if page.code == code), None)


async def shown_pages(database: Database) -> Shown:
    """What is published; no statement when it is warm."""
    return await database.cached(KEPT, _load, tables=("content_pages",))


async def _load(tx: Transaction) -> Shown:
    return Shown(tuple(await store.shown(tx)), await store.addresses(tx))


def _seen(page: ContentPage, language: str) -> ShownPage:
    slugs = {spoken: text.slug for spoken, text in page.texts.items()}
    return ShownPage(page.code, page.version, language, page.texts[language], slugs)
