"""Where somebody may read orders and returns, for the database to go by."""

from torg.kernel.access import Actor, ActorKind
from torg.orders.store import Place
from torg.permissions import Permission


def readable(by: Actor) -> list[Place] | None:
    """Where the actor may read orders: exactly what `by.may` says; None for everywhere."""
    return holding(by, Permission.orders_read)


def holding(by: Actor, permission: Permission) -> list[Place] | None:
    """Where the actor has a right: exactly what `by.may` says; None for everywhere."""
    held = [grant for grant in by.grants if grant.holds(permission)]
    if by.kind is ActorKind.system or any(g.stores is None and g.channels is None for g in held):
        return None
    return [
        Place(
            tuple(sorted(grant.stores)) if grant.stores is not None else None,
            tuple(sorted(grant.channels)) if grant.channels is not None else None,
        )
        for grant in held
    ]
