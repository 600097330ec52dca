"""What would rules have made of orders that were sent without being asked, those of other systems among them?

How the shelves stood then is not known: every place is taken to have what it has today, beside what it sent of the
order, and to be filled up over night.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.inventory.availability import availability
from torg.inventory.deliver import delivery_methods
from torg.inventory.model import DeliveryMethod, Held
from torg.inventory.routing import route, rules, simulate
from torg.inventory.routing.model import Decision, Destination, Question, RuleSet, Want
from torg.inventory.routing.store import Routing
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.markets import Atlas, atlas
from torg.permissions import Permission


class SentPart(Struct, frozen=True):
    """Units of a line that a place sent, with their share of what the line cost and weighed."""

    line_id: UUID
    variant_id: UUID
    location: str
    quantity: int
    value: int
    weight_g: int


class Sent(Struct, frozen=True):
    """An order that was sent."""

    order_id: UUID
    at: datetime
    to: Destination
    parts: tuple[SentPart, ...]


async def replay_sent(
    tx: Transaction, wanted: RuleSet, sent: Sequence[Sent], *, by: Actor
) -> simulate.Simulation:
    """Ask the rules about orders of their channel in the order in which they were bought; nothing is changed."""
    by.must(Permission.channels_read, channel=wanted.channel)
    known = await atlas(tx.database)
    places = known.channel(wanted.channel).locations
    variants = sorted({part.variant_id for one in sent for part in one.parts})
    there = await availability(tx, variants, places, channel=wanted.channel) if variants else {}
    present = await route.known(tx.database)
    methods = {method.code: method for method in await delivery_methods(tx.database)}
    work = partial(_replay, wanted, sent, _Then(places, there, present, methods, known))
    return await asyncio.to_thread(work)


class _Then(Struct, frozen=True):
    """What is the same for all orders."""

    places: Sequence[str]
    free: Mapping[UUID, Mapping[str, int]]
    present: route.Known
    methods: Mapping[str, DeliveryMethod]
    known: Atlas


def _replay(wanted: RuleSet, sent: Sequence[Sent], then: _Then) -> simulate.Simulation:
    past = [_routing(wanted, one, then) for one in sent]
    return simulate.replay(wanted, past, overnight=True)


def _routing(wanted: RuleSet, one: Sent, then: _Then) -> Routing:
    question = _question(one, then)
    parts = tuple(Held(p.line_id, p.variant_id, p.location, p.quantity) for p in one.parts)
    decision = Decision(parts, None, (), rules.cost(wanted.costs, question, parts))
    return Routing(one.order_id, 1, wanted.channel, question, decision, one.at)


def _question(one: Sent, then: _Then) -> Question:
    took = Counter[tuple[UUID, str]]()
    wants: dict[tuple[UUID, UUID], Want] = {}
    for part in one.parts:
        took[part.variant_id, part.location] += part.quantity
        key = (part.line_id, part.variant_id)
        before = wants.get(key, Want(part.line_id, part.variant_id, 0))
        wants[key] = Want(
            part.line_id,
            part.variant_id,
            before.quantity + part.quantity,
            before.value + part.value,
            before.weight_g + part.weight_g,
        )
    variants = {want.variant_id for want in wants.values()}
    method = then.methods.get(one.to.method or "")
    places = []
    for code in dict.fromkeys((*then.places, *(part.location for part in one.parts))):
        location = then.known.location(code)
        days = route.days(location, one.to, method, one.at)
        free = {v: then.free.get(v, {}).get(code, 0) + took[v, code] for v in variants}
        places.append(replace(route.place(location, then.present, days), free=free))
    return Question(tuple(wants.values()), tuple(places), one.to)
