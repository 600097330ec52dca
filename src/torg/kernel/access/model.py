"""Who is asking, and what she may do: the words that every use case checks before it does anything.

An `Actor` is built once per request by `identify` and carries her grants as they stand in the database at that
moment, so that a right taken away or a session ended counts from the next request on. The kernel knows no commerce:
a permission is a word `resource:action`, a store or a channel is a code.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.access.touchpoint import NOWHERE, Touchpoint
from torg.kernel.errors import Conflict, Forbidden, NotFound, Refused, TooMany, Unauthenticated

EVERYTHING: Final = "*"
"""The permission of administrators: every right there is, and every one that a later version brings."""

STAFF_READ: Final = "staff:read"
STAFF_WRITE: Final = "staff:write"
KEYS_READ: Final = "api-keys:read"
KEYS_WRITE: Final = "api-keys:write"


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

    def holds(self, permission: str) -> bool:
        """Whether the permission is among these, wherever that counts."""
        return permission in self.permissions or EVERYTHING in self.permissions

    def covers(self, permission: str, store: str | None, channel: str | None) -> bool:
        """Whether the permission is granted at this place; a question without a place needs an unlimited grant."""
        return (
            self.holds(permission)
            and (self.stores is None or store in self.stores)
            and (self.channels is None or channel in self.channels)
        )


class Actor(Struct, frozen=True):
    """Somebody who asks: a visitor, a customer, a member of staff, a program with an API key, or Torg itself.

    `id` is public (`stf_…`), as audit rows and events name her. `tokens` are the hashes of what she presented to open
    carts and orders without an account. `by_cookie` says that a browser attached her session by itself, so that a write
    needs proof of coming from our own page. `touch` is where and on what she asks, as her client says.
    """

    kind: ActorKind
    id: str = ""
    grants: tuple[Grant, ...] = ()
    customer_id: UUID | None = None
    tokens: tuple[bytes, ...] = ()
    session_id: UUID | None = None
    by_cookie: bool = False
    touch: Touchpoint = NOWHERE

    def __str__(self) -> str:
        return self.id or self.kind.value

    @property
    def staff_id(self) -> UUID | None:
        """Her id as a member of staff, for what she may do to her own account."""
        return ids.parse("stf", self.id) if self.kind is ActorKind.staff else None

    def may(
        self, permission: str, *, store: str | None = None, channel: str | None = None, anywhere: bool = False
    ) -> bool:
        """Whether she has the right at this place; without a place only an unlimited grant counts.

        `anywhere=True` asks whether she has it in at least one place: for reading what is not tied to a place.
        """
        if self.kind is ActorKind.system:
            return True
        if anywhere:
            return any(grant.holds(permission) for grant in self.grants)
        return any(grant.covers(permission, store, channel) for grant in self.grants)

    def must(
        self, permission: str, *, store: str | None = None, channel: str | None = None, anywhere: bool = False
    ) -> None:
        """Refuse unless she `may`: visitors are asked to sign in (401), others learn which right they lack (403)."""
        if self.may(permission, store=store, channel=channel, anywhere=anywhere):
            return
        if self.kind is ActorKind.visitor:
            raise SignInNeeded(permission=str(permission))
        place: dict[str, Any] = {"store": store, "channel": channel}
        raise RightMissing(permission=str(permission), **{key: code for key, code in place.items() if code})

    def must_be_somebody(self) -> None:
        """Refuse visitors (401)."""
        if self.kind is ActorKind.visitor:
            raise SignInFirst()

    def stores(self, permission: str) -> frozenset[str] | None:
        """For narrowing a list by store alone: the stores where she has the right, or None for all of them."""
        held = [grant for grant in self.grants if grant.holds(permission) and grant.channels is None]
        if self.kind is ActorKind.system or any(grant.stores is None for grant in held):
            return None
        return frozenset().union(*(grant.stores or () for grant in held))

    def channels(self, permission: str) -> frozenset[str] | None:
        """For narrowing a list by channel alone: the channels where she has the right, or None for all of them."""
        held = [grant for grant in self.grants if grant.holds(permission) and grant.stores is None]
        if self.kind is ActorKind.system or any(grant.channels is None for grant in held):
            return None
        return frozenset().union(*(grant.channels or () for grant in held))


VISITOR: Final = Actor(ActorKind.visitor)
SYSTEM: Final = Actor(ActorKind.system, id="system")
"""Torg itself: for reactions, jobs and the demo data."""


class Vocabulary(Struct, frozen=True):
    """All permissions there are; plugged in by the composition root, since the kernel does not know them."""

    words: frozenset[str]


class Role(Struct, frozen=True):
    """A set of permissions under a code, with its name in people's languages; roles are data."""

    code: str
    name: dict[str, str]
    permissions: tuple[str, ...]
    version: int = 1


class Assignment(Struct, frozen=True):
    """A role that somebody has, everywhere or only in the named stores and channels."""

    role: str
    stores: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None


class StaffState(StrEnum):
    """Invited until she has chosen a password; disabled for good or until she is enabled again."""

    invited = "invited"
    active = "active"
    disabled = "disabled"


