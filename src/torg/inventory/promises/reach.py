"""In which ways can these goods reach this customer, and when?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from torg.inventory import promise, rules
from torg.inventory.availability import on_offer
from torg.inventory.figures import Offer, awaited
from torg.inventory.model import DeliveryChoice, DeliveryKind, DeliveryMethod, Demand, Held, Short, Zone
from torg.inventory.promises.means import Means, means
from torg.inventory.routing import route
from torg.inventory.routing import rules as routing
from torg.inventory.routing.model import Destination, Place, Question, RuleSet, Want
from torg.kernel.database import Transaction
from torg.markets import Channel, Store, after

Free = Mapping[UUID, Mapping[str, int]]


class DeliveryQuestion(Struct, frozen=True):
    """What is wanted where, and what the shelves can still promise: all that a date depends on besides the method."""

    at: datetime
    channel: Channel
    country: str
    postal_code: str | None
    wanted: Mapping[UUID, int]
    offer: Offer
    region: str | None = None


async def delivery_choices(
    tx: Transaction,
    *,
    channel: Channel,
    country: str,
    postal_code: str | None,
    wanted: Mapping[UUID, int],
) -> list[DeliveryChoice]:
    """Every way that serves this address in this channel's market, with dates; `short` says what it cannot bring now.

    Shipping promises from where the goods would be sent; every store that hands over is a choice of its own. `wanted`
    is how many of each variant. Public, like availability.
    """
    known = await means(tx.database)
    stores = {store.code: store for store in known.atlas.stores_of(channel.market)}
    places = {*channel.locations, *(store.location for store in stores.values())}
    offer = await on_offer(tx, list(wanted), sorted(places), channel=channel.code)
    question = DeliveryQuestion(tx.now, channel, country, postal_code, wanted, offer)
    found: list[DeliveryChoice | None] = []
    for method in known.methods:
        if method.active and method.kind is DeliveryKind.ship:
            found.append(shipping(question, method, known))
        elif method.active:
            offered = [stores[code] for code in method.stores if code in stores]
            found += [picking_up(question, method, store, known) for store in offered]
    return [choice for choice in found if choice is not None]


def shipping(question: DeliveryQuestion, method: DeliveryMethod, known: Means) -> DeliveryChoice | None:
    """When a method that ships brings everything; None when it does not go there."""
    way = way_to(method, question, known)
    return way.choice(question.wanted, question.offer) if way else None


def picking_up(
    question: DeliveryQuestion, method: DeliveryMethod, store: Store, known: Means
) -> DeliveryChoice | None:
    """When a store has everything ready; None when it cannot in the near future."""
    free = question.offer.free
    parts = [Held(v, v, store.location, min(q, left_at(free, v, store))) for v, q in question.wanted.items()]
    moment = ready_at(method, store, question.at, known, expected(parts, question.offer))
    if moment is None:
        return None
    return DeliveryChoice(
        code=method.code,
        kind=method.kind,
        name=method.name,
        store=store.code,
        earliest=moment.date(),
        latest=moment.date(),
        short=tuple(v for v, q in question.wanted.items() if left_at(free, v, store) < q),
        ready_at=moment,
    )


def left_at(free: Free, variant_id: UUID, store: Store) -> int:
    """How many of a variant a store's shelves can promise."""
    return free.get(variant_id, {}).get(store.location, 0)


def expected(parts: Iterable[Held], offer: Offer) -> date | None:
    """The day on which the last of these parts is there, where some of them are not there yet."""
    return max((late.on for late in awaited(parts, offer).values()), default=None)


def ready_at(
    method: DeliveryMethod, store: Store, at: datetime, known: Means, expected: date | None = None
) -> datetime | None:
    """When a store that is asked at this moment has ready what is on its shelves, or `expected` there, on its own
    clock.
    """
    if expected is not None:
        at = max(at, datetime.combine(expected, time(), tzinfo=ZoneInfo(store.time_zone)))
    preparation = timedelta(minutes=method.preparation_minutes)
    place = store.location
    return promise.ready(store, at, preparation, known.capacity(place), known.taken(place))


