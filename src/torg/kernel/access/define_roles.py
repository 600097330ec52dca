"""Roles are defined by people who hold, everywhere, every right that the role gives and has given before."""

from collections.abc import Collection
from typing import Final

import msgspec

from torg.kernel import audit
from torg.kernel.access import rules, store
from torg.kernel.access.events import RoleChanged
from torg.kernel.access.model import (
    EVERYTHING,
    STAFF_READ,
    STAFF_WRITE,
    Actor,
    Role,
    RoleExists,
    RoleFixed,
    RoleInUse,
    UnknownRole,
    Vocabulary,
)
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion

LANGUAGE: Final = "en"


async def add_role(tx: Transaction, role: Role, vocabulary: Vocabulary, *, by: Actor) -> Role:
    """A new role; its permissions must exist and be held by whoever defines it."""
    by.must(STAFF_WRITE)
    role = _tidy(role, vocabulary)
    rules.require_own(by, role.permissions, None, None)
    if not await store.add_role(tx, role):
        raise RoleExists(role=role.code)
    await _tell(tx, by, "role.added", role, before=())
    return role


async def change_role(
    tx: Transaction, role: Role, vocabulary: Vocabulary, *, version: int | None, by: Actor
) -> Role:
    """Other permissions or another name for a role; counts for everybody who has it from the next request on."""
    by.must(STAFF_WRITE)
    role = _tidy(role, vocabulary)
    present = await _changeable(tx, role.code)
    if version is not None and version != present.version:
        raise StaleVersion(given=version, present=present.version)
    rules.require_own(by, {*role.permissions, *present.permissions}, None, None)
    await store.save_role(tx, msgspec.structs.replace(role, version=present.version))
    await _tell(tx, by, "role.changed", role, before=present.permissions)
    return msgspec.structs.replace(role, version=present.version + 1)


async def keep_role(tx: Transaction, role: Role, vocabulary: Vocabulary, *, by: Actor) -> Role:
    """The role as it is described here, whether or not there was one of this code; unchanged, nothing is told."""
    present = (await store.roles(tx)).get(role.code)
    if present is None:
        return await add_role(tx, role, vocabulary, by=by)
    wanted = _tidy(role, vocabulary)
    if (present.name, set(present.permissions)) == (wanted.name, set(wanted.permissions)):
        by.must(STAFF_READ, anywhere=True)
        return present
    return await change_role(tx, role, vocabulary, version=None, by=by)


async def remove_role(tx: Transaction, code: str, *, by: Actor) -> None:
    """Remove a role that nobody has any more."""
    by.must(STAFF_WRITE)
    present = await _changeable(tx, code)
    rules.require_own(by, present.permissions, None, None)
    if people := await store.holders(tx, code):
        raise RoleInUse(role=code, people=people)
    await store.delete_role(tx, code)
    await _tell(
        tx, by, "role.removed", msgspec.structs.replace(present, permissions=()), before=present.permissions
    )


async def list_roles(tx: Transaction, *, by: Actor) -> list[Role]:
    """All roles, by code."""
    by.must(STAFF_READ, anywhere=True)
    return list((await store.roles(tx)).values())


async def named(tx: Transaction, codes: Collection[str]) -> dict[str, Role]:
    """These roles by code, so that people can be told what their own are called."""
    return {code: role for code, role in (await store.roles(tx)).items() if code in codes}


async def _changeable(tx: Transaction, code: str) -> Role:
    present = await store.lock_role(tx, code)
    if present is None:
        raise UnknownRole(role=code)
    if EVERYTHING in present.permissions:
        raise RoleFixed(role=code)
    return present


def _tidy(role: Role, vocabulary: Vocabulary) -> Role:
    known = {*vocabulary.words, EVERYTHING}
    wrong = [
        FieldProblem(f"permissions.{place}", "unknown-value", f"There is no permission {word}.")
        for place, word in enumerate(role.permissions)
        if word not in known
    ]
    if LANGUAGE not in role.name:
        wrong.append(FieldProblem(f"name.{LANGUAGE}", "required", "The English name is required."))
    if wrong:
        raise Invalid.of(*wrong)
    return msgspec.structs.replace(role, permissions=tuple(sorted(set(role.permissions))))


async def _tell(tx: Transaction, by: Actor, action: str, role: Role, *, before: tuple[str, ...]) -> None:
    await audit.write(tx, by, action, role.code, before=list(before), after=list(role.permissions))
    tx.record(RoleChanged(role=role.code))