class Staff(Struct, frozen=True):
    """A member of staff."""

    id: UUID
    email: str
    name: str
    language: str
    state: StaffState
    version: int
    created_at: datetime
    second_factor: bool = False
    last_signed_in_at: datetime | None = None
    assignments: tuple[Assignment, ...] = ()

    @property
    def public_id(self) -> str:
        """Her id as the outside sees it."""
        return ids.public("stf", self.id)


class Transport(StrEnum):
    """How a session's token travels; one that was given for the one way is worth nothing on the other."""

    cookie = "cookie"
    bearer = "bearer"


class Session(Struct, frozen=True):
    """Somebody signed in on one device; the token itself is known only there."""

    id: UUID
    kind: ActorKind
    subject: UUID
    transport: Transport
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None = None
    agent: str | None = None


class ApiKey(Struct, frozen=True):
    """A program's right to call Torg; the secret was shown once and only its hash is kept."""

    id: UUID
    name: str
    prefix: str
    permissions: tuple[str, ...]
    created_by: str
    created_at: datetime
    stores: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class SignInNeeded(Unauthenticated):
    """A visitor asks for something that only people and programs with a right may do."""

    code = "sign-in-needed"
    message = "Sign in first, or send an API key: this needs the right {permission}."


class SignInFirst(Unauthenticated):
    """A visitor asks for something that needs somebody known, with no particular right."""

    code = "sign-in-first"
    message = "Sign in first."


class RightMissing(Forbidden):
    """Somebody known asks for something that none of her grants allows, or not in this store or channel."""

    code = "right-missing"
    message = "This needs the right {permission}, which you do not have here."


class PeopleOnly(Forbidden):
    """A program has no account, sessions or password of its own."""

    code = "people-only"
    message = "This is only for people with an account of their own."


class WrongCredentials(Unauthenticated):
    """The e-mail address, password or code does not fit; it is not said which."""

    code = "wrong-credentials"
    message = "This e-mail address and password do not belong together."


class WrongCode(Unauthenticated):
    """The code is wrong, was used before, has expired, or was tried too often."""

    code = "wrong-code"
    message = "This code is not valid. It may have expired or have been used before."


class BadToken(Unauthenticated):
    """What was sent as a key or session proves nothing: unknown, ended, expired, or sent in the wrong place."""

    code = "bad-token"
    message = "This key or session is not valid, or no longer."


class ForeignPage(Forbidden):
    """A browser's write carries a session, but no proof that it comes from one of our own pages."""

    code = "foreign-page"
    message = "This request did not come from a page of this site. Load the page again."


class LinkExpired(Refused):
    """The link from the mail was used before, was replaced by a newer one, or is too old."""

    code = "link-expired"
    message = "This link has been used or is too old. Ask for a new one."


class TooManyTries(TooMany):
    """Too many tries to sign in, for this account or from this address."""

    code = "too-many-tries"
    message = "Too many tries. Try again in {retry_after} seconds."


class RightNotYours(Forbidden):
    """Somebody wants to give or take rights that she does not hold herself."""

    code = "right-not-yours"
    message = "You can only give and take rights that you hold yourself. You lack {permissions}."


class LastAdministrator(Refused):
    """The change would leave nobody who may do everything."""

    code = "last-administrator"
    message = "This is the last administrator. Make somebody else administrator first."


class EmailTaken(Refused):
    """Another member of staff has this e-mail address."""

    code = "staff-email-taken"
    message = "Another member of staff has the e-mail address {email}."


class UnknownStaff(NotFound):
    """There is no such member of staff, or not for this actor."""

    code = "unknown-staff"
    message = "There is no member of staff {id}."


class UnknownRole(NotFound):
    """There is no such role."""

    code = "unknown-role"
    message = "There is no role {role}."


class UnknownKey(NotFound):
    """There is no such API key, or not for this actor."""

    code = "unknown-api-key"
    message = "There is no API key {id}."


class UnknownSession(NotFound):
    """She has no such session."""

    code = "unknown-session"
    message = "There is no session {id}."


class RoleInUse(Refused):
    """The role is still given to somebody."""

    code = "role-in-use"
    message = "The role {role} is still given to {people} people."


class RoleFixed(Refused):
    """The administrators' role stays as it is, so that nobody can be locked out of everything."""

    code = "role-fixed"
    message = "The role {role} holds every right and cannot be changed."


class RoleExists(Conflict):
    """There is a role of this code already."""

    code = "role-exists"
    message = "There is a role {role} already."


class SecondFactorOn(Refused):
    """The second factor is on already; turn it off before setting it up anew."""

    code = "second-factor-on"
    message = "The second factor is on already."


class SecondFactorOff(Refused):
    """There is no second factor to confirm or to turn off."""

    code = "second-factor-off"
    message = "There is no second factor to confirm or turn off."


class StaffNotActive(Refused):
    """The account has been disabled, or its invitation has not been taken up."""

    code = "staff-not-active"
    message = "The account of {id} is not active."
