"""What promises are made with; when it is warm it costs no statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from torg.inventory.deliver import delivery_methods
from torg.inventory.model import DeliveryMethod
from torg.inventory.promise import NOTHING, UNLIMITED, Capacity
from torg.inventory.promises import store
from torg.inventory.routing import route
from torg.kernel.database import Database, Transaction
from torg.markets import Atlas, atlas

CACHED = "inventory.pick_up_promises"
GIVEN = "inventory.routing_loads"

Promised = Mapping[str, Mapping[datetime, int]]


class Means(Struct, frozen=True):
    """Places, ways of delivery, how orders are routed, what places with a capacity have promised by the hour, and how
    many orders those with a limit were given on a day.
    """

    atlas: Atlas
    methods: Sequence[DeliveryMethod]
    routing: route.Known
    promised: Promised
    given: Mapping[tuple[str, date], int]

    def capacity(self, location: str) -> Capacity:
        """How many pick-ups a place can have ready."""
        said = self.routing.places.get(location)
        return said.capacity if said else UNLIMITED

    def room(self, location: str, at: datetime) -> int | None:
        """How many orders a place may still be given to send that day; None where there is no limit."""
        said = self.routing.places.get(location)
        if said is None or said.orders_a_day is None:
            return None
        day = at.astimezone(ZoneInfo(self.atlas.location(location).time_zone)).date()
        return said.orders_a_day - self.given.get((location, day), 0)

    def taken(self, location: str) -> Mapping[datetime, int]:
        """How many pick-ups a place has promised, by the hour; not counted where it does not matter."""
        return self.promised.get(location, NOTHING)

    def with_promised(self, location: str, taken: Mapping[datetime, int]) -> "Means":
        """The same where it is known better what a place has promised."""
        return replace(self, promised={location: taken})


async def means(database: Database) -> Means:
    """The present means, as of at most a second ago."""
    routing = await route.known(database)
    return Means(
        await atlas(database),
        await delivery_methods(database),
        routing,
        await database.cached(CACHED, _promised) if routing.pick_ups_limited else {},
        await database.cached(GIVEN, _given) if routing.days_limited else {},
    )


async def _given(tx: Transaction) -> Mapping[tuple[str, date], int]:
    return await store.given(tx, tx.now.date() - timedelta(days=1))


async def _promised(tx: Transaction) -> Promised:
    found: dict[str, dict[datetime, int]] = defaultdict(dict)
    for row in await store.promised(tx, tx.now):
        found[row.location][row.hour] = row.orders
    return found
