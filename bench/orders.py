"""What orders cost: a line more in a cart of 200, the list over 1,000,000 orders, lines loaded a second.

`./torg bench orders` fills the practice retailer with its year, multiplies what the order list keeps of it (numbers,
e-mails, phones and times differ, all indices in place), and asks for every filter and search of the use case behind
`GET /orders`.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from bench import shopping
from bench.carts import cart_200_add_ms
from bench.measure import quantile
from bench.stage import Stage, stage

from torg import demo, orders
from torg.catalog import VariantFacts, all_variants
from torg.customers import Address
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.garbage import collect_seldom
from torg.kernel.ids import derived_id
from torg.orders import (
    HistoricFulfilment,
    HistoricOrder,
    HistoricPayment,
    Intent,
    OrderDelivery,
    OrderLine,
    Wanted,
)
from torg.orders.hub import FulfilmentStanding, PaymentStanding, Problem, Sort
from torg.orders.model import OrderState
from torg.orders.standing import Extent
from torg.payments import Tender

ORDERS: Final = 1_000_000
ROUNDS: Final = 12
IMPORTED: Final = 5_000
AT_ONCE: Final = 1_000
LINES: Final = 3
PAGE: Final = 20
DAY: Final = datetime(2026, 3, 1, 9, tzinfo=UTC)
say = partial(print, file=sys.stderr)

ORIGINALS = "CREATE TEMP TABLE originals AS SELECT * FROM order_facts"
MULTIPLY = """
INSERT INTO order_facts (
    order_id, at, state, source, number, channel, market, store, stores, customer_id, name, email, currency, gross,
    units, gone, payment, due, fulfilment, promised_by, pay_by, paid, shipped, returned, refunded, tenders, problems,
    title, version, keys)
SELECT gen_random_uuid(),
       f.at - make_interval(secs => (g.n * 7919 + abs(hashtext(f.order_id::text)) %% 100000) %% 31536000),
       f.state, f.source, f.number || g.n, f.channel, f.market, f.store, f.stores, f.customer_id, f.name, f.email,
       f.currency, f.gross + g.n, f.units, f.gone, f.payment, f.due, f.fulfilment,
       CASE WHEN (g.n + abs(hashtext(f.order_id::text))) %% 50 = 0 THEN now() + make_interval(hours => g.n - 10) END,
       f.pay_by, f.paid, f.shipped, f.returned, f.refunded, f.tenders, f.problems, f.title, f.version,
       array_to_tsvector(ARRAY(
           SELECT CASE WHEN k ~ '^[#~]' OR k LIKE '%%@%%' THEN k || g.n ELSE k END
           FROM unnest(tsvector_to_array(f.keys)) AS k))
