"""What has been taken off so far while promotions act one after the other, and how far each may still go.

No line and no delivery ever goes below nothing, whatever acts: every effect works on what is left, and caps only take
away. Steps are written down only when somebody will read them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from torg.kernel.money import allocate
from torg.pricing import TraceStep
from torg.promotions.evaluating.reading import Reading

MILLION: Final = 1_000_000
LINE: Final = "promotion-capped-line"
ORDER: Final = "promotion-capped-order"
HOUSE_LINE: Final = "promotion-capped-house-line"
HOUSE_ORDER: Final = "promotion-capped-house-order"


class Share(NamedTuple):
    """What an effect takes off one line or delivery, of how many units, and the facts behind it."""

    place: int
    amount: int
    units: int
    facts: Mapping[str, Any]


class Room(NamedTuple):
    """How far a promotion may go in the basket's currency: in the order, on a line; and the house's own ends."""

    order: int | None = None
    line: int | None = None
    house_line: int | None = None
    house_order: int | None = None


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
            lines = self.reading.lines
            self.worths = [left // line.quantity for left, line in zip(self.left, lines, strict=True)]
        return self.worths

    def take(self, rank: int, room: Room, code: str, shares: list[Share]) -> None:
        """Take shares off lines, as far as the caps allow."""
        cuts: list[Cut] = []
        if any(bound is not None for bound in room):
            shares = self._capped(rank, room, shares, cuts)
        for share in shares:
            self.left[share.place] -= share.amount
            self._note(self.off_lines, rank, code, share, cuts)

    def take_delivery(self, rank: int, room: Room, code: str, shares: list[Share]) -> None:
        """Take shares off charges for delivery, as far as the promotion's own cap allows."""
        cuts: list[Cut] = []
        if room.order is not None:
            shares = _together(
                shares, room.order - self.totals.get(rank, 0), ORDER, {"most": room.order}, cuts
            )
        for share in shares:
            self.charges[share.place] -= share.amount
            self._note(self.off_deliveries, rank, code, share, cuts)

    def _capped(self, rank: int, room: Room, shares: list[Share], cuts: list[Cut]) -> list[Share]:
        if room.line is not None:
            most = room.line
            before = self.off_lines
            rooms = [
                most - (before[rank, s.place].amount if (rank, s.place) in before else 0) for s in shares
            ]
            shares = _each(shares, rooms, LINE, {"most": most}, cuts)
        if room.order is not None:
            shares = _together(
                shares, room.order - self.totals.get(rank, 0), ORDER, {"most": room.order}, cuts
            )
        costs = self.reading.costs
        if room.house_line is not None:
            share_of = room.house_line
            rooms = [
                costs[s.place] * share_of // MILLION - (costs[s.place] - self.left[s.place]) for s in shares
            ]
            shares = _each(shares, rooms, HOUSE_LINE, {"rate": share_of}, cuts)
        if room.house_order is not None:
            goods = sum(costs)
            left = goods * room.house_order // MILLION - (goods - sum(self.left))
            shares = _together(shares, left, HOUSE_ORDER, {"rate": room.house_order}, cuts)
        return shares

    def _note(
        self,
        taken: dict[tuple[int, int], Taken],
        rank: int,
        code: str,
        share: Share,
        cuts: list[Cut],
    ) -> None:
        if not share.amount:
            return
        there = taken.get((rank, share.place))
        if there is None:
            there = taken[rank, share.place] = Taken()
        there.amount += share.amount
        there.units = max(there.units, share.units)
        self.totals[rank] = self.totals.get(rank, 0) + share.amount
        if self.telling:
            less = [cut[share.place] for cut in cuts if share.place in cut]
            whole = share.amount + sum(fall.less for fall in less)
            there.steps.append(TraceStep(code, {**share.facts, "amount": whole}))
            currency = self.reading.basket.currency
            for fall in less:
                there.steps.append(
                    TraceStep(fall.code, {**fall.facts, "less": fall.less, "currency": currency})
                )


def _each(
    shares: list[Share],
    rooms: list[int],
    code: str,
    facts: Mapping[str, Any],
    cuts: list[Cut],
) -> list[Share]:
    cut: Cut = {}
    after = []
    for share, room in zip(shares, rooms, strict=True):
        amount = max(0, min(share.amount, room))
        if amount < share.amount:
            cut[share.place] = Fall(code, facts, share.amount - amount)
        after.append(share._replace(amount=amount))
    cuts.append(cut)
    return after


def _together(
    shares: list[Share], room: int, code: str, facts: Mapping[str, Any], cuts: list[Cut]
) -> list[Share]:
    wanted = [share.amount for share in shares]
    if sum(wanted) <= room:
        return shares
    amounts = allocate(max(0, room), wanted) if room > 0 else [0] * len(wanted)
    cut = {
        share.place: Fall(code, facts, share.amount - amount)
        for share, amount in zip(shares, amounts, strict=True)
        if amount < share.amount
    }
    cuts.append(cut)
    return [share._replace(amount=amount) for share, amount in zip(shares, amounts, strict=True)]
