"""What a level's figures can promise: to which channel, and from when; pure.

Some units are there, some may be promised beyond that until the day on which they are expected has passed. A channel
that leaves units to others is promised those that are there less these, and nothing that would eat into them. Before
its release a variant is promised as a pre-order only. A bundle is promised where its components are, as many as the
scarcest of them allows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.catalog import Component, Inside, Specials
from torg.inventory.model import Demand, Held, Level
from torg.inventory.store.reads import Figures


class Late(Struct, frozen=True, gc=False):
    """Units that can be promised before they are there, or (`preorder`) out: how many, and when they are expected."""

    units: int
    on: date
    preorder: bool = False


class Offer(Struct, frozen=True):
    """What can be promised now, by variant and location; `late` has those places of which some is not there yet."""

    free: dict[UUID, dict[str, int]]
    late: dict[UUID, dict[str, Late]]

    def there(self) -> dict[UUID, dict[str, int]]:
        """How many of them are there now."""
        found = dict(self.free)
        for variant, places in self.late.items():
            found[variant] = dict(self.free[variant])
            for place, late in places.items():
                found[variant][place] -= late.units
        return found


def there(level: Level) -> int:
    """How many that are there can still be promised; less than nought when more were promised."""
    return level.on_hand - level.buffer - level.reserved - level.allocated


def beyond(level: Level, today: date) -> int:
    """How many may be promised beyond what is there: none once they should have come."""
    return level.backorder if level.expected is not None and level.expected >= today else 0


def promised(level: Level, today: date) -> int:
    """How many can be promised to a channel that leaves nothing to others."""
    return max(0, there(level) + beyond(level, today))


def kept(level: Level, channel: str | None, everywhere: Mapping[str, int]) -> int:
    """How many the channel leaves to others there: what the level says of it, else what is said of the location."""
    if channel is None:
        return 0
    return (level.kept or {}).get(channel, everywhere.get(level.location, 0))


class Shelf(Struct):
    """What locked levels can promise to a channel: how many, how many of them are there, and when the rest comes."""

    free: dict[tuple[UUID, str], int]
    there: dict[tuple[UUID, str], int]
    expected: dict[tuple[UUID, str], date]
    today: date

    @classmethod
    def of(
        cls,
        levels: Iterable[Level],
        given: Iterable[Held],
        channel: str | None,
        everywhere: Mapping[str, int],
        *,
        today: date,
    ) -> "Shelf":
        """The shelf of these levels, less what has been given to lines of other channels."""
        shelf = cls({}, {}, {}, today)
        for level in levels:
            place = (level.variant_id, level.location)
            now = there(level) - kept(level, channel, everywhere)
            shelf.there[place] = now
            shelf.free[place] = now + beyond(level, today)
            if level.expected is not None:
                shelf.expected[place] = level.expected
        for part in given:
            place = (part.variant_id, part.location)
            shelf.there[place] -= part.quantity
            shelf.free[place] -= part.quantity
        return shelf

    def mark_late(self, held: Iterable[Held], specials: Specials) -> list[Held]:
        """The parts, each with how much of it is not there (or not out) yet; takes what they want off the shelf."""
        found = []
        for part in held:
            place = (part.variant_id, part.location)
            missing = part.quantity - max(0, min(part.quantity, self.there[place]))
            self.there[place] -= part.quantity
            on = self.expected.get(place) if missing else None
            out = specials.release(part.variant_id, self.today)
            if out is not None:
                found.append(replace(part, late=part.quantity, expected=max(out, on or out), preorder=True))
            else:
                found.append(replace(part, late=missing, expected=on) if missing else part)
        return found


def with_components(specials: Specials, variants: Iterable[UUID]) -> list[UUID]:
    """The variants whose levels have to be asked for: a bundle has none of its own, its components have."""
    asked: dict[UUID, None] = {}
    for variant in variants:
        inside = specials.components(variant)
        asked.update(dict.fromkeys(one.variant_id for one in inside) if inside else {variant: None})
    return list(asked)


def taken_apart(demand: Demand, inside: Sequence[Component | Inside]) -> list[Demand]:
    """What a bundle's line wants of the shelves: a demand for each component, which share its value and weight."""
    if not inside:
        return [demand]
    units = sum(one.quantity for one in inside)
    found = [
        replace(
            demand,
            variant_id=one.variant_id,
            quantity=demand.quantity * one.quantity,
            value=demand.value * one.quantity // units,
            weight_g=demand.weight_g * one.quantity // units,
            bundle=demand.variant_id,
            per=one.quantity,
        )
        for one in inside
    ]
    value, weight = sum(one.value for one in found), sum(one.weight_g for one in found)
    first = found[0]
    rest = replace(
        first, value=first.value + demand.value - value, weight_g=first.weight_g + demand.weight_g - weight
    )
    return [rest, *found[1:]]


