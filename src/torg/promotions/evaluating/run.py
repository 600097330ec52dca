"""What has been taken off so far while promotions act one after the other, and how far each may still go.

No line and no delivery ever goes below nothing, whatever acts: every effect works on what is left, and caps only take
away. Steps are written down only when somebody will read them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from torg.kernel.money import allocate
from torg.pricing import TraceStep
from torg.promotions.evaluating.reading import Reading

MILLION: Final = 1_000_000
HALF: Final = MILLION // 2
LINE: Final = "promotion-capped-line"
ORDER: Final = "promotion-capped-order"
HOUSE_LINE: Final = "promotion-capped-house-line"
HOUSE_ORDER: Final = "promotion-capped-house-order"


class Taking(NamedTuple):
    """What an effect takes off some lines or deliveries: how much off each, of how many units, and the facts behind it,
    which are only asked for when somebody will read them. Without `units` it is all of each line.
    """

    code: str
    places: Sequence[int]
    amounts: Sequence[int]
    units: Sequence[int] | None
    facts: Callable[[int], dict[str, Any]]


class Room(NamedTuple):
    """How far a promotion may go in the basket's currency: in the order, on a line; and the house's own ends."""

    order: int | None = None
    line: int | None = None
    house_line: int | None = None
    house_order: int | None = None


FREE: Final = Room()


class Fall(NamedTuple):
    """What falls away because of a cap: its step, and how much."""

    code: str
    facts: Mapping[str, Any]
    less: int


Cut: TypeAlias = dict[int, Fall]


class Taken:
    """What one promotion took off one line or delivery, with the steps."""

    __slots__ = ("amount", "steps", "units")

    def __init__(self) -> None:
        self.amount = 0
        self.units = 0
        self.steps: list[TraceStep] = []


class Run:
    """One set of promotions acting on one basket."""

    __slots__ = (
        "charges",
        "holders",
        "left",
        "off_deliveries",
        "off_lines",
        "on_lines",
        "reading",
        "rewards",
        "telling",
        "totals",
        "used",
        "worths",
    )

    def __init__(self, reading: Reading, *, telling: bool) -> None:
        self.reading = reading
        self.telling = telling
        self.left = reading.costs.copy()
        self.charges = [delivery.amount for delivery in reading.deliveries]
        self.used = [0] * len(self.left)
        self.holders: dict[int, int] = {}
        self.totals: dict[int, int] = {}
        self.on_lines: dict[tuple[int, int], int] = {}
        self.off_lines: dict[tuple[int, int], Taken] = {}
        self.off_deliveries: dict[tuple[int, int], Taken] = {}
        self.rewards: dict[int, bool] = {}
        self.worths: list[int] | None = None

    def open(self, rank: int, number: int) -> Sequence[int]:
        """The lines of a selection that the promotion may act on: all but those that another has for itself."""
        places = self.reading.places(number)
        if not self.holders:
            return places
        holders = self.holders
        return [place for place in places if holders.get(place, rank) == rank]

    def worth(self) -> list[int]:
        """What one unit of each line costs in a deal: after prices were set, before the first deal."""
        if self.worths is None:
            quantities = self.reading.quantities
            self.worths = [left // quantity for left, quantity in zip(self.left, quantities, strict=True)]
        return self.worths

    def free(self, places: Sequence[int]) -> int:
        """How many units of lines no deal has used yet."""
        quantities, used = self.reading.quantities, self.used
        return sum([quantities[place] - used[place] for place in places])

    def weigh(self, rank: int, places: Sequence[int], rate: int) -> None:
        """Take a share of what is left of each line, without caps and with nobody to tell: most of what is tried."""
        left, total = self.left, 0
        for place in places:
            amount = (left[place] * rate + HALF) // MILLION
            left[place] -= amount
            total += amount
        if total:
            self.totals[rank] = self.totals.get(rank, 0) + total

    def take(self, rank: int, room: Room, taking: Taking) -> None:
        """Take something off lines, as far as the caps allow."""
        cuts: list[Cut] = []
        amounts = taking.amounts
        if room is not FREE:
            amounts = self._capped(rank, room, taking, cuts)
        left = self.left
        for place, amount in zip(taking.places, amounts, strict=True):
            left[place] -= amount
        self._note(self.off_lines, rank, taking, amounts, cuts)

    def take_delivery(self, rank: int, room: Room, taking: Taking) -> None:
        """Take something off charges for delivery, as far as the promotion's own cap allows."""
        cuts: list[Cut] = []
        amounts = taking.amounts
        if room.order is not None:
            spare = room.order - self.totals.get(rank, 0)
            amounts = _together(taking.places, amounts, spare, ORDER, {"most": room.order}, cuts)
        for place, amount in zip(taking.places, amounts, strict=True):
            self.charges[place] -= amount
        self._note(self.off_deliveries, rank, taking, amounts, cuts)

    def _capped(self, rank: int, room: Room, taking: Taking, cuts: list[Cut]) -> Sequence[int]:
        places, amounts, costs = taking.places, taking.amounts, self.reading.costs
        if room.line is not None:
            before = self.on_lines
            rooms = [room.line - before.get((rank, place), 0) for place in places]
            amounts = _each(places, amounts, rooms, LINE, {"most": room.line}, cuts)
        if room.order is not None:
            spare = room.order - self.totals.get(rank, 0)
            amounts = _together(places, amounts, spare, ORDER, {"most": room.order}, cuts)
        if room.house_line is not None:
            rate = room.house_line
            rooms = [costs[place] * rate // MILLION - (costs[place] - self.left[place]) for place in places]
            amounts = _each(places, amounts, rooms, HOUSE_LINE, {"rate": rate}, cuts)
        if room.house_order is not None:
            goods, rate = sum(costs), room.house_order
            spare = goods * rate // MILLION - (goods - sum(self.left))
            amounts = _together(places, amounts, spare, HOUSE_ORDER, {"rate": rate}, cuts)
        for place, amount in zip(places, amounts, strict=True) if room.line is not None else ():
            self.on_lines[rank, place] = self.on_lines.get((rank, place), 0) + amount
        return amounts

    def _note(
        self,
        taken: dict[tuple[int, int], Taken],
        rank: int,
        taking: Taking,
        amounts: Sequence[int],
        cuts: Sequence[Cut],
    ) -> None:
        total = sum(amounts)
        if not total:
            return
        self.totals[rank] = self.totals.get(rank, 0) + total
        if not self.telling:
            return
        code, places, _, units, facts = taking
        quantities = self.reading.quantities
        for index, amount in enumerate(amounts):
            if amount:
                place = places[index]
                there = taken.get((rank, place))
                if there is None:
                    there = taken[rank, place] = Taken()
                there.amount += amount
                there.units = max(there.units, quantities[place] if units is None else units[index])
                told = facts(index)
                told["amount"] = amount
                there.steps.append(TraceStep(code, told))
                if cuts:
                    self._note_cuts(there, told, place, cuts)

    def _note_cuts(self, there: Taken, told: dict[str, Any], place: int, cuts: Sequence[Cut]) -> None:
        currency = self.reading.basket.currency
        for fall in [cut[place] for cut in cuts if place in cut]:
            told["amount"] += fall.less
            there.steps.append(TraceStep(fall.code, {**fall.facts, "less": fall.less, "currency": currency}))


def _each(
    places: Sequence[int],
    wanted: Sequence[int],
    rooms: Sequence[int],
    code: str,
    facts: Mapping[str, Any],
    cuts: list[Cut],
) -> Sequence[int]:
    amounts = [max(0, min(amount, room)) for amount, room in zip(wanted, rooms, strict=True)]
    return _cut(places, wanted, amounts, code, facts, cuts)


def _together(
    places: Sequence[int],
    wanted: Sequence[int],
    room: int,
    code: str,
    facts: Mapping[str, Any],
    cuts: list[Cut],
) -> Sequence[int]:
    if sum(wanted) <= room:
        return wanted
    amounts = allocate(room, wanted) if room > 0 else [0] * len(wanted)
    return _cut(places, wanted, amounts, code, facts, cuts)


def _cut(
    places: Sequence[int],
    wanted: Sequence[int],
    amounts: Sequence[int],
    code: str,
    facts: Mapping[str, Any],
    cuts: list[Cut],
) -> Sequence[int]:
    cut = {
        place: Fall(code, facts, before - amount)
        for place, before, amount in zip(places, wanted, amounts, strict=True)
        if amount < before
    }
    if cut:
        cuts.append(cut)
    return amounts
