"""Find the gift card behind a code that somebody wrote, without helping those who guess.

A code is looked up while its counter is held, and only a wrong one counts: so many right ones at once are all found,
and of many guesses at once no more are looked up than may be. Customers and visitors count by their network, staff and
programs by who they are. What cannot be a code is told at once, from the code alone, which helps nobody who guesses:
the check character is no secret.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from torg.kernel.access import Actor, ActorKind, Policy, TooManyTries
from torg.kernel.access.throttle import Counter, Limit, network, take_in
from torg.kernel.database import Database, Transaction
from torg.payments.credit import codes, store
from torg.payments.credit.model import CreditAccount, UnknownGiftCard

TRIES: Final = Limit.within("gift-card", 10, timedelta(minutes=10))
OF_MANY: Final = Limit.within("gift-card-staff", 60, timedelta(minutes=10))
KNOWN: Final = frozenset({ActorKind.staff, ActorKind.api_key})


async def recognise(
    database: Database, policy: Policy, code: str, *, address: str | None, by: Actor, field: str = "code"
) -> UUID:
    """The account of the gift card that has this code; `UnknownGiftCard` when none has."""
    hashed = codes.hashed(policy, code, field)
    counter = _counter(address, by)

    async def work(tx: Transaction) -> tuple[int, UUID | None]:
        wait = await take_in(tx, counter, tries=0)
        account_id = None if wait else await store.of_code(tx, hashed)
        if account_id is None and not wait:
            await take_in(tx, counter)
        return wait, account_id

    wait, account_id = await database.run(work)
    if wait:
        raise TooManyTries(retry_after=wait)
    if account_id is None:
        raise UnknownGiftCard()
    return account_id


async def enquire(
    database: Database, policy: Policy, code: str, *, address: str | None, by: Actor
) -> CreditAccount:
    """What is left of the gift card that has this code."""
    account_id = await recognise(database, policy, code, address=address, by=by)
    account = await database.read(lambda tx: store.find(tx, account_id))
    if account is None:
        raise UnknownGiftCard()
    return account


def _counter(address: str | None, by: Actor) -> Counter:
    if by.kind in KNOWN:
        return OF_MANY.counting(str(by))
    return TRIES.counting(network(address))
