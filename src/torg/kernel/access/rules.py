"""Who may give which rights to whom; pure, so that every combination can be tested.

The one principle: nobody gives, takes or rules over a right that she does not hold herself, in every place where it
would count. Managing a person is ruling over all that she may do, since who can change her address or end her second
factor can become her.
"""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from torg.kernel.access.model import (
    EVERYTHING,
    STAFF_WRITE,
    Actor,
    Assignment,
    PeopleOnly,
    RightNotYours,
    Role,
    UnknownRole,
)

Places = tuple[str, ...] | None


def spots(stores: Places, channels: Places) -> Iterator[tuple[str | None, str | None]]:
    """Every (store, channel) at which a right that is limited like this counts; None stands for everywhere."""
    for store in stores if stores is not None else (None,):
        for channel in channels if channels is not None else (None,):
            yield store, channel


def lacking(by: Actor, permissions: Iterable[str], stores: Places, channels: Places) -> tuple[str, ...]:
    """Which of the permissions she does not hold in all of these places."""
    where = list(spots(stores, channels))
    return tuple(
        sorted(
            p
            for p in permissions
            if not all(by.may(p, store=store, channel=channel) for store, channel in where)
        )
    )


def require_own(by: Actor, permissions: Iterable[str], stores: Places, channels: Places) -> None:
    """Refuse unless she holds all of the permissions in all of these places herself."""
    if missing := lacking(by, permissions, stores, channels):
        raise RightNotYours(permissions=list(missing))


def require_right_at(by: Actor, permission: str, stores: Places, channels: Places) -> None:
    """Refuse unless she has the permission in all of these places."""
    for store, channel in spots(stores, channels):
        by.must(permission, store=store, channel=channel)


def require_over(by: Actor, assignments: Iterable[Assignment], roles: Mapping[str, Role]) -> None:
    """Refuse unless she may manage somebody with these assignments: the right to, and every right they give.

    Who has none belongs to no store or channel, and is left to those who manage everywhere.
    """
    given = list(assignments)
    if not given:
        by.must(STAFF_WRITE)
    for assignment in given:
        role = roles.get(assignment.role)
        if role is None:
            raise UnknownRole(role=assignment.role)
        require_right_at(by, STAFF_WRITE, assignment.stores, assignment.channels)
        require_own(by, role.permissions, assignment.stores, assignment.channels)


def require_staff(by: Actor) -> UUID:
    """Her own id as a member of staff; visitors are asked to sign in, others are none."""
    if by.staff_id is not None:
        return by.staff_id
    by.must_be_somebody()
    raise PeopleOnly()


def is_administrator(assignments: Iterable[Assignment], roles: Mapping[str, Role]) -> bool:
    """Whether one of the assignments gives every right everywhere."""
    return any(
        a.stores is None
        and a.channels is None
        and a.role in roles
        and EVERYTHING in roles[a.role].permissions
        for a in assignments
    )


def tidy(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The assignments with sorted places and without repetition, so that equal ones are equal."""
    kept = {
        Assignment(
            role=a.role,
            stores=None if a.stores is None else tuple(sorted(set(a.stores))),
            channels=None if a.channels is None else tuple(sorted(set(a.channels))),
        )
        for a in assignments
    }
    return tuple(sorted(kept, key=lambda a: (a.role, a.stores or (), a.channels or ())))
