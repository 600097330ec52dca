"""Sessions: somebody signed in on one device, until she signs out, is idle for too long, or is signed out.

The token is random, made anew at every sign-in, and only its hash is kept, so that a token which was planted in a
browser, or read out of the database, opens nothing. Staff and customers use the same sessions; who may sign in is
decided by those who call `open_session`.
"""

from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.access import proofs, tokens
from torg.kernel.access.model import (
    Actor,
    ActorKind,
    PeopleOnly,
    Session,
    Transport,
    UnknownSession,
)
from torg.kernel.access.policy import CUSTOMER_IDLE, CUSTOMER_LONGEST, STAFF_LONGEST, Policy
from torg.kernel.database import Transaction

LONGEST_AGENT = 300


class Device(Struct, frozen=True):
    """Where somebody signs in: how her token shall travel, and what is known of the device."""

    transport: Transport = Transport.cookie
    address: str | None = None
    agent: str | None = None
    mark: str | None = None
    old_token: str | None = None


class Opened(Struct, frozen=True):
    """A session that has just begun; the token is told this once."""

    session: Session
    token: str
    device_mark: str | None = None


async def open_session(
    tx: Transaction, policy: Policy, kind: ActorKind, subject: UUID, device: Device
) -> Opened:
    """Begin a session for somebody who has proved who she is; the one that this device had before ends."""
    idle = policy.staff_idle if kind is ActorKind.staff else CUSTOMER_IDLE
    longest = STAFF_LONGEST if kind is ActorKind.staff else CUSTOMER_LONGEST
    if device.old_token:
        await proofs.end_token(tx, device.old_token)
    token = tokens.new(tokens.COOKIE if device.transport is Transport.cookie else tokens.BEARER)
    session = Session(
        id=ids.new_id(),
        kind=kind,
        subject=subject,
        transport=device.transport,
        created_at=tx.now,
        last_used_at=tx.now,
        expires_at=tx.now + max(longest, idle),
        address=device.address,
        agent=device.agent[:LONGEST_AGENT] if device.agent else None,
    )
    await proofs.add_session(tx, session, token, idle // timedelta(seconds=1))
    return Opened(session, token)


async def sign_out(tx: Transaction, *, by: Actor) -> None:
    """End the session that this request came with."""
    subject = _subject(by)
    if by.session_id is not None:
        await proofs.end_session(tx, by.kind, subject, by.session_id)


async def sessions_of(tx: Transaction, *, by: Actor) -> list[Session]:
    """Her own living sessions, the most lately used first."""
    return await proofs.sessions(tx, by.kind, _subject(by))


async def end_session(tx: Transaction, id: UUID, *, by: Actor) -> None:
    """End one of her own sessions, on whatever device it is."""
    if not await proofs.end_session(tx, by.kind, _subject(by), id):
        raise UnknownSession(id=ids.public("ses", id))


async def end_other_sessions(tx: Transaction, *, by: Actor) -> int:
    """End all of her own sessions but this one; tells how many."""
    return await proofs.end_sessions(tx, by.kind, _subject(by), by.session_id)


async def end_all_sessions(tx: Transaction, kind: ActorKind, subject: UUID) -> int:
    """End every session of somebody who may no longer sign in, or whose password has changed."""
    return await proofs.end_sessions(tx, kind, subject)


def _subject(by: Actor) -> UUID:
    subject = by.staff_id or by.customer_id
    if subject is None:
        by.must_be_somebody()
        raise PeopleOnly()
    return subject
