"""Steps of tests that change placed orders."""

from functools import partial
from uuid import UUID

from msgspec import Struct
from tests.orders.conftest import Till

from torg import carts, orders
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.ids import public
from torg.orders import Action, Changed, Prices, Seen, Wish
from torg.orders.changes.jobs import sweep_changes
from torg.orders.changes.work_out import WorkedOut
from torg.payments import Tender, TenderChoice
from torg.pricing import TaxEngines

ENGINES = TaxEngines()


class Counter(Struct):
    """Where placed orders are changed."""

    till: Till

    async def placed(self, *goods: tuple[UUID, int], method: str = "ok", codes: tuple[str, ...] = ()) -> Seen:
        """An order of so many of these that is placed, paid, and told to whoever sends it."""
        shop = self.till.shop
        cart = await shop.cart()
        for one, units in goods:
            cart = await shop.add(cart, one, units)
        by = shop.visitor(cart)
        for code in codes:
            await shop.run(partial(carts.apply_code, cart_id=cart.id, code=code, by=by))
        await self.till.filled(cart, by)
        await self.till.buy(await self.till.cart_now(cart), method)
        await self.settle()
        return await self.till.order(cart)

    async def seen(self, seen: Seen) -> Seen:
        """The order as it stands."""
        return await self.till.database.read(lambda tx: orders.see(tx, seen.order.order_id, by=SYSTEM))

    async def preview(
        self, seen: Seen, *actions: Action, by: Actor = SYSTEM, prices: Prices = Prices.then
    ) -> WorkedOut:
        """What these actions would make of it."""
        return await orders.preview_change(
            self.till.database, ENGINES, seen.order.order_id, actions, prices, by=by
        )

    async def change(
        self,
        seen: Seen,
        *actions: Action,
        by: Actor = SYSTEM,
        method: str | None = None,
        prices: Prices = Prices.then,
    ) -> Changed:
        """The change that the preview showed, asked for; paid by card when it says how."""
        worked = await orders.preview_change(
            self.till.database, ENGINES, seen.order.order_id, actions, prices, by=by
        )
        assert worked.problems == ()
        choices = (
            (TenderChoice(Tender.gateway, "sim", method, "https://shop.test/back"),)
            if method is not None and worked.money.collect
            else ()
        )
        wish = Wish(
            actions=actions,
            reason="she asked for it",
            prices=prices,
            version=worked.order.version,
            expected_total=worked.drawn.order.total,
            payments=choices,
        )
        return await orders.change_order(
            self.till.database, self.till.gateways, ENGINES, seen.order.order_id, wish, by=by
        )

    async def settle(self) -> None:
        """Let everything happen that follows, by events and by the clock."""
        await self.till.settle()
        await sweep_changes.run(self.till.work)
        await self.till.settle()


def line(seen: Seen, place: int = 0) -> str:
    """The public id of a line."""
    return public("lin", seen.lines[place].id)


def variant(id: UUID) -> str:
    """The public id of a variant."""
    return public("var", id)
