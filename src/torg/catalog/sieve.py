"""All products that are for sale as rows of bits, one row for everything that can be asked of a product; pure.

A bit stands for a product, in the order of the shelf: the highest rank first, of equals the newer. What meets several
wishes is found by laying rows over each other, and how many there are by counting bits, so that a shelf of forty
thousand products with all its facets takes a millisecond or two. What is found is looked
up in the database before it is shown.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

WIDTH: Final = 16
MOST_ANSWERS: Final = 200
MOST_MOMENTS: Final = 50
SECONDS: Final = 5
"""So long what begins and ends by time is taken to stand as it did; what is shown is looked at anew."""
FEW: Final = 4_000
"""So many bits are sorted; of more, the order is walked until the page is full."""


class Timed(Struct, frozen=True):
    """A product that a scope offers from and until a time."""

    scope: str
    place: int
    from_at: datetime | None
    until_at: datetime | None

    def now(self, at: datetime) -> bool:
        """Whether it is offered at that time."""
        return (self.from_at is None or self.from_at <= at) and (self.until_at is None or self.until_at > at)


class Order(Struct, frozen=True):
    """Another order of all products: the places as they stand in it, and where in it each place is."""

    places: Sequence[int]
    where: Sequence[int]

    @classmethod
    def of(cls, places: Sequence[int], count: int) -> "Order":
        """The order in which these places stand; all others come behind them as they are."""
        where = array("I", bytes(4 * count))
        rest = set(range(count)).difference(places)
        whole = array("I", [*places, *sorted(rest)])
        for position, place in enumerate(whole):
            where[place] = position
        return cls(whole, where)


class Sieve(Struct):
    """The rows of bits, and which product each bit is."""

    keys: bytes
    places: Mapping[bytes, int]
    categories: Mapping[UUID, int]
    said: Mapping[str, Mapping[str, int]]
    live: Mapping[str, int]
    spoken_of: Mapping[str, int]
    timed: Sequence[Timed]
    newest: Order
    answers: dict[Any, Any] = {}
    moments: dict[tuple[str, str, datetime], int] = {}

    def remember(self, question: Any, answer: Any) -> None:
        """Keep what a question found, for as long as this sieve is the present one; the oldest gives way."""
        if len(self.answers) >= MOST_ANSWERS:
            self.answers.pop(next(iter(self.answers)), None)
        self.answers[question] = answer

    @property
    def count(self) -> int:
        """How many products there are."""
        return len(self.keys) // WIDTH

    def shown(self, channel: str, market: str, at: datetime) -> int:
        """What a channel shows at a time: what is said of it counts, else what is said of its market."""
        moment = (channel, market, at.replace(second=at.second - at.second % SECONDS, microsecond=0))
        if moment not in self.moments:
            if len(self.moments) > MOST_MOMENTS:
                self.moments.clear()
            own, all_of_market = self._live(channel, at), self._live(market, at)
            self.moments[moment] = own | all_of_market & ~self.spoken_of.get(channel, 0)
        return self.moments[moment]

    def _live(self, scope: str, at: datetime) -> int:
        timed = [one.place for one in self.timed if one.scope == scope and one.now(at)]
        return self.live.get(scope, 0) | (bits(timed, self.count) if timed else 0)

    def ids(self, places: Iterable[int]) -> list[UUID]:
        """The products in these places."""
        keys = self.keys
        return [UUID(bytes=keys[place * WIDTH : (place + 1) * WIDTH]) for place in places]

    def found(self, keys: bytes) -> int:
        """The bits of these products; one that is not for sale has none."""
        return found(self.places, keys)


def sieve(
    keys: bytes,
    rows: Iterable[tuple[str, str, str, bytes]],
    timed: Iterable[tuple[str, UUID, datetime | None, datetime | None]],
) -> Sieve:
    """The sieve of products by their ids in order, and of rows: kind, name, value, and the ids of the products, packed.

    What is told of a product that is not among them is left out.
    """
    each = packed(keys)
    places = {key: place for place, key in enumerate(each)}
    kinds: dict[str, dict[str, dict[str, int]]] = {}
    for kind, name, value, ids in rows:
        said = kinds.setdefault("said" if kind == "option" else kind, {}).setdefault(name, {})
        said[value] = said.get(value, 0) | found(places, ids)
    known = ((scope, places.get(id.bytes), from_at, until_at) for scope, id, from_at, until_at in timed)
    return Sieve(
        keys=keys,
        places=places,
        categories={UUID(name): values[""] for name, values in kinds.get("category", {}).items()},
        said=kinds.get("said", {}),
        live={name: values[""] for name, values in kinds.get("live", {}).items()},
        spoken_of={name: values[""] for name, values in kinds.get("spoken", {}).items()},
        timed=[Timed(scope, place, *when) for scope, place, *when in known if place is not None],
        newest=Order.of([places[key] for key in sorted(each, reverse=True)], len(each)),
    )


def packed(ids: bytes) -> list[bytes]:
    """Ids that were packed, each by itself."""
    return [ids[at : at + WIDTH] for at in range(0, len(ids), WIDTH)]


def found(places: Mapping[bytes, int], ids: bytes) -> int:
    """The bits of these products; one that is not for sale has none."""
    known = [place for place in map(places.get, packed(ids)) if place is not None]
    return bits(known, len(places))


def bits(places: Iterable[int], count: int) -> int:
    """A row of bits with these set.

    >>> bin(bits([0, 3], 8))
    '0b1001'
    """
    row = bytearray(count // 8 + 1)
    for place in places:
        row[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(row, "little")


def taken(row: int, order: Order | None, skip: int, limit: int) -> list[int]:
    """So many of the places that are set, behind the first `skip`, in the order of the shelf or another.

    >>> taken(0b10110, None, 1, 5), taken(0b10110, Order.of([4, 2, 1, 0, 3], 5), 0, 2)
    ([2, 4], [4, 2])
    """
    if order is None:
        return list(islice(_set(row), skip, skip + limit))
    if row.bit_count() <= FEW:
        return sorted(_set(row), key=order.where.__getitem__)[skip : skip + limit]
    text = format(row, "b")[::-1].ljust(len(order.places), "0")
    return list(islice((place for place in order.places if text[place] == "1"), skip, skip + limit))


def _set(row: int) -> Iterator[int]:
    text = format(row, "b")[::-1]
    place = text.find("1")
    while place >= 0:
        yield place
        place = text.find("1", place + 1)
