"""How often something may be tried: counters in the database, so that all processes count together.

A counter is one moment: when the last allowed try will have been worked off (a leaky bucket, known as GCRA). One
conditional statement decides and counts, so that of many tries at once exactly as many pass as may. A counter heals by
itself with time; nobody can be locked out for ever by somebody else's tries. What is counted (an e-mail address, a
network address) is stored as a hash.
"""

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from torg.kernel.access.model import TooManyTries
from torg.kernel.database import Database, Transaction

TAKE = """
INSERT INTO throttles (key, due) VALUES (%(key)s, %(at)s + %(interval)s)
ON CONFLICT (key) DO UPDATE SET due = greatest(throttles.due, %(at)s) + %(interval)s
WHERE throttles.due <= %(at)s + %(slack)s
"""
DUE = "SELECT due FROM throttles WHERE key = %(key)s"
GIVE_BACK = "UPDATE throttles SET due = due - %(interval)s WHERE key = %(key)s"
SWEEP = "DELETE FROM throttles WHERE due < %(at)s"


class Limit(Struct, frozen=True):
    """At most `burst` tries at once, and then one per `interval`."""

    name: str
    burst: int
    interval: timedelta

    @classmethod
    def within(cls, name: str, tries: int, span: timedelta) -> "Limit":
        """So many tries in a span of time."""
        return cls(name, tries, span / tries)

    def counting(self, who: str) -> "Counter":
        """The counter of this limit for somebody."""
        return Counter(self, hashlib.sha256(f"{self.name}\n{who}".encode()).hexdigest()[:40])


class Counter(Struct, frozen=True):
    """A limit applied to somebody."""

    limit: Limit
    digest: str

    @property
    def key(self) -> str:
        return f"{self.limit.name}:{self.digest}"


@lru_cache(maxsize=4096)
def network(address: str | None) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 subscriber has to himself."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


async def take(database: Database, counters: Sequence[Counter]) -> None:
    """Count a try on all counters, in the order given; the first that is full refuses, and later ones do not count.

    Counted in a transaction of its own, since a refused sign-in must still have counted. Give the counters that many
    share (an address) before those of one account, always in the same order.
    """

    async def work(tx: Transaction) -> int:
        for counter in counters:
            wait = await take_in(tx, counter)
            if wait:
                return wait
        return 0

    wait = await database.run(work)
    if wait:
        raise TooManyTries(retry_after=wait)


async def take_in(tx: Transaction, counter: Counter, *, tries: int = 1) -> int:
    """Count a try within this transaction; the seconds to wait when it is one too many, else 0.

    With no `tries` nothing is counted, but until this transaction ends nobody else counts or is let through.
    """
    interval, at = counter.limit.interval, tx.now
    slack = interval * (counter.limit.burst - 1)
    if await tx.execute(TAKE, key=counter.key, at=at, interval=interval * tries, slack=slack):
        return 0
    due = await tx.find(datetime, DUE, key=counter.key)
    return max(1, math.ceil((due - slack - at).total_seconds())) if due else 1


async def give_back(database: Database, counters: Sequence[Counter]) -> None:
    """A try that turned out to be right does not count."""

    async def work(tx: Transaction) -> None:
        for counter in counters:
            await tx.execute(GIVE_BACK, key=counter.key, interval=counter.limit.interval)

    await database.run(work)
