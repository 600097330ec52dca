"""The server is killed in the middle, again and again: stock stays right, and every order is placed and paid once.

Buyers do what a good client does: every write has a key, and what was not answered is asked again under the same key.
"""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from bench import growing, shopping, soundness
from bench.client import Answer, Caller
from msgspec import Struct
from tests.live import Live, live

from torg.kernel import ids
from torg.kernel.access import SYSTEM, Policy
from torg.kernel.access.vault import Vault
from torg.kernel.database import Database
from torg.kernel.money import Money
from torg.payments import verify
from torg.payments.credit.issue import issue_cards
from torg.payments.credit.ledger import find
from torg.payments.credit.model import Issued
from torg.settings import Settings

KILLS = 10
BUYERS = 12
SCARCE = 24
"""So few of one variant that it is sold out while the server is being killed."""
PATIENCE = 240.0
ON_THE_CARD = 100_000_000
A_PART = 1_000
"""What every second buyer pays with the one gift card that they share."""
CALLS = (5, 60)
"""After so many answers the server is killed again: somewhere in the first purchases after its start, or later."""

ORDERS = """
SELECT o.order_id, o.state, o.gross, (SELECT count(*) FROM orders t WHERE t.number = o.number) AS numbered,
       (SELECT coalesce(sum(p.authorised), 0) = o.gross FROM payments p
        WHERE p.order_id = o.order_id AND p.state IN ('authorised', 'captured'))::int AS paid,
       (SELECT count(*) FROM test_gateway_charges c WHERE c.order_id = o.order_id
           AND c.state NOT IN ('declined', 'voided')) AS charged
FROM orders o WHERE o.email LIKE 'killed-%%'
"""
TOLD = """
SELECT payload ->> 'order_id' AS order_id, count(*) AS times FROM feed
WHERE type = 'order.placed' AND (payload ->> 'order_id')::uuid = ANY(%(orders)s) GROUP BY 1
"""
SCARCE_LEVELS = """
SELECT coalesce(sum(on_hand), 0)::int AS on_hand, coalesce(sum(reserved), 0)::int AS reserved,
       coalesce(sum(allocated), 0)::int AS allocated
FROM levels WHERE variant_id = %(variant)s
"""


# What a server counted as a try and was killed before it could take back is forgotten by itself, but not so soon.
FORGET_TRIES = "DELETE FROM throttles WHERE key LIKE 'gift-card:%%'"
SPENT = """
SELECT coalesce(sum(captured), 0)::bigint FROM payments WHERE account_id = %(account)s AND state = 'captured'
"""


class Found(Struct):
    """An order as the database and the gateway know it."""

    order_id: Any
    state: str
    gross: int
    numbered: int
    paid: int
    charged: int


class Times(Struct):
    """How often the feed tells that an order was placed."""

    order_id: str
    times: int


class Units(Struct):
    """All of a variant, wherever it is."""

    on_hand: int
    reserved: int
    allocated: int


