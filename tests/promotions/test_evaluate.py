"""Promotions worked by hand, from the published examples of others where they have some; and what a rule must say."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from tests.promotions.cases import Dice

from torg.kernel.i18n import words
from torg.pricing import explain
from torg.promotions import (
    AllOf,
    AmountOff,
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
    FixedPrice,
    Goods,
    GoodsAmount,
    GoodsQuantity,
    Hours,
    House,
    Lacking,
    Nearly,
    Outcome,
    Part,
    PercentOff,
    Points,
    Promotion,
    Reason,
    Stacking,
    Tier,
    TierBy,
    Tiered,
    compile_offers,
    evaluate,
    local_clock,
    shelf,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Row = tuple[int, int, str]  # quantity, price of one, category


def kr(amount: int) -> dict[str, int]:
    return {"NOK": amount}


def of(category: str) -> Goods:
    return Goods(categories=(category,))


def promotion(key: str, *effects: Effect, **more) -> Promotion:
    return Promotion(key=key, names={"en": key}, effects=effects, **more)


def basket(*rows: Row, delivery: int | None = None, **more) -> Basket:
    lines = tuple(
        BasketLine(f"l{number}", f"v{number}", f"p{number}", quantity, unit, (category,))
        for number, (quantity, unit, category) in enumerate(rows)
    )
    deliveries = () if delivery is None else (BasketDelivery("d", "post", delivery),)
    facts: dict[str, Any] = {
        "currency": "NOK",
        "channel": "web",
        "market": "NO",
        "at": NOON,
        "weekday": 1,
        "minute": 720,
    }
    return Basket(lines=lines, deliveries=deliveries, **(facts | more))


def asked(given: Basket, *promotions: Promotion, house: House | None = None) -> Outcome:
    return evaluate(given, compile_offers(promotions, house or House()))


def off(outcome: Outcome) -> list[int]:
    """What each line is reduced by, in the order of their names."""
    return [amount for _, amount in sorted(outcome.by_line().items())]


def test_three_for_two_as_dynamicweb_works_it() -> None:
    """doc.dynamicweb.dev/manual/dynamicweb10/commerce/promotions/discountsv2/discount2_3for2.html

    Products of 100, 75 and 50: the cheapest free makes 175, the dearest free 125; three of the one of 100 make 200.
    """
    three = basket((1, 100, "x"), (1, 75, "x"), (1, 50, "x"))
    assert 225 - asked(three, promotion("a", CheapestFree(3))).discount == 175
    assert 225 - asked(three, promotion("a", CheapestFree(3, choose=Choose.dearest))).discount == 125
    assert 300 - asked(basket((3, 100, "x")), promotion("a", CheapestFree(3))).discount == 200


@pytest.mark.parametrize(("bought", "paid"), [(2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (9, 6)])
def test_buy_three_pay_two_as_commerce_layer_works_it(bought: int, paid: int) -> None:
    """docs.commercelayer.io/rules-engine/actions/types/buy-x-pay-y

    Of n units, m times x or more, n - m (x - y) are paid: with x 3 and y 2, of three two, of six four.
    """
    assert (
        bought * 100 - asked(basket((bought, 100, "x")), promotion("a", CheapestFree(3))).discount
        == paid * 100
    )


def test_the_next_of_equal_or_lesser_value_is_free_as_salesforce_has_it() -> None:
    """documentation.b2c.commercecloud.salesforce.com, "Buy X/Get Y Promotions"

    Where the same goods are bought and got, the dearest are bought and the next one of equal or lesser value is free.
    Of four, three of which make a set, the fourth is not enough for another.
    """
    deal = promotion("a", BuyGet(2, 1))
    assert off(asked(basket((1, 40, "x"), (1, 90, "x"), (1, 70, "x"), (1, 60, "x")), deal)) == [60]
    six = basket((1, 100, "x"), (1, 90, "x"), (1, 80, "x"), (1, 70, "x"), (1, 60, "x"), (1, 50, "x"))
    assert off(asked(six, deal)) == [80, 50]


@pytest.mark.parametrize(
    ("books", "reduced"), [((30, 20, 10), 5), ((30, 20), 0), ((30, 30, 20, 20, 10, 10), 10 + 5)]
)
def test_half_off_the_cheapest_of_three_books_as_kentico_has_it(books: tuple[int, ...], reduced: int) -> None:
    """docs.kentico.com/k9, "Example - Applying a Buy X Get Y discount"

    Whoever buys two books gets the cheapest one of three at half its price, and again for each three.
    """
    rows = [(1, price, "books") for price in books]
    assert (
        asked(basket(*rows), promotion("a", BuyGet(2, 1, of("books"), percent=500_000))).discount == reduced
    )


def test_what_is_bought_is_not_got_and_the_cheapest_is_got() -> None:
    deal = promotion("a", BuyGet(2, 1, of("shirt"), of("tie")))
    assert off(asked(basket((5, 300, "shirt"), (1, 90, "tie"), (3, 60, "tie")), deal)) == [120]
    assert off(asked(basket((4, 300, "shirt"), (1, 50, "tie"), (3, 60, "tie")), deal)) == [50, 60]
    either = promotion("a", BuyGet(1, 1, Goods(), of("tie")))
    assert off(asked(basket((3, 60, "tie")), either)) == [60]


def test_quantities_stay_numbers() -> None:
    large = basket((999_999_999, 7, "x"), (500_000_000, 3, "x"))
    sets = 1_499_999_999 // 3
    assert (
        asked(large, promotion("a", CheapestFree(3))).discount == 333_333_333 * 7 + (sets - 333_333_333) * 3
    )


def test_a_set_has_its_price_as_often_as_it_is_cheaper() -> None:
    deal = promotion("a", BundlePrice((Part(of("top")), Part(of("hose"), 2)), kr(100)))
    assert asked(basket((2, 60, "top"), (5, 40, "hose")), deal).discount == 2 * (60 + 80 - 100)
    # The second set costs 10 + 10 + 10: less than its price.
    mixed = basket((1, 60, "top"), (1, 10, "top"), (2, 40, "hose"), (2, 10, "hose"))
    assert asked(mixed, deal).discount == 40


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (PercentOff(100_000), [1, 10]),
        (AmountOff(kr(50)), [5, 45]),
        (AmountOff(kr(3), each=True), [9, 3]),
        (FixedPrice(kr(50)), [49]),
        (Tiered(TierBy.amount, (Tier(kr(50), percent=10_000), Tier(kr(100), amount=kr(11)))), [1, 10]),
        (Tiered(TierBy.quantity, (Tier(quantity_from=4, percent=500_000),), of("x")), []),
    ],
)
def test_effects_on_a_basket_of_three_of_4_and_one_of_99(effect: Effect, expected: list[int]) -> None:
    assert off(asked(basket((3, 4, "x"), (1, 99, "y")), promotion("a", effect))) == expected


def test_a_unit_is_in_one_deal_and_the_higher_priority_comes_first() -> None:
    first = promotion("b", CheapestFree(2, on=of("x")), priority=1)
    second = promotion("a", CheapestFree(3, on=of("x")))
    outcome = asked(basket((5, 10, "x")), first, second)
    assert [(one.promotion, one.amount) for one in outcome.lines] == [("b", 20)]
    assert [(one.promotion, one.reason) for one in outcome.refused] == [("a", Reason.nothing_left)]


def test_of_a_group_the_best_applies_and_the_other_says_what_it_would_have_taken() -> None:
    ten, fifty = (
        promotion("ten", PercentOff(100_000), group="g"),
        promotion("fifty", AmountOff(kr(50)), group="g"),
    )
    small, large = asked(basket((1, 400, "x")), ten, fifty), asked(basket((1, 600, "x")), ten, fifty)
    assert [one.promotion for one in small.applied] == ["fifty"]
    assert [one.promotion for one in large.applied] == ["ten"]
    assert small.refused[0].reason is Reason.outweighed
    assert small.refused[0].facts == {"by": ["fifty"], "amount": 40}


def test_one_that_stands_alone_applies_only_when_it_beats_all_others_together() -> None:
    alone = promotion("alone", PercentOff(180_000), stacking=Stacking.alone)
    ten, nine = promotion("ten", PercentOff(100_000)), promotion("nine", PercentOff(90_000))
    assert [one.promotion for one in asked(basket((1, 1_000, "x")), alone, ten).applied] == ["alone"]
    # 10 % and then 9 % of the rest are 181.
    assert asked(basket((1, 1_000, "x")), alone, ten, nine).discount == 181


def test_one_with_lines_for_itself_leaves_the_rest_to_others() -> None:
    shoes = promotion("shoes", PercentOff(300_000, of("shoes")), stacking=Stacking.lines)
    ten = promotion("ten", PercentOff(100_000))
    both = asked(basket((1, 1_000, "shoes"), (1, 500, "hats")), shoes, ten)
    assert off(both) == [300, 50]
    weak = replace(shoes, effects=(PercentOff(50_000, of("shoes")),))
    assert off(asked(basket((1, 1_000, "shoes"), (1, 500, "hats")), weak, ten)) == [100, 50]


def test_caps_cut_what_is_taken_and_say_so() -> None:
    capped = promotion("a", PercentOff(500_000), caps=Caps(order=kr(60), line=kr(40)))
    outcome = asked(basket((1, 100, "x"), (1, 50, "x")), capped)
    assert off(outcome) == [37, 23]
    told = [(step.code, step.facts.get("amount", step.facts.get("less"))) for step in outcome.lines[0].steps]
    assert told == [("promotion-percent", 50), ("promotion-capped-line", 10), ("promotion-capped-order", 3)]
    house = House(most_of_line=300_000, most_of_order=250_000)
    assert off(
        asked(basket((1, 100, "x"), (1, 50, "x")), promotion("a", PercentOff(500_000)), house=house)
    ) == [25, 12]


def test_free_delivery_says_how_much_is_lacking() -> None:
    free = promotion("free", DeliveryOff(percent=1_000_000), conditions=(GoodsAmount(kr(800_00)),))
    short = asked(basket((1, 720_00, "x"), delivery=99_00), free)
    assert short.nearly == (Nearly("free", Lacking.amount, 80_00, "conditions.0"),)
    assert short.refused[0].facts == {"need": 800_00, "have": 720_00, "lacking": 80_00, "currency": "NOK"}
    enough = asked(basket((1, 800_00, "x"), delivery=99_00), free)
    assert [one.amount for one in enough.deliveries] == [99_00]
    assert enough.nearly == ()


@pytest.mark.parametrize(
    ("effect", "rows", "expected"),
    [
        (CheapestFree(3), ((2, 10, "x"),), [("effects.0", 1)]),
        (CheapestFree(3), ((4, 10, "x"),), [("effects.0", 2)]),
        (CheapestFree(3), ((3, 10, "x"),), []),
        (CheapestFree(3, times=1), ((4, 10, "x"),), []),
        (BuyGet(2, 1, of("x"), of("y")), ((2, 10, "x"),), [("effects.0", 1)]),
        (BuyGet(2, 1, of("x"), of("y")), ((3, 10, "x"), (1, 5, "y")), [("effects.0", 2)]),
        (
            BundlePrice((Part(of("x")), Part(of("y"), 2)), kr(5)),
            ((1, 10, "x"), (1, 9, "y")),
            [("effects.0", 1)],
        ),
        (
            Tiered(TierBy.quantity, (Tier(quantity_from=5, percent=1),)),
            ((3, 10, "x"),),
            [("effects.0.tiers.0", 2)],
        ),
    ],
)
def test_what_is_lacking_for_the_next_time(
    effect: Effect, rows: tuple[Row, ...], expected: list[tuple[str, int]]
) -> None:
    assert [(one.at, one.lacking) for one in asked(basket(*rows), promotion("a", effect)).nearly] == expected


def test_nothing_is_nearly_reached_that_would_not_apply_anyway() -> None:
    closed: list[tuple[Condition, ...]] = [
        (AllOf((GoodsQuantity(5), Hours((2,)))),),
        (GoodsQuantity(5), GoodsAmount(kr(100))),
    ]
    for conditions in closed:
        assert (
            asked(basket((1, 50, "x")), promotion("a", PercentOff(1_000), conditions=conditions)).nearly == ()
        )
    coded = promotion("a", PercentOff(1_000), conditions=(GoodsQuantity(5),), needs_code=True)
    assert asked(basket((1, 50, "x")), coded).nearly == ()
    assert len(asked(basket((1, 50, "x"), codes={"a": "X"}), coded).nearly) == 1


def test_points_count_what_is_paid() -> None:
    outcome = asked(
        basket((1, 1_000, "x")), promotion("a", PercentOff(100_000)), promotion("b", Points(2, kr(100)))
    )
    assert [one.points for one in outcome.points] == [18]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-22T22:59Z", False),
        ("2026-11-22T23:00Z", True),
        ("2026-11-23T22:59Z", True),
        ("2026-11-23T23:00Z", False),
    ],
)
def test_a_weekday_is_the_local_clocks(at: str, expected: bool) -> None:
    weekday, minute = local_clock(datetime.fromisoformat(at), ZoneInfo("Europe/Oslo"))
    given = basket((1, 100, "x"), weekday=weekday, minute=minute)
    assert (
        bool(asked(given, promotion("a", PercentOff(100_000), conditions=(Hours((1,)),))).applied) is expected
    )


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    night = promotion("a", PercentOff(1_000_000), conditions=(Hours((7,), 22 * 60, 2 * 60),))
    for weekday, minute, expected in (
        (7, 22 * 60, True),
        (1, 119, True),
        (1, 120, False),
        (1, 23 * 60, False),
    ):
        assert bool(asked(basket((1, 1, "x"), weekday=weekday, minute=minute), night).applied) is expected


def test_a_basket_that_cannot_be_is_a_defect_of_the_caller() -> None:
    offers = compile_offers([])
    good = basket((1, 1, "x"))
    for lines in (
        (replace(good.lines[0], quantity=0),),
        (replace(good.lines[0], unit=2**53),),
        good.lines * 2,
    ):
        with pytest.raises(ValueError, match=r"line|basket"):
            evaluate(replace(good, lines=lines), offers)


def test_goods_in_a_list_cost_what_they_cost_alone_in_a_basket() -> None:
    dice = Dice(3)
    for case in (dice.case(5) for _ in range(150)):
        offers = compile_offers(case.promotions, case.house)
        for given in case.baskets:
            for line, shown in zip(given.lines, shelf(given, offers), strict=True):
                assert shown in shelf(replace(given, lines=(line,)), offers)  # as it is remembered
                alone = evaluate(replace(given, lines=(replace(line, quantity=1),), deliveries=()), offers)
                assert shown.unit == line.unit - sum(one.amount for one in alone.lines)
                assert shown.promotions == tuple(one.promotion for one in alone.applied if one.amount)


def test_a_list_says_which_goods_are_in_a_deal() -> None:
    offers = compile_offers(
        [promotion("a", CheapestFree(3, on=of("x"))), promotion("b", PercentOff(100_000))]
    )
    first, second = shelf(basket((1, 100, "x"), (1, 100, "y")), offers)
    assert (first.unit, first.promotions, first.with_more) == (90, ("b",), ("a",))
    assert (second.unit, second.promotions, second.with_more) == (90, ("b",), ())


@pytest.mark.parametrize("language", ["en", "nb", "sv", "da", "de", "ja"])
def test_every_step_is_told_in_words(language: str) -> None:
    dice, speech, seen = Dice(5), words(language), set()
    for case in (dice.case(10) for _ in range(60)):
        offers = compile_offers(case.promotions, case.house)
        for outcome in (evaluate(given, offers) for given in case.baskets):
            traces = [each.steps for each in outcome.lines] + [each.steps for each in outcome.deliveries]
            for step in (step for steps in traces for step in steps):
                seen.add(step.code)
                assert explain(step, speech) != step.code
    assert len(seen) > 10
