"""Codes are not found by guessing: a try is counted before the code is looked up, and only a wrong one stays counted.

Customers and visitors count by their network, staff and programs by who they are.
"""

from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from torg.kernel.access import Actor, ActorKind
from torg.kernel.access.throttle import Counter, Limit, give_back, network, take
from torg.kernel.database import Database
from torg.kernel.errors import TorgError
from torg.promotions import UnknownCode

T = TypeVar("T")

TRIES: Final = Limit.within("promotion-code", 30, timedelta(minutes=10))
OF_MANY: Final = Limit.within("promotion-code-staff", 300, timedelta(minutes=10))
KNOWN: Final = frozenset({ActorKind.staff, ActorKind.api_key})


async def careful(database: Database, trying: Coroutine[Any, Any, T], *, address: str | None, by: Actor) -> T:
    """Try a code; `TooManyTries` when too many codes were tried from there that there are not."""
    many = by.kind in KNOWN
    counters = [OF_MANY.counting(str(by)) if many else TRIES.counting(network(address))]
    return await counted(database, trying, counters, UnknownCode)


async def counted(
    database: Database,
    trying: Coroutine[Any, Any, T],
    counters: Sequence[Counter],
    wrong: type[TorgError],
) -> T:
    """Try something; what is refused as `wrong` stays counted, everything else does not."""
    try:
        await take(database, counters)
    except BaseException:
        trying.close()
        raise
    try:
        answer = await trying
    except wrong:
        raise
    except BaseException:
        await give_back(database, counters)
        raise
    await give_back(database, counters)
    return answer
