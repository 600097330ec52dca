"""Actors with just the rights that a test gives them."""

from torg.kernel.access import VISITOR, Actor, ActorKind, Grant


def staff(*permissions: str) -> Actor:
    """A member of staff who may do this, everywhere."""
    return Actor(ActorKind.staff, id="stf_test", grants=(Grant(frozenset(permissions)),))


__all__ = ["VISITOR", "staff"]
