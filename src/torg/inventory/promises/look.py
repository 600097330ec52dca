"""What of these goods can be where, and when: one call for a whole page of products.

Two statements, however much is asked: what the channel sells of it, and how the shelves stand. Everything else is
at most a second old and reckoned here, once for what several variants share.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from torg.catalog import Kind, Sellable, sellables
from torg.inventory.availability import on_offer
from torg.inventory.figures import Late, Offer
from torg.inventory.model import MOST_TOLD, DeliveryKind, DeliveryMethod, Held, TooManyVariants
from torg.inventory.promises import reach
from torg.inventory.promises.means import Means, means
from torg.inventory.promises.model import Arrival, Asked, PickUp, PlaceStock, Promise, Promises, StoreNear
from torg.inventory.promises.reach import DeliveryQuestion
from torg.kernel.access import Actor, ActorKind
from torg.kernel.database import Transaction
from torg.kernel.ids import public
from torg.markets import Channel, Store, nearest
from torg.permissions import Permission

MOST_VARIANTS: Final = 500
OUTSIDE: Final = frozenset({ActorKind.visitor, ActorKind.customer})


async def promises(tx: Transaction, channel: Channel, language: str, asked: Asked, *, by: Actor) -> Promises:
    """What can be promised of these goods; what the channel does not sell is left out.

    Public. Up to `MOST_TOLD` units are told of a place, exact numbers to who may read the stock there.
    """
    known = await means(tx.database)
    goods = await _goods(tx, channel, language, asked)
    stores = _stores(channel, asked, known)
    page = _Page(channel, asked, known, [store for store, _ in stores], by)
    physical = [each.variant_id for each in goods if each.kind is Kind.physical]
    offer = await on_offer(tx, physical, list(page.places), channel=channel.code)
    return Promises(
        at=asked.at,
        country=asked.country,
        variants=[page.promise(each, offer) for each in goods],
        stores=[
            StoreNear(store.code, store.called(language), store.location, metres) for store, metres in stores
        ],
    )


async def _goods(tx: Transaction, channel: Channel, language: str, asked: Asked) -> list[Sellable]:
    found = await sellables(
        tx, channel=channel, language=language, variant_ids=asked.variants, product_ids=asked.products
    )
    if len(found) > MOST_VARIANTS:
        raise TooManyVariants(count=len(found), most=MOST_VARIANTS)
    order = {id: number for number, id in enumerate((*asked.variants, *asked.products))}
    return sorted(found, key=lambda one: order[one.variant_id if asked.variants else one.product_id])


def _stores(channel: Channel, asked: Asked, known: Means) -> list[tuple[Store, int | None]]:
    there = known.atlas.stores_of(channel.market)
    if asked.near is None:
        return [(store, None) for store in there[: asked.stores]]
    placed = ((store, known.atlas.location(store.location)) for store in there)
    return [*nearest(placed, asked.near)[: asked.stores]]


class _Page:
    """What all variants of a page share, reckoned once: ways to ship, pick-up times, and who is told how much."""

    def __init__(
        self, channel: Channel, asked: Asked, known: Means, stores: Sequence[Store], by: Actor
    ) -> None:
        here = {store.location: store.code for store in known.atlas.stores.values()}
        codes = (*channel.locations, *(store.location for store in stores))
        self.places: dict[str, str | None] = {code: here.get(code) for code in codes}
        self.channel = channel
        self.known = known
        self.at = asked.at
        self.wanted = asked.quantity
        self.exact = _seen(self.places, by)
        offered = [method for method in known.methods if method.active]
        question = DeliveryQuestion(
            asked.at, channel, asked.country, asked.postal_code, {}, Offer({}, {}), region=asked.region
        )
        sending = [method for method in offered if method.kind is DeliveryKind.ship]
        self.ways = [way for method in sending if (way := reach.way_to(method, question, known))]
        self.pick_ups = list(_pick_ups(offered, stores, asked, known))

    def promise(self, variant: Sellable, offer: Offer) -> Promise:
        """What can be promised of one variant."""
        free = offer.free.get(variant.variant_id, {})
        physical = variant.kind is Kind.physical
        return Promise(
            variant=public("var", variant.variant_id),
            product=public("prd", variant.product_id),
            sku=variant.sku,
            sellable=self._in_all(free) if physical else MOST_TOLD,
            places=self._stock(free, offer.late.get(variant.variant_id, {})) if physical else (),
            deliveries=tuple(self._arrivals(variant, offer)) if physical else (),
            pick_ups=tuple(self._ready(variant, offer)),
        )

    def _ready(self, variant: Sellable, offer: Offer) -> Iterator[PickUp]:
        free = offer.free.get(variant.variant_id, {})
        for place, time in self.pick_ups:
            if free.get(place, 0) < self.wanted:
                continue
            id = variant.variant_id
            day = reach.expected([Held(id, id, place, self.wanted)], offer) if offer.late else None
            if day is None:
                yield time
                continue
            store = self.known.atlas.store(time.store)
            method = next(one for one in self.known.methods if one.code == time.method)
            later = reach.ready_at(method, store, self.at, self.known, day)
            if later is not None:
                yield PickUp(time.store, time.method, later)

    def _in_all(self, free: Mapping[str, int]) -> int:
        sending = self.channel.locations
        units = sum([free.get(place, 0) for place in sending])
        return units if self.exact.issuperset(sending) else min(units, MOST_TOLD)

    def _stock(self, free: Mapping[str, int], late: Mapping[str, Late]) -> tuple[PlaceStock, ...]:
        found = []
        for place, store in self.places.items():
            delivers, units = place in self.channel.locations, free.get(place, 0)
            most = units if place in self.exact else MOST_TOLD
            told = PlaceStock(place, store, delivers, min(units, most))
            if (wait := late.get(place)) is not None:
                told = replace(told, late=min(wait.units, most), expected=wait.on, preorder=wait.preorder)
            found.append(told)
        return tuple(found)

    def _arrivals(self, variant: Sellable, offer: Offer) -> Iterator[Arrival]:
        wanted = {variant.variant_id: self.wanted}
        for way in self.ways:
            choice = way.choice(wanted, offer)
            if not choice.short:
                yield Arrival(choice.code, choice.earliest, choice.latest, choice.sent_from)


def _seen(places: Mapping[str, str | None], by: Actor) -> frozenset[str]:
    """The places whose stock the asker may read."""
    if by.kind in OUTSIDE:
        return frozenset()
    return frozenset(code for code, store in places.items() if by.may(Permission.stock_read, store=store))


def _pick_ups(
    methods: Sequence[DeliveryMethod], stores: Sequence[Store], asked: Asked, known: Means
) -> Iterator[tuple[str, PickUp]]:
    for store in stores:
        for method in methods:
            if method.kind is DeliveryKind.pick_up and store.code in method.stores:
                moment = reach.ready_at(method, store, asked.at, known)
                if moment is not None:
                    yield store.location, PickUp(store.code, method.code, moment)
