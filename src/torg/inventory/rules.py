"""The arithmetic of stock, without a database: who gets what from where, and what an adjustment moves.

`source` is exact: a line is refused only when no way of sharing out the locations serves all lines that came before it
and this one. Handing out greedily would refuse a line that only Oslo can serve because an earlier one, which Bergen
could have served as well, took Oslo's last unit.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID
from zlib import crc32

from msgspec.structs import replace

from torg.inventory.model import (
    MOST_UNITS,
    Deltas,
    Demand,
    Held,
    Hold,
    HoldState,
    Level,
    Move,
    Reason,
    Short,
    StockPromised,
    StockTooHigh,
    StockTooLow,
    WrongAdjustment,
)
from torg.kernel.ids import Hex

BUCKETS = 64
"""Fixed for ever: a variant's rows are found under the bucket that they were written to."""


LOST = frozenset({HoldState.released, HoldState.expired})


def bucket(variant_id: UUID) -> int:
    """The key of the stock family that a variant belongs to.

    >>> bucket(UUID("01980000-0000-7000-8000-000000000001"))
    35
    """
    return crc32(variant_id.bytes) % BUCKETS


def buckets(variants: Iterable[Hex]) -> list[int]:
    """The bucket of each, in their order."""
    digits = bytes.fromhex
    return [crc32(digits(variant)) % BUCKETS for variant in variants]


def batches(moves: Iterable[Move], *, apart: bool = False) -> list[list[Move]]:
    """One move a level, in the order in which rows are locked: all in one batch, or each bucket in its own."""
    total: dict[tuple[int, UUID, str], Deltas] = {}
    for move in moves:
        key = (bucket(move.variant_id), move.variant_id, move.location)
        total[key] = total[key] + move.by if key in total else move.by
    ordered = sorted(total.items(), key=lambda item: item[0])
    found: dict[int, list[Move]] = defaultdict(list)
    for (number, variant_id, location), by in ordered:
        found[number if apart else 0].append(Move(variant_id, location, by))
    return list(found.values())


def groups(buckets: Iterable[int], *, apart: bool = False) -> list[list[int]]:
    """Buckets in the order in which they are locked: all together, or each by itself."""
    ordered = sorted(set(buckets))
    return [[number] for number in ordered] if apart else [ordered] if ordered else []


