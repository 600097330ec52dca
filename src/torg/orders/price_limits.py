"""How far staff may lower a price: as far as the most generous of their roles may in the channel."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from torg.kernel.access import Actor, roles_of
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem
from torg.kernel.money import Money
from torg.markets import Channel
from torg.permissions import Permission

MILLION: Final = 1_000_000


class PriceAsked(NamedTuple):
    """What one of something is to cost, and what it costs by the price list."""

    unit: int
    listed: int


async def too_low(
    tx: Transaction, channel: Channel, asked: Mapping[str, PriceAsked], currency: str, *, by: Actor
) -> list[FieldProblem]:
    """The prices, by the names of their fields, that are lower than the actor may set them.

    Who may set none at all is refused.
    """
    if not asked:
        return []
    by.must(Permission.orders_price, store=channel.store, channel=channel.code)
    limits = channel.settings.changes.most_off or {}
    roles = await roles_of(tx, by, Permission.orders_price, shop=channel.store, channel=channel.code)
    most = max((limits.get(role, MILLION) for role in roles), default=MILLION)
    found = []
    for field, price in asked.items():
        lowest = price.listed - price.listed * most // MILLION
        if price.unit < lowest:
            message = f"You may lower this price to {Money(lowest, currency)} at most."
            found.append(FieldProblem(field, "price-too-low", message))
    return found
