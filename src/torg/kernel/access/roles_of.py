"""In which roles a member of staff acts at a place, for limits that are set by role."""

from torg.kernel.access import store
from torg.kernel.access.model import EVERYTHING, Actor
from torg.kernel.database import Transaction


async def roles_of(
    tx: Transaction, by: Actor, permission: str, *, shop: str | None, channel: str | None
) -> frozenset[str]:
    """The codes of those of her roles that give her a right in this store and channel; programs have none."""
    found = await store.find(tx, by.staff_id) if by.staff_id is not None else None
    roles = await store.roles(tx) if found is not None else {}
    return frozenset(
        one.role
        for one in (found.assignments if found is not None else ())
        if (one.stores is None or shop in one.stores)
        and (one.channels is None or channel in one.channels)
        and {permission, EVERYTHING} & set(roles[one.role].permissions)
    )