def offered(
    asked: Iterable[UUID], raw: Mapping[UUID, Mapping[str, Figures]], specials: Specials, today: date
) -> Offer:
    """What the figures of levels come to, for each variant that was asked for."""
    free: dict[UUID, dict[str, int]] = {}
    late: dict[UUID, dict[str, Late]] = {}
    for variant in asked:
        places: Mapping[str, Figures] = raw.get(variant, {})
        if variant in specials:
            inside = specials.components(variant)
            places = _bundled(inside, raw, specials, today) if inside else places
            places = _before(places, specials.release(variant, today))
            out = any(specials.release(id, today) for id in (variant, *(one.variant_id for one in inside)))
        else:
            out = False
        free[variant] = {place: n if isinstance(n, int) else n[0] for place, n in places.items()}
        waiting = {
            place: Late(n[0] - n[1], n[2], out)
            for place, n in places.items()
            if not isinstance(n, int) and n[0] > n[1]
        }
        if waiting:
            late[variant] = waiting
    return Offer(free, late)


def _before(places: Mapping[str, Figures], out: date | None) -> Mapping[str, Figures]:
    """Nothing is there before it is out."""
    if out is None:
        return places
    return {
        place: (units, 0, out) if isinstance(units, int) else (units[0], 0, max(out, units[2]))
        for place, units in places.items()
    }


def _bundled(
    inside: Sequence[Component],
    raw: Mapping[UUID, Mapping[str, Figures]],
    specials: Specials,
    today: date,
) -> dict[str, Figures]:
    rows = [
        (one.quantity, _before(raw.get(one.variant_id, {}), specials.release(one.variant_id, today)))
        for one in inside
    ]
    places = [place for place in rows[0][1] if all(place in row for _, row in rows)]
    return {place: _scarcest([(per, row[place]) for per, row in rows]) for place in places}


def _scarcest(figures: Sequence[tuple[int, Figures]]) -> Figures:
    """
    >>> _scarcest([(2, 5), (1, 3)]), _scarcest([(1, (9, 1, date(2026, 12, 1))), (1, 4)])
    (2, (4, 1, datetime.date(2026, 12, 1)))
    """
    whole = [(per, f if isinstance(f, tuple) else (f, f, date.min)) for per, f in figures]
    units = min(all_of // per for per, (all_of, _, _) in whole)
    now = min(present // per for per, (_, present, _) in whole)
    days = [day for per, (_, present, day) in whole if present // per < units]
    return (units, now, max(days)) if days else units


def awaited(held: Iterable[Held], offer: Offer) -> dict[UUID, Late]:
    """Which lines wait, and until when, if they were served like this from what is on offer."""
    taken: dict[tuple[UUID, str], int] = {}
    found: dict[UUID, Late] = {}
    for part in held:
        late = offer.late.get(part.variant_id, {}).get(part.location)
        if late is None:
            continue
        place = (part.variant_id, part.location)
        before = taken.get(place, 0)
        taken[place] = before + part.quantity
        there = offer.free[part.variant_id][part.location] - late.units
        missing = min(part.quantity, max(0, before + part.quantity - there))
        if missing:
            known = found.get(part.line_id, Late(0, late.on))
            on, preorder = max(late.on, known.on), late.preorder or known.preorder
            found[part.line_id] = Late(known.units + missing, on, preorder)
    return found