class Way:
    """A method that ships, from a channel's places to an address: reckoned once for all that is asked about it."""

    def __init__(
        self,
        method: DeliveryMethod,
        channel: Channel,
        leaving: Mapping[str, date],
        windows: Mapping[date, promise.Window],
        zone: Zone,
        countries: Mapping[str, str],
        routed: "Routed | None",
    ) -> None:
        self.method = method
        self.channel = channel
        self._leaving = leaving
        self._windows = windows
        self._zone = zone
        self._countries = countries
        self._routed = routed

    def choice(self, wanted: Mapping[UUID, int], offer: Offer) -> DeliveryChoice:
        """When it brings these, from where they would be sent; what is not there yet leaves when it is."""
        parts, short = self.sending(wanted, offer)
        sending = list(dict.fromkeys(part.location for part in parts))
        left = max(self._leaving[place] for place in sending or self.channel.locations[:1])
        day = expected(parts, offer) if offer.late else None
        if day is not None and day > left:
            left = max(after(self._countries[place], day, 0) for place in sending)
        window = self._windows.get(left) or promise.travelled(self._zone, left)
        return DeliveryChoice(
            code=self.method.code,
            kind=self.method.kind,
            name=self.method.name,
            store=None,
            earliest=window.earliest,
            latest=window.latest,
            short=tuple(short),
            sent_from=tuple(sending),
        )

    def sending(self, wanted: Mapping[UUID, int], offer: Offer) -> tuple[Sequence[Held], Sequence[UUID]]:
        """Which places would send what of these if they were ordered now, and what could not be sent."""
        if self._routed is not None:
            parts, short = self._routed.sending(wanted, offer.there())
            return self._routed.sending(wanted, offer.free) if short and offer.late else (parts, short)
        demands = [Demand(v, v, quantity, self.channel.locations) for v, quantity in wanted.items()]
        held, missing = share_out(demands, offer)
        return held, [line.variant_id for line in missing]


class Routed(Struct, frozen=True):
    """How a channel with routing rules would choose who sends; a rule that optimises is asked by its ranks."""

    rules: RuleSet
    destination: Destination
    places: tuple[Place, ...]

    def sending(self, wanted: Mapping[UUID, int], free: Free) -> tuple[Sequence[Held], Sequence[UUID]]:
        """Which places would send what of these, and what could not be sent."""
        question = Question(
            tuple(Want(v, v, quantity) for v, quantity in wanted.items()),
            tuple(
                replace(place, free={v: free.get(v, {}).get(place.location, 0) for v in wanted})
                for place in self.places
            ),
            self.destination,
        )
        decision = routing.decide(self.rules, question)
        if decision is None:
            return (), list(wanted)
        return decision.parts, ()


def way_to(method: DeliveryMethod, question: DeliveryQuestion, known: Means) -> Way | None:
    """The way of a method from the channel's places to the address; None when it does not go there."""
    channel = question.channel
    zone = promise.zone_of(method, question.country, question.postal_code)
    if zone is None or not channel.locations:
        return None
    leaving = {
        code: promise.dispatch(method, known.atlas.location(code), question.at) for code in channel.locations
    }
    windows = {day: promise.travelled(zone, day) for day in set(leaving.values())}
    rule_set = known.routing.rules.get(channel.code)
    routed = None
    if rule_set is not None:
        destination = Destination(question.country, question.region, question.postal_code, method.code)
        days = {code: (windows[day].latest - question.at.date()).days for code, day in leaving.items()}
        places = [
            route.place(known.atlas.location(code), known.routing, days[code], known.room(code, question.at))
            for code in leaving
        ]
        routed = Routed(rule_set, destination, tuple(places))
    countries = {code: known.atlas.location(code).country for code in leaving}
    return Way(method, channel, leaving, windows, zone, countries, routed)


def share_out(demands: Sequence[Demand], offer: Offer) -> tuple[list[Held], list[Short]]:
    """Who would get what from where if it were held now, and who would go short; nothing is promised by this."""
    wanted = {line.variant_id for line in demands}  # of a whole page only these
    free = {(v, place): left for v in wanted for place, left in offer.free.get(v, {}).items()}
    late = {(v, place): late.units for v in wanted for place, late in offer.late.get(v, {}).items()}
    there = {level: left - late.get(level, 0) for level, left in free.items()} if late else free
    return rules.source_soonest(demands, there, free)
