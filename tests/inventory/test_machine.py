"""Any order of any steps: the ledger is the balance, nothing falls below zero, every hold has one end.

The machine keeps a small model of what lies where and of how holds ended; the database must say the same.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import NOON
from tests.inventory.conftest import demand, stock_up

from torg.inventory import (
    HoldEnded,
    NotAllocated,
    OutOfStock,
    Reason,
    Receipt,
    StockPromised,
    StockTooLow,
    UnknownLevel,
    adjust,
    allocate,
    expire,
    give_back,
    hold,
    receive,
    release,
    ship,
    verify,
)
from torg.inventory.store import reads
from torg.inventory.supplies import Arrival, MoreThanSent, NotOnItsWay, Supply, Wanted, arrive, send
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import TorgError
from torg.kernel.ids import new_id

PLACES = ("a", "b")
REFUSED = object()
WAYS = {
    Reason.found: {"on_hand": 1},
    Reason.lost: {"on_hand": -1},
    Reason.damaged: {"on_hand": -1, "damaged": 1},
    Reason.repaired: {"on_hand": 1, "damaged": -1},
    Reason.scrapped: {"damaged": -1},
}
quantities = st.integers(1, 4)
numbers = st.integers(0, 3)


class StockMachine(RuleBasedStateMachine):
    """Steps on two variants at two places, each in its own transaction."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FixedClock(NOON)
        self.database = self.loop.run_until_complete(Database.open(self.url, clock=self.clock, pool_size=4))
        self.orders = [new_id() for _ in range(4)]
        self.ended: dict[UUID, str] = {}
        self.steps = 0
        self.model: Counter[tuple[int, str, str]] = Counter()
        self.sent: list[Supply] = []

    def booked(self, answer: Any, variant: int, place: str, units: int, **ways: int) -> None:
        """Move the model, unless the step was refused."""
        for figure, way in ways.items():
            self.model[variant, place, figure] += way * units if answer is not REFUSED else 0

    def teardown(self) -> None:
        self.loop.run_until_complete(self.database.close())
        self.loop.close()

    def run(self, work: Any, *refusals: type[TorgError]) -> Any:
        self.steps += 1
        try:
            return self.loop.run_until_complete(self.database.run(work))
        except refusals:
            return REFUSED

    @initialize(a=st.integers(0, 5), b=st.integers(0, 5))
    def fill(self, a: int, b: int) -> None:
        async def make(tx: Transaction) -> list[UUID]:
            return [await stock_up(tx, a=a, b=b), await stock_up(tx, a=b, b=a)]

        self.variants: list[UUID] = self.run(make)
        for variant, place, units in ((0, "a", a), (0, "b", b), (1, "a", b), (1, "b", a)):
            self.booked(None, variant, place, units, on_hand=1)

    @rule(
        order=numbers,
        wanted=st.lists(st.tuples(st.integers(0, 1), quantities, st.permutations(PLACES)), max_size=3),
    )
    def hold(self, order: int, wanted: list[tuple[int, int, list[str]]]) -> None:
        lines = [demand(self.variants[variant], quantity, *places) for variant, quantity, places in wanted]
        self.run(
            lambda tx: hold(
                tx, self.orders[order], lines, expires_at=tx.now + timedelta(minutes=5), by=SYSTEM
            ),
            OutOfStock,
        )

    @rule(order=numbers)
    def allocate(self, order: int) -> None:
        self.run(lambda tx: allocate(tx, self.orders[order]), HoldEnded)

    @rule(order=numbers)
    def release(self, order: int) -> None:
        self.run(lambda tx: release(tx, self.orders[order], "test"))

    @rule(minutes=st.integers(1, 4))
    def time_passes(self, minutes: int) -> None:
        self.clock.move(minutes=minutes)
        self.run(expire)

    @rule(order=numbers, variant=st.integers(0, 1), place=st.sampled_from(PLACES), quantity=quantities)
    def ship(self, order: int, variant: int, place: str, quantity: int) -> None:
        units = [(self.variants[variant], place, quantity)]
        shipped = self.run(lambda tx: ship(tx, self.orders[order], units), NotAllocated)
        self.booked(shipped, variant, place, quantity, on_hand=-1)

    @rule(order=numbers, variant=st.integers(0, 1), place=st.sampled_from(PLACES), quantity=quantities)
    def give_back(self, order: int, variant: int, place: str, quantity: int) -> None:
        units = [(self.variants[variant], place, quantity)]
        self.run(lambda tx: give_back(tx, self.orders[order], units, cause="test"), NotAllocated)

    @rule(
        variant=st.integers(0, 1),
        place=st.sampled_from(PLACES),
        quantity=quantities,
        reason=st.sampled_from([Reason.found, Reason.lost, Reason.damaged, Reason.repaired, Reason.scrapped]),
    )
    def adjust(self, variant: int, place: str, quantity: int, reason: Reason) -> None:
        adjusted = self.run(
            lambda tx: adjust(tx, self.variants[variant], place, quantity, reason=reason, by=SYSTEM),
            StockTooLow,
            StockPromised,
            UnknownLevel,
        )
        self.booked(adjusted, variant, place, quantity, **WAYS[reason])

    @rule(variant=st.integers(0, 1), place=st.sampled_from(PLACES), quantity=quantities)
    def receive(self, variant: int, place: str, quantity: int) -> None:
        came = [Receipt(self.variants[variant], place, quantity)]
        received = self.run(lambda tx: receive(tx, came, document="test", by=SYSTEM))
        self.booked(received, variant, place, quantity, on_hand=1)

    @rule(variant=st.integers(0, 1), way=st.permutations(PLACES), quantity=quantities)
    def send(self, variant: int, way: list[str], quantity: int) -> None:
        wanted = [Wanted(self.variants[variant], quantity)]
        sent = self.run(
            lambda tx: send(tx, way[0], way[1], wanted, by=SYSTEM), StockTooLow, StockPromised, UnknownLevel
        )
        self.booked(sent, variant, way[0], quantity, on_hand=-1)
        self.booked(sent, variant, way[1], quantity, incoming=1)
        if sent is not REFUSED:
            self.sent.append(sent)

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 9), quantity=quantities, damaged=st.integers(0, 1))
    def arrive(self, number: int, quantity: int, damaged: int) -> None:
        supply = self.sent[number % len(self.sent)]
        variant = supply.lines[0].variant_id
        came = [Arrival(variant, quantity, damaged=damaged)]
        arrived = self.run(lambda tx: arrive(tx, supply.id, came, by=SYSTEM), MoreThanSent, NotOnItsWay)
        which = self.variants.index(variant)
        self.booked(arrived, which, supply.location, quantity, on_hand=1, incoming=-1)
        self.booked(arrived, which, supply.location, damaged, damaged=1, incoming=-1)

    @invariant()
    def ledger_and_balance_agree(self) -> None:
        assert self.loop.run_until_complete(self.database.run(lambda tx: verify(tx, by=SYSTEM))) == []

    @invariant()
    def every_balance_is_what_the_model_says(self) -> None:
        for number, variant in enumerate(getattr(self, "variants", [])):
            for level in self.loop.run_until_complete(self.database.read(self._levels(variant))):
                for figure in ("on_hand", "damaged", "incoming"):
                    assert getattr(level, figure) == self.model[number, level.location, figure]

    @invariant()
    def nothing_is_below_zero(self) -> None:
        for variant in getattr(self, "variants", []):
            found = self.loop.run_until_complete(self.database.read(self._levels(variant)))
            for level in found:
                assert level.on_hand >= level.reserved + level.allocated >= 0
                assert min(level.reserved, level.allocated, level.damaged) >= 0

    @invariant()
    def a_hold_that_has_ended_stays_ended(self) -> None:
        over = {"released", "expired", "shipped", "given_back"}
        for order in self.orders:
            for hold_ in self.loop.run_until_complete(self.database.read(self._holds(order))):
                before = self.ended.get(hold_.id)
                assert before is None or before == hold_.state.value
                if hold_.state.value in over:
                    self.ended[hold_.id] = hold_.state.value

    @staticmethod
    def _levels(variant: UUID) -> Any:
        return lambda tx: reads.levels_of(tx, variant, PLACES, after="", most=9)

    @staticmethod
    def _holds(order: UUID) -> Any:
        return lambda tx: reads.holds(tx, order)


def test_any_order_of_steps_leaves_ledger_and_balances_agreed(database_url: str) -> None:
    StockMachine.url = database_url
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


pytestmark = pytest.mark.slow
