# ruff: noqa: S105, S608  # the statements are composed of constants of this module, and are no secrets
"""Staff and roles in the database; with `proofs.py` the only file with their SQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel import ids
from torg.kernel.access.model import Assignment, Role, Staff, StaffState
from torg.kernel.database import Transaction

STAFF_COLUMNS = """
staff.id, staff.email, staff.name, staff.language, staff.state, staff.version, staff.created_at,
staff.last_signed_in_at, staff.totp_secret IS NOT NULL AS second_factor,
coalesce((SELECT jsonb_agg(jsonb_build_object('role', a.role, 'stores', a.stores, 'channels', a.channels) ORDER BY a.id)
          FROM role_assignments a WHERE a.staff_id = staff.id), '[]') AS assignments
"""
FIND_STAFF = f"SELECT {STAFF_COLUMNS} FROM staff WHERE id = %(id)s"
LOCK_STAFF = f"SELECT {STAFF_COLUMNS} FROM staff WHERE id = %(id)s FOR UPDATE OF staff"
FIND_STAFF_BY_EMAIL = f"SELECT {STAFF_COLUMNS} FROM staff WHERE email = %(email)s"
LIST_STAFF = f"""
SELECT {STAFF_COLUMNS} FROM staff
WHERE (%(after)s::uuid IS NULL OR id > %(after)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(stores)s::text[] IS NULL
       OR EXISTS (SELECT 1 FROM role_assignments a WHERE a.staff_id = staff.id AND a.stores && %(stores)s))
ORDER BY id LIMIT %(limit)s
"""
EMAILS = "SELECT email FROM staff"
INSERT_STAFF = """
INSERT INTO staff (id, email, name, language, state, password_hash, created_at)
VALUES (%(id)s, %(email)s, %(name)s, %(language)s, %(state)s, %(password_hash)s, %(at)s)
ON CONFLICT (email) DO NOTHING
"""
UPDATE_STAFF = """
UPDATE staff SET name = %(name)s, language = %(language)s, state = %(state)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s
"""
SET_PASSWORD = """
UPDATE staff SET password_hash = %(password_hash)s, version = version + 1,
  state = CASE WHEN state = 'invited' THEN 'active' ELSE state END
WHERE id = %(id)s AND state <> 'disabled'
"""
SIGN_IN_STAFF = """
UPDATE staff SET last_signed_in_at = %(at)s, password_hash = coalesce(%(renewed)s, password_hash)
WHERE id = %(id)s AND state = 'active' AND password_hash = %(password_hash)s
"""
FIND_ACCOUNT = """
SELECT id, email, name, language, state, password_hash, totp_secret, totp_pending
FROM staff WHERE email = %(email)s
"""
FIND_ACCOUNT_BY_ID = """
SELECT id, email, name, language, state, password_hash, totp_secret, totp_pending
FROM staff WHERE id = %(id)s
"""
SET_PENDING_FACTOR = """
UPDATE staff SET totp_pending = %(secret)s WHERE id = %(id)s AND totp_secret IS NULL AND state = 'active'
"""
CONFIRM_FACTOR = """
UPDATE staff SET totp_secret = totp_pending, totp_pending = NULL, totp_step = %(step)s, version = version + 1
WHERE id = %(id)s AND totp_secret IS NULL AND totp_pending = %(pending)s AND state = 'active'
"""
DROP_FACTOR = """
UPDATE staff SET totp_secret = NULL, totp_pending = NULL, version = version + 1
WHERE id = %(id)s AND totp_secret IS NOT NULL
"""
USE_STEP = """
UPDATE staff SET totp_step = %(step)s WHERE id = %(id)s AND totp_step < %(step)s AND state = 'active'
"""
DELETE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE staff_id = %(id)s"
INSERT_RECOVERY_CODE = "INSERT INTO recovery_codes (staff_id, code_hash) VALUES (%(id)s, %(code_hash)s)"
USE_RECOVERY_CODE = "DELETE FROM recovery_codes WHERE staff_id = %(id)s AND code_hash = %(code_hash)s"
COUNT_RECOVERY_CODES = "SELECT count(*) FROM recovery_codes WHERE staff_id = %(id)s"

ROLES = "SELECT code, name, permissions, version FROM roles ORDER BY code"
LOCK_ROLE = "SELECT code, name, permissions, version FROM roles WHERE code = %(code)s FOR NO KEY UPDATE"
LOCK_ADMINISTRATORS = "SELECT code FROM roles WHERE '*' = ANY (permissions) ORDER BY code FOR NO KEY UPDATE"
OTHER_ADMINISTRATORS = """
SELECT count(DISTINCT staff.id) FROM staff
JOIN role_assignments a ON a.staff_id = staff.id
JOIN roles ON roles.code = a.role
WHERE staff.state = 'active' AND staff.id <> %(id)s AND '*' = ANY (roles.permissions)
  AND a.stores IS NULL AND a.channels IS NULL
