"""What tests of returns share: orders that were delivered, places that take goods back, and books that must be
right.
"""

from typing import Any
from uuid import UUID

from tests.orders.conftest import Till
from tests.orders.crediting import agree

from torg import carts, fulfilment
from torg.carts import Cart
from torg.fulfilment import FulfilmentKind, FulfilmentState
from torg.kernel.access import SYSTEM, Actor, ActorKind, Grant
from torg.kernel.ids import new_id
from torg.orders.balance import balance
from torg.orders.returns.model import Came, PaidBack, Return, Wish
from torg.orders.returns.receive import Reception
from torg.orders.returns.take_back import take_back


def clerk(store: str, *more: str) -> Actor:
    """Somebody who takes goods back in a store, and has no right over stock or payments."""
    rights = frozenset({"orders:return", *more})
    return Actor(ActorKind.staff, f"stf_{store}", (Grant(rights, stores=frozenset({store})),))


async def bought(till: Till, *variants: UUID, quantity: int = 1, **more: Any) -> Cart:
    """An order of so many of each, paid and shipped."""
    cart = await till.cart(*variants, **more)
    for line in cart.lines if quantity > 1 else ():
        cart = await _counted(till, cart, line.id, quantity)
    await till.buy(cart)
    await till.settle()
    await sent(till, cart)
    return cart


async def _counted(till: Till, cart: Cart, line: UUID, quantity: int) -> Cart:
    change, by = carts.LineChange(quantity=quantity), till.shop.visitor(cart)
    return await till.database.run(lambda tx: carts.change_line(tx, cart.id, line, change, by=by))


async def sent(till: Till, cart: Cart, *, told: bool = True) -> None:
    """All that is to be shipped of the order has left, and everybody was told of it."""
    for one in (await till.order(cart)).fulfilments:
        if one.state is FulfilmentState.open and one.kind is FulfilmentKind.ship:
            await _shipped(till, cart, one.id)
    if told:
        await till.settle()


async def _shipped(till: Till, cart: Cart, id: UUID) -> None:
    how: dict[str, Any] = {"carrier": "Posten", "tracking": None, "tracking_url": None}
    await till.database.run(lambda tx: fulfilment.ship(tx, cart.id, id, **how, by=SYSTEM))


def came(cart: Cart, units: int = 1, line: int = 0, **more: Any) -> Came:
    """So many units of the cart's line came back."""
    return Came(cart.lines[line].id, units, **more)


def wish(cart: Cart, units: int = 1, line: int = 0, **more: Any) -> Wish:
    """So many units of the cart's line are to come back."""
    return Wish(cart.lines[line].id, units, **more)


async def returned(
    till: Till,
    cart: Cart,
    *parts: Came,
    store: str = "oslo",
    to: PaidBack | None = None,
    by: Actor | None = None,
    **more: Any,
) -> Return:
    """The goods lie on the counter of a store, and are taken back there."""
    wanted = Reception(
        order_id=cart.id, id=more.pop("id", None) or new_id(), store=store, came=parts, to=to, **more
    )
    return await take_back(till.database, till.gateways, wanted, by=by or clerk(store))


async def books_agree(till: Till, cart: Cart) -> None:
    """What was given back is what the returns say, never more than was paid; ledgers of credit and stock add up."""
    seen = await till.order(cart)
    stands = balance(seen.order, seen.lines, seen.payments, seen.returns)
    back = sum(one.returned for one in seen.payments)
    assert back == sum(one.refunded for one in seen.returns)
    assert all(one.returned <= one.captured for one in seen.payments)
    assert all(line.back.amounts.gross <= line.paid.gross for line in stands.lines)
    assert stands.due == 0
    await agree(till)
