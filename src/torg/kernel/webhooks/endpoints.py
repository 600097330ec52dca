"""Webhook endpoints: made, changed, paused, enabled, deleted; and their signing secrets.

A secret is shown when it is made and never again; in the database it is encrypted. While it is rotated the old one
signs along for as long as the caller wants.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from torg.kernel import audit, ids
from torg.kernel.access import Actor
from torg.kernel.access.vault import Vault
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.kernel.events import KINDS
from torg.kernel.webhooks import addresses, signing, store
from torg.kernel.webhooks.events import WebhookEnabled
from torg.kernel.webhooks.model import Endpoint, TooManyEndpoints
from torg.permissions import Permission

LIMIT = 100
PURPOSE = "webhook signing"


class Door(Struct, frozen=True):
    """A port: what webhooks need of this installation."""

    vault: Vault
    allow_private: bool = False


class Made(Struct, frozen=True):
    """An endpoint with its new signing secret, which is never seen again."""

    endpoint: Endpoint
    secret: str


async def create(
    tx: Transaction, door: Door, *, url: str, description: str, types: Sequence[str], by: Actor
) -> Made:
    """Have events pushed to a URL from now on; no types means all."""
    by.must(Permission.webhooks_write)
    _check(door, url, types)
    if await tx.one(int, store.COUNT) >= LIMIT:
        raise TooManyEndpoints(limit=LIMIT)
    id = ids.new_id()
    await tx.execute(
        store.INSERT,
        id=id,
        url=url,
        description=description,
        types=sorted(set(types)),
        at=tx.now,
        by=str(by),
    )
    secret = await _new_secret(tx, door, id)
    await audit.write(tx, by, "webhook.created", ids.public("whk", id), url=url, types=list(types))
    return Made(await store.get(tx, id), secret)


async def list_endpoints(tx: Transaction, *, by: Actor) -> list[Endpoint]:
    """All endpoints, oldest first."""
    by.must(Permission.webhooks_read)
    return await tx.all(Endpoint, store.LIST)


async def load(tx: Transaction, id: UUID, *, by: Actor) -> Endpoint:
    """One endpoint."""
    by.must(Permission.webhooks_read)
    return await store.get(tx, id)


async def change(
    tx: Transaction,
    door: Door,
    id: UUID,
    *,
    url: str | None = None,
    description: str | None = None,
    types: Sequence[str] | None = None,
    version: int | None = None,
    by: Actor,
) -> Endpoint:
    """Change where events go, which, or what people call it; what is None stays."""
    by.must(Permission.webhooks_write)
    before = await store.get(tx, id, lock=True)
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    _check(door, url or before.url, types or ())
    await tx.execute(
        store.CHANGE,
        id=id,
        url=url or before.url,
        description=before.description if description is None else description,
        types=list(before.types) if types is None else sorted(set(types)),
    )
    after = await store.get(tx, id)
    facts = {"url": (before.url, after.url), "types": (before.types, after.types)}
    changed = {name: {"before": old, "after": new} for name, (old, new) in facts.items() if old != new}
    await audit.write(tx, by, "webhook.changed", ids.public("whk", id), **changed)
    return after


async def pause(tx: Transaction, id: UUID, *, by: Actor) -> Endpoint:
    """Send nothing until it is enabled again; events that happen meanwhile are sent only when replayed."""
    by.must(Permission.webhooks_write)
    await store.get(tx, id, lock=True)
    if await tx.execute(store.PAUSE, id=id):
        await audit.write(tx, by, "webhook.paused", ids.public("whk", id))
    return await store.get(tx, id)


async def enable(tx: Transaction, id: UUID, *, by: Actor) -> Endpoint:
    """Send again; what waited when it stopped goes out at once, `missed_after` tells from where to replay the rest."""
    by.must(Permission.webhooks_write)
    await store.get(tx, id, lock=True)
    if await tx.execute(store.ENABLE, id=id):
        tx.record(WebhookEnabled(endpoint_id=id))
        await audit.write(tx, by, "webhook.enabled", ids.public("whk", id))
    return await store.get(tx, id)


async def delete(tx: Transaction, id: UUID, *, by: Actor) -> None:
    """Forget an endpoint, its secrets and its log."""
    by.must(Permission.webhooks_write)
    gone = await store.get(tx, id, lock=True)
    await tx.execute(store.DELETE, id=id)
    await audit.write(tx, by, "webhook.deleted", ids.public("whk", id), url=gone.url)


async def rotate(tx: Transaction, door: Door, id: UUID, *, keep_old: timedelta, by: Actor) -> Made:
    """Make a new signing secret; the old one signs along for a while."""
    by.must(Permission.webhooks_write)
    await store.get(tx, id, lock=True)
    await tx.execute(store.EXPIRE_SECRETS, id=id, expires_at=tx.now + keep_old)
    await tx.execute(store.FORGET_SECRETS, id=id, at=tx.now)
    secret = await _new_secret(tx, door, id)
    await audit.write(
        tx, by, "webhook.rotated", ids.public("whk", id), old_for_seconds=int(keep_old.total_seconds())
    )
    return Made(await store.get(tx, id), secret)


async def _new_secret(tx: Transaction, door: Door, id: UUID) -> str:
    secret = signing.new_secret()
    await store.add_secret(tx, id, door.vault.lock(secret, purpose=PURPOSE, owner=str(id)))
    return signing.shown(secret)


def _check(door: Door, url: str, types: Sequence[str]) -> None:
    problems = [
        FieldProblem(f"types.{place}", "unknown-value", f"There is no event type {type[:80]}.")
        for place, type in enumerate(types)
        if type not in KINDS
    ]
    fault = addresses.fault_of_url(url, allow_private=door.allow_private)
    if fault:
        problems.append(FieldProblem("url", "unsuitable-url", f"The URL {fault}."))
    if problems:
        raise Invalid.of(*problems)