def source(
    demands: Sequence[Demand], available: Mapping[tuple[UUID, str], int]
) -> tuple[list[Held], list[Short]]:
    """Share out what is available: each line from its locations in order of preference, split where it must be.

    Earlier lines are served first. What cannot be served is told line by line. A bundle's line gets whole bundles, and
    first from places that have all of its components.
    """
    lacking: dict[UUID, Short] = {}
    while True:
        held, short = _shared(_together(demands, available), available)
        bundles = {line.line_id: line for line in demands if line.bundle is not None}
        lines = [line for line in short if line.line_id not in bundles]
        if len(lines) == len(short):
            return held, lines + list(lacking.values())
        # What an unserved bundle would have taken of its other components is there for the lines after it.
        one = next(line for line in demands if line.line_id in bundles and _got(line, held) < line.quantity)
        same = [line for line in demands if line.line_id == one.line_id]
        whole = min(_got(line, held) // line.per for line in same)
        wanted = lacking[one.line_id].wanted if one.line_id in lacking else one.quantity // one.per
        lacking[one.line_id] = Short(one.line_id, one.bundle or one.variant_id, wanted, whole)
        fewer = [replace(d, quantity=whole * d.per) if d.line_id == one.line_id else d for d in demands]
        demands = [line for line in fewer if line.quantity]


def _got(demand: Demand, held: Iterable[Held]) -> int:
    mine = (demand.line_id, demand.variant_id)
    return sum(part.quantity for part in held if (part.line_id, part.variant_id) == mine)


def _together(demands: Sequence[Demand], available: Mapping[tuple[UUID, str], int]) -> Sequence[Demand]:
    """With places that have everything a bundle's line wants before those that do not, else in their order."""
    if all(line.bundle is None for line in demands):
        return demands
    lines: dict[UUID, list[Demand]] = defaultdict(list)
    for line in demands:
        lines[line.line_id].append(line)

    def lacks(place: str, parts: Sequence[Demand]) -> bool:
        return any(available.get((part.variant_id, place), 0) < part.quantity for part in parts)

    return [
        line
        if line.bundle is None
        else replace(
            line, locations=tuple(sorted(line.locations, key=lambda place: lacks(place, lines[line.line_id])))
        )
        for line in demands
    ]


def _shared(
    demands: Sequence[Demand], available: Mapping[tuple[UUID, str], int]
) -> tuple[list[Held], list[Short]]:
    held: list[Held] = []
    short: list[Short] = []
    by_variant: dict[UUID, list[Demand]] = defaultdict(list)
    for demand in demands:
        by_variant[demand.variant_id].append(demand)
    for variant_id, lines in by_variant.items():
        places = dict.fromkeys(place for line in lines for place in line.locations)
        free = {place: max(0, available.get((variant_id, place), 0)) for place in places}
        shared = _Shared(lines, free)
        for number, line in enumerate(lines):
            missing = shared.serve(number)
            if missing:
                short.append(Short(line.line_id, variant_id, line.quantity, line.quantity - missing))
        for line, taken in zip(lines, shared.taken, strict=True):
            held.extend(Held(line.line_id, variant_id, place, q) for place, q in taken.items() if q)
    return held, short


def source_soonest(
    demands: Sequence[Demand],
    there: Mapping[tuple[UUID, str], int],
    available: Mapping[tuple[UUID, str], int],
) -> tuple[list[Held], list[Short]]:
    """The same with what is there, wherever that is; a line of which there is not enough is shared out from all that is
    available, what is expected too.
    """
    held, short = source(demands, there)
    late = {line.line_id for line in short}
    if not late or there == available:
        return held, short
    kept, left = [part for part in held if part.line_id not in late], dict(available)
    for part in kept:
        left[part.variant_id, part.location] -= part.quantity
    waiting, short = source([line for line in demands if line.line_id in late], left)
    return source(demands, available) if short else (kept + waiting, [])


class _Shared:
    """One variant's units, shared out line by line; a line that finds no room may move an earlier one elsewhere."""

    def __init__(self, lines: Sequence[Demand], free: dict[str, int]) -> None:
        self.lines = lines
        self.free = free
        self.taken: list[dict[str, int]] = [dict.fromkeys(line.locations, 0) for line in lines]

    def serve(self, number: int) -> int:
        """Give the line what it wants; tells how many are missing."""
        missing = self.lines[number].quantity
        for place in self.lines[number].locations:
            got = min(missing, self.free[place])
            self.taken[number][place] += got
            self.free[place] -= got
            missing -= got
        while missing:
            got = self._make_room(number, missing)
            if not got:
                break
            missing -= got
        return missing

    def _make_room(self, number: int, most: int) -> int:
        """Find the shortest chain of earlier lines that can each move on to another place, and move them along it."""
        came: dict[str, tuple[str, int] | None] = dict.fromkeys(self.lines[number].locations)
        waiting = deque(came)
        while waiting:
            place = waiting.popleft()
            if self.free[place]:
                return self._shift(number, place, came, most)
            for other, taken in enumerate(self.taken):
                if other == number or not taken.get(place):
                    continue
                for onward in taken:
                    if onward not in came:
                        came[onward] = (place, other)
                        waiting.append(onward)
        return 0

    def _shift(self, number: int, end: str, came: Mapping[str, tuple[str, int] | None], most: int) -> int:
        steps: list[tuple[str, str, int]] = []
        place = end
        while (step := came[place]) is not None:
            steps.append((step[0], place, step[1]))
            place = step[0]
        got = min([most, self.free[end], *(self.taken[line][start] for start, _, line in steps)])
        for start, stop, line in steps:
            self.taken[line][start] -= got
            self.taken[line][stop] += got
        self.taken[number][place] += got
        self.free[end] -= got
        return got


def adjustment(reason: Reason, quantity: int) -> Deltas:
    """What an adjustment moves: only a correction goes either way, every other reason counts units.

    >>> adjustment(Reason.damaged, 2)
    Deltas(on_hand=-2, reserved=0, allocated=0, damaged=2, incoming=0)
    """
    if quantity == 0 or (quantity < 0 and reason is not Reason.correction):
        raise WrongAdjustment(reason=reason.value, quantity=quantity)
    match reason:
        case Reason.found | Reason.correction:
            return Deltas(on_hand=quantity)
        case Reason.lost | Reason.stolen:
            return Deltas(on_hand=-quantity)
        case Reason.damaged:
            return Deltas(on_hand=-quantity, damaged=quantity)
        case Reason.repaired:
            return Deltas(on_hand=quantity, damaged=-quantity)
        case Reason.scrapped:
            return Deltas(damaged=-quantity)


def draw(holds: Sequence[Hold], quantity: int) -> tuple[dict[UUID, int], int]:
    """Which holds a number of units is taken from, the oldest first, and how many units were more than there are."""
    taken: dict[UUID, int] = {}
    for hold in sorted(holds, key=lambda hold: hold.id):
        got = min(hold.open, quantity)
        if got:
            taken[hold.id] = got
            quantity -= got
    return taken, quantity


def afford(level: Level, by: Deltas) -> None:
    """Refuse a change that would leave less than nothing, less than was promised, or more than anybody counts."""
    left, damaged = level.on_hand + by.on_hand, level.damaged + by.damaged
    promised = level.reserved + level.allocated
    if left < 0:
        raise StockTooLow(location=level.location, present=level.on_hand)
    if damaged < 0:
        raise StockTooLow(location=level.location, present=level.damaged)
    if left + level.backorder < promised:
        raise StockPromised(location=level.location, promised=promised, left=left)
    if max(left, damaged) > MOST_UNITS:
        raise StockTooHigh(most=MOST_UNITS)


Share = tuple[UUID, UUID]
"""What a line wants of a variant: a bundle's line wants several."""


def gone(holds: Iterable[Hold], kept: Iterable[Held]) -> set[Share]:
    """The lines, with the variant, that had a hold which has been released or has expired, and nothing in its place."""
    ended = {(h.line_id, h.variant_id) for h in holds if h.state in {HoldState.held, *LOST}}
    return ended - {(part.line_id, part.variant_id) for part in kept}


def unserved(demands: Iterable[Demand], parts: Iterable[Held]) -> set[Share]:
    """The lines, with the variant, that have not got what they want, or more than that."""
    got = Counter[Share]()
    for part in parts:
        got[part.line_id, part.variant_id] += part.quantity
    return {share for line in demands if got[share := (line.line_id, line.variant_id)] != line.quantity}
