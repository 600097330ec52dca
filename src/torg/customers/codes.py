"""Six digits in a mail prove that somebody reads an e-mail address.

A code is bound to the browser that asked for it (its challenge), so that strangers who ask for codes of their own use
up none of its five tries. Each try is counted before it is compared, in a transaction of its own, and the right code
works once even when it is sent twice at the same moment. What is kept cannot be turned back into the code without the
installation's secret.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from torg.customers import letters, store
from torg.customers.model import CodePurpose, WrongEmailCode
from torg.kernel.access import Device, Policy, devices, throttle, tokens
from torg.kernel.access.throttle import Counter, Limit
from torg.kernel.database import Database, Transaction

LASTS: Final = timedelta(minutes=10)
TRIES: Final = 5
DIGITS: Final = 6
PER_EMAIL: Final = Limit.within("code-email", 6, timedelta(hours=1))
PER_DEVICE: Final = Limit.within("code-device", 6, timedelta(hours=1))
PER_ADDRESS: Final = Limit.within("code-address", 30, timedelta(hours=1))
SEAL: Final = "e-mail code"
ACCOUNT: Final = "customer "


class Asked(Struct, frozen=True):
    """A code is on its way; the challenge stays with the browser that asked, and is given back with the code."""

    challenge: str
    expires_at: datetime


class Proof(Struct, frozen=True):
    """What somebody sends to prove that she reads this address."""

    email: str
    challenge: str
    code: str


async def ask(
    database: Database, policy: Policy, email: str, purpose: CodePurpose, *, language: str, device: Device
) -> Asked:
    """Mail a code to this (normalised) address; the answer is the same whoever it belongs to."""
    await throttle.take(database, _counters(policy, email, device))
    challenge = tokens.new(tokens.STEP)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"

    async def work(tx: Transaction) -> Asked:
        until = tx.now + LASTS
        seal = policy.vault.seal(_sealed(challenge, code), purpose=SEAL)
        hashed = tokens.digest(challenge)
        await store.add_code(tx, email, hashed, purpose, seal, tries=TRIES, expires_at=until)
        await letters.send_code(tx, to=email, code=code, purpose=purpose, language=language, lasts=LASTS)
        return Asked(challenge, until)

    return await database.run(work)


async def check(database: Database, policy: Policy, proof: Proof, purpose: CodePurpose) -> None:
    """Count a try and compare; WrongEmailCode when the code does not fit. It is used up by `use` alone."""
    if not tokens.is_token(proof.challenge, tokens.STEP):
        raise WrongEmailCode()
    hashed = tokens.digest(proof.challenge)
    seal = await database.run(lambda tx: store.try_code(tx, proof.email, hashed, purpose))
    digits = "".join(proof.code.split())
    if seal is None or not policy.vault.is_sealed(_sealed(proof.challenge, digits), seal, purpose=SEAL):
        raise WrongEmailCode()


async def use(tx: Transaction, proof: Proof) -> None:
    """Use a code up that has been checked; of two uses at once only one goes on."""
    if not await store.use_code(tx, proof.email, tokens.digest(proof.challenge)):
        raise WrongEmailCode()


def _sealed(challenge: str, code: str) -> str:
    return f"{challenge}\n{code}"


def _counters(policy: Policy, email: str, device: Device) -> Sequence[Counter]:
    # A device on which she has signed in before counts for itself, so that strangers cannot keep her from her codes.
    if devices.knows(policy, ACCOUNT + email, device.mark):
        return [PER_DEVICE.counting(f"{device.mark} {email}")]
    return [PER_ADDRESS.counting(throttle.network(device.address)), PER_EMAIL.counting(email)]
