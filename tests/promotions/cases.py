"""Promotions and baskets made by dice: the same every time for the same seed, of every kind, often near a border."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from torg.kernel.money import MOST
from torg.promotions import (
    AllOf,
    AmountOff,
    AnyOf,
    Basket,
    BasketDelivery,
    BasketLine,
    BundlePrice,
    BuyGet,
    Caps,
    CheapestFree,
    Choose,
    Condition,
    DeliveryOff,
    Effect,
    Fact,
    FirstPurchase,
    FixedPrice,
    FreeGift,
    Goods,
    GoodsAmount,
    GoodsQuantity,
    Hours,
    House,
    Is,
    KnownCustomer,
    NextCoupon,
    Not,
    Part,
    PercentOff,
    Points,
    Promotion,
    Selection,
    Shopper,
    Stacking,
    Tier,
    TierBy,
    Tiered,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CATEGORIES = ("shoes", "hats", "mugs", "sale")
COLOURS = ("red", "blue", "green")
CURRENCIES = ("NOK", "JPY", "KWD")
FACTS: Mapping[Fact, tuple[str, ...]] = {
    Fact.channel: ("web", "till", "app"),
    Fact.market: ("NO", "JP", "KW"),
    Fact.store: ("oslo", "bergen"),
    Fact.country: ("NO", "SE"),
    Fact.group: ("club", "staff"),
    Fact.segment: ("lapsed", "vip"),
    Fact.payment: ("card", "invoice"),
}
KEYS = tuple(f"{word}-{number}" for word in ("a", "B", "summer", "Z") for number in range(1, 6))


class Case(Struct, frozen=True):
    """Promotions on offer, the house's ends, and baskets to ask about."""

    promotions: tuple[Promotion, ...]
    house: House
    baskets: tuple[Basket, ...]


