"""A return's number: what stands on its label, and by which staff find it."""

import hashlib
from typing import Final
from uuid import UUID

from torg.kernel.database import Transaction
from torg.orders.returns.store import returns as store
from torg.orders.rules import ALPHABET

DIGITS: Final = 8
MOST: Final = 20


def number_of(return_id: UUID, attempt: int) -> str:
    """The number of a return; the same for the same return and attempt.

    >>> number_of(UUID("01980000-0000-7000-8000-000000000001"), 0)
    'R-CJ6N8DK4'
    """
    rest = int.from_bytes(hashlib.sha256(b"return" + return_id.bytes + bytes([attempt])).digest())
    digits = []
    for _ in range(DIGITS):
        rest, digit = divmod(rest, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return f"R-{''.join(digits)}"


async def take_number(tx: Transaction, key: UUID, id: UUID) -> str:
    """A number that no other return has."""
    for attempt in range(MOST):
        number = number_of(id, attempt)
        if await store.claim_number(tx, number, key, id):
            return number
    raise LookupError("no number is free: they need more digits")
