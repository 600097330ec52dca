"""Who is asking, and what she may do: the words that every use case checks before it does anything.

An `Actor` is built once per request by `identify` and carries her grants as they stand in the database at that
moment, so that a right taken away or a session ended counts from the next request on. The kernel knows no commerce:
a permission is a word `resource:action`, a store or a channel is a code.
"""

from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Forbidden, Unauthenticated


class SignInNeeded(Unauthenticated):
    """A visitor asks for something that only people and programs with a right may do."""

    code = "sign-in-needed"
    message = "Sign in first, or send an API key: this needs the right {permission}."


class RightMissing(Forbidden):
    """Somebody known asks for something that none of her grants allows, or not in this store or channel."""

    code = "right-missing"
    message = "This needs the right {permission}, which you do not have here."


class ActorKind(StrEnum):
    """What kind of somebody asks; everything finer is said by her grants."""

    visitor = "visitor"
    customer = "customer"
    staff = "staff"
    api_key = "api_key"
    system = "system"


class Grant(Struct, frozen=True):
    """Permissions, held everywhere (`None`) or only in the named stores and channels.

    A grant that is limited to stores answers only questions that name one of them; one that is limited to stores and
    channels only questions that name one of each. Who may act in a store and, separately, in a channel has two grants.
    """

    permissions: frozenset[str]
    stores: frozenset[str] | None = None
    channels: frozenset[str] | None = None

    def covers(self, permission: str, store: str | None, channel: str | None) -> bool:
        """Whether the permission is granted at this place; a question without a place needs an unlimited grant."""
        return (
            permission in self.permissions
            and (self.stores is None or store in self.stores)
            and (self.channels is None or channel in self.channels)
        )


class Actor(Struct, frozen=True):
    """Somebody who asks: a visitor, a customer, a member of staff, a program with an API key, or Torg itself."""

    kind: ActorKind
    id: str = ""
    grants: tuple[Grant, ...] = ()
    customer_id: UUID | None = None
    tokens: tuple[bytes, ...] = ()
    session_id: UUID | None = None
    by_cookie: bool = False

    def __str__(self) -> str:
        return self.id or self.kind.value

    def may(
        self, permission: str, *, store: str | None = None, channel: str | None = None, anywhere: bool = False
    ) -> bool:
        """Whether she has the right at this place; without a place only an unlimited grant counts.

        `anywhere=True` asks whether she has it in at least one place: for reading what is not tied to a place.
        """
        if self.kind is ActorKind.system:
            return True
        if anywhere:
            return any(permission in grant.permissions for grant in self.grants)
        return any(grant.covers(permission, store, channel) for grant in self.grants)

    def must(
        self, permission: str, *, store: str | None = None, channel: str | None = None, anywhere: bool = False
    ) -> None:
        """Refuse unless she `may`: visitors are asked to sign in (401), known actors are told what is missing (403)."""
        if self.may(permission, store=store, channel=channel, anywhere=anywhere):
            return
        if self.kind is ActorKind.visitor:
            raise SignInNeeded(permission=str(permission))
        place: dict[str, Any] = {"store": store, "channel": channel}
        raise RightMissing(permission=str(permission), **{key: code for key, code in place.items() if code})

    def stores(self, permission: str) -> frozenset[str] | None:
        """The stores in which she has the right, for narrowing a list; None means in all of them."""
        held = [grant for grant in self.grants if permission in grant.permissions]
        if self.kind is ActorKind.system or any(grant.stores is None for grant in held):
            return None
        return frozenset().union(*(grant.stores or () for grant in held))

    def channels(self, permission: str) -> frozenset[str] | None:
        """The channels in which she has the right, for narrowing a list; None means in all of them."""
        held = [grant for grant in self.grants if permission in grant.permissions]
        if self.kind is ActorKind.system or any(grant.channels is None for grant in held):
            return None
        return frozenset().union(*(grant.channels or () for grant in held))


VISITOR: Final = Actor(ActorKind.visitor)
SYSTEM: Final = Actor(ActorKind.system, id="system")
"""Torg itself: for reactions, jobs and the demo data."""
