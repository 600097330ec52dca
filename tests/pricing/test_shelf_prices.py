"""Prices for lists are the prices that a quote explains, whatever lists there are; in one statement."""

import random
from datetime import timedelta
from uuid import UUID

from tests.pricing.conftest import make_variants

from torg.kernel.access import SYSTEM
from torg.kernel.database import TALLY, Database, Tally, Transaction
from torg.kernel.database.pools import Kept
from torg.kernel.money import Money
from torg.markets import Atlas
from torg.pricing import (
    NewPrice,
    PriceContext,
    PriceList,
    PriceRequest,
    add_price_list,
    displayed,
    load_prices,
    quote,
    shelf_prices,
)
from torg.pricing.rules import in_order, lists_in_order
from torg.pricing.store import candidates

CLASSES = ("standard", "food", "clothing", "books")


def random_lists(seed: random.Random, tx: Transaction, count: int) -> list[PriceList]:
    days = [None, *(tx.now + timedelta(days=day) for day in (-9, -3, 0))]
    made = []
    for number in range(count):
        market, channel = seed.choice([(None, None), ("US", None), (None, "web-us"), ("NO", None)])
        made.append(
            PriceList(
                code=f"list-{seed.randrange(10**9)}-{number}",
                name="List",
                currency="NOK" if market == "NO" else "USD",
                tax_included=seed.random() < 0.5,
                priority=seed.randint(0, 1),
                valid_from=seed.choice(days),
                valid_to=seed.choice([None, tx.now, tx.now + timedelta(days=1)])
                if seed.random() < 0.3
                else None,
                market=market,
                channel=channel,
            )
        )
    return [one for one in made if not (one.valid_from and one.valid_to and one.valid_to <= one.valid_from)]


async def test_a_list_shows_what_a_quote_explains(tx: Transaction, places: Atlas) -> None:
    seed = random.Random(20)
    variants = await make_variants(tx, 40, prefix="SHELF")
    for prices in random_lists(seed, tx, 14):
        await add_price_list(tx, prices, by=SYSTEM)
        some = seed.sample(variants, 20)
        windows = [(-5, None), (-2, 0), (-1, 2), (1, None)]
        wanted = [
            NewPrice(
                variant,
                Money(seed.randint(1, 50_000), prices.currency),
                valid_from=tx.now + timedelta(days=since),
                valid_to=None if until is None else tx.now + timedelta(days=until),
            )
            for variant in some
            for since, until in seed.sample(windows, 2)
        ]
        await load_prices(tx, prices.code, wanted, by=SYSTEM)
    wanted_of = [(variant, seed.choice(CLASSES)) for variant in variants]
    shelf = [(variant.hex, tax_class) for variant, tax_class in wanted_of]
    tx.database.forget("pricing.lists")
    found = 0
    for code, including in (("web-us", False), ("web-us", True), ("web-no", True)):
        context = PriceContext.of(places, places.channel(code), at=tx.now)
        quotes = await quote(tx, context, [PriceRequest(*one) for one in wanted_of])
        explained = [
            displayed(quotes[variant], including=including) if variant in quotes else None
            for variant, _ in wanted_of
        ]
        lists = await tx.all(PriceList, "SELECT * FROM price_lists")
        tx.database._cache["pricing.lists"] = Kept(float("inf"), lists)  # those of this transaction
        shown = await shelf_prices(tx, context, shelf, including=including)
        assert list(shown) == explained
        found += sum(price is not None for price in shown)
        chosen = in_order(await candidates(tx, context, variants))
        order = [prices.code for prices in lists_in_order(lists, context)]
        assert [c.price_list for c in chosen] == sorted((c.price_list for c in chosen), key=order.index)
    assert found > 50
    tx.database.forget("pricing.lists")


async def test_a_page_of_hundreds_is_one_statement_and_no_lists_are_none(
    database: Database, tx: Transaction, places: Atlas
) -> None:
    context = PriceContext.of(places, places.channel("web-no"), at=tx.now)
    nobody = [(UUID(int=number).hex, "standard") for number in range(3)]
    assert await shelf_prices(tx, context, nobody, including=True) == [None, None, None]
    norway = PriceList(code="norway", name="Norway", currency="NOK", tax_included=True, market="NO")
    tx.database._cache["pricing.lists"] = Kept(float("inf"), [norway])
    tally = Tally()
    token = TALLY.set(tally)
    try:
        many = [(UUID(int=number).hex, "standard") for number in range(300)]
        assert await shelf_prices(tx, context, many, including=True) == [None] * 300
    finally:
        TALLY.reset(token)
        tx.database.forget("pricing.lists")
    assert tally.statements == 1
