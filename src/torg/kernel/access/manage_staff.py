"""Staff are invited, changed, disabled and enabled by colleagues who hold every right that these people hold."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from torg.kernel import audit, ids
from torg.kernel.access import email_address, letters, proofs, rules, store
from torg.kernel.access.events import StaffChanged, StaffDisabled, StaffEnabled, StaffInvited
from torg.kernel.access.model import (
    STAFF_READ,
    STAFF_WRITE,
    Actor,
    ActorKind,
    Assignment,
    EmailTaken,
    LastAdministrator,
    Role,
    Staff,
    StaffNotActive,
    StaffState,
    UnknownStaff,
)
from torg.kernel.access.policy import Policy
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion

MOST_ASSIGNMENTS: Final = 50


class Invitation(Struct, frozen=True):
    """Whom to invite, and with which roles."""

    email: str
    name: str
    language: str
    assignments: tuple[Assignment, ...] = ()


async def invite(tx: Transaction, policy: Policy, invitation: Invitation, *, by: Actor) -> Staff:
    """Invite somebody: she gets a mail with a link under which she chooses her password."""
    assignments = rules.tidy(invitation.assignments)
    rules.require_over(by, assignments, await store.roles(tx))
    staff = Staff(
        id=ids.new_id(),
        email=email_address.normalise(invitation.email),
        name=invitation.name.strip(),
        language=invitation.language,
        state=StaffState.invited,
        version=1,
        created_at=tx.now,
        assignments=assignments,
    )
    if not await store.add(tx, staff, None):
        raise EmailTaken(email=staff.email)
    await letters.send_invitation(tx, policy, staff)
    await audit.write(tx, by, "staff.invited", staff.public_id, roles=list(assignments))
    tx.record(StaffInvited(staff_id=staff.id))
    return staff


async def invite_again(tx: Transaction, policy: Policy, id: UUID, *, by: Actor) -> Staff:
    """Send the invitation once more; the link in the former one no longer works."""
    staff, _ = await _managed(tx, id, by)
    if staff.state is not StaffState.invited:
        raise StaffNotActive(id=staff.public_id)
    await letters.send_invitation(tx, policy, staff)
    await audit.write(tx, by, "staff.invited-again", staff.public_id)
    return staff


async def rename(
    tx: Transaction, id: UUID, *, name: str | None, language: str | None, version: int | None, by: Actor
) -> Staff:
    """Change name or language: her own, or those of somebody she manages."""
    if by.staff_id == id:
        staff = await _locked(tx, id)
    else:
        staff, _ = await _managed(tx, id, by)
    _require_version(staff, version)
    changed = msgspec.structs.replace(
        staff, name=(name or staff.name).strip(), language=language or staff.language
    )
    return await _saved(tx, staff, changed)


async def assign_roles(
    tx: Transaction, id: UUID, assignments: Sequence[Assignment], *, version: int | None, by: Actor
) -> Staff:
    """Give her exactly these roles; whoever does it must hold what she had and what she gets."""
    await store.lock_administrators(tx)
    staff, roles = await _managed(tx, id, by)
    _require_version(staff, version)
    wanted = rules.tidy(assignments)
    if wanted:
        rules.require_over(by, wanted, roles)
    await _require_administrators_remain(tx, staff, roles, after=wanted)
    await store.assign(tx, id, wanted)
    changed = await _saved(tx, staff, msgspec.structs.replace(staff, assignments=wanted))
    await audit.write(
        tx, by, "staff.roles-changed", staff.public_id, before=list(staff.assignments), after=list(wanted)
    )
    return changed


async def disable(tx: Transaction, id: UUID, *, by: Actor) -> Staff:
    """Shut her out: her sessions, links and half-finished sign-ins end with this transaction."""
    await store.lock_administrators(tx)
    staff, roles = await _managed(tx, id, by)
    if staff.state is StaffState.disabled:
        return staff
    await _require_administrators_remain(tx, staff, roles, after=())
    await proofs.end_sessions(tx, ActorKind.staff, id)
    await proofs.drop_links(tx, id)
    await proofs.drop_steps(tx, id)
    disabled = await _saved(tx, staff, msgspec.structs.replace(staff, state=StaffState.disabled), tell=False)
    await audit.write(tx, by, "staff.disabled", staff.public_id)
    tx.record(StaffDisabled(staff_id=id))
    return disabled


async def enable(tx: Transaction, policy: Policy, id: UUID, *, by: Actor) -> Staff:
    """Let somebody in again who was disabled; she chooses a new password by mail."""
    staff, _ = await _managed(tx, id, by)
    if staff.state is not StaffState.disabled:
        return staff
    enabled = await _saved(tx, staff, msgspec.structs.replace(staff, state=StaffState.invited), tell=False)
    await letters.send_invitation(tx, policy, enabled)
    await audit.write(tx, by, "staff.enabled", staff.public_id)
    tx.record(StaffEnabled(staff_id=id))
    return enabled


async def end_second_factor(tx: Transaction, id: UUID, *, by: Actor) -> Staff:
    """Take the second factor off the account of somebody who has lost hers and the recovery codes too."""
    staff, _ = await _managed(tx, id, by)
    if await store.drop_factor(tx, id):
        await proofs.end_sessions(tx, ActorKind.staff, id)
        await audit.write(tx, by, "staff.second-factor-ended", staff.public_id)
    return await _read(tx, id)


async def find_staff(tx: Transaction, id: UUID, *, by: Actor) -> Staff:
    """One member of staff; oneself, or somebody within the places where one may read staff."""
    staff = await store.find(tx, id)
    if staff is None or not (by.staff_id == id or _visible(staff, by)):
        by.must(STAFF_READ, anywhere=True)
        raise UnknownStaff(id=ids.public("stf", id))
    return staff


async def list_staff(
    tx: Transaction, *, by: Actor, state: StaffState | None = None, after: UUID | None = None, limit: int = 50
) -> list[Staff]:
    """The staff in the order in which they came; who may read staff of some stores only sees those of these stores."""
    by.must(STAFF_READ, anywhere=True)
    return await store.listed(tx, stores=by.stores(STAFF_READ), state=state, after=after, limit=limit)


async def me(tx: Transaction, *, by: Actor) -> Staff:
    """Herself."""
    return await _read(tx, rules.require_staff(by))


async def rename_me(
    tx: Transaction, *, name: str | None, language: str | None, version: int | None, by: Actor
) -> Staff:
    """Change her own name or language."""
    own = rules.require_staff(by)
    return await rename(tx, own, name=name, language=language, version=version, by=by)


def _visible(staff: Staff, by: Actor) -> bool:
    within = by.stores(STAFF_READ)
    return within is None or any(within & set(a.stores or ()) for a in staff.assignments)


async def _read(tx: Transaction, id: UUID) -> Staff:
    staff = await store.find(tx, id)
    if staff is None:
        raise UnknownStaff(id=ids.public("stf", id))
    return staff


async def _locked(tx: Transaction, id: UUID) -> Staff:
    staff = await store.lock(tx, id)
    if staff is None:
        raise UnknownStaff(id=ids.public("stf", id))
    return staff


async def _managed(tx: Transaction, id: UUID, by: Actor) -> tuple[Staff, dict[str, Role]]:
    """Lock somebody whom she may manage."""
    by.must(STAFF_WRITE, anywhere=True)
    staff = await _locked(tx, id)
    roles = await store.roles(tx)
    rules.require_over(by, staff.assignments, roles)
    return staff, roles


async def _saved(tx: Transaction, staff: Staff, changed: Staff, *, tell: bool = True) -> Staff:
    if not await store.save(tx, changed):
        raise StaleVersion(given=staff.version, present=staff.version + 1)
    if tell:
        tx.record(StaffChanged(staff_id=staff.id))
    return msgspec.structs.replace(changed, version=staff.version + 1)


async def _require_administrators_remain(
    tx: Transaction, staff: Staff, roles: dict[str, Role], *, after: Sequence[Assignment]
) -> None:
    loses = (
        staff.state is StaffState.active
        and rules.is_administrator(staff.assignments, roles)
        and not rules.is_administrator(after, roles)
    )
    if loses and not await store.other_administrators(tx, staff.id):
        raise LastAdministrator()


def _require_version(staff: Staff, version: int | None) -> None:
    if version is not None and version != staff.version:
        raise StaleVersion(given=version, present=staff.version)
