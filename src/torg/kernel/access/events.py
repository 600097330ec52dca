"""What happens to the people and programs that may use Torg; facts without secrets."""

from typing import ClassVar
from uuid import UUID

from torg.kernel.events import Event


class _OfStaff(Event, frozen=True, kw_only=True):
    family: ClassVar[str] = "reference"

    staff_id: UUID

    def key(self) -> str:
        return str(self.staff_id)


class StaffInvited(_OfStaff, frozen=True, kw_only=True):
    """Somebody may join the staff as soon as she has chosen a password."""

    type: ClassVar[str] = "staff.invited"


class StaffJoined(_OfStaff, frozen=True, kw_only=True):
    """She has taken up the invitation."""

    type: ClassVar[str] = "staff.joined"


class StaffChanged(_OfStaff, frozen=True, kw_only=True):
    """Her name, language or roles are different now."""

    type: ClassVar[str] = "staff.changed"


class StaffDisabled(_OfStaff, frozen=True, kw_only=True):
    """She may no longer sign in, and her sessions have ended."""

    type: ClassVar[str] = "staff.disabled"


class StaffEnabled(_OfStaff, frozen=True, kw_only=True):
    """She may sign in again."""

    type: ClassVar[str] = "staff.enabled"


class ResetAsked(Event, frozen=True, kw_only=True):
    """Somebody asked for a new password; whether there is such an account is looked up afterwards."""

    type: ClassVar[str] = "staff.reset-asked"
    family: ClassVar[str] = "reference"

    request_id: UUID

    def key(self) -> str:
        return str(self.request_id)


class RoleChanged(Event, frozen=True, kw_only=True):
    """A role was made, changed or removed."""

    type: ClassVar[str] = "role.changed"
    family: ClassVar[str] = "reference"

    role: str

    def key(self) -> str:
        return f"role {self.role}"


class KeyIssued(Event, frozen=True, kw_only=True):
    """A program got an API key."""

    type: ClassVar[str] = "api-key.issued"
    family: ClassVar[str] = "reference"

    key_id: UUID

    def key(self) -> str:
        return str(self.key_id)


class KeyRevoked(Event, frozen=True, kw_only=True):
    """An API key is worth nothing any more."""

    type: ClassVar[str] = "api-key.revoked"
    family: ClassVar[str] = "reference"

    key_id: UUID

    def key(self) -> str:
        return str(self.key_id)
