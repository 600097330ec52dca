"""The promotions of a moment in the past, for orders that are changed: each as it was then, by its versions.

Promotions that rested or had ended by then are left out. One that rested for a while and goes on again counts as if it
had not: how long it rested is not kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from torg.kernel.database import Transaction
from torg.markets import Channel
from torg.promotions.active import GoingOn, Here, Opened, Standing, asks_first, open_codes
from torg.promotions.store import codes, kept


async def here_then(tx: Transaction, channel: Channel, at: datetime, used: Mapping[str, int]) -> Here:
    """What held in a channel at a moment; `used` promotions in the versions in which an order used them."""
    return GoingOn(await kept.then(tx, at, used)).here(channel)


async def opened_then(
    tx: Transaction,
    now: Here,
    given: Sequence[str],
    used: Mapping[str, str],
    *,
    customer_id: UUID | None,
    at: datetime,
) -> Opened:
    """What the codes of an order opened at its moment; those that it `used` (by promotion) open theirs whatever else
    has become of them: the order has had its use of them.
    """
    others = [code for code in given if code not in used.values()]
    opened = await open_codes(tx, others, now, customer_id=customer_id, at=at)
    found = await codes.find(tx, sorted(used.values())) if used else {}
    mine = {promotion: found[code] for promotion, code in used.items() if code in found}
    return Opened(opened.codes | mine, opened.wrong)


def standing_then(where: Standing, now: Here, used: Iterable[str]) -> Standing:
    """Where somebody stands whose order has used these promotions: they are not used up for her, and if one was for a
    first purchase, it was one.
    """
    mine = frozenset(used)
    first = any(asks_first(now.kept[key].rule.conditions) for key in mine if key in now.kept)
    return Standing(first or where.first_purchase, where.used_up - mine)
