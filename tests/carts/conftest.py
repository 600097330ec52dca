"""A small shop for carts: the practice retailer's places, a few things to buy, prices, stock and ways of delivery."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest_asyncio

from torg.carts import Begun, Cart, LineWish, add_line, create, load
from torg.catalog import ContentUnit, Kind, Listing, NewProduct, NewVariant, Product, ProductText, publish
from torg.catalog import create as create_product
from torg.demo import markets as demo_markets
from torg.demo.stock import METHODS
from torg.inventory import Receipt, offer_delivery, receive
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.access.tokens import digest
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.pricing import (
    DeliveryRate,
    DeliveryStep,
    NewPrice,
    PriceList,
    add_delivery_rate,
    add_price_list,
    set_prices,
)
from torg.promotions import Fact, Is, PercentOff, Promotion, create_promotion

LISTS = (("no", "NOK", "NO", True), ("jp", "JPY", "JP", True), ("us", "USD", "US", False))
PLACES = ("lager-oslo", "oslo", "bergen", "tokyo", "new-york")


async def _set_up(tx: Transaction) -> None:
    for method in METHODS:
        await offer_delivery(tx, method, by=SYSTEM)
    for code, currency, market, included in LISTS:
        prices = PriceList(code, code.upper(), currency, included, market=market)
        await add_price_list(tx, prices, by=SYSTEM)
        amount = 50_00 if currency != "JPY" else 500
        for way, times in (("standard", 1), ("express", 2)):
            steps = (DeliveryStep(amount * times, 5_000), DeliveryStep(amount * times * 2))
            rate = DeliveryRate(
                f"{way}-{code}", way, way, market, (market,), steps, included, free_from=100_000
            )
            await add_delivery_rate(tx, rate, by=SYSTEM)
    ten = Promotion(key="ten", names={"en": "Ten percent"}, effects=(PercentOff(100_000),), needs_code=True)
    await create_promotion(tx, ten, by=SYSTEM, shared=("TEN",))
    sweden = Promotion(
        key="sweden",
        names={"en": "Sweden"},
        effects=(PercentOff(1),),
        conditions=(Is(Fact.market, ("SE",)),),
        needs_code=True,
    )
    await create_promotion(tx, sweden, by=SYSTEM, shared=("SWEDEN",))


@dataclass
class Shop:
    """The shop, and shortcuts to what tests do with it."""

    database: Database
    visitors: dict[UUID, Actor] = field(default_factory=dict)
    tokens: dict[UUID, str] = field(default_factory=dict)

    async def product(
        self,
        *,
        price: int | None = 100_00,
        jpy: int | None = 1_000,
        stock: int | dict[str, int] = 50,
        kind: Kind = Kind.physical,
        tax_class: str = "standard",
        weight_g: int = 300,
        markets: tuple[str, ...] = ("NO", "JP", "US"),
        content_g: int | None = None,
    ) -> UUID:
        """Something new to buy; tells its variant."""
        made = await self.made(price, jpy, stock, kind, tax_class, weight_g, markets, content_g)
        return made.variants[0].id

    async def made(
        self,
        price: int | None,
        jpy: int | None,
        stock: int | dict[str, int],
        kind: Kind,
        tax_class: str,
        weight_g: int,
        markets: tuple[str, ...],
        content_g: int | None = None,
    ) -> Product:
        """The product itself."""
        mark = new_id().hex[-12:].upper()
        new = NewProduct(
            kind=kind,
            tax_class=tax_class,
            texts={"en": ProductText(f"Thing {mark}"), "nb": ProductText(f"Ting {mark}")},
            variants=(
                NewVariant(
                    sku=f"T-{mark}",
                    weight_g=weight_g,
                    content=content_g,
                    content_unit=ContentUnit.g if content_g else None,
                ),
            ),
            assortment=tuple(Listing(f"market:{market}") for market in markets),
        )

        async def work(tx: Transaction) -> Product:
            product = await create_product(tx, new, by=SYSTEM)
            product = await publish(tx, product.id, product.version, by=SYSTEM)
            variant = product.variants[0].id
            for code, amount in (("no", price), ("jp", jpy), ("us", price)):
                if amount is not None:
                    currency = next(currency for one, currency, *_ in LISTS if one == code)
                    money = Money(amount, currency)
                    await set_prices(tx, code, [NewPrice(variant, money, valid_from=tx.now)], by=SYSTEM)
            levels = stock if isinstance(stock, dict) else dict.fromkeys(PLACES, stock)
            receipts = [Receipt(variant, place, number) for place, number in levels.items() if number]
            if receipts:
                await receive(tx, receipts, document="DN", by=SYSTEM)
            return product

        return await self.database.run(work)

    async def cart(self, *variants: UUID, channel: str = "web-no", by: Actor | None = None) -> Cart:
        """A visitor's cart with these in it; `visitor` opens it."""
        wishes = [LineWish(variant) for variant in variants]

        async def work(tx: Transaction) -> Begun:
            visitor = by or Actor(ActorKind.visitor)
            return await create(tx, channel=channel, by=visitor, language="en", lines=wishes)

        begun = await self.database.run(work)
        if begun.token is not None:
            self.tokens[begun.cart.id] = begun.token
            self.visitors[begun.cart.id] = Actor(ActorKind.visitor, tokens=(digest(begun.token),))
        return begun.cart

    def visitor(self, cart: Cart) -> Actor:
        """Whoever has the cart's token."""
        return self.visitors[cart.id]

    async def add(self, cart: Cart, variant: UUID, quantity: int = 1, **wish: Any) -> Cart:
        """The cart with a line more."""
        line = LineWish(variant, quantity, **wish)
        return await self.run(lambda tx: add_line(tx, cart.id, line, by=self.visitor(cart)))

    async def run(self, work: Callable[[Transaction], Awaitable[Cart]]) -> Cart:
        """Do it in a transaction of its own."""
        return await self.database.run(work)

    async def look(self, cart: Cart) -> Cart:
        """The cart as it is now."""
        return await self.database.read(lambda tx: load(tx, cart.id, by=SYSTEM))


@pytest_asyncio.fixture
async def retailer(database: Database) -> Shop:
    """The shop, set up once per module."""
    if not await database.read(lambda tx: tx.one(bool, "SELECT count(*) > 0 FROM price_lists")):
        await database.run(demo_markets.fill)
        database.forget("markets.atlas")
        await database.run(_set_up)
        database.forget("inventory.delivery_methods")
    return Shop(database)
