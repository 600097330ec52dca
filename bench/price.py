"""What a price costs: carts with promotions, tax and totals, a page of products, a product of a thousand variants.

`./torg bench price` reckons in one process, and then asks a database of its own how many statements it takes; `--pure`
leaves the database out. Milliseconds are CPU of the process, the middle of several rounds.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

from bench import offers as offered
from bench.asking import Asked, asked
from bench.offers import Shop
from bench.stage import stage

from torg.demo import markets as demo
from torg.markets import Atlas
from torg.pricing import Discount, PricedDelivery, PricedLine, PriceRequest, Totals, quoted, totals
from torg.promotions import Offers, compile_offers, evaluate, shelf

ROUNDS, SECONDS = 7, 0.3
PAGE, VARIANTS = 48, 1_000
FIVE = (1, 2, 1, 3, 1)
TWO_HUNDRED = tuple(1 + number % 4 for number in range(200))


def shop() -> Shop:
    """The practice retailer's Norwegian web shop."""
    atlas = Atlas(
        sellers={seller.code: seller for seller in demo.SELLERS},
        markets={market.code: market for market in demo.MARKETS},
        locations={location.code: location for location in demo.LOCATIONS},
        stores={store.code: store for store in demo.STORES},
        channels={channel.code: channel for channel in demo.CHANNELS},
    )
    return Shop(atlas, atlas.channel("web-no"))


def milliseconds(work: Callable[[], object], seconds: float) -> float:
    """CPU of one call: the middle of some rounds, each as long as can be told by the clock."""
    work()
    spent = []
    for _ in range(ROUNDS):
        calls, begun = 0, time.process_time()
        while (took := time.process_time() - begun) < seconds:
            work()
            calls += 1
        spent.append(1_000 * took / calls)
    return round(statistics.median(spent), 3)


def cart(goods: Shop, units: Sequence[int], offers: Offers) -> Callable[[], Totals]:
    """Everything about a cart whose prices and promotions are at hand: price, promotions, tax, totals."""
    found = goods.candidates(len(units))
    items = [PriceRequest(goods.variant(number), "standard", each) for number, each in enumerate(units)]
    charge = PricedDelivery(9_900, 250_000, "MVA", tax_included=True, follows_goods=True)

    def reckon() -> Totals:
        quotes = quoted(goods.context, found, items)
        basket = goods.basket(units, quotes)
        outcome = evaluate(basket, offers)
        off = outcome.by_line()
        discounts = [Discount("promotions", tuple(off.get(line.id, 0) for line in basket.lines))]
        priced = [PricedLine.of(quotes[item.variant_id], item.quantity) for item in items]
        return totals("NOK", priced, [charge], discounts)

    return reckon


def listing(goods: Shop, count: int, offers: Offers, forget: str = "prices") -> Callable[[], object]:
    """A page of products, each with its price, tax and promotions.

    What is forgotten before each: what units came to at these `prices`, `everything` known of such goods, or `nothing`.
    """
    found = goods.candidates(count)
    items = [PriceRequest(goods.variant(number), "standard") for number in range(count)]
    ones = (1,) * count

    def reckon() -> object:
        if forget == "everything":
            offers.shelves.clear()
        for known in offers.shelves.values() if forget == "prices" else ():
            known.known.clear()
        return shelf(goods.basket(ones, quoted(goods.context, found, items)), offers)

    return reckon


def pure(seconds: float) -> dict[str, float]:
    """What is reckoned in one process, with everything at hand."""
    goods = shop()
    fifty = compile_offers(offered.promotions(50))
    thousand = compile_offers(offered.thousand_on_one_line())
    basket = goods.basket(FIVE, quoted(goods.context, goods.candidates(5), _items(goods, 5)))
    large = goods.basket(TWO_HUNDRED, quoted(goods.context, goods.candidates(200), _items(goods, 200)))
    works: dict[str, Callable[[], object]] = {
        "cart_5x50_ms": cart(goods, FIVE, fifty),
        "cart_200x50_ms": cart(goods, TWO_HUNDRED, fifty),
        "line_1x1000_ms": cart(goods, (1,), thousand),
        "listing_48_ms": listing(goods, PAGE, fifty),
        "listing_48_first_ms": listing(goods, PAGE, fifty, "everything"),
        "listing_48_again_ms": listing(goods, PAGE, fifty, "nothing"),
        "product_1000_ms": listing(goods, VARIANTS, fifty),
        "evaluate_5x50_ms": partial(evaluate, basket, fifty),
        "evaluate_200x50_ms": partial(evaluate, large, fifty),
        "compile_50_ms": partial(compile_offers, offered.promotions(50)),
        "compile_1000_ms": partial(compile_offers, offered.thousand_on_one_line()),
    }
    return {name: milliseconds(work, seconds) for name, work in works.items()}


def _items(goods: Shop, count: int) -> list[PriceRequest]:
    return [PriceRequest(goods.variant(number), "standard") for number in range(count)]


def with_database() -> dict[str, Asked]:
    """The same questions asked of a database: how many statements, and the CPU of who asks."""
    with stage() as place:
        place.fill()
        return place.do(asked)


def main() -> None:
    """Measure; with --json print one object and nothing else."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pure", action="store_true", help="without a database")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long a round takes")
    options = parser.parse_args()
    figures: dict[str, object] = dict(pure(options.seconds))
    if not options.pure:
        figures |= {
            name: {"statements": each.statements, "cpu_ms": each.cpu_ms}
            for name, each in with_database().items()
        }
    if options.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name:<22} {figure}")


if __name__ == "__main__":
    main()
