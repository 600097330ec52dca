"""Until when an order may come back, by law and by its market's policy. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from torg.fulfilment import Fulfilment, FulfilmentKind, FulfilmentState
from torg.markets import ChannelKind, after
from torg.orders.model import Intent, Order
from torg.orders.returns.policy import ReturnPolicy, law_of

OPEN_ENDED: Final = date.max


class Windows(Struct, frozen=True):
    """Until which days she may withdraw by law and return by policy; None: not at all. Both count from delivery."""

    delivered: date | None
    withdraw_until: date | None
    return_until: date | None

    def withdrawal(self, day: date) -> bool:
        """Whether she may withdraw on that day."""
        return self.withdraw_until is not None and day <= self.withdraw_until

    def open(self, day: date) -> bool:
        """Whether anything may come back on that day."""
        return self.withdrawal(day) or (self.return_until is not None and day <= self.return_until)


def windows(
    order: Order, fulfilments: Sequence[Fulfilment], policy: ReturnPolicy, kind: ChannelKind
) -> Windows:
    """How long the order may come back: from the day on which the last of it had been delivered.

    The right to withdraw is a consumer's who bought at a distance. Before anything was delivered both are open.
    """
    law = law_of(order.address.country if order.address else order.country)
    may = law is not None and order.business is None and kind is not ChannelKind.till
    day = _delivered(order, fulfilments)
    if day is None:
        return Windows(None, OPEN_ENDED if may else None, OPEN_ENDED)
    last = _last_day(order.country, day, law.days) if may and law is not None else None
    return Windows(day, last, day + timedelta(days=policy.days))


def _delivered(order: Order, fulfilments: Sequence[Fulfilment]) -> date | None:
    """The day on which the last goods reached the customer; None while some are still to leave."""
    days = []
    zone = ZoneInfo(order.time_zone)
    promised = [one.latest for one in order.deliveries if one.intent is Intent.ship and one.latest]
    for one in fulfilments:
        if one.state in {FulfilmentState.rejected, FulfilmentState.cancelled}:
            continue
        if not one.state.left:
            return None
        left = one.updated_at.astimezone(zone).date()
        shipped = one.kind is FulfilmentKind.ship
        days.append(max([left, *promised]) if shipped and order.source is None else left)
    if days:
        return max(days)
    placed = order.placed_at or order.created_at
    return placed.astimezone(zone).date()


def _last_day(country: str, day: date, days: int) -> date:
    # Regulation 1182/71: the day itself does not count, and a last day on which nobody works is the next on which one
    # does.
    return after(country, day + timedelta(days=days), 0)


def local_day(order: Order, at: datetime) -> date:
    """The day on the customer's clock."""
    return at.astimezone(ZoneInfo(order.time_zone)).date()


def end_of_day(order: Order, day: date) -> datetime:
    """The last moment of a day on the customer's clock."""
    return datetime.combine(day, time.max, ZoneInfo(order.time_zone))
