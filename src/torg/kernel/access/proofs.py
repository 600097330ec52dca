# ruff: noqa: S105, S608  # the statements are composed of constants of this module, and are no secrets
"""What people and programs show to prove who they are, in the database: sessions, links, steps and API keys.

Only hashes are kept: who reads these tables can sign in as nobody.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.kernel.access import tokens
from torg.kernel.access.model import ActorKind, ApiKey, Grant, Session, Transport
from torg.kernel.database import Transaction

SESSION_COLUMNS = "id, kind, subject, transport, created_at, last_used_at, expires_at, address, agent"
INSERT_SESSION = """
INSERT INTO sessions (token_hash, id, kind, subject, transport, idle_seconds, created_at, last_used_at, expires_at,
                      address, agent)
VALUES (%(token_hash)s, %(id)s, %(kind)s, %(subject)s, %(transport)s, %(idle_seconds)s, %(at)s, %(at)s, %(expires_at)s,
        %(address)s, %(agent)s)
"""
IDENTIFY_SESSION = """
SELECT s.id, s.kind, s.subject, s.last_used_at,
  coalesce((SELECT jsonb_agg(jsonb_build_object(
              'permissions', roles.permissions, 'stores', a.stores, 'channels', a.channels))
            FROM role_assignments a JOIN roles ON roles.code = a.role
            WHERE s.kind = 'staff' AND a.staff_id = s.subject), '[]') AS grants
FROM sessions s
WHERE s.token_hash = %(token_hash)s AND s.transport = %(transport)s AND s.expires_at > %(at)s
  AND s.last_used_at + make_interval(secs => s.idle_seconds) > %(at)s
  AND (s.kind <> 'staff' OR EXISTS (SELECT 1 FROM staff WHERE staff.id = s.subject AND staff.state = 'active'))
"""
TOUCH_SESSION = (
    "UPDATE sessions SET last_used_at = %(at)s WHERE token_hash = %(token_hash)s AND last_used_at < %(at)s"
)
LIST_SESSIONS = f"""
SELECT {SESSION_COLUMNS} FROM sessions
WHERE kind = %(kind)s AND subject = %(subject)s AND expires_at > %(at)s
  AND last_used_at + make_interval(secs => idle_seconds) > %(at)s
ORDER BY last_used_at DESC, id
"""
END_SESSION = "DELETE FROM sessions WHERE id = %(id)s AND kind = %(kind)s AND subject = %(subject)s"
END_TOKEN = "DELETE FROM sessions WHERE token_hash = %(token_hash)s"
END_SESSIONS = """
DELETE FROM sessions WHERE kind = %(kind)s AND subject = %(subject)s AND (%(but)s::uuid IS NULL OR id <> %(but)s)
"""
SWEEP_SESSIONS = """
DELETE FROM sessions WHERE expires_at <= %(at)s OR last_used_at + make_interval(secs => idle_seconds) <= %(at)s
"""

DELETE_LINKS = "DELETE FROM staff_links WHERE staff_id = %(id)s"
INSERT_LINK = """
INSERT INTO staff_links (token_hash, staff_id, purpose, expires_at)
VALUES (%(token_hash)s, %(id)s, %(purpose)s, %(expires_at)s)
"""
FIND_LINK = "SELECT staff_id FROM staff_links WHERE token_hash = %(token_hash)s AND expires_at > %(at)s"
USE_LINK = """
DELETE FROM staff_links WHERE token_hash = %(token_hash)s AND expires_at > %(at)s RETURNING staff_id
"""
SWEEP_LINKS = "DELETE FROM staff_links WHERE expires_at <= %(at)s"
INSERT_REQUEST = "INSERT INTO reset_requests (id, email, at) VALUES (%(id)s, %(email)s, %(at)s)"
TAKE_REQUEST = "DELETE FROM reset_requests WHERE id = %(id)s RETURNING email"
SWEEP_REQUESTS = "DELETE FROM reset_requests WHERE at <= %(at)s - interval '1 day'"
INSERT_STEP = """
INSERT INTO sign_in_steps (token_hash, staff_id, transport, expires_at)
VALUES (%(token_hash)s, %(id)s, %(transport)s, %(expires_at)s)
"""
FIND_STEP = """
SELECT sign_in_steps.staff_id, sign_in_steps.transport, staff.email, staff.totp_secret
FROM sign_in_steps JOIN staff ON staff.id = sign_in_steps.staff_id
WHERE sign_in_steps.token_hash = %(token_hash)s AND sign_in_steps.expires_at > %(at)s AND staff.state = 'active'
"""
USE_STEP_TOKEN = "DELETE FROM sign_in_steps WHERE token_hash = %(token_hash)s"
DELETE_STEPS = "DELETE FROM sign_in_steps WHERE staff_id = %(id)s"
SWEEP_STEPS = "DELETE FROM sign_in_steps WHERE expires_at <= %(at)s"

KEY_COLUMNS = """
id, name, prefix, permissions, stores, channels, created_by, created_at, expires_at, revoked_at, last_used_at
"""
IDENTIFY_KEY = """
SELECT id, permissions, stores, channels, last_used_at FROM api_keys
WHERE secret_hash = %(secret_hash)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(at)s)
"""
TOUCH_KEY = """
UPDATE api_keys SET last_used_at = %(at)s WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at < %(at)s)
"""
INSERT_KEY = """
INSERT INTO api_keys (id, secret_hash, prefix, name, permissions, stores, channels, created_by, created_at, expires_at)
VALUES (%(id)s, %(secret_hash)s, %(prefix)s, %(name)s, %(permissions)s, %(stores)s, %(channels)s, %(created_by)s,
        %(at)s, %(expires_at)s)
