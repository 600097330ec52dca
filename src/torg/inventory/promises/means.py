"""What promises are made with; when it is warm it costs no statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

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

Promised = Mapping[str, Mapping[datetime, int]]


class Means(Struct, frozen=True):
    """Places, ways of delivery, how orders are routed, and what places with a capacity have promised by the hour."""

    atlas: Atlas
    methods: Sequence[DeliveryMethod]
    routing: route.Known
    promised: Promised

    def capacity(self, location: str) -> Capacity:
        """How many pick-ups a place can have ready."""
        said = self.routing.places.get(location)
        return said.capacity if said else UNLIMITED

    def taken(self, location: str) -> Mapping[datetime, int]:
        """How many pick-ups a place has promised, by the hour; not counted where it does not matter."""
        return self.promised.get(location, NOTHING)

    def with_promised(self, location: str, taken: Mapping[datetime, int]) -> "Means":
        """The same where it is known better what a place has promised."""
        return replace(self, promised={location: taken})


async def means(database: Database) -> Means:
    """The present means, as of at most a second ago."""
    routing = await route.known(database)
    limited = any(place.capacity != UNLIMITED for place in routing.places.values())
    return Means(
        await atlas(database),
        await delivery_methods(database),
        routing,
        await database.cached(CACHED, _promised) if limited else {},
    )


async def _promised(tx: Transaction) -> Promised:
    found: dict[str, dict[datetime, int]] = defaultdict(dict)
    for row in await store.promised(tx, tx.now):
        found[row.location][row.hour] = row.orders
    return found
