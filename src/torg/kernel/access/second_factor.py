"""The second factor: codes of an authenticator program (TOTP), and recovery codes for the day it is lost.

The shared secret is encrypted at rest and bound to its owner. A code works once: the newest time step that was used is
kept, and one that is not newer is refused, however many send it at the same moment.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import pyotp
from msgspec import Struct
from pyotp.exceptions import OTPVerificationError

from torg.kernel import audit
from torg.kernel.access import passwords, proofs, store, throttle
from torg.kernel.access.model import (
    Actor,
    ActorKind,
    PeopleOnly,
    SecondFactorOff,
    SecondFactorOn,
    WrongCode,
)
from torg.kernel.access.policy import Policy
from torg.kernel.access.rules import require_staff
from torg.kernel.access.store import Account
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import FieldProblem, Invalid

PURPOSE: Final = "second factor"
ISSUER: Final = "Torg"
RECOVERY_CODES: Final = 10
WINDOW: Final = 1


class Prepared(Struct, frozen=True):
    """A secret that is to be typed or scanned into an authenticator; it counts once a code of it was given."""

    secret: str
    uri: str


async def prepare(database: Database, policy: Policy, password: str, *, by: Actor) -> Prepared:
    """Begin to set up her own second factor; asks for the password, so that a borrowed screen cannot."""
    account = await confirm_password(database, policy, password, by=by)
    if account.totp_secret is not None:
        raise SecondFactorOn()
    secret = pyotp.random_base32()
    locked = policy.vault.lock(secret.encode(), purpose=PURPOSE, owner=str(account.id))

    async def work(tx: Transaction) -> None:
        if not await store.prepare_factor(tx, account.id, locked):
            raise SecondFactorOn()

    await database.run(work)
    return Prepared(secret, _uri(secret, account.email))


async def prepared(tx: Transaction, policy: Policy, *, by: Actor) -> Prepared | None:
    """The secret that waits for its first code, to show it once more; None when none does."""
    account = await _own(tx, by)
    if account.totp_pending is None:
        return None
    secret = policy.vault.unlock(account.totp_pending, purpose=PURPOSE, owner=str(account.id)).decode()
    return Prepared(secret, _uri(secret, account.email))


async def confirm(database: Database, policy: Policy, code: str, *, by: Actor) -> Sequence[str]:
    """Turn the prepared second factor on with its first code; tells the recovery codes, once."""
    account = await database.read(lambda tx: _own(tx, by))
    await throttle.take(database, [policy.limit("factor-set-up").counting(str(account.id))])

    async def work(tx: Transaction) -> Sequence[str]:
        pending = (await _own(tx, by)).totp_pending
        if pending is None:
            raise SecondFactorOff()
        step = _step(policy, pending, account.id, code, tx)
        if step is None:
            raise _wrong_code()
        if not await store.confirm_factor(tx, account.id, pending, step):
            raise SecondFactorOn()
        await proofs.end_sessions(tx, ActorKind.staff, account.id, by.session_id)
        await audit.write(tx, by, "staff.second-factor-on", str(by))
        return await _new_recovery_codes(tx, account.id)

    return await database.run(work)


async def turn_off(database: Database, policy: Policy, password: str, code: str, *, by: Actor) -> None:
    """Turn her own second factor off; asks for the password and a code."""
    account = await confirm_password(database, policy, password, by=by)
    await throttle.take(database, [policy.limit("factor").counting(f"off {account.id}")])

    async def work(tx: Transaction) -> None:
        present = await _own(tx, by)
        if present.totp_secret is None:
            raise SecondFactorOff()
        if not await _proves(tx, policy, present, code):
            raise _wrong_code()
        await store.drop_factor(tx, account.id)
        await audit.write(tx, by, "staff.second-factor-off", str(by))

    await database.run(work)


async def renew_recovery_codes(
    database: Database, policy: Policy, password: str, *, by: Actor
) -> Sequence[str]:
    """New recovery codes in place of the old ones."""
    account = await confirm_password(database, policy, password, by=by)

    async def work(tx: Transaction) -> Sequence[str]:
        if (await _own(tx, by)).totp_secret is None:
            raise SecondFactorOff()
        await audit.write(tx, by, "staff.recovery-codes-renewed", str(by))
        return await _new_recovery_codes(tx, account.id)

    return await database.run(work)


async def recovery_codes_left(tx: Transaction, *, by: Actor) -> int:
    """How many of her recovery codes have not been used."""
    return await store.recovery_codes_left(tx, (await _own(tx, by)).id)


async def prove(tx: Transaction, policy: Policy, account: Account, code: str) -> None:
    """Use up a code of the second factor, or a recovery code; WrongCode when it does not fit or was used before."""
    if not await _proves(tx, policy, account, code):
        raise WrongCode()


async def _proves(tx: Transaction, policy: Policy, account: Account, code: str) -> bool:
    if account.totp_secret is None:
        return False
    digits = "".join(code.split())
    if len(digits) == 6 and digits.isascii() and digits.isdigit():
        step = _step(policy, account.totp_secret, account.id, digits, tx)
        return step is not None and await store.use_step(tx, account.id, step)
    return await store.use_recovery_code(tx, account.id, _recovery_hash(account.id, code))


def _wrong_code() -> Invalid:
    # Whoever is signed in stays so: it is the field that is wrong.
    return Invalid.of(FieldProblem("code", "wrong-code", "This code is not valid."))


async def confirm_password(
    database: Database, policy: Policy, password: str, *, field: str = "password", by: Actor
) -> Account:
    """Her account, when this is her password, else `field` is wrong; tries count, as the screen may be borrowed."""
    account = await database.read(lambda tx: _own(tx, by))
    counters = [policy.limit("own-password").counting(str(account.id))]
    await throttle.take(database, counters)
    if not (await passwords.verify(account.password_hash, password)).fits:
        raise passwords.not_yours(field)
    await throttle.give_back(database, counters)
    return account


async def _own(tx: Transaction, by: Actor) -> Account:
    account = await store.account(tx, id=require_staff(by))
    if account is None:
        raise PeopleOnly()
    return account


async def _new_recovery_codes(tx: Transaction, id: UUID) -> Sequence[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    await store.replace_recovery_codes(tx, id, [_recovery_hash(id, code) for code in codes])
    return codes


def _step(policy: Policy, locked: bytes, owner: UUID, code: str, tx: Transaction) -> int | None:
    secret = policy.vault.unlock(locked, purpose=PURPOSE, owner=str(owner)).decode()
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=tx.now, valid_window=WINDOW)
    except OTPVerificationError:
        return None


def _uri(secret: str, email: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def _recovery_hash(owner: UUID, code: str) -> bytes:
    plain = "".join(c for c in code.lower() if c.isalnum())
    return hashlib.sha256(f"recovery\n{owner}\n{plain}".encode()).digest()