"""
INSERT_ROLE = """
INSERT INTO roles (code, name, permissions) VALUES (%(code)s, %(name)s, %(permissions)s)
ON CONFLICT (code) DO NOTHING
"""
UPDATE_ROLE = """
UPDATE roles SET name = %(name)s, permissions = %(permissions)s, version = version + 1
WHERE code = %(code)s AND version = %(version)s
"""
DELETE_ROLE = "DELETE FROM roles WHERE code = %(code)s"
COUNT_HOLDERS = "SELECT count(DISTINCT staff_id) FROM role_assignments WHERE role = %(code)s"
DELETE_ASSIGNMENTS = "DELETE FROM role_assignments WHERE staff_id = %(id)s"
INSERT_ASSIGNMENT = """
INSERT INTO role_assignments (id, staff_id, role, stores, channels)
VALUES (%(id)s, %(staff_id)s, %(role)s, %(stores)s, %(channels)s)
"""


class Account(Struct):
    """What signing in needs to know of a member of staff; never leaves this package."""

    id: UUID
    email: str
    name: str
    language: str
    state: StaffState
    password_hash: str | None
    totp_secret: bytes | None
    totp_pending: bytes | None


async def find(tx: Transaction, id: UUID) -> Staff | None:
    return await tx.find(Staff, FIND_STAFF, id=id)


async def lock(tx: Transaction, id: UUID) -> Staff | None:
    return await tx.find(Staff, LOCK_STAFF, id=id)


async def find_by_email(tx: Transaction, email: str) -> Staff | None:
    return await tx.find(Staff, FIND_STAFF_BY_EMAIL, email=email)


async def emails(tx: Transaction) -> set[str]:
    return set(await tx.all(str, EMAILS))


async def listed(
    tx: Transaction, *, stores: Iterable[str] | None, state: StaffState | None, after: UUID | None, limit: int
) -> list[Staff]:
    given = None if stores is None else sorted(stores)
    return await tx.all(Staff, LIST_STAFF, stores=given, state=state, after=after, limit=limit)


async def add(tx: Transaction, staff: Staff, password_hash: str | None) -> bool:
    """Whether the e-mail address was free."""
    added = await tx.execute(
        INSERT_STAFF,
        id=staff.id,
        email=staff.email,
        name=staff.name,
        language=staff.language,
        state=staff.state,
        password_hash=password_hash,
        at=staff.created_at,
    )
    if added:
        await assign(tx, staff.id, staff.assignments)
    return bool(added)


async def save(tx: Transaction, staff: Staff) -> bool:
    """Write name, language and state of the version that was read; whether nobody was faster."""
    return bool(
        await tx.execute(
            UPDATE_STAFF,
            id=staff.id,
            name=staff.name,
            language=staff.language,
            state=staff.state,
            version=staff.version,
        )
    )


async def assign(tx: Transaction, id: UUID, assignments: Iterable[Assignment]) -> None:
    """Replace what she has by these roles."""
    await tx.execute(DELETE_ASSIGNMENTS, id=id)
    rows = [
        {
            "id": ids.new_id(),
            "staff_id": id,
            "role": a.role,
            "stores": None if a.stores is None else list(a.stores),
            "channels": None if a.channels is None else list(a.channels),
        }
        for a in assignments
    ]
    await tx.execute_many(INSERT_ASSIGNMENT, rows)


async def account(tx: Transaction, *, email: str | None = None, id: UUID | None = None) -> Account | None:
    if id is not None:
        return await tx.find(Account, FIND_ACCOUNT_BY_ID, id=id)
    return await tx.find(Account, FIND_ACCOUNT, email=email)


async def set_password(tx: Transaction, id: UUID, password_hash: str) -> bool:
    return bool(await tx.execute(SET_PASSWORD, id=id, password_hash=password_hash))


async def note_sign_in(tx: Transaction, account: Account, renewed: str | None, at: datetime) -> bool:
    """Whether she is still active with the password that was compared."""
    return bool(
        await tx.execute(
            SIGN_IN_STAFF, id=account.id, password_hash=account.password_hash, renewed=renewed, at=at
        )
    )


async def prepare_factor(tx: Transaction, id: UUID, secret: bytes) -> bool:
    return bool(await tx.execute(SET_PENDING_FACTOR, id=id, secret=secret))


async def confirm_factor(tx: Transaction, id: UUID, pending: bytes, step: int) -> bool:
    return bool(await tx.execute(CONFIRM_FACTOR, id=id, pending=pending, step=step))


async def drop_factor(tx: Transaction, id: UUID) -> bool:
    await tx.execute(DELETE_RECOVERY_CODES, id=id)
    return bool(await tx.execute(DROP_FACTOR, id=id))


async def use_step(tx: Transaction, id: UUID, step: int) -> bool:
    """Whether this or a later code of the second factor has not been used before."""
    return bool(await tx.execute(USE_STEP, id=id, step=step))


async def replace_recovery_codes(tx: Transaction, id: UUID, hashes: Sequence[bytes]) -> None:
    await tx.execute(DELETE_RECOVERY_CODES, id=id)
    await tx.execute_many(INSERT_RECOVERY_CODE, [{"id": id, "code_hash": code} for code in hashes])


async def use_recovery_code(tx: Transaction, id: UUID, code_hash: bytes) -> bool:
    return bool(await tx.execute(USE_RECOVERY_CODE, id=id, code_hash=code_hash))


async def recovery_codes_left(tx: Transaction, id: UUID) -> int:
    return await tx.one(int, COUNT_RECOVERY_CODES, id=id)


async def roles(tx: Transaction) -> dict[str, Role]:
    return {role.code: role for role in await tx.all(Role, ROLES)}


async def lock_role(tx: Transaction, code: str) -> Role | None:
    return await tx.find(Role, LOCK_ROLE, code=code)


async def lock_administrators(tx: Transaction) -> None:
    """Whoever may take an administrator away waits here, so that two cannot take the last two at once."""
    await tx.all(str, LOCK_ADMINISTRATORS)


async def other_administrators(tx: Transaction, id: UUID) -> int:
    return await tx.one(int, OTHER_ADMINISTRATORS, id=id)


async def add_role(tx: Transaction, role: Role) -> bool:
    return bool(
        await tx.execute(
            INSERT_ROLE, code=role.code, name=Jsonb(role.name), permissions=list(role.permissions)
        )
    )


async def save_role(tx: Transaction, role: Role) -> bool:
    return bool(
        await tx.execute(
            UPDATE_ROLE,
            code=role.code,
            name=Jsonb(role.name),
            permissions=list(role.permissions),
            version=role.version,
        )
    )


async def holders(tx: Transaction, code: str) -> int:
    return await tx.one(int, COUNT_HOLDERS, code=code)


async def delete_role(tx: Transaction, code: str) -> None:
    await tx.execute(DELETE_ROLE, code=code)
