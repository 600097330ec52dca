"""Which wishes are met, and how far: in the order in which they came, from what the locked levels can give."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.inventory.model import Demand, Units
from torg.inventory.rules import bucket
from torg.inventory.soft.model import Kept, Lacking, SoftHold, Used, Wish
from torg.kernel.ids import new_id
from torg.markets import CartHold, KeepWhen

Place = tuple[UUID, str]
NOTHING: Final[Mapping[tuple[str, UUID, str], int]] = {}


def decide(
    wishes: Sequence[Wish],
    there: Iterable[SoftHold],
    used: Iterable[Used],
    free: Mapping[Place, int],
    at: datetime,
    others: Mapping[tuple[str, UUID, str], int] = NOTHING,
) -> list[Kept]:
    """What each wish gets: a part where not all can be kept, nothing where there is enough for everybody.

    `others` is how many units a channel leaves to others, by channel, variant and location.

    What is kept for a line already counts; where its time has run out and nobody has ended it yet, it begins anew.
    """
    shelf = _Shelf(there, used, free, at, others)
    return [shelf.serve(wish) for wish in wishes]


class _Shelf:
    """What is left, and what each holder has, while wishes are met one after the other."""

    def __init__(
        self,
        there: Iterable[SoftHold],
        used: Iterable[Used],
        free: Mapping[Place, int],
        at: datetime,
        others: Mapping[tuple[str, UUID, str], int],
    ) -> None:
        self.at = at
        self.others = others
        self.left: dict[UUID, dict[str, int]] = defaultdict(dict)
        for (variant, place), units in free.items():
            self.left[variant][place] = units
        self.of_line: dict[UUID, list[SoftHold]] = {}
        for hold in there:
            self.of_line.setdefault(hold.line_id, []).append(hold)
        self.had: dict[str, dict[UUID, int]] = {}
        for count in used:
            self._count(count.holder, count.variant_id, count.quantity)

    def serve(self, wish: Wish) -> Kept:
        """Keep what can be kept of a wish, line by line."""
        holds: list[SoftHold] = []
        made: list[SoftHold] = []
        renewed: list[SoftHold] = []
        lacking: dict[UUID, Lacking] = {}
        until = self.at + timedelta(minutes=wish.terms.minutes)
        for demand in self._whole(wish, lacking):
            mine = self._mine(wish, demand)
            missing = demand.quantity - _units(mine)
            new, why = self._more(wish, demand, missing, until) if missing > 0 else ([], None)
            if why is not None:
                lacking[demand.line_id] = why
            if mine and why is not Lacking.plenty:
                renewed += [hold for hold in mine if hold.expires_at <= self.at]
            if new:
                self.of_line.setdefault(demand.line_id, []).extend(new)
            holds += [*mine, *new]
            made += new
        return Kept(tuple(holds), tuple(made), tuple(renewed), lacking)

    def _whole(self, wish: Wish, lacking: dict[UUID, Lacking]) -> Iterable[Demand]:
        """What is wished for, line by line; of a bundle only as many as can be kept with all that is in them."""
        if not any([demand.bundle for demand in wish.demands]):
            return wish.demands
        lines: dict[UUID, list[Demand]] = defaultdict(list)
        for demand in wish.demands:
            lines[demand.line_id].append(demand)
        return chain.from_iterable(self._whole_line(wish, parts, lacking) for parts in lines.values())

    def _whole_line(
        self, wish: Wish, parts: Sequence[Demand], lacking: dict[UUID, Lacking]
    ) -> Iterator[Demand]:
        if all(part.bundle is None for part in parts):
            yield from parts
            return
        whole = min(self._most(wish, part) // part.per for part in parts)
        room = wish.terms.most - sum(self.had.get(wish.holder, {}).values())
        while whole and sum(max(0, whole * p.per - _units(self._mine(wish, p))) for p in parts) > room:
            whole -= 1
        for part in parts:
            if part.bundle is None or whole * part.per >= part.quantity:
                yield part
                continue
            scarce = sum(self._free(part).values()) < part.quantity
            lacking[part.line_id] = Lacking.none_left if scarce else lacking.get(part.line_id, Lacking.capped)
            yield replace(part, quantity=whole * part.per)

    def _most(self, wish: Wish, part: Demand) -> int:
        """How many of a part could be kept; of what there is plenty nothing has to be."""
        left = sum(self._free(part).values())
        if wish.terms.when is KeepWhen.few and left > wish.terms.few:
            return part.quantity
        room = wish.terms.most_of_one - self.had.get(wish.holder, {}).get(part.variant_id, 0)
        return min(part.quantity, _units(self._mine(wish, part)) + max(0, min(left, room)))

    def _mine(self, wish: Wish, demand: Demand) -> list[SoftHold]:
        known = self.of_line.get(demand.line_id)
        if known is None:
            return []
        mine = (wish.order_id, demand.variant_id)
        return [h for h in known if (h.order_id, h.variant_id) == mine and h.location in demand.locations]

    def _more(
        self, wish: Wish, demand: Demand, missing: int, until: datetime
    ) -> tuple[list[SoftHold], Lacking | None]:
        places = self._free(demand)
        left = sum(places.values())
        if wish.terms.when is KeepWhen.few and left > wish.terms.few:
            return [], Lacking.plenty
        wanted = min(missing, self._room(wish.holder, demand.variant_id, wish.terms))
        new: list[SoftHold] = []
        for place, there in places.items():
            units = min(wanted, there)
            if units > 0:
                wanted -= units
                missing -= units
                self.left[demand.variant_id][place] -= units
                self._count(wish.holder, demand.variant_id, units)
                new.append(_made(wish, demand, place, units, until))
        if not missing:
            return new, None
        return new, Lacking.capped if left >= missing + _units(new) else Lacking.none_left

    def _free(self, demand: Demand) -> dict[str, int]:
        """How many each of the demand's locations can give it."""
        left = self.left.get(demand.variant_id, {})
        if not self.others:
            return {place: max(0, left.get(place, 0)) for place in demand.locations}
        spared, channel, variant = self.others, demand.channel or "", demand.variant_id
        return {
            place: max(0, left.get(place, 0) - spared.get((channel, variant, place), 0))
            for place in demand.locations
        }

    def _room(self, holder: str, variant_id: UUID, terms: CartHold) -> int:
        had = self.had.get(holder)
        if had is None:
            return min(terms.most_of_one, terms.most)
        return min(terms.most_of_one - had.get(variant_id, 0), terms.most - sum(had.values()))

    def _count(self, holder: str, variant_id: UUID, units: int) -> None:
        had = self.had.setdefault(holder, {})
        had[variant_id] = had.get(variant_id, 0) + units


