"""A new password: asked for by mail and chosen under a link, or changed by who knows the old one.

Asking answers the same, and as fast, for everybody: whether there is such an account is looked up afterwards, by a
reaction. The link is a random token that works once and for an hour; choosing a password ends every session, since
whoever had the old one may have one.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from torg.kernel import audit, ids
from torg.kernel.access import (
    email_address,
    letters,
    passwords,
    proofs,
    second_factor,
    store,
    throttle,
    tokens,
)
from torg.kernel.access.events import ResetAsked, StaffJoined
from torg.kernel.access.model import Actor, ActorKind, LinkExpired, Staff, StaffState
from torg.kernel.access.policy import Policy
from torg.kernel.access.throttle import Limit
from torg.kernel.database import Database, Transaction

PER_ACCOUNT: Final = Limit.within("reset-account", 5, timedelta(hours=1))
PER_ADDRESS: Final = Limit.within("reset-address", 20, timedelta(hours=1))


async def ask_for_reset(database: Database, email: str, *, address: str | None) -> None:
    """Note that somebody forgot her password; she gets a mail if this is the address of an active account."""
    normal = email_address.normalise(email)
    await throttle.take(
        database, [PER_ADDRESS.counting(throttle.network(address)), PER_ACCOUNT.counting(normal)]
    )

    async def work(tx: Transaction) -> None:
        id = ids.new_id()
        await proofs.add_request(tx, id, normal)
        tx.record(ResetAsked(request_id=id))

    await database.run(work)


async def answer_reset(tx: Transaction, policy: Policy, request_id: UUID) -> None:
    """Send the link to the account that was asked for, if there is one that may use it."""
    email = await proofs.take_request(tx, request_id)
    staff = await store.find_by_email(tx, email) if email else None
    if staff is None or staff.state is StaffState.disabled:
        return
    if staff.state is StaffState.invited:
        await letters.send_invitation(tx, policy, staff)
    else:
        await letters.send_reset(tx, policy, staff)


async def choose_password(database: Database, token: str, password: str) -> Staff:
    """Choose a password under a link from a mail; the account is active from then on, all its sessions have ended."""
    if not tokens.is_token(token, tokens.LINK):
        raise LinkExpired()
    staff = await whose_link(database, token)
    passwords.require_decent(password, personal=(staff.email.partition("@")[0], staff.email, staff.name))
    hashed = await passwords.hash(password)

    async def work(tx: Transaction) -> Staff:
        owner = await proofs.use_link(tx, token)
        present = await store.lock(tx, owner) if owner else None
        if present is None or not await store.set_password(tx, present.id, hashed):
            raise LinkExpired()
        await _shut_others_out(tx, present, None)
        by = Actor(ActorKind.staff, present.public_id)
        await audit.write(tx, by, "staff.password-chosen", present.public_id)
        if present.state is StaffState.invited:
            tx.record(StaffJoined(staff_id=present.id))
        return present

    return await database.run(work, actor=staff.public_id)


async def whose_link(database: Database, token: str) -> Staff:
    """Whose password can be chosen under this link; LinkExpired when nobody's."""

    async def work(tx: Transaction) -> Staff | None:
        owner = await proofs.find_link(tx, token, database.clock.now())
        return await store.find(tx, owner) if owner else None

    staff = await database.read(work) if tokens.is_token(token, tokens.LINK) else None
    if staff is None or staff.state is StaffState.disabled:
        raise LinkExpired()
    return staff


async def change_password(database: Database, policy: Policy, old: str, new: str, *, by: Actor) -> None:
    """Change her own password, knowing the old one; her other sessions end."""
    account = await second_factor.confirm_password(database, policy, old, field="old_password", by=by)
    passwords.require_decent(
        new, personal=(account.email.partition("@")[0], account.email, account.name), field="new_password"
    )
    hashed = await passwords.hash(new)

    async def work(tx: Transaction) -> None:
        staff = await store.lock(tx, account.id)
        if staff is None or not await store.set_password(tx, account.id, hashed):
            raise LinkExpired()
        await _shut_others_out(tx, staff, by)
        await audit.write(tx, by, "staff.password-changed", staff.public_id)

    await database.run(work)


async def _shut_others_out(tx: Transaction, staff: Staff, by: Actor | None) -> None:
    await proofs.end_sessions(tx, ActorKind.staff, staff.id, by.session_id if by else None)
    await proofs.drop_links(tx, staff.id)
    await proofs.drop_steps(tx, staff.id)
