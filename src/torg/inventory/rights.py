"""Whose right counts at a location: that of the store whose shelves it is; elsewhere a right without limits counts."""

from collections.abc import Iterable

from torg.kernel.access import Actor, ActorKind
from torg.kernel.database import Transaction
from torg.markets import Atlas, atlas
from torg.permissions import Permission


async def must(tx: Transaction, permission: Permission, locations: Iterable[str], by: Actor) -> None:
    """Refuse unless the actor has the right at each of the locations; one that does not exist is told as such."""
    if by.kind is ActorKind.system:
        return  # it may also work on locations that its own transaction has just made, which no atlas knows
    by.must(permission, anywhere=True)
    known = await atlas(tx.database)
    stores = _stores(known)
    for location in sorted(locations):
        known.location(location)
        by.must(permission, store=stores.get(location))


async def seen(tx: Transaction, permission: Permission, by: Actor) -> list[str]:
    """The locations where the actor has the right."""
    by.must(permission, anywhere=True)
    known = await atlas(tx.database)
    stores = _stores(known)
    return sorted(code for code in known.locations if by.may(permission, store=stores.get(code)))


async def sees(tx: Transaction, permission: Permission, locations: Iterable[str | None], by: Actor) -> bool:
    """Whether the actor has the right at one of the locations."""
    if by.kind is ActorKind.system:
        return True
    return not set(locations).isdisjoint(await seen(tx, permission, by))


def _stores(known: Atlas) -> dict[str, str]:
    return {store.location: store.code for store in known.stores.values()}
