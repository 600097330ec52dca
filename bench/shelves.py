"""What can happen to stock, one method a step, each with what its caller was told.

`Shelves` keeps books of its own beside the ledger: what every call that succeeded must have moved. Steps draw from a
random generator that is given to them, so a seed says what is tried; what wins is decided by the database.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from torg import inventory
from torg.catalog import Component
from torg.inventory import Demand, Held, Plan, Reason, Receipt, SoftHold, Wish, counts, supplies
from torg.inventory.supplies import Arrival, Rest, Supply, SupplyKind, Wanted
from torg.kernel.access import SYSTEM
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import StaleVersion, TorgError
from torg.kernel.ids import new_id
from torg.markets import CartHold, KeepWhen

Figure = tuple[UUID, str, str]
"""A variant, a location, and which of its balances."""

REFUSALS: tuple[type[TorgError], ...] = (
    inventory.AlreadyHeld,
    inventory.HoldEnded,
    inventory.NotAllocated,
    inventory.OutOfStock,
    inventory.StockAwaited,
    inventory.StockPromised,
    inventory.StockTooLow,
    inventory.UnknownLevel,
    counts.CountPromised,
    supplies.MoreThanSent,
    supplies.NotOnItsWay,
    StaleVersion,
)
"""What a step may be answered; any other error is a defect."""

ADJUSTED = {
    Reason.found: {"on_hand": 1},
    Reason.lost: {"on_hand": -1},
    Reason.stolen: {"on_hand": -1},
    Reason.damaged: {"on_hand": -1, "damaged": 1},
    Reason.repaired: {"on_hand": 1, "damaged": -1},
    Reason.scrapped: {"damaged": -1},
    Reason.correction: {"on_hand": -1},
}
BUNDLES = 0.25
"""So many of the lines are of a bundle."""
REMEMBERED = 48
"""So many of the latest orders and supplies are drawn from: few enough that steps meet at the same one."""


class Shelves:
    """Variants at places, and everything that customers and staff do to them."""

    def __init__(
        self, database: Database, clock: FixedClock, variants: Sequence[UUID], places: Sequence[str]
    ) -> None:
        self.database = database
        self.clock = clock
        self.variants = variants
        self.places = places
        self.carts: deque[UUID] = deque(maxlen=REMEMBERED)
        self.filled: dict[UUID, list[Demand]] = {}
        self.orders: deque[UUID] = deque(maxlen=REMEMBERED)
        self.wishes: dict[UUID, list[Demand]] = {}
        self.placed: deque[UUID] = deque(maxlen=REMEMBERED)
        self.allocated: dict[UUID, list[Held]] = {}
        self.supplies: deque[Supply] = deque(maxlen=REMEMBERED)
        self.books: Counter[Figure] = Counter()
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.bundles: dict[UUID, set[int]] = defaultdict(set)

    async def step(self, random: Random) -> None:
        """Do one thing, chosen by weight."""
        name = random.choices(NAMES, WEIGHTS)[0]
        try:
            await getattr(self, name)(random)
        except REFUSALS as refused:
            self.outcomes[name][refused.code] += 1
        else:
            self.outcomes[name]["done"] += 1

    async def _run(self, use_case: Any, *given: Any, **more: Any) -> Any:
        return await self.database.run(lambda tx: use_case(tx, *given, **more))

    def _book(self, variant: UUID, place: str, units: int = 1, **deltas: int) -> None:
        for figure, delta in deltas.items():
            self.books[variant, place, figure] += delta * units

    def _place(self, random: Random) -> tuple[UUID, str]:
        return random.choice(self.variants), random.choice(self.places)

    def _lines(self, random: Random, most: int) -> Counter[UUID]:
        lines: Counter[UUID] = Counter()
        for _ in range(random.randint(1, 3)):
            lines[random.choice(self.variants)] += random.randint(1, most)
        return lines

    # goods

    async def receive(self, random: Random) -> None:
        """Goods come in without having been ordered."""
        place = random.choice(self.places)
        receipts = [Receipt(variant, place, units) for variant, units in self._lines(random, 6).items()]
        await self._run(inventory.receive, receipts, document="storm", by=SYSTEM)
        for line in receipts:
            self._book(line.variant_id, place, line.quantity, on_hand=1)

    async def load(self, random: Random) -> None:
        """Goods come in by the file."""
        receipts = [Receipt(*self._place(random), random.randint(1, 4)) for _ in range(5)]
        await self._run(inventory.load_stock, receipts, document="storm", by=SYSTEM)
        for line in receipts:
            self._book(line.variant_id, line.location, line.quantity, on_hand=1)

    async def adjust(self, random: Random) -> None:
        """Somebody finds, loses, breaks or mends."""
        variant, place = self._place(random)
        reason, units = random.choice(list(ADJUSTED)), random.randint(1, 3)
        quantity = -units if reason is Reason.correction else units
        await self._run(inventory.adjust, variant, place, quantity, reason=reason, by=SYSTEM)
        self._book(variant, place, units, **ADJUSTED[reason])

    async def plan(self, random: Random) -> None:
        """Somebody decides what is kept back and what may be promised beyond."""
        variant, place = self._place(random)
        buffer, backorder = random.choice([(0, 0), (0, 0), (2, 0), (0, 3), (1, 2)])
        expected = self.clock.now().date() + timedelta(days=60) if backorder else None
        to = Plan(buffer=buffer, backorder=backorder, expected=expected)
        await self._run(inventory.plan, variant, place, to, by=SYSTEM)

    async def count(self, random: Random) -> None:
        """Some shelves are counted while others sell from them; what a count moves, the ledger alone can tell."""
        place = random.choice(self.places)
        some = random.sample(list(self.variants), 2)
        opened = await self._run(counts.open_count, place, some, blind=random.random() < 0.5, by=SYSTEM)
        about = {variant: self.books[variant, place, "on_hand"] for variant in some}
        figures = [counts.Figure(v, max(0, there + random.randint(-1, 3))) for v, there in about.items()]
        await self._run(counts.enter, opened.id, figures, by=SYSTEM)
        try:
            await self._run(counts.close, opened.id, by=SYSTEM)
        except REFUSALS:
            await self._run(counts.cancel, opened.id, by=SYSTEM)
            raise

    # goods on their way

    async def order_goods(self, random: Random) -> None:
        """A purchase order."""
        place = random.choice(self.places)
        wanted = [Wanted(variant, units) for variant, units in self._lines(random, 5).items()]
        self.supplies.append(
            await self._run(supplies.order_goods, place, wanted, supplier="storm", by=SYSTEM)
        )
        for line in wanted:
            self._book(line.variant_id, place, line.quantity, incoming=1)

    async def send(self, random: Random) -> None:
        """A transfer leaves."""
        source, target = random.sample(list(self.places), 2)
        wanted = [Wanted(variant, units) for variant, units in self._lines(random, 2).items()]
        self.supplies.append(await self._run(supplies.send, source, target, wanted, by=SYSTEM))
        for line in wanted:
            self._book(line.variant_id, source, line.quantity, on_hand=-1)
            self._book(line.variant_id, target, line.quantity, incoming=1)

    async def arrive(self, random: Random) -> None:
        """Part of what is on its way comes, some of it broken, of a supplier's now and then too many."""
        before = self._supply(random)
        came = []
        for line in random.sample(before.lines, random.randint(1, len(before.lines))):
            most = line.rest + (2 if random.random() < 0.2 else 0)
            whole = random.randint(0, most)
            came.append(Arrival(line.variant_id, whole, damaged=random.randint(0, max(0, most - whole)) // 2))
        after = await self._run(supplies.arrive, before.id, came, version=before.version, by=SYSTEM)
        self.supplies.append(after)
        rest = {line.variant_id: line.rest for line in before.lines}
        for part in came:
            self._book(part.variant_id, before.location, part.quantity, on_hand=1)
            self._book(part.variant_id, before.location, part.damaged, damaged=1)
            expected = min(rest[part.variant_id], part.quantity + part.damaged)
            self._book(part.variant_id, before.location, expected, incoming=-1)

    async def give_up(self, random: Random) -> None:
        """What has not arrived is expected no more."""
        before = self._supply(random)
        transfer = before.kind is SupplyKind.transfer
        rest = random.choice([Rest.lost, Rest.returned]) if transfer else Rest.not_delivered
        await self._run(supplies.close, before.id, rest, version=before.version, by=SYSTEM)
        for line in before.lines:
            self._book(line.variant_id, before.location, line.rest, incoming=-1)
            if rest is Rest.returned and before.source:
                self._book(line.variant_id, before.source, line.rest, on_hand=1)

    def _supply(self, random: Random) -> Supply:
        if not self.supplies:
            raise supplies.NotOnItsWay()
        return random.choice(self.supplies)

    # promises

    async def hold(self, random: Random) -> None:
        """An order, mostly a new one, wants up to three lines from up to three places; the same variant twice too."""
        known = self.orders and random.random() < 0.15
        order = random.choice(self.orders) if known else new_id()
        wished = [part for _ in range(random.randint(1, 3)) for part in self._line(random)]
        self.wishes.setdefault(order, []).extend(wished)
        if not known:
            self.orders.append(order)
        minutes = random.randint(1, 5)

        async def held(tx: Transaction) -> list[Held]:
            until = tx.now + timedelta(minutes=minutes)
            return await inventory.hold(tx, order, wished, expires_at=until, by=SYSTEM)

        self._whole(wished, await self.database.run(held))

    def _line(self, random: Random) -> list[Demand]:
        """One line; now and then of a bundle, that is of two variants, of one of them two in each."""
        places = tuple(random.sample(list(self.places), random.randint(1, 3)))
        line = Demand(new_id(), random.choice(self.variants), random.randint(1, 3), places)
        if random.random() > BUNDLES:
            return [line]
        first, second = (
            Component(one, each) for each, one in enumerate(random.sample(list(self.variants), 2), 1)
        )
        return inventory.taken_apart(replace(line, variant_id=new_id()), [first, second])

    def _whole(self, lines: Sequence[Demand], parts: Sequence[Held | SoftHold]) -> None:
        """Note where a bundle was kept in part."""
        for line in lines:
            got = sum(
                p.quantity for p in parts if (p.line_id, p.variant_id) == (line.line_id, line.variant_id)
            )
            if line.bundle is not None:
                self.bundles[line.line_id].add(got // line.per if got % line.per == 0 else -1)

    def torn(self) -> list[str]:
        """What is wrong with bundles: all components of a line are kept as often, and whole."""
        return [
            f"of bundle line {line} components were kept {sorted(times)} times"
            for line, times in self.bundles.items()
            if len(times) > 1 or -1 in times
        ]

    async def wish(self, random: Random) -> None:
        """One of a few visitors fills a cart, in a channel that keeps what lies in carts."""
        cart = random.choice(self.carts) if self.carts and random.random() < 0.4 else new_id()
        line = self._line(random)
        if cart not in self.filled:
            self.carts.append(cart)
        self.filled.setdefault(cart, []).extend(line)
        terms = CartHold(KeepWhen.always, minutes=random.randint(1, 5), most_of_one=4, most=8)
        visitor = f"visitor:{random.randint(1, 9)}"
        kept = await inventory.wished(self.database, Wish(cart, visitor, visitor, tuple(line), terms))
        self._whole(line, kept.holds)

    async def shrink(self, random: Random) -> None:
        """A line of a cart wants less, or goes."""
        cart = self._cart(random)
        lines = self.filled[cart]
        stay = random.sample(lines, random.randint(0, len(lines)))
        less = [
            replace(line, quantity=line.per)
            for line in lines
            if line.line_id in {one.line_id for one in stay}
        ]
        await self._run(inventory.fit_kept, cart, {line.line_id for line in lines}, less)
        self.filled[cart] = less or lines

    async def buy(self, random: Random) -> None:
        """A cart goes to the checkout, which takes what was kept for it."""
        cart = self._cart(random)
        lines = self.filled[cart]
        self.wishes[cart] = lines
        self.orders.append(cart)

        async def held(tx: Transaction) -> None:
            until = tx.now + timedelta(minutes=3)
            await inventory.hold(tx, cart, lines, expires_at=until, by=SYSTEM, kept=True)

        await self.database.run(held)

    def _cart(self, random: Random) -> UUID:
        if not self.carts:
            raise inventory.HoldEnded(lines=[])
        return random.choice(self.carts)

    async def extend(self, random: Random) -> None:
        """A payment takes longer."""
        order = self._order(random)
        await self.database.run(lambda tx: inventory.extend(tx, order, tx.now + timedelta(minutes=4)))

    async def allocate(self, random: Random) -> None:
        """An order is placed; now and then it says what it wants, and gets anew what it has lost meanwhile."""
        order = self._order(random)
        wished = self.wishes[order] if random.random() < 0.3 else []
        self.allocated[order] = await self._run(inventory.allocate, order, wished)
        self.placed.append(order)

    async def release(self, random: Random) -> None:
        """An order is given up."""
        await self._run(inventory.release, self._order(random), "storm")

    async def expire(self, random: Random) -> None:
        """Some time passes, and the sweeper comes by."""
        self.clock.move(seconds=random.randint(5, 40))
        await self._run(inventory.expire, most=random.randint(1, 10))

    async def ship(self, random: Random) -> None:
        """Part of an order leaves the building."""
        order, variant, place, units = self._part(random)
        await self._run(inventory.ship, order, [(variant, place, units)])
        self._book(variant, place, units, on_hand=-1)

    async def give_back(self, random: Random) -> None:
        """Part of an order, or all that is left of it, will not leave."""
        order, variant, place, units = self._part(random)
        some = None if random.random() < 0.3 else [(variant, place, units)]
        await self._run(inventory.give_back, order, some, cause="storm")

    def _order(self, random: Random) -> UUID:
        if not self.orders:
            raise inventory.HoldEnded(lines=[])
        return random.choice(self.orders)

    def _part(self, random: Random) -> tuple[UUID, UUID, str, int]:
        placed = [order for order in self.placed if self.allocated[order]]
        if not placed:
            raise inventory.HoldEnded(lines=[])
        order = random.choice(placed)
        part = random.choice(self.allocated[order])
        return order, part.variant_id, part.location, random.randint(1, part.quantity + 1)


STEPS = {
    "hold": 20,
    "wish": 12,
    "shrink": 3,
    "buy": 5,
    "allocate": 14,
    "ship": 8,
    "give_back": 4,
    "release": 5,
    "extend": 5,
    "expire": 5,
    "receive": 7,
    "load": 1,
    "adjust": 8,
    "plan": 2,
    "count": 2,
    "order_goods": 3,
    "send": 5,
    "arrive": 5,
    "give_up": 1,
}
NAMES, WEIGHTS = list(STEPS), list(STEPS.values())
