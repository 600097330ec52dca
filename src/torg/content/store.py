"""Pages, their versions and addresses, as SQL."""

from collections.abc import Sequence
from typing import Final

import msgspec
from psycopg.types.json import Jsonb

from torg.content.model import ContentPage
from torg.kernel.database import Transaction

_PAGE: Final = """
SELECT p.code, v.version, p.shown, v.texts, v.markets, v.position, v.written_at AS changed_at,
       v.written_by AS changed_by
FROM content_pages p JOIN content_versions v ON v.page = p.code
"""
LATEST: Final = _PAGE + " AND v.version = p.version ORDER BY v.position, p.code"
ONE: Final = _PAGE + " AND v.version = coalesce(%(version)s, p.version) WHERE p.code = %(code)s"
VERSIONS: Final = _PAGE + " WHERE p.code = %(code)s ORDER BY v.version DESC LIMIT %(limit)s"
SHOWN: Final = _PAGE + " AND v.version = p.shown ORDER BY v.position, p.code"
LOCK: Final = "SELECT version FROM content_pages WHERE code = %(code)s FOR UPDATE"
ADD: Final = """
INSERT INTO content_pages (code, version) VALUES (%(code)s, 1) ON CONFLICT DO NOTHING RETURNING code
"""
WRITE: Final = """
INSERT INTO content_versions (page, version, texts, markets, position, written_at, written_by)
VALUES (%(code)s, %(version)s, %(texts)s, %(markets)s, %(position)s, %(at)s, %(by)s)
"""
RAISE: Final = (
    "UPDATE content_pages SET version = %(version)s WHERE code = %(code)s AND version = %(version)s - 1"
)
SHOW: Final = """
UPDATE content_pages SET shown = %(version)s WHERE code = %(code)s AND shown IS DISTINCT FROM %(version)s
RETURNING code
"""
CLAIM: Final = """
INSERT INTO content_addresses (slug, page)
SELECT slug, %(code)s FROM unnest(%(slugs)s::text[]) AS slug ORDER BY slug ON CONFLICT DO NOTHING
"""
OTHERS: Final = """
SELECT slug FROM content_addresses WHERE slug = ANY(%(slugs)s) AND page <> %(code)s ORDER BY slug
"""
ADDRESSES: Final = "SELECT slug, page FROM content_addresses ORDER BY slug"


async def latest(tx: Transaction) -> list[ContentPage]:
    """Every page as it was written last."""
    return await tx.all(ContentPage, LATEST)


async def shown(tx: Transaction) -> list[ContentPage]:
    """Every page that customers see, as they see it."""
    return await tx.all(ContentPage, SHOWN)


async def find(tx: Transaction, code: str, version: int | None = None) -> ContentPage | None:
    """A page in a version, or as it was written last."""
    return await tx.find(ContentPage, ONE, code=code, version=version)


async def versions(tx: Transaction, code: str, limit: int) -> list[ContentPage]:
    """The latest versions of a page."""
    return await tx.all(ContentPage, VERSIONS, code=code, limit=limit)


async def lock(tx: Transaction, code: str) -> int | None:
    """The latest version of a page, which stays the latest until the transaction ends."""
    return await tx.find(int, LOCK, code=code)


async def add(tx: Transaction, code: str) -> bool:
    """A new page; false when the code is taken."""
    return await tx.find(str, ADD, code=code) is not None


async def write(tx: Transaction, page: ContentPage) -> None:
    """A version of the page; the page counts it as its latest."""
    await tx.execute(RAISE, code=page.code, version=page.version)
    await tx.execute(
        WRITE,
        code=page.code,
        version=page.version,
        texts=Jsonb(msgspec.to_builtins(page.texts)),
        markets=list(page.markets),
        position=page.position,
        at=page.changed_at,
        by=page.changed_by,
    )


async def show(tx: Transaction, code: str, version: int | None) -> bool:
    """Let customers see a version, or none; false when it is so already."""
    return await tx.find(str, SHOW, code=code, version=version) is not None


async def claim(tx: Transaction, code: str, slugs: Sequence[str]) -> list[str]:
    """Take the addresses for a page; tells those that are another's."""
    await tx.execute(CLAIM, code=code, slugs=list(slugs))
    return await tx.all(str, OTHERS, code=code, slugs=list(slugs))


async def addresses(tx: Transaction) -> dict[str, str]:
    """The page of every address, former ones included."""
    return {row.slug: row.page for row in await tx.all(AddressRow, ADDRESSES)}


class AddressRow(msgspec.Struct, frozen=True):
    """An address and its page."""

    slug: str
    page: str
