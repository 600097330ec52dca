"""What the API takes and tells about staff, roles, sessions and keys."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from torg.kernel import audit, ids
from torg.kernel.access.issue_keys import Issued
from torg.kernel.access.model import ApiKey, Assignment, Role, Session, Staff, StaffState, Transport
from torg.kernel.access.second_factor import Prepared
from torg.kernel.access.sign_in import FactorNeeded, SignedIn

Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["kari@example.com"])]
Password = Annotated[str, Meta(min_length=1, max_length=500)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Code = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,60}$", examples=["oslo"])]
Codes = Annotated[tuple[Code, ...], Meta(min_length=1, max_length=500, description="Null: everywhere.")]
Word = Annotated[str, Meta(pattern=r"^(\*|[a-z-]+:[a-z-]+)$", examples=["orders:read"])]
Secret = Annotated[str, Meta(min_length=1, max_length=100)]
Language = Literal["nb", "sv", "da", "en", "de", "ja"]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class SignInForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in. `device` is what a former sign-in on this device was told, for programs without cookies."""

    email: Email
    password: Password
    transport: Transport = Transport.bearer
    device: Annotated[str, Meta(max_length=400)] | None = None


class FactorForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The second step: a code of the authenticator, or a recovery code."""

    challenge: Secret
    code: Secret
    transport: Transport = Transport.bearer
    device: Annotated[str, Meta(max_length=400)] | None = None


class ResetForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password is forgotten."""

    email: Email


class ChoiceForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A new password under the token of a mailed link."""

    link: Secret
    password: Password


class PasswordForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A new password by who knows the old one."""

    old_password: Password
    new_password: Password


class ProofForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The present password, for what a borrowed screen must not do."""

    password: Password


class FirstCodeForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The first code of a newly prepared authenticator."""

    code: Secret


class FactorEndForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Password and a code, to turn the second factor off."""

    password: Password
    code: Secret


class AssignmentForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A role, everywhere or in the named stores and channels."""

    role: Code
    stores: Codes | None = None
    channels: Codes | None = None

    def assignment(self) -> Assignment:
        return Assignment(self.role, self.stores, self.channels)


Assignments = Annotated[list[AssignmentForm], Meta(max_length=50)]


class InvitationForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite."""

    email: Email
    name: Name
    language: Language = "en"
    roles: Assignments = []


class StaffPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Another name or language; what is null stays."""

    name: Name | None = None
    language: Language | None = None
    version: Version | None = None


class RolesForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly the roles that she shall have."""

    roles: Assignments
    version: Version | None = None


class RoleForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A role's name by language, and its permissions."""

    name: Annotated[dict[Language, Name], Meta(min_length=1)]
    permissions: Annotated[tuple[Word, ...], Meta(max_length=200)]
    version: Version | None = None


class NewRoleForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A role that does not exist yet."""

    code: Code
    name: Annotated[dict[Language, Name], Meta(min_length=1)]
    permissions: Annotated[tuple[Word, ...], Meta(max_length=200)]


class NewKeyForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What a program may do, where, and until when."""

    name: Name
    permissions: Annotated[tuple[Word, ...], Meta(min_length=1, max_length=200)]
    stores: Codes | None = None
    channels: Codes | None = None
    expires_at: datetime | None = None


class AssignmentView(Struct, frozen=True):
    """A role that somebody has; null means everywhere."""

    role: str
    stores: tuple[str, ...] | None
    channels: tuple[str, ...] | None


class StaffView(Struct, frozen=True):
    """A member of staff."""

    id: str
    email: str
    name: str
    language: str
    state: StaffState
    second_factor: bool
    roles: list[AssignmentView]
    created_at: datetime
    last_signed_in_at: datetime | None
    version: int

    @classmethod
    def of(cls, staff: Staff) -> "StaffView":
        """As colleagues see her."""
        return cls(
            id=staff.public_id,
            email=staff.email,
            name=staff.name,
            language=staff.language,
            state=staff.state,
            second_factor=staff.second_factor,
            roles=[AssignmentView(a.role, a.stores, a.channels) for a in staff.assignments],
            created_at=staff.created_at,
            last_signed_in_at=staff.last_signed_in_at,
            version=staff.version,
        )


class SignInView(Struct, frozen=True):
    """Signed in, or one step before: `next` says which. The token is only told to programs (`bearer`)."""

    next: Literal["signed-in", "second-factor"]
    challenge: str | None = None
    token: str | None = None
    device: str | None = None
    expires_at: datetime | None = None
    staff: StaffView | None = None

    @classmethod
    def of(cls, outcome: SignedIn | FactorNeeded) -> "SignInView":
        """What to do next."""
        if isinstance(outcome, FactorNeeded):
            return cls("second-factor", challenge=outcome.challenge)
        opened = outcome.opened
        bearer = opened.session.transport is Transport.bearer
        return cls(
            "signed-in",
            token=opened.token if bearer else None,
            device=opened.device_mark if bearer else None,
            expires_at=opened.session.expires_at,
            staff=StaffView.of(outcome.staff),
        )


class SessionView(Struct, frozen=True):
    """Somebody signed in on a device; `current` is the session of this very request."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None
    current: bool

    @classmethod
    def of(cls, session: Session, current: bool) -> "SessionView":
        """As its owner sees it."""
        return cls(
            id=ids.public("ses", session.id),
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            address=session.address,
            agent=session.agent,
            current=current,
        )


class SessionsEnded(Struct, frozen=True):
    """How many sessions have ended."""

    ended: int


class FactorView(Struct, frozen=True):
    """What to scan or type into an authenticator."""

    secret: str
    uri: str

    @classmethod
    def of(cls, prepared: Prepared) -> "FactorView":
        """As it is shown once more until the first code was given."""
        return cls(prepared.secret, prepared.uri)


class RecoveryCodesView(Struct, frozen=True):
    """Codes for the day the authenticator is lost; told this once."""

    recovery_codes: list[str]


class RoleView(Struct, frozen=True):
    """A role; `*` among its permissions means every right there is."""

    code: str
    name: dict[str, str]
    permissions: tuple[str, ...]
    version: int

    @classmethod
    def of(cls, role: Role) -> "RoleView":
        """As staff see it."""
        return cls(role.code, role.name, role.permissions, role.version)


class ApiKeyView(Struct, frozen=True):
    """An API key, without its secret."""

    id: str
    name: str
    prefix: str
    permissions: tuple[str, ...]
    stores: tuple[str, ...] | None
    channels: tuple[str, ...] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyView":
        """As staff see it."""
        plain = {name: getattr(key, name) for name in cls.__struct_fields__ if name != "id"}
        return cls(id=ids.public("key", key.id), **plain)


class IssuedKeyView(Struct, frozen=True):
    """A new key with its secret, which is never told again."""

    key: ApiKeyView
    secret: str

    @classmethod
    def of(cls, issued: Issued) -> "IssuedKeyView":
        """As it is shown once."""
        return cls(ApiKeyView.of(issued.key), issued.secret)


class AuditView(Struct, frozen=True):
    """One line of the audit log."""

    id: str
    at: datetime
    actor: str
    action: str
    target: str
    facts: dict[str, Any]
    request_id: str | None
    address: str | None

    @classmethod
    def of(cls, entry: audit.Entry) -> "AuditView":
        """As auditors see it."""
        plain = {name: getattr(entry, name) for name in cls.__struct_fields__ if name != "id"}
        return cls(id=ids.public("aud", entry.id), **plain)
