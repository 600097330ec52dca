"""What who stands at the machine may do about staff: everything, in Torg's own name, and written into the audit log.

For the first administrator, and for the day on which nobody can sign in any more.
"""

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from torg.kernel.access import letters, manage_staff, passwords, store
from torg.kernel.access.employ import employ
from torg.kernel.access.manage_staff import Invitation
from torg.kernel.access.model import SYSTEM, Assignment, Role, Staff, StaffNotActive, StaffState, UnknownStaff
from torg.kernel.access.policy import Policy
from torg.kernel.database import Database, Transaction

ADMINISTRATOR = "administrator"


class Made(Struct, frozen=True):
    """The account, and the link under which its owner chooses a password when none was given."""

    staff: Staff
    link: str | None = None


async def create_user(
    database: Database,
    policy: Policy,
    *,
    email: str,
    name: str,
    language: str = "en",
    assignments: Sequence[Assignment] = (Assignment(ADMINISTRATOR),),
    password: str | None = None,
) -> Made:
    """Make an account; with a password it is active at once, without one a link is told (and mailed)."""
    wish = Invitation(email, name, language, tuple(assignments))
    if password is not None:
        passwords.require_decent(password, personal=(email, name))
        hashed = await passwords.hash(password)
        return Made(await database.run(partial(employ, wish=wish, password_hash=hashed, by=SYSTEM)))

    async def work(tx: Transaction) -> Made:
        staff = await manage_staff.invite(tx, policy, wish, by=SYSTEM)
        return Made(staff, await letters.send_invitation(tx, policy, staff))

    return await database.run(work)


async def list_users(database: Database) -> list[Staff]:
    """All staff, in the order in which they came."""
    found: list[Staff] = []
    while True:
        after = found[-1].id if found else None
        more = await database.read(partial(manage_staff.list_staff, by=SYSTEM, after=after, limit=500))
        found.extend(more)
        if len(more) < 500:
            return found


async def list_roles(database: Database) -> list[Role]:
    """All roles, by code."""
    return list((await database.read(store.roles)).values())


async def disable_user(database: Database, email: str) -> Staff:
    """Shut somebody out; her sessions end at once."""

    async def work(tx: Transaction) -> Staff:
        return await manage_staff.disable(tx, (await _known(tx, email)).id, by=SYSTEM)

    return await database.run(work)


async def enable_user(database: Database, policy: Policy, email: str) -> Made:
    """Let somebody in again, who chooses a new password under the link that is told."""

    async def work(tx: Transaction) -> Made:
        staff = await manage_staff.enable(tx, policy, (await _known(tx, email)).id, by=SYSTEM)
        return Made(staff, await letters.send_invitation(tx, policy, staff))

    return await database.run(work)


async def reset_password(database: Database, policy: Policy, email: str) -> Made:
    """A link under which she chooses a new password; the old one counts until she has."""

    async def work(tx: Transaction) -> Made:
        staff = await _known(tx, email)
        if staff.state is StaffState.disabled:
            raise StaffNotActive(id=staff.public_id)
        send = letters.send_invitation if staff.state is StaffState.invited else letters.send_reset
        return Made(staff, await send(tx, policy, staff))

    return await database.run(work)


async def end_second_factor(database: Database, email: str) -> Staff:
    """Take the second factor off an account whose owner has lost it."""

    async def work(tx: Transaction) -> Staff:
        return await manage_staff.end_second_factor(tx, (await _known(tx, email)).id, by=SYSTEM)

    return await database.run(work)


async def give_role(database: Database, email: str, assignment: Assignment) -> Staff:
    """Give somebody one role more."""

    async def work(tx: Transaction) -> Staff:
        staff = await _known(tx, email)
        wanted = (*staff.assignments, assignment)
        return await manage_staff.assign_roles(tx, staff.id, wanted, version=None, by=SYSTEM)

    return await database.run(work)


async def take_role(database: Database, email: str, role: str) -> Staff:
    """Take a role from somebody, wherever she has it."""

    async def work(tx: Transaction) -> Staff:
        staff = await _known(tx, email)
        left = [a for a in staff.assignments if a.role != role]
        return await manage_staff.assign_roles(tx, staff.id, left, version=None, by=SYSTEM)

    return await database.run(work)


async def _known(tx: Transaction, email: str) -> Staff:
    staff = await store.find_by_email(tx, email.strip().lower())
    if staff is None:
        raise UnknownStaff(id=email)
    return staff
