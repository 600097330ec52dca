"""The same write twice runs once: the key of a write is claimed in its own transaction, and answered in it.

Only hashes of keys are stored, and the stored answer is encrypted with the key itself: an answer may hold what is shown
once (an API key, a cart's token), and whoever reads the table must not learn it. A refusal is rolled back with its
claim, so a corrected call may use the key again; an answer is kept for `KEPT`.
"""

import hashlib
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from torg.kernel.errors import Conflict

if TYPE_CHECKING:
    from torg.kernel.database import Transaction

KEPT = timedelta(hours=48)

CLAIM = """
INSERT INTO idempotency_keys (key, fingerprint, at) VALUES (%(key)s, %(fingerprint)s, %(at)s)
ON CONFLICT (key) DO NOTHING
"""
FIND = "SELECT fingerprint, status, answer FROM idempotency_keys WHERE key = %(key)s"
ANSWER = "UPDATE idempotency_keys SET status = %(status)s, answer = %(answer)s WHERE key = %(key)s"
SETTLE = """
INSERT INTO idempotency_keys (key, fingerprint, at, status, answer)
VALUES (%(key)s, %(fingerprint)s, %(at)s, %(status)s, %(answer)s)
ON CONFLICT (key) DO UPDATE SET status = excluded.status, answer = excluded.answer
WHERE idempotency_keys.status IS NULL
"""
FREE = "DELETE FROM idempotency_keys WHERE key = %(key)s AND status IS NULL"
FORGET = "DELETE FROM idempotency_keys WHERE at < %(before)s"


class KeyUsedOtherwise(Conflict):
    """The Idempotency-Key was used before for another call or another body."""

    code = "idempotency-key-reused"
    message = "This Idempotency-Key was used for another request. Use a new key for a new request."


class Answer(Struct, frozen=True):
    """What a write answered: HTTP status and body; `replayed` when it was answered before."""

    status: int
    body: bytes
    replayed: bool = False


class Claim(Struct, frozen=True):
    """A caller's key together with what it was used for."""

    scope: str
    key: str
    fingerprint: bytes

    def row(self) -> str:
        return hashlib.sha256(f"{self.scope}\n{self.key}".encode()).hexdigest()

    def cipher(self) -> AESGCM:
        return AESGCM(hashlib.sha256(f"answer\n{self.scope}\n{self.key}".encode()).digest())


class _Kept(Struct):
    fingerprint: bytes
    status: int | None
    answer: bytes | None


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What a call asks for: two calls with one key must agree in it."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).digest()


async def once(tx: "Transaction", claim: Claim | None, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Do the work unless it has been done under this key; a second caller waits for the first and gets its answer."""
    if claim is None:
        return await work()
    row = claim.row()
    if not await tx.execute(CLAIM, key=row, fingerprint=claim.fingerprint, at=tx.now):
        answered = await _answered(tx, claim)
        if answered is not None:
            return answered
    answer = await work()
    tx.send(ANSWER, key=row, status=answer.status, answer=_seal(claim, answer.body))
    return answer


async def find(tx: "Transaction", claim: Claim) -> Answer | None:
    """What was answered under this key, for a chain of transactions that resumes by itself; None when nothing was."""
    return await _answered(tx, claim)


async def begin(tx: "Transaction", claim: Claim) -> Answer | None:
    """Claim the key for a chain of transactions; the answer when there is one, None when the chain is to run or go on.

    Another body under the key is refused also while the chain is under way.
    """
    if await tx.execute(CLAIM, key=claim.row(), fingerprint=claim.fingerprint, at=tx.now):
        return None
    return await _answered(tx, claim)


async def free(tx: "Transaction", claim: Claim) -> None:
    """Let a key go whose chain was refused: a corrected call may use it."""
    await tx.execute(FREE, key=claim.row())


async def settle(tx: "Transaction", claim: Claim, answer: Answer) -> None:
    """Keep the answer of a chain of transactions with its last one."""
    await tx.execute(
        SETTLE,
        key=claim.row(),
        fingerprint=claim.fingerprint,
        at=tx.now,
        status=answer.status,
        answer=_seal(claim, answer.body),
    )


async def forget(tx: "Transaction") -> int:
    """Forget answers older than `KEPT`; tells how many."""
    return await tx.execute(FORGET, before=tx.now - KEPT)


async def _answered(tx: "Transaction", claim: Claim) -> Answer | None:
    kept = await tx.find(_Kept, FIND, key=claim.row())
    if kept is None:
        return None
    if kept.fingerprint != claim.fingerprint:
        raise KeyUsedOtherwise()
    if kept.status is None or kept.answer is None:
        return None
    return Answer(status=kept.status, body=_open(claim, kept.answer), replayed=True)


def _seal(claim: Claim, body: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + claim.cipher().encrypt(nonce, body, None)


def _open(claim: Claim, sealed: bytes) -> bytes:
    try:
        return claim.cipher().decrypt(sealed[:12], sealed[12:], None)
    except InvalidTag as broken:
        raise KeyUsedOtherwise() from broken
