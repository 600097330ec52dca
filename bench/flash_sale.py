"""A flash sale over the API: more buyers than units, 32 at a time, on two server processes and a worker.

`./torg bench flash-sale --buyers 400 --units 100` opens a shop, puts so many of one new product into its warehouse, and
lets every buyer go through the whole purchase. What was sold is counted in the orders, what was promised in the ledger.
"""

import argparse
import asyncio
import itertools
import sys
import time
from functools import partial
from typing import LiteralString
from uuid import UUID

import msgspec
import uvloop
from bench import growing, shopping
from bench.client import Answer, Caller
from bench.measure import WrongAnswer, expect, quantile, spread
from bench.stage import Stage, stage
from msgspec import Struct

from torg import inventory
from torg.kernel.access import SYSTEM
from torg.kernel.ids import public

AT_A_TIME = 32
SOLD_OUT = "out-of-stock"
REFUSED = (409, 422)
SOLD = """
SELECT coalesce(sum(l.quantity), 0)::int, count(DISTINCT o.order_id)::int
FROM orders o JOIN order_lines l USING (order_id)
WHERE o.state = 'placed' AND l.variant_id = %s
"""
# What is allocated, still reserved, or has left the building for an order: every unit that somebody was promised.
PROMISED = """
SELECT coalesce(sum(reserved + allocated - CASE WHEN cause = 'shipped' THEN on_hand ELSE 0 END), 0)::int
FROM movements WHERE variant_id = %s
"""
say = partial(print, file=sys.stderr)


class Figures(Struct):
    """What the sale came to; `p95_ms` is how long a buyer takes from the first call to the order or the refusal."""

    buyers: int
    units: int
    sold: int
    refused: int
    errors: int
    oversold: int
    seconds: float
    p95_ms: float


class Warned(Struct):
    """A warning in a cart."""

    code: str


class Shown(Struct):
    """What a buyer sees of the cart."""

    warnings: list[Warned]
    totals: shopping.Totals


class Sale(Struct):
    """What becomes of the buyers, one after the other."""

    variant: str
    method: str
    stubborn: bool
    placed: list[float] = []
    refused: list[float] = []
    wrong: list[str] = []

    async def serve(self, caller: Caller, buyers: "itertools.count[int]", last: int) -> None:
        """One connection: a buyer, then the next one, until there are no more."""
        while (buyer := next(buyers)) <= last:
            began = time.perf_counter()
            try:
                done = await self._buy(caller, buyer)
            except (WrongAnswer, OSError, TimeoutError) as error:
                self.wrong.append(repr(error))
                await caller.close()
            else:
                (self.placed if done else self.refused).append(1000 * (time.perf_counter() - began))

    async def _buy(self, caller: Caller, buyer: int) -> bool:
        """Cart, line, contact, address, delivery, completion with payment; False when it is sold out."""
        made = await caller.call("POST", "/api/v1/carts", {"channel": shopping.CHANNEL})
        cart = expect(made, 201).read(shopping.Cart)
        contact = {"email": f"buyer.{buyer}@example.org", "name": "Kari Nordmann"}
        total = None
        for method, path, body in (
            ("POST", "lines", {"variant": self.variant, "quantity": 1}),
            ("PUT", "contact", contact),
            ("PUT", "address", shopping.ADDRESS),
            ("PUT", "delivery", {"method": self.method}),
        ):
            answer = await caller.call(method, f"{cart.path}/{path}", body, **cart.headers)
            if _sold_out(answer):
                return False
            shown = expect(answer, 200, 201).read(Shown)
            total = shown.totals.gross
            if not self.stubborn and any(warning.code == SOLD_OUT for warning in shown.warnings):
                return False
        payment = {"tender": "gateway", "gateway": "test", "method": "ok"}
        pay = {"expected_total": total, "payment": payment}
        answer = await caller.call("POST", f"{cart.path}/complete", pay, **cart.headers)
        if _sold_out(answer):
            return False
        if (state := expect(answer, 200).read(shopping.Order).state) != "placed":
            raise WrongAnswer(f"the order is {state}")
        return True


def _sold_out(answer: Answer) -> bool:
    """Whether it was refused because there is no more, and for no other reason."""
    if answer.status not in REFUSED:
        return False
    problem = answer.json()
    named = {each["code"] for each in problem.get("errors", [])}
    return problem["code"] == SOLD_OUT or named == {SOLD_OUT}


