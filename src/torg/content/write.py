"""Write pages: each time a version that never changes again, and that nobody sees until it is published."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from torg.content import store
from torg.content.model import (
    ContentPage,
    MarketCode,
    PageAddressTaken,
    PageCode,
    PageExists,
    PageNotFound,
    Position,
    Texts,
    VersionNumber,
)
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.kernel.i18n import LANGUAGES
from torg.markets import load_atlas
from torg.permissions import Permission


class PageChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page as it shall be, written on top of a version. Without `markets` it is for all of them."""

    version: VersionNumber
    texts: Texts
    markets: tuple[MarketCode, ...] = ()
    position: Position = 100


class NewPage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page that is not there yet. Without `markets` it is for all of them."""

    code: PageCode
    texts: Texts
    markets: tuple[MarketCode, ...] = ()
    position: Position = 100


async def pages(tx: Transaction, *, by: Actor) -> list[ContentPage]:
    """Every page as it was written last, in the order in which they stand."""
    by.must(Permission.content_read, anywhere=True)
    return await store.latest(tx)


async def page(tx: Transaction, code: str, version: int | None = None, *, by: Actor) -> ContentPage:
    """A page in a version, or as it was written last."""
    by.must(Permission.content_read, anywhere=True)
    found = await store.find(tx, code, version)
    if found is None:
        raise PageNotFound(page=code[:60])
    return found


async def page_versions(tx: Transaction, code: str, limit: int, *, by: Actor) -> list[ContentPage]:
    """The latest versions of a page, the newest first."""
    await page(tx, code, by=by)
    return await store.versions(tx, code, limit)


async def add_page(tx: Transaction, new: NewPage, *, by: Actor) -> ContentPage:
    """Write the first version of a page."""
    by.must(Permission.content_write)
    first = ContentPage(
        code=new.code,
        version=1,
        shown=None,
        texts=new.texts,
        markets=new.markets,
        position=new.position,
        changed_at=tx.now,
        changed_by=str(by),
    )
    await _check(tx, first)
    if not await store.add(tx, new.code):
        raise PageExists(page=new.code)
    await _write(tx, first)
    await audit.write(tx, by, "page.added", new.code)
    return first


async def change_page(tx: Transaction, code: str, wanted: PageChange, *, by: Actor) -> ContentPage:
    """Write the next version of a page; what customers see stays as it is."""
    by.must(Permission.content_write)
    latest = await store.lock(tx, code)
    before = await store.find(tx, code)
    if latest is None or before is None:
        raise PageNotFound(page=code[:60])
    if latest != wanted.version:
        raise StaleVersion(given=wanted.version, present=latest)
    after = replace(
        before,
        version=latest + 1,
        texts=wanted.texts,
        markets=wanted.markets,
        position=wanted.position,
        changed_at=tx.now,
        changed_by=str(by),
    )
    await _check(tx, after)
    await _write(tx, after)
    await audit.write(tx, by, "page.changed", code, version=after.version)
    return after


async def _write(tx: Transaction, after: ContentPage) -> None:
    others = await store.claim(tx, after.code, sorted({text.slug for text in after.texts.values()}))
    if others:
        raise PageAddressTaken(slug=others[0])
    await store.write(tx, after)


async def _check(tx: Transaction, after: ContentPage) -> None:
    known = await load_atlas(tx)
    wrong = list(_wrong(after, frozenset(known.markets)))
    if wrong:
        raise Invalid.of(*wrong)


def _wrong(after: ContentPage, markets: frozenset[str]) -> Iterator[FieldProblem]:
    for language in after.texts:
        if language not in LANGUAGES:
            yield FieldProblem(f"texts.{language}", "unknown-language", "Torg does not speak this language.")
    for place, market in enumerate(after.markets):
        if market not in markets:
            yield FieldProblem(f"markets.{place}", "unknown-market", "There is no such market.")
        elif market in after.markets[:place]:
            yield FieldProblem(f"markets.{place}", "twice", "This stands here twice.")