class Crowd:
    """Buyers who go on while the server dies; what each was told at last."""

    def __init__(self, port: int, scarce: str, goods: shopping.Goods, code: str) -> None:
        self.port = port
        self.code = code
        self.variants = [v for v in goods.variants if v != scarce]
        self.scarce = scarce
        self.method = goods.method
        self.number = itertools.count(1)
        self.over = False
        self.answers = 0
        self.again = 0
        self.placed: list[str] = []
        self.sold_out = 0

    async def shop(self) -> None:
        """One buyer after the other on a connection of their own, until it is over."""
        caller = Caller(self.port)
        while not self.over:
            await self._buy(caller, next(self.number))
        await caller.close()

    async def _buy(self, caller: Caller, number: int) -> None:
        keys = (f"killed-{number:05}-{call}" for call in itertools.count(1))
        variant = self.scarce if number % 2 else self.variants[number % len(self.variants)]
        body: Any = {"channel": shopping.CHANNEL, "lines": [{"variant": variant}]}
        made = await self._ask(caller, "POST", "/api/v1/carts", body, Idempotency_Key=next(keys))
        cart = made.read(shopping.Cart)
        contact = {"email": f"killed-{number}@example.org", "name": "Kari Nordmann"}
        for path, body in (
            ("contact", contact),
            ("address", shopping.ADDRESS),
            ("delivery", {"method": self.method}),
        ):
            made = await self._ask(
                caller, "PUT", f"{cart.path}/{path}", body, **cart.headers, Idempotency_Key=next(keys)
            )
        payments: list[Any] = [{"tender": "gateway", "gateway": "test", "method": "ok"}]
        if number % 4 < 2:
            payments.append({"tender": "gift_card", "code": self.code, "amount": A_PART})
        body = {"expected_total": made.read(shopping.Chosen).totals.gross, "payments": payments}
        path, key = f"{cart.path}/complete", next(keys)
        done = await self._ask(caller, "POST", path, body, **cart.headers, Idempotency_Key=key)
        while done.status == 200 and done.json()["state"] == "pending":
            await asyncio.sleep(0.2)
            done = await self._ask(caller, "POST", path, body, **cart.headers, Idempotency_Key=key)
        if done.status == 200:
            assert done.json()["state"] == "placed", done.body
            self.placed.append(done.json()["id"])
        else:
            self.sold_out += 1

    async def _ask(self, caller: Caller, method: str, path: str, body: Any, **headers: str) -> Answer:
        """The answer, asked for under the same key until somebody is there to give it."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        last: object = None
        while loop.time() < end:
            try:
                answer = await caller.call(method, path, body, **headers)
            except TimeoutError:
                raise  # it was heard, and nobody answered
            except OSError as error:
                last = repr(error)
                self.again += 1
                await caller.close()
                await asyncio.sleep(0.1)
                continue
            if answer.status not in {429, 503}:
                self.answers += 1
                assert answer.status in {200, 201} or _sold_out(answer), (method, path, answer)
                return answer
            last = answer
            await asyncio.sleep(0.1)
        raise AssertionError(f"{method} {path} was never answered but with {last}")


def _sold_out(answer: Answer) -> bool:
    problem = answer.json()
    named = {each["code"] for each in problem.get("errors", [])}
    return answer.status in {409, 422} and (problem["code"] == "out-of-stock" or named == {"out-of-stock"})


@pytest.fixture(scope="module")
def settings(world_url: str, world_folder: Path) -> Settings:
    """Settings of the practice retailer, open for as many calls as come."""
    return Settings(
        environment="demo",
        data=world_folder,
        database_url=world_url,
        secret="s" * 40,
        log_level="error",
        rate_limit_visitor=1_000_000,
    )


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[Live]:
    """The worker, which is killed as well."""
    with live("worker", settings) as process:
        yield process


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Live]:
    """The server that is killed."""
    with live("server", settings) as process:
        yield process


@pytest.mark.slow
async def test_ten_kills_in_the_middle_leave_every_order_paid_once_and_stock_right(
    server: Live, worker: Live, world_url: str
) -> None:
    database = await Database.open(world_url, pool_size=5)
    variant = await growing.add_offer(database, SCARCE)
    goods = await shopping.look_around(server.settings.port, most=60)
    card = await a_card(database)
    crowd = Crowd(server.settings.port, ids.public("var", variant), goods, card.code)
    random = Random(KILLS)
    async with asyncio.TaskGroup() as buyers:
        for _ in range(BUYERS):
            buyers.create_task(crowd.shop())
        for number in range(KILLS):
            enough = crowd.answers + random.randint(*CALLS)
            while crowd.answers < enough:  # noqa: ASYNC110  # such a short while is exact enough
                await asyncio.sleep(0.002)
            dying = [server, worker] if number % 3 == 2 else [server]
            for process in dying:
                await asyncio.to_thread(process.kill)
            assert await soundness.unsound(database) == []
            await database.run(lambda tx: tx.execute(FORGET_TRIES))
            for process in dying:
                await asyncio.to_thread(process.start)
            assert await soundness.unsound(database) == []
        while not crowd.sold_out:  # noqa: ASYNC110  # the last of the scarce ones go without a kill
            await asyncio.sleep(0.05)
        crowd.over = True
    assert crowd.again >= KILLS, "nobody was in the middle of anything when the server was killed"
    await all_is_well(database, crowd)
    await card_is_right(database, card.account.account_id)
    units = await database.read(lambda tx: tx.one(Units, SCARCE_LEVELS, variant=variant))
    assert (units.on_hand, units.reserved, units.allocated) == (SCARCE, 0, SCARCE)
    await database.close()


async def a_card(database: Database) -> Issued:
    """A gift card that is worth more than all buyers spend."""
    policy, value = Policy(Vault("s" * 40), "http://torg.test"), Money(ON_THE_CARD, "NOK")
    _, (card,) = await database.run(
        lambda tx: issue_cards(tx, policy, value, 1, market="NO", reason="kills", by=SYSTEM)
    )
    return card


async def card_is_right(database: Database, account_id: UUID) -> None:
    """What is left on the card is what was on it less what it paid for orders; nothing is held any more."""
    left = await database.read(lambda tx: find(tx, account_id))
    spent = await database.read(lambda tx: tx.one(int, SPENT, account=account_id))
    assert spent > 0
    assert (left.balance, left.held) == (ON_THE_CARD - spent, 0)
    assert await database.read(lambda tx: verify(tx, by=SYSTEM)) == []


async def all_is_well(database: Database, crowd: Crowd) -> None:
    """What buyers were told is what there is: placed once, paid once, told of once."""
    orders = await database.read(lambda tx: tx.all(Found, ORDERS))
    placed = [order for order in orders if order.state == "placed"]
    assert sorted(ids.public("ord", order.order_id) for order in placed) == sorted(crowd.placed)
    assert [each for each in orders if each.state == "pending"] == []
    assert [each for each in placed if (each.numbered, each.paid, each.charged) != (1, 1, 1)] == []
    assert [each for each in orders if each.state == "lapsed" and each.charged] == []
    wanted = [order.order_id for order in placed]
    for _ in range(300):
        told = await database.read(lambda tx: tx.all(Times, TOLD, orders=wanted))
        if len(told) == len(placed):
            break
        await asyncio.sleep(0.1)
    assert {each.times for each in told} == {1} and len(told) == len(placed)
    assert await soundness.unsound(database) == []