"""
FIND_KEY = f"SELECT {KEY_COLUMNS} FROM api_keys WHERE id = %(id)s"
LIST_KEYS = f"""
SELECT {KEY_COLUMNS} FROM api_keys
WHERE (%(after)s::uuid IS NULL OR id > %(after)s) AND (%(stores)s::text[] IS NULL OR stores <@ %(stores)s)
ORDER BY id LIMIT %(limit)s
"""
REVOKE_KEY = "UPDATE api_keys SET revoked_at = %(at)s WHERE id = %(id)s AND revoked_at IS NULL"


class FoundSession(Struct):
    """The living session behind a token, with what its owner may do at this moment."""

    id: UUID
    kind: ActorKind
    subject: UUID
    last_used_at: datetime
    grants: tuple[Grant, ...]


class FoundKey(Struct):
    """The living API key behind a secret."""

    id: UUID
    permissions: frozenset[str]
    stores: frozenset[str] | None
    channels: frozenset[str] | None
    last_used_at: datetime | None


class Step(Struct):
    """A sign-in that has passed the password and waits for the second factor."""

    staff_id: UUID
    transport: Transport
    email: str
    totp_secret: bytes | None


async def identify_session(
    tx: Transaction, token: str, transport: Transport, at: datetime
) -> FoundSession | None:
    return await tx.find(
        FoundSession, IDENTIFY_SESSION, token_hash=tokens.digest(token), transport=transport, at=at
    )


async def touch_session(tx: Transaction, token: str, at: datetime) -> None:
    await tx.execute(TOUCH_SESSION, token_hash=tokens.digest(token), at=at)


async def add_session(tx: Transaction, session: Session, token: str, idle_seconds: int) -> None:
    await tx.execute(
        INSERT_SESSION,
        token_hash=tokens.digest(token),
        id=session.id,
        kind=session.kind,
        subject=session.subject,
        transport=session.transport,
        idle_seconds=idle_seconds,
        at=session.created_at,
        expires_at=session.expires_at,
        address=session.address,
        agent=session.agent,
    )


async def sessions(tx: Transaction, kind: ActorKind, subject: UUID) -> list[Session]:
    return await tx.all(Session, LIST_SESSIONS, kind=kind, subject=subject, at=tx.now)


async def end_session(tx: Transaction, kind: ActorKind, subject: UUID, id: UUID) -> bool:
    return bool(await tx.execute(END_SESSION, id=id, kind=kind, subject=subject))


async def end_token(tx: Transaction, token: str) -> None:
    await tx.execute(END_TOKEN, token_hash=tokens.digest(token))


async def end_sessions(tx: Transaction, kind: ActorKind, subject: UUID, but: UUID | None = None) -> int:
    return await tx.execute(END_SESSIONS, kind=kind, subject=subject, but=but)


async def add_link(tx: Transaction, staff_id: UUID, token: str, purpose: str, expires_at: datetime) -> None:
    """Links that she was sent before are worth nothing any more."""
    await tx.execute(DELETE_LINKS, id=staff_id)
    await tx.execute(
        INSERT_LINK, token_hash=tokens.digest(token), id=staff_id, purpose=purpose, expires_at=expires_at
    )


async def drop_links(tx: Transaction, staff_id: UUID) -> None:
    await tx.execute(DELETE_LINKS, id=staff_id)


async def find_link(tx: Transaction, token: str, at: datetime) -> UUID | None:
    return await tx.find(UUID, FIND_LINK, token_hash=tokens.digest(token), at=at)


async def use_link(tx: Transaction, token: str) -> UUID | None:
    """Whose link it was; of several uses at once only one gets an answer."""
    return await tx.find(UUID, USE_LINK, token_hash=tokens.digest(token), at=tx.now)


async def add_request(tx: Transaction, id: UUID, email: str) -> None:
    await tx.execute(INSERT_REQUEST, id=id, email=email, at=tx.now)


async def take_request(tx: Transaction, id: UUID) -> str | None:
    """The address for which a reset was asked; nothing when that was looked into before."""
    return await tx.find(str, TAKE_REQUEST, id=id)


async def add_step(
    tx: Transaction, staff_id: UUID, token: str, transport: Transport, expires_at: datetime
) -> None:
    await tx.execute(
        INSERT_STEP, token_hash=tokens.digest(token), id=staff_id, transport=transport, expires_at=expires_at
    )


async def find_step(tx: Transaction, token: str, at: datetime) -> Step | None:
    return await tx.find(Step, FIND_STEP, token_hash=tokens.digest(token), at=at)


async def use_step_token(tx: Transaction, token: str) -> bool:
    return bool(await tx.execute(USE_STEP_TOKEN, token_hash=tokens.digest(token)))


async def drop_steps(tx: Transaction, staff_id: UUID) -> None:
    await tx.execute(DELETE_STEPS, id=staff_id)


async def identify_key(tx: Transaction, secret: str, at: datetime) -> FoundKey | None:
    return await tx.find(FoundKey, IDENTIFY_KEY, secret_hash=tokens.digest(secret), at=at)


async def touch_key(tx: Transaction, id: UUID, at: datetime) -> None:
    await tx.execute(TOUCH_KEY, id=id, at=at)


async def add_key(tx: Transaction, key: ApiKey, secret: str) -> None:
    await tx.execute(
        INSERT_KEY,
        id=key.id,
        secret_hash=tokens.digest(secret),
        prefix=key.prefix,
        name=key.name,
        permissions=list(key.permissions),
        stores=None if key.stores is None else list(key.stores),
        channels=None if key.channels is None else list(key.channels),
        created_by=key.created_by,
        at=key.created_at,
        expires_at=key.expires_at,
    )


async def find_key(tx: Transaction, id: UUID) -> ApiKey | None:
    return await tx.find(ApiKey, FIND_KEY, id=id)


async def keys(
    tx: Transaction, *, stores: Iterable[str] | None, after: UUID | None, limit: int
) -> list[ApiKey]:
    given = None if stores is None else sorted(stores)
    return await tx.all(ApiKey, LIST_KEYS, stores=given, after=after, limit=limit)


async def revoke_key(tx: Transaction, id: UUID) -> bool:
    return bool(await tx.execute(REVOKE_KEY, id=id, at=tx.now))


async def sweep(tx: Transaction, at: datetime) -> int:
    """Forget what has expired; nothing of it counted any more."""
    swept = 0
    for statement in (SWEEP_SESSIONS, SWEEP_LINKS, SWEEP_STEPS, SWEEP_REQUESTS):
        swept += await tx.execute(statement, at=at)
    return swept
