"""Promotions, goods and baskets to measure with: the same every time, mixed as a retailer's are.

Of fifty promotions half are a percent on one of forty categories; the rest are of every other kind, four need a code
that was not given, two groups have three that compete, and two have their lines for themselves.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from torg.markets import Atlas, Channel
from torg.pricing import Candidate, PriceContext, Quote
from torg.promotions import (
    AmountOff,
    Basket,
    BasketDelivery,
    BasketLine,
    BundlePrice,
    BuyGet,
    CheapestFree,
    DeliveryOff,
    Effect,
    Fact,
    FixedPrice,
    FreeGift,
    Goods,
    GoodsAmount,
    Is,
    Part,
    PercentOff,
    Points,
    Promotion,
    Stacking,
    Tier,
    TierBy,
    Tiered,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEED = 20_261_123
CATEGORIES = tuple(f"c{number}" for number in range(40))
WEB = Is(Fact.channel, ("web", "app"))
EVERY_NTH_OF_A_THOUSAND = 25


def kroner(amount: int) -> dict[str, int]:
    """So many kroner."""
    return {"NOK": amount * 100}


def of(*categories: int) -> Goods:
    """Goods of these categories."""
    return Goods(categories=tuple(CATEGORIES[number] for number in categories))


SPECIAL: tuple[tuple[Effect, dict[str, object]], ...] = (
    (DeliveryOff(percent=1_000_000), {"conditions": (GoodsAmount(kroner(800)),)}),
    (CheapestFree(3, on=of(1, 2)), {}),
    (CheapestFree(4, on=of(3), percent=500_000), {}),
    (BuyGet(2, 1, of(4), of(5), 500_000), {}),
    (BuyGet(1, 1, of(6), times=1), {}),
    (BundlePrice((Part(of(7)), Part(of(8))), kroner(399)), {}),
    (Tiered(TierBy.amount, (Tier(kroner(1_000), percent=50_000), Tier(kroner(3_000), percent=100_000))), {}),
    (Tiered(TierBy.quantity, (Tier(quantity_from=5, percent=100_000),), of(9)), {}),
    (FreeGift(("gift",)), {"conditions": (GoodsAmount(kroner(1_500)),)}),
    (Points(1, kroner(10)), {"conditions": (Is(Fact.group, ("club",)),)}),
    (FixedPrice(kroner(99), of(10)), {}),
    (AmountOff(kroner(20), of(11), each=True), {}),
    (AmountOff(kroner(100)), {"conditions": (GoodsAmount(kroner(1_200)),), "group": "whole-order"}),
    (PercentOff(80_000), {"group": "whole-order", "conditions": (Is(Fact.group, ("club",)),)}),
    (PercentOff(70_000), {"group": "whole-order"}),
    (PercentOff(300_000, of(12)), {"stacking": Stacking.lines}),
    (PercentOff(250_000, of(13)), {"stacking": Stacking.lines}),
    (PercentOff(100_000), {"needs_code": True}),
    (PercentOff(110_000), {"needs_code": True}),
    (PercentOff(120_000), {"needs_code": True}),
    (PercentOff(130_000), {"needs_code": True}),
    (PercentOff(50_000, of(20, 21)), {"group": "winter"}),
    (PercentOff(100_000, of(20, 21)), {"group": "winter"}),
    (PercentOff(150_000, of(20, 21)), {"group": "winter"}),
)


def promotions(count: int) -> list[Promotion]:
    """So many promotions that are going on."""
    found = [
        Promotion(key=f"special-{number}", names={"en": "x"}, effects=(effect,), **more)  # type: ignore[arg-type]  # a row of the table
        for number, (effect, more) in enumerate(SPECIAL)
    ]
    for number in range(count - len(found)):
        goods = of(number) if number < len(CATEGORIES) else Goods(products=(f"p{number}",))
        found.append(
            Promotion(
                key=f"sale-{number}",
                names={"en": "x"},
                effects=(PercentOff(150_000, goods),),
                conditions=(WEB,),
                priority=number % 3,
            )
        )
    return found


def thousand_on_one_line() -> list[Promotion]:
    """A thousand promotions, of which every twenty-fifth means the goods of the first line."""
    dice = random.Random(SEED)
    found = []
    for number in range(1_000):
        mine = number % EVERY_NTH_OF_A_THOUSAND == 0
        goods = Goods(products=("p0" if mine else f"p{number + 1}",))
        rate = dice.randrange(10_000, 300_000, 1_000)
        found.append(
            Promotion(
                key=f"sale-{number}",
                names={"en": "x"},
                effects=(PercentOff(rate, goods),),
                conditions=(WEB,),
                group=f"g{number % 50}",
            )
        )
    return found


class Shop:
    """Goods with prices in three lists, in one channel."""

    def __init__(self, atlas: Atlas, channel: Channel) -> None:
        self.context = PriceContext.of(atlas, channel, at=NOON)
        self.dice = random.Random(SEED)

    def variant(self, number: int) -> UUID:
        """The id of a variant."""
        return UUID(int=number + 1)

    def candidates(self, count: int) -> dict[UUID, list[Candidate]]:
        """What the price lists say of so many variants: every fifth is in a campaign."""
        found = {}
        for number in range(count):
            amount = self.dice.randrange(4_900, 249_900, 100)
            rows = [self._candidate(number, amount, "standard", 0)]
            if number % 5 == 0:  # as many are reduced
                rows.append(self._candidate(number, amount * 4 // 5, "campaign", 10))
            found[self.variant(number)] = rows
        return found

    def _candidate(self, number: int, amount: int, prices: str, priority: int) -> Candidate:
        return Candidate(
            variant_id=self.variant(number),
            amount=amount,
            valid_from=NOON,
            valid_to=None,
            price_list=prices,
            currency=self.context.currency,
            tax_included=True,
            market=self.context.market,
            channel=None,
            priority=priority,
            list_from=None,
            list_to=None,
        )

    def basket(self, units: Sequence[int], quotes: dict[UUID, Quote]) -> Basket:
        """A basket of the first variants, so many of each."""
        lines = tuple(
            BasketLine(
                str(number),
                str(self.variant(number)),
                f"p{number}",
                quantity,
                quotes[self.variant(number)].unit,
                (CATEGORIES[number % 40], CATEGORIES[number * 7 % 40], "all"),
                {"colour": ("blue",)},
            )
            for number, quantity in enumerate(units)
        )
        return Basket(
            currency="NOK",
            channel="web",
            market="NO",
            at=NOON,
            weekday=1,
            minute=720,
            lines=lines,
            deliveries=(BasketDelivery("d", "post", 9_900),),
        )
