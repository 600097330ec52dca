"""What each effect does to goods, but for deals, which have a file of their own. All arithmetic is in whole numbers;
what is rounded is rounded once per line, half away from zero.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from torg.kernel.money import allocate
from torg.promotions import model
from torg.promotions.evaluating.conditions import NO_FACTS, Why
from torg.promotions.evaluating.goods import GoodsIndex
from torg.promotions.evaluating.reading import Reading
from torg.promotions.evaluating.run import MILLION, Room, Run, Share
from torg.promotions.outcome import Reason

HALF: Final = MILLION // 2
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
        currency = run.reading.basket.currency
        lines, left = run.reading.lines, run.left
        shares = []
        for place in run.open(rank, self.number):
            units, base = lines[place].quantity, left[place]
            if self.price is not None:
                price = self.price.get(currency, base)
                amount = max(0, base - units * price)
                facts: dict[str, Any] = {"price": price}
            else:
                each = self.off.get(currency, 0)
                amount = min(base, units * each)
                facts = {"each": each}
            if amount:
                shares.append(
                    Share(place, amount, units, {**facts, "base": base, "units": units, "currency": currency})
                )
        run.take(rank, room, "promotion-price" if self.price is not None else "promotion-each", shares)

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
        currency = run.reading.basket.currency
        if self.percent is not None:
            shares = percent_of(run, places, self.percent, {})
            run.take(rank, room, "promotion-percent", shares)
        else:
            shares = shared_out(run, places, self.amount.get(currency, 0), {})
            run.take(rank, room, "promotion-shared", shares)

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
            run.take(rank, room, "promotion-tier", percent_of(run, places, reached.percent, more))
        else:
            shares = shared_out(run, places, reached.amount.get(currency, 0), more)
            run.take(rank, room, "promotion-tier-shared", shares)

    def start(self, tier: model.Tier, currency: str) -> int:
        """From how much or how many on the tier holds."""
        return tier.amount_from.get(currency, 0) if self.by_amount else tier.quantity_from or 1

    def reached(self, reading: Reading) -> tuple[model.Tier | None, int, int | None]:
        """The tier that holds, how much or how many there is, and the number of the next tier."""
        currency = reading.basket.currency
        have = reading.amount(self.number) if self.by_amount else reading.units(self.number)
        found = None
        for index, tier in enumerate(self.tiers):
            if have < self.start(tier, currency):
                return found, have, index
            found = tier
        return found, have, None

    def why_not(self, reading: Reading) -> Why:
        found, have, _ = self.reached(reading)
        if found is not None:
            return NO_EFFECT
        need = self.start(self.tiers[0], reading.basket.currency)
        facts = {"need": need, "have": have, "lacking": need - have}
        if self.by_amount:
            return Reason.amount_too_low, {**facts, "currency": reading.basket.currency}
        return Reason.too_few, facts


def percent_of(run: Run, places: Sequence[int], rate: int, more: Mapping[str, Any]) -> list[Share]:
    """A share of what is left of each line, rounded once per line."""
    left, lines = run.left, run.reading.lines
    shares = []
    if not run.telling:
        for place in places:
            amount = (left[place] * rate + HALF) // MILLION
            if amount:
                shares.append(Share(place, amount, lines[place].quantity, NO_FACTS))
        return shares
    currency = run.reading.basket.currency
    for place in places:
        base = left[place]
        amount = (base * rate + HALF) // MILLION
        if amount:
            facts = {"rate": rate, "base": base, "currency": currency, **more}
            shares.append(Share(place, amount, lines[place].quantity, facts))
    return shares


def shared_out(run: Run, places: Sequence[int], most: int, more: Mapping[str, Any]) -> list[Share]:
    """An amount, at most what is left of the lines together, shared out by what is left of each."""
    weights = [run.left[place] for place in places]
    goods = sum(weights)
    total = min(most, goods)
    if not total:
        return []
    lines, currency = run.reading.lines, run.reading.basket.currency
    shared = {"total": total, "goods": goods, "currency": currency, **more}
    return [
        Share(place, amount, lines[place].quantity, {**shared, "base": base})
        for place, amount, base in zip(places, allocate(total, weights), weights, strict=True)
        if amount
    ]