async def _sell(stage: Stage, sale: Sale, buyers: int) -> float:
    """Let all buyers in; tells how many seconds it took until the last one had an answer."""
    callers = await spread(stage.port, AT_A_TIME, stage.servers)
    number = itertools.count(1)
    began = time.perf_counter()
    await asyncio.gather(*(sale.serve(caller, number, buyers) for caller in callers))
    took = time.perf_counter() - began
    for caller in callers:
        await caller.close()
    return took


async def _open(stage: Stage) -> shopping.Goods:
    """A shop that is at work when the sale begins: on every connection something else has been bought."""
    goods = await shopping.look_around(stage.port, most=100)
    unit = shopping.purchase(itertools.cycle(goods.variants), goods.method)
    callers = await spread(stage.port, AT_A_TIME, stage.servers)
    for caller in callers:
        await unit(caller)
        await caller.close()
    return goods


def held(stage: Stage, asked: argparse.Namespace) -> Figures:
    """The whole sale, and what database and ledger say of it when all that follows is done."""
    say("filling in the practice retailer")
    with stage.hurried():
        stage.fill()
        stage.do(shopping.stock_up)
    for _ in range(2):
        stage.add_server()
    stage.add_worker()
    goods = uvloop.run(_open(stage))
    variant: UUID = stage.do(partial(growing.add_offer, units=asked.units))
    uvloop.run(stage.meter().until_quiet())
    say(f"{asked.buyers:,} buyers want {asked.units:,} units, {AT_A_TIME} at a time")
    sale = Sale(public("var", variant), goods.method, asked.stubborn)
    before = stage.meter().read()
    seconds = uvloop.run(_sell(stage, sale, asked.buyers))
    used = stage.meter().read().since(before, asked.buyers)
    uvloop.run(stage.meter().until_quiet())
    differences = stage.do(lambda database: database.run(lambda tx: inventory.verify(tx, by=SYSTEM)))
    (sold, orders), (promised,) = (_row(stage, query, variant) for query in (SOLD, PROMISED))
    sale.wrong += [f"the ledger differs: {each}" for each in differences]
    if orders != len(sale.placed):
        sale.wrong.append(f"{len(sale.placed)} buyers were told of an order, and there are {orders}")
    for kind in sorted(set(sale.wrong)):
        say(f"wrong: {kind}")
    _explain(sale, used.servers, used.db_servers, used.worker, used.callers)
    return Figures(
        buyers=asked.buyers,
        units=asked.units,
        sold=sold,
        refused=len(sale.refused),
        errors=len(sale.wrong),
        oversold=max(0, sold - asked.units, promised - asked.units),
        seconds=round(seconds, 3),
        p95_ms=round(quantile(sorted(sale.placed + sale.refused), 95), 1),
    )


def _row(stage: Stage, query: LiteralString, variant: UUID) -> tuple[int, ...]:
    row = stage.connection.execute(query, (variant,)).fetchone()
    assert row is not None
    return tuple(row)


def _explain(sale: Sale, servers: float, database: float, worker: float, callers: float) -> None:
    for name, took in (("ordered", sorted(sale.placed)), ("refused", sorted(sale.refused))):
        say(f"{name:<8} {len(took):>6}  p50 {quantile(took, 50):>8.1f} ms  p95 {quantile(took, 95):>8.1f} ms")
    say(
        f"CPU for a buyer, in ms: servers {servers:.2f}, database for them {database:.2f}, worker {worker:.2f},"
        f" the buyers' own {callers:.2f}"
    )


def main() -> None:
    """Hold the sale on a database and servers that are thrown away; anything wrong ends with exit code 1."""
    parser = argparse.ArgumentParser(prog="./torg bench flash-sale", description=__doc__)
    parser.add_argument("--buyers", type=int, default=400, help="how many want one each (400)")
    parser.add_argument("--units", type=int, default=100, help="how many there are (100)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, and nothing else")
    parser.add_argument(
        "--stubborn",
        action="store_true",
        help="go on to the completion also when the cart says already that it is sold out",
    )
    asked = parser.parse_args()
    if min(asked.buyers, asked.units) < 1:
        parser.error("a sale needs a buyer and a unit")
    with stage() as stood:
        figures = held(stood, asked)
    text = msgspec.json.encode(figures)
    print((text if asked.json else msgspec.json.format(text, indent=2)).decode())
    if figures.errors or figures.oversold or figures.sold != min(asked.buyers, asked.units):
        sys.exit("the sale did not end as it should")


if __name__ == "__main__":
    main()