FROM originals f CROSS JOIN generate_series(%s::int, %s::int) AS g (n)
"""


def questions(some: list[orders.OrderFacts]) -> Iterator[tuple[str, Wanted]]:
    """Every filter and search, some of them together, asked about orders that there are."""
    for at, one in enumerate(some):
        yield "newest", Wanted()
        yield "state", Wanted(state=list(OrderState)[2 + at % 2])
        yield "channel", Wanted(channel=one.channel)
        yield "market", Wanted(market=one.market)
        yield "store", Wanted(store=one.store or "oslo")
        yield "delivering", Wanted(delivering=one.stores[0] if one.stores else "bergen")
        yield "customer", Wanted(customer_id=one.customer_id)
        yield "email", Wanted(email=one.email or "nobody@example.com")
        yield "payment", Wanted(payment=list(PaymentStanding)[at % 7])
        yield "fulfilment", Wanted(fulfilment=list(FulfilmentStanding)[at % 5])
        yield "tender", Wanted(tender=list(Tender)[at % len(Tender)])
        extent = list(Extent)[at % 3]
        yield "paid", Wanted(paid=extent)
        yield "shipped", Wanted(shipped=extent)
        yield "returned", Wanted(returned=extent)
        yield "refunded", Wanted(refunded=extent)
        yield "problem", Wanted(problem=list(Problem)[at % len(Problem)])
        yield "source", Wanted(source=one.source or "bench")
        yield "overdue", Wanted(overdue=True)
        yield "not late", Wanted(late=False)
        yield from searches(at, one)


def searches(at: int, one: orders.OrderFacts) -> Iterator[tuple[str, Wanted]]:
    """Times, amounts and what people type, about one order."""
    name = one.name.split()[-1] if one.name else "kari"
    yield "late", Wanted(late=True)
    yield "promised", Wanted(sort=Sort.promised)
    yield "dates", Wanted(since=one.at - timedelta(days=3), until=one.at)
    yield "oldest of a channel", Wanted(channel=one.channel, sort=Sort.oldest)
    yield "amount", Wanted(currency=one.currency, at_least=one.gross, at_most=one.gross + 500)
    yield (
        "channel, returned, amount",
        Wanted(channel=one.channel, returned=Extent.part, currency=one.currency, at_least=one.gross),
    )
    yield (
        "market, part refunded, dates",
        Wanted(market=one.market, payment=PaymentStanding.part_refunded, since=one.at - timedelta(days=30)),
    )
    yield "q number", Wanted(question=one.number)
    yield "q number without its market", Wanted(question=(one.number or "x-00").rpartition("-")[2])
    yield "q e-mail", Wanted(question=one.email or "nobody@example.com")
    yield "q name", Wanted(question=one.name or "kari")
    yield "q beginning of a name", Wanted(question=name[:4])
    yield "q goods", Wanted(question=one.title)
    yield "q goods in a channel", Wanted(question=one.title.split()[0], channel=one.channel)
    yield "q phone", Wanted(question=f"9{at}{one.gross:07d}"[:9])
    yield "q nothing", Wanted(question="qqqxxzzy 4711")


async def lists(database: Database) -> dict[str, list[float]]:
    """How long each question takes, in milliseconds."""
    rng = random.Random(7)
    found = await _some(database, Wanted())
    for _ in range(4):
        at = datetime.now(UTC) - timedelta(days=rng.randint(1, 360))
        found += await _some(database, Wanted(until=at))
    took: dict[str, list[float]] = {}
    for name, wanted in questions(rng.sample(found, min(ROUNDS, len(found)))):
        begun = time.perf_counter()
        await _some(database, wanted)
        took.setdefault(name, []).append(1000 * (time.perf_counter() - begun))
    return took


async def _some(database: Database, wanted: Wanted) -> list[orders.OrderFacts]:
    def ask(tx: Transaction) -> Any:
        return orders.list_orders(tx, wanted, after=None, limit=PAGE, by=SYSTEM)

    page = await database.read(ask)
    found: list[orders.OrderFacts] = page.items
    return found


async def imported(database: Database) -> float:
    """Lines a second that one process loads, in portions of a thousand orders, two at once as importers do."""
    variants = await database.read(all_variants)
    made = [_historic(number, variants) for number in range(IMPORTED)]
    portions = [made[first : first + AT_ONCE] for first in range(0, len(made), AT_ONCE)]
    gate = asyncio.Semaphore(2)
    collect_seldom()  # as importers do

    async def load(portion: list[HistoricOrder]) -> None:
        async with gate:
            await database.run(lambda tx: orders.load_history(tx, portion, source="bench", by=SYSTEM))

    begun = time.perf_counter()
    await asyncio.gather(*(load(portion) for portion in portions))
    return LINES * IMPORTED / (time.perf_counter() - begun)


def _historic(number: int, variants: Sequence[VariantFacts]) -> HistoricOrder:
    at = DAY + timedelta(minutes=number)
    lines = tuple(
        _line(number, place, variants[(number * LINES + place) % len(variants)], at) for place in range(LINES)
    )
    gross = sum(line.gross for line in lines) + 50_00
    return HistoricOrder(
        order_id=derived_id(at, "bench", "order", str(number)),
        channel="web-no",
        email=f"kari.{number}@example.org",
        phone=f"+47{90_000_000 + number}",
        address=_home(number),
        deliveries=(OrderDelivery(Intent.ship, "standard", "Standard", None, 40_00, 10_00, 50_00),),
        lines=lines,
        payments=(
            HistoricPayment(
                id=derived_id(at, "bench", "payment", str(number)),
                tender=Tender.gateway,
                amount=gross,
                captured_at=at,
                gateway="old",
                reference=f"ch_{number:09d}",
            ),
        ),
        fulfilments=(
            HistoricFulfilment(
                id=derived_id(at, "bench", "sent", str(number)),
                location="lager-oslo",
                method="standard",
                intent=Intent.ship,
                left_at=at + timedelta(days=1),
                units={line.id: line.quantity for line in lines},
                carrier="posten",
                tracking=f"NO{number:09d}",
            ),
        ),
        placed_at=at,
    )


def _home(number: int) -> Address:
    return Address(
        country="NO", name=f"Kari {number} Nordmann", street="Storgata 1", city="Oslo", postal_code="0155"
    )


def _line(number: int, place: int, variant: VariantFacts, at: datetime) -> OrderLine:
    return OrderLine(
        id=derived_id(at, "bench", "line", f"{number} {place}"),
        position=place,
        product_id=variant.product_id,
        variant_id=variant.variant_id,
        sku=f"BENCH-{number % 5000}-{place}",
        name="Enamel mug",
        options="blue",
        image=None,
        kind="physical",
        weight_g=300,
        intent=Intent.ship,
        store=None,
        note=None,
        quantity=2,
        unit=125_00,
        tax_included=True,
        tax_rate=250_000,
        tax_name="MVA",
        discount=0,
        net=200_00,
        tax=50_00,
        gross=250_00,
    )


def multiply(stood: Stage, wanted: int) -> int:
    """Copy what the list keeps until there are so many orders in it; how many there are."""
    row = stood.connection.execute("SELECT count(*) FROM order_facts").fetchone()
    assert row is not None
    times = max(0, wanted // row[0])
    stood.connection.execute(ORIGINALS.encode())
    for first in range(1, times, 5):
        stood.connection.execute(MULTIPLY.encode(), (first, min(first + 4, times - 1)))
    stood.connection.execute("VACUUM ANALYZE order_facts")
    row = stood.connection.execute("SELECT count(*) FROM order_facts").fetchone()
    assert row is not None
    return int(row[0])


def measured(stood: Stage, asked: argparse.Namespace) -> dict[str, float]:
    """All figures, on a database that is thrown away."""
    begun = time.monotonic()
    with stood.hurried():
        stood.do(lambda database: demo.fill(database, stood.settings, picture_width=160))
        stood.do(shopping.stock_up)
    say(f"the practice retailer after {time.monotonic() - begun:.0f} s")
    lines_per_s = stood.do(imported)
    say(f"{lines_per_s:,.0f} lines a second loaded")
    with stood.hurried():
        there = multiply(stood, asked.orders)
    say(f"{there:,} orders in the list after {time.monotonic() - begun:.0f} s")
    stood.do(lists)
    took = stood.do(lists)
    for name, times in sorted(took.items(), key=lambda one: -max(one[1])):
        say(f"{name:<32} p50 {statistics.median(times):7.1f} ms   worst {max(times):7.1f} ms")
    stood.add_server()
    return {
        "cart_200_add_ms": round(cart_200_add_ms(stood.port), 1),
        "order_list_p95_ms": round(
            quantile(sorted(each for times in took.values() for each in times), 95), 1
        ),
        "bulk_lines_per_s": round(lines_per_s),
    }


def main() -> None:
    """Measure on a database and a server that are thrown away."""
    parser = argparse.ArgumentParser(prog="./torg bench orders", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, and nothing else")
    parser.add_argument("--orders", type=int, default=ORDERS)
    asked = parser.parse_args()
    with stage() as stood:
        found = measured(stood, asked)
    if asked.json:
        print(json.dumps(found))
    else:
        for name, figure in found.items():
            print(f"{name:<20} {figure:,}")


if __name__ == "__main__":
    main()
