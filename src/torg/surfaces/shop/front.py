"""Which shop an address means, and which address a page has in every language and country.

A shop is a web channel that is open. It is addressed by its market (`no`); where a market has several, the first by
code is, and the others go by their own codes.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote, urlencode

from msgspec import Struct

from torg.kernel import i18n
from torg.markets import Atlas, Channel, ChannelKind, Market
from torg.surfaces.storefront.shelves import Shop


class Way(Struct, frozen=True):
    """Where a page is, behind market and language; in some languages it may have a name of its own.

    `abroad` says that every shop has the page, `indexed` that search engines may list it.
    """

    rest: str
    named: Mapping[str, str] = {}
    abroad: bool = False
    indexed: bool = True

    def at(self, code: str, language: str, **query: str) -> str:
        """The page's address in a shop and language."""
        return _address(code, language, self.named.get(language, self.rest), query)


def channels(known: Atlas) -> dict[str, Channel]:
    """The open web shops by the first part of their addresses."""
    found: dict[str, Channel] = {}
    for code in sorted(known.channels):
        channel = known.channels[code]
        if channel.kind is ChannelKind.web and channel.active:
            market = channel.market.lower()
            found[code.lower() if market in found else market] = channel
    return found


class Tongue(Struct, frozen=True):
    """A page in a language, for the menus: the language's own name, and where the page is."""

    language: str
    name: str
    url: str
    chosen: bool


class Country(Struct, frozen=True):
    """A market that can be shopped in instead."""

    name: str
    currency: str
    url: str
    chosen: bool
    tongues: tuple[Tongue, ...]


class Front(Struct, frozen=True):
    """The shop that is looked at, among the others."""

    code: str
    shop: Shop
    others: Mapping[str, Channel]

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.shop.language

    def to(self, *parts: str, **query: str) -> str:
        """The address of a page of this shop in this language: `to("p", "julekaffe", variant="…")`."""
        return _address(self.code, self.language, "/".join(map(_quoted, parts)), query)

    def elsewhere(self, way: Way, query: Sequence[tuple[str, str]]) -> tuple[Country, ...]:
        """This page in every country and language; what was asked for in the address stays asked for."""
        found = []
        for code, channel in self.others.items():
            market = self.shop.atlas.market(channel.market)
            here = code == self.code
            tongues = tuple(
                Tongue(
                    language,
                    i18n.words(language).language_name(language).capitalize(),
                    _with(way.at(code, language), query),
                    here and language == self.language,
                )
                for language in market.languages
            )
            best = self._spoken(market)
            url = next(tongue.url for tongue in tongues if tongue.language == best)
            found.append(Country(market.called(self.language), market.currency, url, here, tongues))
        return tuple(found)

    def alternates(self, origin: str, way: Way) -> Iterator[tuple[str, str]]:
        """Language tags with the full addresses of the same page, abroad too where every shop has it."""
        for code, channel in self.others.items():
            market = self.shop.atlas.market(channel.market)
            if code != self.code and not way.abroad:
                continue
            for language in market.languages:
                yield f"{language}-{market.country}", origin + way.at(code, language)

    def _spoken(self, market: Market) -> str:
        return self.language if self.language in market.languages else market.languages[0]


@lru_cache(maxsize=2_000)
def _quoted(part: str) -> str:
    return quote(part)


def _address(code: str, language: str, suffix: str, query: Mapping[str, str]) -> str:
    path = f"/{code}/{language}/{suffix}".rstrip("/")
    return _with(path, list(query.items()))


def _with(path: str, query: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def wished(known: Atlas, remembered: str | None, accept_language: str | None) -> tuple[str, str] | None:
    """The shop and language for somebody who has said neither: where she was last, else what her browser asks for.

    A region in the browser's wish (`en-SG`) names a market; a language alone the first that speaks it at home.
    """
    open_shops = channels(known)
    language = i18n.negotiate(accept_language)
    if remembered in open_shops:
        market = known.market(open_shops[remembered].market)
        return remembered, i18n.negotiate(accept_language, market.languages, market.languages[0])
    regions = [
        tag.split(";")[0].strip().partition("-")[2].lower() for tag in (accept_language or "").split(",")
    ]
    by_region = [code for region in regions for code in open_shops if code == region]
    at_home = [
        c for c, channel in open_shops.items() if known.market(channel.market).languages[0] == language
    ]
    spoken = [c for c, channel in open_shops.items() if language in known.market(channel.market).languages]
    best = next(iter((*by_region, *at_home, *spoken, *open_shops)), None)
    if best is None:
        return None
    market = known.market(open_shops[best].market)
    return best, i18n.negotiate(accept_language, market.languages, market.languages[0])
