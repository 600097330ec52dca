"""Passwords: hashed with argon2id, away from the event loop, and taking the same time whether or not anybody is there.

A hash costs 64 MiB and some tens of milliseconds on purpose. They run in a few threads of their own, so that a storm
of sign-ins waits in line instead of eating the machine. When the parameters grow stronger with a new version, a hash is
renewed at the next sign-in.
"""

import asyncio
import base64
import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION
from msgspec import Struct

from torg.kernel.errors import FieldProblem, Invalid

SHORTEST = 10
LONGEST = 200
MOST_AT_ONCE = max(2, (os.cpu_count() or 2) // 2)

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(max_workers=MOST_AT_ONCE, thread_name_prefix="argon2")


class Verdict(Struct, frozen=True):
    """Whether the password fits, and the renewed hash to keep when the stored one is weaker than today's."""

    fits: bool
    renewed: str | None = None


def _decoy() -> str:
    """A hash with today's parameters that no password has, so that an unknown account costs what a known one costs."""
    parts = [
        base64.b64encode(os.urandom(size)).decode().rstrip("=")
        for size in (_hasher.salt_len, _hasher.hash_len)
    ]
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return "$".join(["", "argon2id", f"v={ARGON2_VERSION}", cost, *parts])


DECOY = _decoy()


def require_decent(password: str, *, personal: tuple[str, ...] = (), field: str = "password") -> None:
    """Refuse what is too short, endless, or nothing but the account's own name or address.

    Length is what counts (NIST SP 800-63B); rules about kinds of characters make people choose worse ones.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"A password has {SHORTEST} to {LONGEST} characters."
        raise Invalid.of(FieldProblem(field=field, code="password-length", message=message))
    plain = password.casefold()
    too_few = len(set(plain)) < 5
    if too_few or any(word and word.casefold() in plain and len(plain) - len(word) < 4 for word in personal):
        message = "This password is too easy to guess."
        raise Invalid.of(FieldProblem(field=field, code="password-guessable", message=message))


def not_yours(field: str) -> Invalid:
    """What to raise when the present password that somebody gave again is wrong."""
    return Invalid.of(FieldProblem(field, "wrong-password", "This is not your present password."))


async def hash(password: str) -> str:
    """The argon2id hash to keep, made off the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, hash_now, password)


def hash_now(password: str) -> str:
    """The same, in the calling thread: for the command line and the demo data."""
    return _hasher.hash(_normal(password))


async def verify(stored: str | None, password: str) -> Verdict:
    """Compare with the stored hash; without one (unknown account, no password yet) it takes as long and never fits."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, stored, password)


def _verify(stored: str | None, password: str) -> Verdict:
    if len(password) > LONGEST:
        password = password[:LONGEST] + " "  # too long to be anybody's: it must cost the same and not fit
    try:
        _hasher.verify(stored or DECOY, _normal(password))
    except VerifyMismatchError:
        return Verdict(False)
    except (VerificationError, InvalidHashError):
        if stored is None:
            raise
        return Verdict(False)
    if stored is None:
        return Verdict(False)
    return Verdict(True, hash_now(password) if _hasher.check_needs_rehash(stored) else None)


def _normal(password: str) -> str:
    # The same password typed on another keyboard may come in another Unicode form.
    return unicodedata.normalize("NFKC", password)
