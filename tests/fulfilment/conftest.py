"""A shop in which one can buy, and a carrier in memory."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from tests.carts.conftest import retailer as retailer
from tests.orders.conftest import Till
from tests.orders.conftest import till as till
from tests.orders.conftest import web as web
from tests.simulators.carrier import SimulatedCarrier

from torg import carts, fulfilment
from torg.carts import Cart
from torg.connectors.generic_carrier import GenericCarrier
from torg.fulfilment import Box, Carriers, Fulfilment, Packed, Shipment
from torg.fulfilment.shipments import store
from torg.fulfilment.shipments.errands import carry_out
from torg.fulfilment.shipments.pack import pack
from torg.fulfilment.sweep import sweep_errands, sweep_pick_ups
from torg.kernel.access import SYSTEM


class Dock:
    """Shortcuts to packing and sending."""

    def __init__(self, till: Till, carrier: SimulatedCarrier) -> None:
        self.till = till
        self.carrier = carrier
        self.generic = GenericCarrier(till.settings, till.database)
        self.carriers = Carriers(carrier, self.generic)
        till.ports.add(Carriers, self.carriers)

    async def order(self, units: int = 3, stock: int = 5, **more: Any) -> tuple[Cart, Fulfilment, UUID]:
        """An order of so many units of one variant that the warehouse sends; the variant."""
        variant = await self.till.shop.product(stock={"lager-oslo": stock})
        cart = await self.till.cart(variant, **more)
        by, change = self.till.shop.visitor(cart), carts.LineChange(quantity=units)
        cart = await self.till.database.run(
            lambda tx: carts.change_line(tx, cart.id, cart.lines[0].id, change, by=by)
        )
        await self.till.buy(cart)
        await self.till.settle()
        (planned,) = (await self.till.order(cart)).fulfilments
        return cart, planned, variant

    async def fulfilment(self, cart: Cart) -> Fulfilment:
        """The only fulfilment of the order, as it stands."""
        (found,) = await self.till.database.read(lambda tx: fulfilment.of_order(tx, cart.id))
        return found

    async def packed(
        self, planned: Fulfilment, *units: int, carrier: str = "sim", id: UUID | None = None
    ) -> Shipment:
        """A shipment with parcels of so many units of its only line each; all of it, when not said."""
        return await self.till.database.run(
            lambda tx: pack(
                tx,
                planned.order_id,
                planned.id,
                boxes(planned, units) or [Box()],
                carrier=carrier,
                id=id,
                by=SYSTEM,
            )
        )

    async def booked(self, planned: Fulfilment, *units: int, carrier: str = "sim") -> Shipment:
        """The same, and the carrier asked."""
        packed = await self.packed(planned, *units, carrier=carrier)
        return await carry_out(self.till.database, self.carriers, packed.order_id, packed.id)

    async def shipment(self, shipment: Shipment) -> Shipment:
        """The shipment as it stands."""
        found = await self.till.database.read(lambda tx: store.find(tx, shipment.order_id, shipment.id))
        assert found is not None
        return found

    async def pass_time(self, **by: float) -> None:
        """Time goes by, and the sweepers run as in a worker."""
        self.till.clock.move(**by)
        await sweep_errands.run(self.till.work)
        await sweep_pick_ups.run(self.till.work)
        await self.till.settle()


def boxes(planned: Fulfilment, units: Sequence[int]) -> list[Box]:
    """Parcels with so many units of the fulfilment's only line each."""
    line = planned.lines[0]
    return [Box(contents=(Packed(line.line_id, line.variant_id, number),)) for number in units]


@pytest.fixture
def carrier() -> SimulatedCarrier:
    return SimulatedCarrier()


@pytest_asyncio.fixture
async def dock(till: Till, carrier: SimulatedCarrier) -> Dock:
    """Somewhere to send from."""
    return Dock(till, carrier)
