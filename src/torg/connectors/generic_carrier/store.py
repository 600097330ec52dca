"""The generic carrier's own books: SQL in, model out."""

from msgspec import Struct

from torg.kernel.database import Transaction

NEXT = """
INSERT INTO sscc_series AS s (prefix, last) VALUES (%(prefix)s, %(many)s)
ON CONFLICT (prefix) DO UPDATE SET last = s.last + %(many)s RETURNING last
"""
BOOKED = "SELECT ssccs FROM generic_carrier_bookings WHERE key = %(key)s"
BOOK = """
INSERT INTO generic_carrier_bookings (key, ssccs, made_at) VALUES (%(key)s, %(ssccs)s, %(now)s)
ON CONFLICT DO NOTHING
"""


class Booked(Struct, frozen=True):
    """What was booked with a key."""

    ssccs: list[str]


async def take_numbers(tx: Transaction, prefix: str, many: int) -> range:
    """So many serial numbers that nobody was given before; others of the same prefix wait for this transaction."""
    last = await tx.one(int, NEXT, prefix=prefix, many=many)
    return range(last - many, last)


async def booked(tx: Transaction, key: str) -> list[str] | None:
    """What was booked with this key."""
    found = await tx.find(Booked, BOOKED, key=key)
    return found.ssccs if found else None


async def book(tx: Transaction, key: str, ssccs: list[str]) -> bool:
    """Keep what was booked; False when somebody with the same key was faster."""
    return await tx.execute(BOOK, key=key, ssccs=ssccs, now=tx.now) == 1