class Dice:
    """A maker of cases."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.scale = 1

    def case(self, baskets: int) -> Case:
        """Some promotions and so many baskets."""
        dice = self.dice
        self.scale = dice.choice((1, 100, 100, 100, 10_000, MOST // 10_000_000))
        count = dice.choice((1, 2, 3, 4, 6, 9, 14))
        house = (
            House() if dice.random() < 0.8 else House(self.maybe(self.percent()), self.maybe(self.percent()))
        )
        crowded = dice.random() < 0.1  # many that compete, beyond what is tried
        count = 14 if crowded else count
        return Case(
            tuple(self.promotion(key, crowded) for key in dice.sample(KEYS, count)),
            house,
            tuple(self.basket() for _ in range(baskets)),
        )

    def promotion(self, key: str, crowded: bool) -> Promotion:
        dice = self.dice
        stacking = dice.choice((Stacking.combined,) * 6 + (Stacking.lines, Stacking.lines, Stacking.alone))
        if crowded:
            effect = dice.choice((PercentOff(self.percent(), self.goods()), self.effect()))
            stacking = dice.choice((Stacking.combined, *(Stacking.lines,) * 5))
            return Promotion(key=key, names={"en": key}, effects=(effect,), stacking=stacking)
        since, until = self.moment(), self.moment()
        return Promotion(
            key=key,
            names={"en": key},
            effects=tuple(self.effect() for _ in range(dice.choice((1, 1, 1, 1, 2, 3)))),
            conditions=tuple(self.condition(0) for _ in range(dice.choice((0, 0, 0, 1, 1, 2)))),
            priority=dice.choice((0, 0, 0, 5, -5)),
            group=dice.choice((None, None, None, "g1", "g2")),
            stacking=stacking,
            caps=Caps(self.often_no(self.amounts), self.often_no(self.amounts)),
            needs_code=dice.random() < 0.1,
            valid_from=since if dice.random() < 0.1 else None,
            valid_to=until if dice.random() < 0.1 else None,
            worth=self.often_no(self.amounts),
        )

    def condition(self, depth: int) -> Condition:
        dice = self.dice
        kind = dice.choice("is is amount amount quantity quantity hours first known not any all".split())
        if depth > 1 and kind in {"not", "any", "all"}:
            kind = "amount"
        match kind:
            case "is":
                fact = dice.choice(tuple(FACTS))
                return Is(fact, tuple(dice.sample(FACTS[fact], dice.randint(1, len(FACTS[fact])))))
            case "amount":
                most = (
                    {name: amount * 30 for name, amount in self.amounts().items()}
                    if dice.random() < 0.2
                    else {}
                )
                return GoodsAmount(self.amounts(), most, self.goods())
            case "quantity":
                return GoodsQuantity(dice.randint(1, 9), dice.choice((None, None, None, 12)), self.goods())
            case "hours":
                days = tuple(dice.sample(range(1, 8), dice.randint(0, 7)))
                return Hours(days, dice.choice((0, 600, 1_380)), dice.choice((120, 601, 1_440)))
            case "first":
                return FirstPurchase()
            case "known":
                return KnownCustomer()
            case "not":
                return Not(self.condition(depth + 1))
            case _:
                inner = tuple(self.condition(depth + 1) for _ in range(dice.randint(1, 3)))
                return AnyOf(inner) if kind == "any" else AllOf(inner)

    def effect(self) -> Effect:
        dice = self.dice
        times = dice.choice((None, None, 1, 2))
        choose = dice.choice(tuple(Choose))
        match dice.randrange(13):
            case 0 | 1:
                return PercentOff(self.percent(), self.goods())
            case 2:
                return AmountOff(self.amounts(), self.goods())
            case 3:
                return AmountOff(self.amounts(), self.goods(), each=True)
            case 4:
                return FixedPrice(self.amounts(), self.goods())
            case 5:
                get_on = dice.choice((None, self.goods(), self.goods()))
                percent = dice.choice((1_000_000, self.percent()))
                return BuyGet(
                    dice.randint(1, 4), dice.randint(1, 3), self.goods(), get_on, percent, times, choose
                )
            case 6:
                every = dice.randint(2, 6)
                return CheapestFree(
                    every, dice.randint(1, every - 1), self.goods(), self.percent(), times, choose
                )
            case 7:
                return self.tiered()
            case 8:
                parts = tuple(Part(self.goods(), dice.randint(1, 3)) for _ in range(dice.randint(1, 3)))
                return BundlePrice(parts, self.amounts(), times)
            case 9:
                return self.delivery()
            case 10:
                return FreeGift(("gift-1", "gift-2")[: dice.randint(1, 2)], dice.randint(1, 2))
            case 11:
                return Points(dice.randint(1, 500), self.often_no(self.amounts), self.goods())
            case _:
                return NextCoupon(dice.choice(KEYS), dice.randint(1, 90))

    def tiered(self) -> Tiered:
        dice = self.dice
        by = dice.choice(tuple(TierBy))
        start, tiers = 0, []
        for _ in range(dice.randint(1, 4)):
            start += dice.randint(1, 6)
            reduction: dict[str, Any] = (
                {"percent": self.percent()} if dice.random() < 0.5 else {"amount": self.amounts()}
            )
            if by is TierBy.amount:
                reduction["amount_from"] = dict.fromkeys(CURRENCIES, start * 20 * self.scale)
            else:
                reduction["quantity_from"] = start
            tiers.append(Tier(**reduction))
        return Tiered(by, tuple(tiers), self.goods())

    def delivery(self) -> DeliveryOff:
        methods = self.dice.choice(((), (), ("post",), ("courier", "bike")))
        match self.dice.randrange(3):
            case 0:
                return DeliveryOff(percent=self.dice.choice((1_000_000, self.percent())), methods=methods)
            case 1:
                return DeliveryOff(amount=self.amounts(), methods=methods)
            case _:
                return DeliveryOff(price=self.amounts(), methods=methods)

    def goods(self) -> Goods:
        dice = self.dice
        if dice.random() < 0.3:
            return Goods(reduced=dice.random() < 0.8)
        without = self.selection() if dice.random() < 0.2 else None
        mine = self.selection()
        return Goods(
            mine.variants,
            mine.products,
            mine.categories,
            mine.attributes,
            without,
            reduced=dice.random() < 0.9,
        )

    def selection(self) -> Selection:
        dice = self.dice
        return Selection(
            tuple(f"v{dice.randrange(8)}" for _ in range(dice.choice((0, 0, 1, 3)))),
            tuple(f"p{dice.randrange(4)}" for _ in range(dice.choice((0, 0, 1)))),
            tuple(dice.sample(CATEGORIES, dice.choice((0, 0, 1, 2)))),
            {"colour": tuple(dice.sample(COLOURS, 2))} if dice.random() < 0.2 else {},
        )

    def basket(self) -> Basket:
        dice = self.dice
        at = self.moment()
        count = dice.choice((0, 1, 2, 2, 3, 3, 4, 5, 7))
        lines = [self.line(number) for number in range(count)]
        deliveries = [self.charge(number) for number in range(dice.choice((0, 1, 1, 2)))]
        dice.shuffle(lines)
        return Basket(
            currency=dice.choice((*CURRENCIES, *CURRENCIES, "SEK")),
            channel=dice.choice(FACTS[Fact.channel]),
            market=dice.choice(FACTS[Fact.market]),
            at=at,
            weekday=dice.randint(1, 7),
            minute=dice.choice((0, 119, 120, 600, 1_379, 1_380, 1_439)),
            lines=tuple(lines),
            deliveries=tuple(deliveries),
            store=self.maybe(dice.choice(FACTS[Fact.store])),
            country=self.maybe(dice.choice(FACTS[Fact.country])),
            payment=self.maybe(dice.choice(FACTS[Fact.payment])),
            shopper=Shopper(
                dice.random() < 0.5,
                dice.choice((None, True, False)),
                tuple(dice.sample(FACTS[Fact.group], dice.randint(0, 2))),
                tuple(dice.sample(FACTS[Fact.segment], dice.randint(0, 2))),
            ),
            codes={key: f"CODE-{key}" for key in dice.sample(KEYS, 8)},
            used_up=tuple(dice.sample(KEYS, dice.choice((0, 0, 1)))),
        )

    def charge(self, number: int) -> BasketDelivery:
        method, amount = self.dice.choice(("post", "courier", "bike")), self.dice.choice((0, 49, 99, 333))
        return BasketDelivery(f"d{number}", method, amount * self.scale)

    def line(self, number: int) -> BasketLine:
        dice = self.dice
        variant = dice.randrange(8)
        return BasketLine(
            id=dice.choice(("", "é", "\U0001f600", "\uffee")) + f"l{number}",
            variant=f"v{variant}",
            product=f"p{variant // 2}",
            quantity=dice.choice((1, 1, 2, 3, 4, 5, 6, 12, 1_000)),
            unit=dice.choice((0, 1, 5, 7, 10, 33, 50, 50, 99, 100, 199))
            * self.scale
            // dice.choice((1, 1, 3)),
            categories=tuple(dice.sample(CATEGORIES, dice.randint(0, 3))),
            attributes={"colour": (dice.choice(COLOURS),), "size": ("xl",)} if dice.random() < 0.7 else {},
            reduced=dice.random() < 0.2,
        )

    def moment(self) -> datetime:
        return NOON + timedelta(
            days=self.dice.randint(-2, 2), microseconds=self.dice.choice((0, 0, 1, 999_999))
        )

    def percent(self) -> int:
        return self.dice.choice((1, 50_000, 100_000, 150_000, 333_333, 500_000, 999_999, 1_000_000))

    def amounts(self) -> dict[str, int]:
        names = CURRENCIES if self.dice.random() < 0.95 else CURRENCIES[:2]
        return {name: self.dice.choice((1, 10, 49, 50, 99, 150, 200)) * self.scale for name in names}

    def often_no(self, make: Any) -> dict[str, int]:
        return make() if self.dice.random() < 0.15 else {}

    def maybe(self, value: Any) -> Any:
        return value if self.dice.random() < 0.6 else None
