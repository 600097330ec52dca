"""What promotions do besides goods: charges for delivery, gifts, points, and codes for another time."""

from collections.abc import Mapping
from typing import Any

from torg.kernel.money import MOST, allocate
from torg.promotions import model
from torg.promotions.basket import BasketDelivery
from torg.promotions.evaluating.conditions import NO_FACTS, Why
from torg.promotions.evaluating.effects import NO_EFFECT
from torg.promotions.evaluating.goods import GoodsIndex
from torg.promotions.evaluating.reading import Reading
from torg.promotions.evaluating.run import HALF, MILLION, Room, Run, Taking
from torg.promotions.outcome import Reason


class Deliveries:
    """Less for delivery."""

    stage = 4
    numbers: tuple[int, ...] = ()

    def __init__(self, effect: model.DeliveryOff) -> None:
        self.effect = effect
        self.methods = frozenset(effect.methods)

    def act(self, run: Run, rank: int, room: Room) -> None:
        """Off what is left of the charges."""
        effect, currency, charges = self.effect, run.reading.basket.currency, run.charges
        places = [place for place, one in enumerate(run.reading.deliveries) if self.means(one)]
        bases = [charges[place] for place in places]
        amounts, told = self._amounts(bases, currency)
        kind = "percent" if effect.percent is not None else "price" if effect.price else "shared"

        def facts(index: int) -> dict[str, Any]:
            return {**told, "base": bases[index], "currency": currency}

        code = f"promotion-delivery-{kind}"
        run.take_delivery(rank, room, Taking(code, places, amounts, [1] * len(places), facts))

    def means(self, delivery: BasketDelivery) -> bool:
        """Whether the delivery's charge is meant."""
        return not self.methods or delivery.method in self.methods

    def why_not(self, reading: Reading) -> Why:
        if any(self.means(delivery) for delivery in reading.deliveries):
            return NO_EFFECT
        return Reason.no_delivery, NO_FACTS

    def _amounts(self, charges: list[int], currency: str) -> tuple[list[int], Mapping[str, Any]]:
        effect = self.effect
        if effect.percent is not None:
            rate = effect.percent
            return [(charge * rate + HALF) // MILLION for charge in charges], {"rate": rate}
        if effect.price:
            price = effect.price.get(currency, MOST)
            return [max(0, charge - price) for charge in charges], {"price": price}
        total = min(effect.amount.get(currency, 0), sum(charges))
        return (allocate(total, charges) if total else [0] * len(charges)), {"total": total}


class Rewards:
    """Gifts, points and codes for another time: taken off nothing."""

    stage = 5

    def __init__(self, effect: model.FreeGift | model.Points | model.NextCoupon, goods: GoodsIndex) -> None:
        self.effect = effect
        self.number = goods.number(effect.on) if isinstance(effect, model.Points) else None
        self.numbers = () if self.number is None else (self.number,)

    def act(self, run: Run, rank: int, room: Room) -> None:
        """Note that something is given."""
        if not isinstance(self.effect, model.Points) or self.points(run)[0]:
            run.rewards[rank] = True

    def points(self, run: Run) -> tuple[int, Mapping[str, Any]]:
        """How many points, of what the goods cost after all promotions, and why."""
        effect = self.effect
        if not isinstance(effect, model.Points) or self.number is None:
            return 0, NO_FACTS
        places = run.reading.places(self.number)
        if not effect.per:
            return (effect.points if places else 0), {"points_each": effect.points}
        currency = run.reading.basket.currency
        goods = sum([run.left[place] for place in places])
        per = effect.per.get(currency, 0)
        times = goods // per if per else 0
        facts = {"points_each": effect.points, "per": per, "goods": goods, "currency": currency}
        return min(effect.points * times, MOST), facts

    def why_not(self, reading: Reading) -> Why:
        return NO_EFFECT
