"""A shop in which one can buy: the shop of the carts, a gateway in memory, and all that follows from a purchase."""

from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar
from uuid import UUID

import httpx
import pytest_asyncio
from tests.carts.conftest import Shop
from tests.carts.conftest import retailer as retailer
from tests.conftest import running
from tests.simulators.gateway import SimulatedGateway

from torg import carts, orders
from torg.app import SUBSCRIPTIONS, build
from torg.app import ports as plugged
from torg.carts import Cart, Contact
from torg.connectors.test_gateway import TestGateway
from torg.customers import Address
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.drain import drain
from torg.kernel.jobs import Work
from torg.kernel.money import Money
from torg.orders import Completion, Order, Placement, Seen
from torg.orders.jobs import sweep_orders
from torg.payments import Gateways, Tender, TenderChoice, sweep
from torg.payments.look import BATCH
from torg.settings import Settings

T = TypeVar("T")

HOME = Address(country="NO", name="Kari Nordmann", street="Storgata 1", city="Oslo", postal_code="0155")


class Till:
    """Shortcuts to buying, and to looking at what came of it."""

    def __init__(
        self, shop: Shop, database: Database, clock: FixedClock, settings: Settings, gateway: SimulatedGateway
    ) -> None:
        self.shop = shop
        self.database = database
        self.clock = clock
        self.settings = settings
        self.gateway = gateway
        self.bank = TestGateway(settings, database)
        self.gateways = Gateways(gateway, self.bank)
        self.ports = plugged(settings, database)
        self.ports.add(Gateways, self.gateways)
        self.work = Work(database, settings, self.ports)

    async def cart(
        self, *variants: UUID, channel: str = "web-no", email: str | None = "kari@example.com"
    ) -> Cart:
        """A visitor's cart that lacks nothing."""
        cart = await self.shop.cart(*variants, channel=channel)
        return await self.filled(cart, self.shop.visitor(cart), email)

    async def filled(self, cart: Cart, by: Actor, email: str | None = "kari@example.com") -> Cart:
        """The cart with contact, address and delivery."""
        run = self.database.run
        contact = Contact(email=email, phone="+47 22 33 44 55", name="Kari Nordmann")
        await run(lambda tx: carts.set_contact(tx, cart.id, contact, by=by))
        await run(lambda tx: carts.set_address(tx, cart.id, HOME, None, by=by))
        return await run(lambda tx: carts.choose_delivery(tx, cart.id, "standard", by=by))

    async def buy(
        self,
        cart: Cart,
        method: str = "ok",
        *,
        tender: Tender = Tender.gateway,
        by: Actor | None = None,
        expected: Money | None = None,
    ) -> Placement:
        """Complete the cart."""
        choice = TenderChoice(tender, "sim", method, "https://shop.test/back")
        total = expected or Money(cart.totals.gross, cart.currency)
        who = by or self.shop.visitor(cart)
        return await orders.complete(
            self.database, self.gateways, cart.id, Completion(total, (choice,)), by=who
        )

    async def order(self, cart: Cart) -> Seen:
        """What became of the cart."""
        return await self.database.read(lambda tx: orders.see(tx, cart.id, by=SYSTEM))

    async def cart_now(self, cart: Cart) -> Cart:
        """The cart as it stands."""
        return await self.database.read(lambda tx: carts.load(tx, cart.id, by=SYSTEM))

    async def settle(self) -> None:
        """Let everything happen that follows from what has happened."""
        await drain(self.database, SUBSCRIPTIONS, settings=self.settings, ports=self.ports)

    async def pass_time(self, **by: float) -> None:
        """Time goes by, and the sweepers run as in a worker."""
        self.clock.move(**by)
        while await sweep(self.database, self.gateways) == BATCH:
            pass
        await sweep_orders.run(self.work)
        await self.settle()

    async def stock(self, variant: UUID) -> dict[str, tuple[int, int, int]]:
        """On hand, reserved and allocated of a variant, by location."""
        rows = await self.database.read(
            lambda tx: tx.all(
                dict,
                "SELECT location, on_hand, reserved, allocated FROM levels WHERE variant_id = %(id)s",
                id=variant,
            )
        )
        return {row["location"]: (row["on_hand"], row["reserved"], row["allocated"]) for row in rows}

    async def told(self, cart: Cart) -> list[str]:
        """The types of the events of an order, in order."""
        return await self.database.read(
            lambda tx: tx.all(
                str,
                "SELECT type FROM (SELECT type, aggregate, sequence FROM outbox UNION ALL"
                " SELECT type, aggregate, sequence FROM feed) e"
                " WHERE aggregate = %(aggregate)s ORDER BY sequence",
                aggregate=f"order:{cart.id}",
            )
        )

    async def mails(self, template: str, subject: str = "") -> list[str]:
        """The subjects of mails of a template."""
        return await self.database.read(
            lambda tx: tx.all(
                str,
                "SELECT subject FROM mails WHERE template = %(template)s AND subject LIKE %(subject)s",
                template=template,
                subject=f"%{subject}%",
            )
        )

    def number(self, order: Order) -> str:
        """The number of a placed order."""
        assert order.number is not None
        return order.number


async def refused(awaitable: Awaitable[T]) -> Exception:
    """The refusal that this ends in."""
    try:
        await awaitable
    except Exception as error:
        return error
    raise AssertionError("it was not refused")


@pytest_asyncio.fixture
async def till(
    retailer: Shop, database: Database, clock: FixedClock, settings: Settings
) -> AsyncIterator[Till]:
    """Somewhere to buy."""
    yield Till(retailer, database, clock, settings, SimulatedGateway())


@pytest_asyncio.fixture
async def web(retailer: Shop, settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application."""
    async with running(build(settings, database)) as client:
        yield client