def _units(holds: Iterable[SoftHold]) -> int:
    return sum(hold.quantity for hold in holds)


def _made(wish: Wish, demand: Demand, place: str, units: int, until: datetime) -> SoftHold:
    return SoftHold(
        bucket(demand.variant_id),
        wish.order_id,
        new_id(),
        demand.line_id,
        demand.variant_id,
        place,
        units,
        until,
    )


def too_much(there: Sequence[SoftHold], demands: Iterable[Demand]) -> dict[SoftHold, int]:
    """Of which holds how many units no line wants any more; what ends last goes first."""
    wanted: dict[tuple[UUID, UUID], Demand] = {(d.line_id, d.variant_id): d for d in demands}
    left = {key: demand.quantity for key, demand in wanted.items()}
    found: dict[SoftHold, int] = {}
    for hold in sorted(there, key=lambda hold: (hold.expires_at, hold.id)):
        key = (hold.line_id, hold.variant_id)
        demand = wanted.get(key)
        useful = min(hold.quantity, left[key]) if demand and hold.location in demand.locations else 0
        if key in left:
            left[key] -= useful
        if useful < hold.quantity:
            found[hold] = hold.quantity - useful
    return found


def beyond(there: Sequence[SoftHold], used: Iterable[Used], terms: CartHold) -> dict[SoftHold, int]:
    """Of which holds how many units are more than whoever takes them over may have beside what she has."""
    of_one: dict[UUID, int] = defaultdict(int)
    for count in used:
        of_one[count.variant_id] += count.quantity
    in_all = sum(of_one.values())
    found: dict[SoftHold, int] = {}
    for hold in there:
        room = max(0, min(terms.most_of_one - of_one[hold.variant_id], terms.most - in_all))
        fits = min(hold.quantity, room)
        of_one[hold.variant_id] += fits
        in_all += fits
        if fits < hold.quantity:
            found[hold] = hold.quantity - fits
    return found


def parts(holds: Iterable[SoftHold]) -> tuple[Units, ...]:
    """How many of what is kept where."""
    total: dict[Place, int] = defaultdict(int)
    for hold in holds:
        total[hold.variant_id, hold.location] += hold.quantity
    return tuple(Units(variant, place, units) for (variant, place), units in total.items())
