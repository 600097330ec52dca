"""People and programs for tests of access: made quickly, with exactly the rights a test needs."""

import re
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from msgspec import Struct

from torg.kernel import ids
from torg.kernel.access import (
    EVERYTHING,
    SYSTEM,
    Actor,
    ActorKind,
    Device,
    Grant,
    Opened,
    Policy,
    Transport,
    Vocabulary,
    open_session,
    passwords,
    store,
)
from torg.kernel.access.issue_keys import Issued, KeyWish, issue_key
from torg.kernel.access.model import Assignment, Role, Staff, StaffState
from torg.kernel.database import TALLY, Database, Tally, Transaction
from torg.permissions import Permission

PASSWORD = "a fine long password"
HASH = passwords.hash_now(PASSWORD)
HASHER = PasswordHasher()
VOCABULARY = Vocabulary(frozenset(Permission))
POLICY = Policy.of(secret="s" * 40, origin="http://torg.test", tries=5)


def permissions(*words: str) -> frozenset[str]:
    return frozenset(str(word) for word in words)


def actor(
    *words: str, stores: set[str] | None = None, channels: set[str] | None = None, id: UUID | None = None
) -> Actor:
    """A member of staff with these rights in these places."""
    grant = Grant(
        permissions(*words),
        None if stores is None else frozenset(stores),
        None if channels is None else frozenset(channels),
    )
    return Actor(ActorKind.staff, ids.public("stf", id or ids.new_id()), (grant,))


def actor_of(staff: Staff, roles: dict[str, Role]) -> Actor:
    """The actor that this member of staff would be."""
    grants = tuple(
        Grant(
            frozenset(roles[a.role].permissions),
            None if a.stores is None else frozenset(a.stores),
            None if a.channels is None else frozenset(a.channels),
        )
        for a in staff.assignments
    )
    return Actor(ActorKind.staff, staff.public_id, grants)


ADMINISTRATOR = actor(EVERYTHING)


def new_email(name: str = "someone") -> str:
    return f"{name}.{uuid4().hex[:10]}@example.com"


async def add_role(tx: Transaction, *words: str) -> Role:
    role = Role(f"role-{uuid4().hex[:8]}", {"en": "Role"}, tuple(sorted(words)))
    assert await store.add_role(tx, role)
    return role


async def add_staff(
    tx: Transaction,
    *words: str,
    stores: tuple[str, ...] | None = None,
    channels: tuple[str, ...] | None = None,
    email: str | None = None,
    state: StaffState = StaffState.active,
) -> Staff:
    """A member of staff with these rights, who can sign in with PASSWORD."""
    given: tuple[Assignment, ...] = ()
    if words:
        role = await add_role(tx, *words)
        given = (Assignment(role.code, stores, channels),)
    staff = Staff(
        id=ids.new_id(),
        email=email or new_email(),
        name="Kari Nordmann",
        language="nb",
        state=state,
        version=1,
        created_at=tx.now,
        assignments=given,
    )
    assert await store.add(tx, staff, HASH if state is not StaffState.invited else None)
    return staff


async def add_key(
    tx: Transaction,
    *words: str,
    stores: tuple[str, ...] | None = None,
    channels: tuple[str, ...] | None = None,
    lasts: timedelta | None = None,
) -> Issued:
    wish = KeyWish("A program", words, stores, channels, tx.now + lasts if lasts else None)
    return await issue_key(tx, wish, VOCABULARY, by=SYSTEM)


async def bearer(database: Database, kind: ActorKind, subject: UUID, policy: Policy = POLICY) -> Opened:
    """A session that a program holds for somebody."""
    return await database.run(lambda tx: open_session(tx, policy, kind, subject, Device(Transport.bearer)))


def header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def count(database: Database, table: str, where: str = "true", **facts: Any) -> int:
    return await database.read(lambda tx: tx.one(int, f"SELECT count(*) FROM {table} WHERE {where}", **facts))


async def link_in_mail(database: Database, to: str) -> str:
    """The token of the link in the newest mail to this address."""
    found = await database.read(
        lambda tx: tx.all(
            str, "SELECT text FROM mails WHERE recipient = %(to)s ORDER BY queued_at, id", to=to
        )
    )
    assert found, f"no mail to {to}"
    match = re.search(r"link=(torg_ln_[A-Za-z0-9_-]+)", found[-1])
    assert match
    return match[1]


class Effort(Struct, frozen=True):
    """What an answer cost: statements, and the argon2 hashes that were computed with their parameters."""

    statements: int
    hashes: tuple[str, ...]


async def effort(
    monkeypatch: pytest.MonkeyPatch, refusal: type[Exception], refused: Awaitable[object]
) -> Effort:
    """The work behind a refusal: what a stranger could measure with a stop-watch, without a stop-watch's noise."""
    computed: list[str] = []

    class Spy:
        def verify(self, hash: str, password: str) -> bool:
            computed.append("$".join(hash.split("$")[:4]))
            return HASHER.verify(hash, password)

    tally = Tally()
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "_hasher", Spy())
        token = TALLY.set(tally)
        with pytest.raises(refusal):
            await refused
        TALLY.reset(token)
    return Effort(tally.statements, tuple(computed))
