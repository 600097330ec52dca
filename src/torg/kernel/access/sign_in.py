"""Staff sign in: the password first, and the second factor where one is set up.

A chain of short steps, since a refused try must have been counted and a password is compared outside any transaction:
count → read → compare → open the session, if nothing has changed meanwhile. The answer and the time it takes are the
same for a wrong password, an unknown address, an account without password and one that is disabled.
"""

from typing import Final
from uuid import uuid4

from msgspec import Struct

from torg.kernel import audit, ids
from torg.kernel.access import (
    devices,
    email_address,
    passwords,
    proofs,
    second_factor,
    store,
    throttle,
    tokens,
)
from torg.kernel.access.model import Actor, ActorKind, Staff, StaffState, WrongCode, WrongCredentials
from torg.kernel.access.policy import STEP_LASTS, Policy
from torg.kernel.access.sessions import Device, Opened, open_session
from torg.kernel.access.store import Account
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Invalid
from torg.kernel.telemetry import logger

log = logger("torg.access")

ACCOUNT: Final = "staff "


class FactorNeeded(Struct, frozen=True):
    """The password was right; this challenge and a code of the second factor open the session."""

    challenge: str


class SignedIn(Struct, frozen=True):
    """A member of staff who has just signed in."""

    staff: Staff
    opened: Opened


async def with_password(
    database: Database, policy: Policy, email: str, password: str, device: Device
) -> SignedIn | FactorNeeded:
    """Sign in with e-mail address and password; the session, or the challenge for the second factor."""
    address = _address(email)
    counters = devices.counters(policy, ACCOUNT + address, device=device.mark, address=device.address)
    await throttle.take(database, counters)
    account = await database.read(lambda tx: store.account(tx, email=address))
    usable = account if account is not None and account.state is StaffState.active else None
    verdict = await passwords.verify(usable.password_hash if usable else None, password)
    if usable is None or not verdict.fits:
        log.info("sign-in refused", address=device.address)
        raise WrongCredentials()
    await throttle.give_back(database, counters)

    async def go_on(tx: Transaction) -> SignedIn | FactorNeeded:
        if not await store.note_sign_in(tx, usable, verdict.renewed, tx.now):
            raise WrongCredentials()  # disabled, or another password, since it was compared
        if usable.totp_secret is None:
            return await _opened(tx, policy, usable, device)
        challenge = tokens.new(tokens.STEP)
        await proofs.add_step(tx, usable.id, challenge, device.transport, tx.now + STEP_LASTS)
        return FactorNeeded(challenge)

    return await database.run(go_on)


async def with_second_factor(
    database: Database, policy: Policy, challenge: str, code: str, device: Device
) -> SignedIn:
    """Finish signing in with a code of the authenticator, or with one of the recovery codes; each works once."""
    if not tokens.is_token(challenge, tokens.STEP):
        raise WrongCode()
    step = await database.read(lambda tx: proofs.find_step(tx, challenge, database.clock.now()))
    if step is None or step.totp_secret is None:
        raise WrongCode()
    account = ACCOUNT + step.email
    counters = [policy.limit("factor").counting(account)]
    if devices.knows(policy, account, device.mark):
        counters = [policy.limit("known-factor").counting(f"{device.mark} {account}")]
    await throttle.take(database, counters)

    async def finish(tx: Transaction) -> SignedIn:
        usable = await store.account(tx, id=step.staff_id)
        if usable is None or not await proofs.use_step_token(tx, challenge):
            raise WrongCode()
        await second_factor.prove(tx, policy, usable, code)
        return await _opened(
            tx,
            policy,
            usable,
            Device(step.transport, device.address, device.agent, device.mark, device.old_token),
        )

    signed_in = await database.run(finish)
    await throttle.give_back(database, counters)
    return signed_in


async def _opened(tx: Transaction, policy: Policy, account: Account, device: Device) -> SignedIn:
    staff = await store.find(tx, account.id)
    if staff is None:
        raise WrongCredentials()
    opened = await open_session(tx, policy, ActorKind.staff, staff.id, device)
    mark = devices.mark(policy, ACCOUNT + account.email, device.mark, uuid4().hex)
    by = Actor(ActorKind.staff, ids.public("stf", staff.id))
    await audit.write(tx, by, "staff.signed-in", staff.public_id, transport=device.transport)
    return SignedIn(staff, Opened(opened.session, opened.token, mark))


def _address(email: str) -> str:
    try:
        return email_address.normalise(email)
    except Invalid:
        return email.strip().lower()[:300]  # nobody's address: refused like any other that is unknown
