"""In which ways can these goods reach this customer, and when? And which ways are there at all?"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.inventory import promise, rules
from torg.inventory.availability import availability
from torg.inventory.events import DeliveryMethodChanged
from torg.inventory.model import (
    DeliveryChoice,
    DeliveryKind,
    DeliveryMethod,
    Demand,
    Held,
    Short,
    UnknownDeliveryMethod,
)
from torg.inventory.store import delivery
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.markets import Atlas, Channel, Store, atlas
from torg.permissions import Permission

CACHED = "inventory.delivery_methods"
CODE = re.compile("[A-Za-z0-9]+(-[A-Za-z0-9]+)*", re.ASCII)
LONGEST_CODE = 40


async def delivery_methods(database: Database) -> list[DeliveryMethod]:
    """All delivery methods in the order in which they are offered, as of at most a second ago."""
    return await database.cached(CACHED, delivery.methods, tables=delivery.TABLES)


async def delivery_method(database: Database, code: str) -> DeliveryMethod:
    """The delivery method of this code, a retired one too: old orders name it."""
    for method in await delivery_methods(database):
        if method.code == code:
            return method
    raise UnknownDeliveryMethod(method=code[:80])


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
    known = await atlas(tx.database)
    stores = {store.code: store for store in known.stores_of(channel.market)}
    places = {*channel.locations, *(store.location for store in stores.values())}
    free = await availability(tx, list(wanted), sorted(places))
    question = DeliveryQuestion(tx.now, channel, country, postal_code, wanted, free)
    found: list[DeliveryChoice | None] = []
    for method in await delivery_methods(tx.database):
        if method.active and method.kind is DeliveryKind.ship:
            found.append(shipping(question, method, known))
        elif method.active:
            offered = [stores[code] for code in method.stores if code in stores]
            found += [picking_up(question, method, store) for store in offered]
    return [choice for choice in found if choice is not None]


class DeliveryQuestion(Struct, frozen=True):
    """What is wanted where, and what the shelves can still promise: all that a date depends on besides the method."""

    at: datetime
    channel: Channel
    country: str
    postal_code: str | None
    wanted: Mapping[UUID, int]
    free: Mapping[UUID, Mapping[str, int]]


def ships_to(method: DeliveryMethod, country: str, postal_code: str | None) -> bool:
    """Whether the method ships to this address, retired or not."""
    return promise.zone_of(method, country, postal_code) is not None


def shipping(question: DeliveryQuestion, method: DeliveryMethod, known: Atlas) -> DeliveryChoice | None:
    """When a method that ships brings everything; None when it does not go there."""
    locations = question.channel.locations
    zone = promise.zone_of(method, question.country, question.postal_code)
    if zone is None or not locations:
        return None
    demands = [Demand(variant, variant, quantity, locations) for variant, quantity in question.wanted.items()]
    held, short = share_out(demands, question.free)
    sending = {part.location for part in held} or {locations[0]}
    window = promise.shipped(method, zone, [known.location(code) for code in sending], question.at)
    return _choice(method, None, window, tuple(line.variant_id for line in short))


def picking_up(question: DeliveryQuestion, method: DeliveryMethod, store: Store) -> DeliveryChoice | None:
    """When a store has everything ready; None when it will not open soon."""
    window = promise.ready(method, store, question.at)
    if window is None:
        return None
    demands = [Demand(variant, variant, q, (store.location,)) for variant, q in question.wanted.items()]
    _, short = share_out(demands, question.free)
    return _choice(method, store.code, window, tuple(line.variant_id for line in short))


def share_out(
    demands: Sequence[Demand], free: Mapping[UUID, Mapping[str, int]]
) -> tuple[list[Held], list[Short]]:
    """Who would get what from where if it were held now, and who would go short; nothing is promised by this."""
    levels = {(variant, place): left for variant, row in free.items() for place, left in row.items()}
    return rules.source(demands, levels)


def _choice(
    method: DeliveryMethod, store: str | None, window: promise.Window, short: tuple[UUID, ...]
) -> DeliveryChoice:
    return DeliveryChoice(
        code=method.code,
        kind=method.kind,
        name=method.name,
        store=store,
        earliest=window.earliest,
        latest=window.latest,
        short=short,
    )


async def offer_delivery(
    tx: Transaction, method: DeliveryMethod, *, by: Actor, version: int | None = None
) -> DeliveryMethod:
    """Write a delivery method as a whole, a new one or over the one of its code.

    `version` is the one that the decision was made on; without it whatever stands there is replaced.
    """
    by.must(Permission.channels_write)
    problems = _wrong(method)
    if problems:
        raise Invalid.of(*problems)
    written = await delivery.put(tx, method, version)
    if written is None:
        raise StaleVersion(given=version, present=await delivery.version(tx, method.code))
    tx.record(DeliveryMethodChanged(code=method.code, active=method.active))
    tx.database.forget(CACHED)
    return replace(method, version=written)


def _wrong(method: DeliveryMethod) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    if len(method.code) > LONGEST_CODE or not CODE.fullmatch(method.code):
        message = "A code is letters, digits and single hyphens."
        found.append(FieldProblem("code", "wrong-format", message))
    if "en" not in method.name:
        found.append(FieldProblem("name.en", "required", "This field is required."))
    ship = method.kind is DeliveryKind.ship
    if ship and not method.zones:
        found.append(FieldProblem("zones", "required", "A method that ships goes somewhere."))
    if not ship and not method.stores:
        found.append(FieldProblem("stores", "required", "A method that hands over does it somewhere."))
    parts = [(zone.country, zone.postal_prefix) for zone in method.zones]
    for number, zone in enumerate(method.zones):
        if zone.days_to < zone.days_from:
            message = "The last day is before the first."
            found.append(FieldProblem(f"zones.{number}.days_to", "ends-before-it-begins", message))
        if parts.index((zone.country, zone.postal_prefix)) != number:
            found.append(FieldProblem(f"zones.{number}", "twice", "This stands here twice."))
    if len(set(method.stores)) != len(method.stores):
        found.append(FieldProblem("stores", "twice", "This stands here twice."))
    return found
