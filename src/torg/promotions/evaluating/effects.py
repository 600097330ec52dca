"""What each effect does to goods, but for deals, which have a file of their own. All arithmetic is in whole numbers;
what is rounded is rounded once per line, half away from zero.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from torg.kernel.money import MOST, allocate
from torg.promotions import model
from torg.promotions.evaluating.conditions import NO_FACTS, Why
from torg.promotions.evaluating.goods import GoodsIndex
from torg.promotions.evaluating.reading import Reading
from torg.promotions.evaluating.run import FREE, HALF, MILLION, Room, Run, Taking
from torg.promotions.outcome import Reason

NO_EFFECT: Final[Why] = (Reason.no_effect, NO_FACTS)


class Act(Protocol):
    """An effect made ready: when it acts (`stage`), on which selections, and what it does."""

    stage: int
    numbers: tuple[int, ...]

    def act(self, run: Run, rank: int, room: Room) -> None:
        """Do it."""

    def why_not(self, reading: Reading) -> Why:
        """Why it does nothing to a basket for itself."""


class Prices:
    """A price for each unit, or an amount off each."""

    stage = 1

    def __init__(self, effect: model.FixedPrice | model.AmountOff, goods: GoodsIndex) -> None:
        self.number = goods.number(effect.on)
        self.numbers = (self.number,)
        self.price = effect.price if isinstance(effect, model.FixedPrice) else None
        self.off = effect.amount if isinstance(effect, model.AmountOff) else {}

    def act(self, run: Run, rank: int, room: Room) -> None:
        """Every unit down to the price, or by the amount, and not below nothing."""
        currency, places, left = run.reading.basket.currency, run.open(rank, self.number), run.left
        quantities, bases = run.reading.quantities, [left[place] for place in places]
        units = [quantities[place] for place in places]
        if self.price is not None:
            code, name, price = "promotion-price", "price", self.price.get(currency, MOST)
            amounts = [max(0, base - count * price) for base, count in zip(bases, units, strict=True)]
        else:
            code, name, price = "promotion-each", "each", self.off.get(currency, 0)
            amounts = [min(base, count * price) for base, count in zip(bases, units, strict=True)]

        def facts(index: int) -> dict[str, Any]:
            return {name: price, "base": bases[index], "units": units[index], "currency": currency}

        run.take(rank, room, Taking(code, places, amounts, units, facts))

    def off_one(self, left: int, cost: int, currency: str) -> int:
        """What it takes off one unit that is all there is."""
        if self.price is not None:
            return max(0, left - self.price.get(currency, MOST))
        return min(left, self.off.get(currency, 0))

    def why_not(self, reading: Reading) -> Why:
        return NO_EFFECT


class Whole:
    """A share of each line, or an amount of the lines together."""

    stage = 3

    def __init__(self, effect: model.PercentOff | model.AmountOff, goods: GoodsIndex) -> None:
        self.number = goods.number(effect.on)
        self.numbers = (self.number,)
        self.percent = effect.percent if isinstance(effect, model.PercentOff) else None
        self.amount = effect.amount if isinstance(effect, model.AmountOff) else {}

    def act(self, run: Run, rank: int, room: Room) -> None:
        """Off what is left of the lines."""
        places = run.open(rank, self.number)
        if self.percent is not None and room is FREE and not run.telling:
            run.weigh(rank, places, self.percent)
            return
        currency = run.reading.basket.currency
        if self.percent is not None:
            taking = percent_of(run, places, "promotion-percent", self.percent, NO_FACTS)
        else:
            taking = shared_out(run, places, "promotion-shared", self.amount.get(currency, 0), NO_FACTS)
        run.take(rank, room, taking)

    def off_one(self, left: int, cost: int, currency: str) -> int:
        """What it takes off one unit that is all there is."""
        if self.percent is not None:
            return (left * self.percent + HALF) // MILLION
        return min(left, self.amount.get(currency, 0))

    def why_not(self, reading: Reading) -> Why:
        return NO_EFFECT


class Tiers:
    """The last tier that is reached, for all of the goods."""

    stage = 3

    def __init__(self, effect: model.Tiered, goods: GoodsIndex) -> None:
        self.number = goods.number(effect.on)
        self.numbers = (self.number,)
        self.tiers = effect.tiers
        self.by_amount = effect.by is model.TierBy.amount

    def act(self, run: Run, rank: int, room: Room) -> None:
        """Off what is left of the lines; what counts for the tier is the goods before any promotion."""
        reached, _, _ = self.reached(run.reading)
        if reached is None:
            return
        currency = run.reading.basket.currency
        places = run.open(rank, self.number)
        more = {"amount_from" if self.by_amount else "units_from": self.start(reached, currency)}
        if reached.percent is not None:
            taking = percent_of(run, places, "promotion-tier", reached.percent, more)
        else:
            amount = reached.amount.get(currency, 0)
            taking = shared_out(run, places, "promotion-tier-shared", amount, more)
        run.take(rank, room, taking)

    def off_one(self, left: int, cost: int, currency: str) -> int:
        """What it takes off one unit that is all there is."""
        reached = self._tier(cost if self.by_amount else 1, currency)[0]
        if reached is None:
            return 0
        if reached.percent is not None:
            return (left * reached.percent + HALF) // MILLION
        return min(left, reached.amount.get(currency, 0))

    def start(self, tier: model.Tier, currency: str) -> int:
        """From how much or how many on the tier holds."""
        return tier.amount_from.get(currency, 0) if self.by_amount else tier.quantity_from or 1

    def reached(self, reading: Reading) -> tuple[model.Tier | None, int, int | None]:
        """The tier that holds, how much or how many there is, and the number of the next tier."""
        currency = reading.basket.currency
        have = reading.amount(self.number) if self.by_amount else reading.units(self.number)
        found, following = self._tier(have, currency)
        return found, have, following

    def _tier(self, have: int, currency: str) -> tuple[model.Tier | None, int | None]:
        found = None
        for index, tier in enumerate(self.tiers):
            if have < self.start(tier, currency):
                return found, index
            found = tier
        return found, None

    def why_not(self, reading: Reading) -> Why:
        found, have, _ = self.reached(reading)
        if found is not None:
            return NO_EFFECT
        need = self.start(self.tiers[0], reading.basket.currency)
        facts = {"need": need, "have": have, "lacking": need - have}
        if self.by_amount:
            return Reason.amount_too_low, {**facts, "currency": reading.basket.currency}
        return Reason.too_few, facts


def percent_of(run: Run, places: Sequence[int], code: str, rate: int, more: Mapping[str, Any]) -> Taking:
    """A share of what is left of each line, rounded once per line."""
    left, currency = run.left, run.reading.basket.currency
    bases = [left[place] for place in places]
    amounts = [(base * rate + HALF) // MILLION for base in bases]

    def facts(index: int) -> dict[str, Any]:
        return {"rate": rate, "base": bases[index], "currency": currency, **more}

    return Taking(code, places, amounts, None, facts)


def shared_out(run: Run, places: Sequence[int], code: str, most: int, more: Mapping[str, Any]) -> Taking:
    """An amount, at most what is left of the lines together, shared out by what is left of each."""
    weights = [run.left[place] for place in places]
    goods, currency = sum(weights), run.reading.basket.currency
    total = min(most, goods)
    amounts = allocate(total, weights) if total else [0] * len(places)

    def facts(index: int) -> dict[str, Any]:
        return {"total": total, "goods": goods, "currency": currency, "base": weights[index], **more}

    return Taking(code, places, amounts, None, facts)
