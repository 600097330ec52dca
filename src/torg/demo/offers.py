"""What the practice retailer offers: promotions that a newcomer meets in any channel, and the codes that he may try.

What is there already, changed by hand or not, stays as it is: filling twice changes nothing.
"""

from collections.abc import Iterator, Sequence

from torg.catalog import VariantFacts, all_variants
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.promotions import (
    AmountOff,
    CheapestFree,
    DeliveryOff,
    Fact,
    FreeGift,
    Goods,
    GoodsAmount,
    Is,
    Limits,
    PercentOff,
    Points,
    Promotion,
    create_promotion,
    list_promotions,
)

EVERYTHING = 100_000
ALL = 1_000_000
LANGUAGES = ("nb", "sv", "da", "en", "de", "ja")
EXPRESS_FREE_FROM = {
    "NOK": 149_900,
    "SEK": 149_900,
    "DKK": 99_900,
    "EUR": 12_900,
    "GBP": 10_900,
    "USD": 12_900,
    "JPY": 19_800,
    "SGD": 17_900,
}
A_POINT = {
    "NOK": 1_000,
    "SEK": 1_000,
    "DKK": 700,
    "EUR": 100,
    "GBP": 100,
    "USD": 100,
    "JPY": 100,
    "SGD": 100,
}
MACHINE = {
    "NOK": 69_900,
    "SEK": 69_900,
    "DKK": 45_000,
    "EUR": 5_900,
    "GBP": 4_900,
    "USD": 5_500,
    "JPY": 9_000,
    "SGD": 7_900,
}


def _named(*names: str) -> dict[str, str]:
    return dict(zip(LANGUAGES, names, strict=True))


WELCOME = Promotion(
    key="welcome10",
    names=_named(
        "Velkommen: 10 % på første kjøp",
        "Välkommen: 10 % på första köpet",
        "Velkommen: 10 % på første køb",
        "Welcome: 10% off your first purchase",
        "Willkommen: 10 % auf den ersten Einkauf",
        "ようこそ：初回のお買い物10%オフ",
    ),
    effects=(PercentOff(100_000),),
    needs_code=True,
    limits=Limits(per_customer=1),
)
KAFFE = Promotion(
    key="kaffe50",
    names=_named(
        "50 kr avslag",
        "50 kr rabatt",
        "50 kr. rabat",
        "NOK 50 off",
        "50 NOK Rabatt",
        "50クローネ割引",
    ),
    effects=(AmountOff({"NOK": 5_000}),),
    conditions=(Is(Fact.market, ("NO",)),),
    needs_code=True,
)
BLITZ = Promotion(
    key="blitz25",
    names=_named(
        "Lynsalg: 25 % for de første 500",
        "Blixtrea: 25 % för de första 500",
        "Lynsalg: 25 % til de første 500",
        "Flash sale: 25% off for the first 500",
        "Blitzverkauf: 25 % für die ersten 500",
        "フラッシュセール：先着500名様25%オフ",
    ),
    effects=(PercentOff(250_000),),
    conditions=(Is(Fact.market, ("DE",)), Is(Fact.channel, ("web-de", "till-berlin"))),
    needs_code=True,
    limits=Limits(uses=500),
)
EXPRESS = Promotion(
    key="express-on-the-house",
    names=_named(
        "Fri ekspresslevering",
        "Fri expressleverans",
        "Fri ekspreslevering",
        "Free express delivery",
        "Kostenlose Expresslieferung",
        "お急ぎ便無料",
    ),
    effects=(DeliveryOff(percent=ALL, methods=("express",)),),
    conditions=(GoodsAmount(EXPRESS_FREE_FROM),),
)
POINTS = Promotion(
    key="points",
    names=_named(
        "Poeng på alle kjøp",
        "Poäng på alla köp",
        "Point på alle køb",
        "Points on every purchase",
        "Punkte auf jeden Einkauf",
        "お買い物ポイント",
    ),
    effects=(Points(1, per=A_POINT),),
    priority=-10,
)


async def fill(tx: Transaction) -> None:
    """Enter the promotions that are missing, with their codes."""
    known = {promotion.key for promotion in await list_promotions(tx, by=SYSTEM, limit=EVERYTHING)}
    for promotion, codes in _promotions(await all_variants(tx)):
        if promotion.key not in known:
            await create_promotion(tx, promotion, by=SYSTEM, shared=codes)


def _promotions(variants: Sequence[VariantFacts]) -> Iterator[tuple[Promotion, tuple[str, ...]]]:
    yield WELCOME, ("WELCOME10",)
    yield KAFFE, ("KAFFE50",)
    yield BLITZ, ("BLITZ25",)
    if filters := _products(variants, "FIL-"):
        yield _filters(filters), ()
    if tents := _products(variants, "TEL-"):
        yield _tents(tents), ()
    coffee = [one for one in variants if one.sku.startswith("KAF-") and one.sku.endswith("-250G")]
    if coffee:
        yield _coffee(tuple(f"var_{one.variant_id.hex}" for one in coffee[:3])), ()
    yield EXPRESS, ()
    yield POINTS, ()


def _filters(filters: tuple[str, ...]) -> Promotion:
    return Promotion(
        key="filters-three-for-two",
        names=_named(
            "Kaffefiltre: 3 for 2",
            "Kaffefilter: 3 för 2",
            "Kaffefiltre: 3 for 2",
            "Coffee filters: 3 for 2",
            "Kaffeefilter: 3 für 2",
            "コーヒーフィルター：2つ分の価格で3つ",
        ),
        effects=(CheapestFree(3, 1, Goods(products=filters)),),
    )


def _tents(tents: tuple[str, ...]) -> Promotion:
    return Promotion(
        key="tents-for-members",
        names=_named(
            "Medlemmer: 20 % på telt",
            "Medlemmar: 20 % på tält",
            "Medlemmer: 20 % på telte",
            "Members: 20% off tents",
            "Mitglieder: 20 % auf Zelte",
            "会員様：テント20%オフ",
        ),
        effects=(PercentOff(200_000, Goods(products=tents)),),
        conditions=(Is(Fact.group, ("members",)),),
    )


def _coffee(coffee: tuple[str, ...]) -> Promotion:
    return Promotion(
        key="coffee-with-a-machine",
        names=_named(
            "En pose kaffe til maskinen",
            "En påse kaffe till maskinen",
            "En pose kaffe til maskinen",
            "A bag of coffee with your machine",
            "Ein Beutel Kaffee zur Maschine",
            "コーヒー器具のご購入でコーヒー1袋プレゼント",
        ),
        effects=(FreeGift(coffee),),
        conditions=(GoodsAmount(MACHINE, on=Goods(categories=("brewers", "kettles-grinders"))),),
    )


def _products(variants: Sequence[VariantFacts], prefix: str) -> tuple[str, ...]:
    return tuple(sorted({f"prd_{one.product_id.hex}" for one in variants if one.sku.startswith(prefix)}))
