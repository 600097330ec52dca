"""Let customers see a version of a page, an earlier one again, or none."""

from torg.content import store
from torg.content.events import PagePublished, PageWithdrawn
from torg.content.model import ContentPage, PageNotFound
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def publish_page(tx: Transaction, code: str, version: int, *, by: Actor) -> ContentPage:
    """Customers see this version within a second. What is shown already stays shown."""
    by.must(Permission.content_write)
    await _locked(tx, code)
    found = await store.find(tx, code, version)
    if found is None:
        raise PageNotFound(page=f"{code[:60]}, {version}")
    if await store.show(tx, code, version):
        tx.record(PagePublished(page=code, version=version))
        await audit.write(tx, by, "page.published", code, version=version)
    return await _as_is(tx, code, version)


async def withdraw_page(tx: Transaction, code: str, *, by: Actor) -> ContentPage:
    """Customers see the page no more; its versions and addresses stay its own."""
    by.must(Permission.content_write)
    await _locked(tx, code)
    if await store.show(tx, code, None):
        tx.record(PageWithdrawn(page=code))
        await audit.write(tx, by, "page.withdrawn", code)
    return await _as_is(tx, code, None)


async def _locked(tx: Transaction, code: str) -> None:
    if await store.lock(tx, code) is None:
        raise PageNotFound(page=code[:60])


async def _as_is(tx: Transaction, code: str, version: int | None) -> ContentPage:
    found = await store.find(tx, code, version)
    assert found is not None
    return found
