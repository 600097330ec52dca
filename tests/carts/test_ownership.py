"""An id opens nothing: a cart opens to its customer, to who has its token, and to staff who may help in its channel."""

from collections.abc import Awaitable, Callable

import pytest
from tests.carts.conftest import Shop

from torg.carts import (
    Cart,
    CartBeingCompleted,
    CartClaimed,
    CartCreated,
    CartOrdered,
    CartState,
    Contact,
    LineWish,
    UnknownCart,
    add_line,
    choices,
    claim,
    create,
    freeze,
    load,
    ordered,
    reopen,
    set_contact,
)
from torg.kernel.access import SYSTEM, VISITOR, Actor, ActorKind, Grant, RightMissing, SignInNeeded
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid
from torg.kernel.ids import new_id
from torg.markets import ChannelClosed, UnknownChannel, close_channel


def staff(*permissions: str, channels: tuple[str, ...] | None = None) -> Actor:
    places = frozenset(channels) if channels else None
    return Actor(ActorKind.staff, "stf", (Grant(frozenset(permissions), channels=places),))


async def opens(retailer: Shop, cart: Cart, by: Actor) -> bool:
    try:
        found = await retailer.database.read(lambda tx: load(tx, cart.id, by=by))
    except UnknownCart:
        return False
    return found.id == cart.id


async def test_a_visitor_s_cart_opens_by_its_token_only(retailer: Shop) -> None:
    mug = await retailer.product()
    cart, other = await retailer.cart(mug), await retailer.cart(mug)
    assert await opens(retailer, cart, retailer.visitor(cart))
    for stranger in (
        VISITOR,
        retailer.visitor(other),
        Actor(ActorKind.customer, "cus", customer_id=new_id()),
    ):
        assert not await opens(retailer, cart, stranger)
        with pytest.raises(UnknownCart):
            await retailer.run(lambda tx, by=stranger: add_line(tx, cart.id, LineWish(mug), by=by))  # type: ignore[misc]  # bound per turn
        with pytest.raises(UnknownCart):
            await retailer.database.read(lambda tx, by=stranger: choices(tx, cart.id, by=by))  # type: ignore[misc]  # bound per turn
    with pytest.raises(UnknownCart):
        await retailer.database.read(lambda tx: load(tx, new_id(), by=SYSTEM))
    assert (await retailer.look(cart)).version == 1


async def test_staff_open_and_change_carts_of_their_channels_as_far_as_their_rights_go(
    retailer: Shop,
) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    reader = staff("carts:read", channels=("web-no",))
    assert await opens(retailer, cart, reader)
    with pytest.raises(RightMissing):
        await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=reader))
    assert not await opens(retailer, cart, staff("carts:read", channels=("web-se",)))
    assert not await opens(retailer, cart, staff("orders:read"))
    writer = staff("carts:read", "carts:write", channels=("web-no",))
    changed = await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=writer))
    assert changed.lines[0].quantity == 2


async def test_only_staff_begin_a_cart_at_a_till(retailer: Shop) -> None:
    with pytest.raises(SignInNeeded):
        await retailer.cart(channel="till-oslo")
    elsewhere = staff("carts:write", channels=("till-berlin",))
    with pytest.raises(RightMissing):
        await retailer.cart(channel="till-oslo", by=elsewhere)
    here = Actor(
        ActorKind.staff,
        "stf",
        (Grant(frozenset({"carts:write"}), stores=frozenset({"oslo"}), channels=frozenset({"till-oslo"})),),
    )
    cart = await retailer.cart(channel="till-oslo", by=here)
    assert (cart.channel, cart.store) == ("till-oslo", "oslo")


async def test_a_cart_is_begun_in_a_channel_that_sells_in_a_language_and_country_of_its_market(
    retailer: Shop,
) -> None:
    async def begin(tx: Transaction, channel: str, language: str | None, country: str | None) -> Cart:
        return (await create(tx, channel=channel, by=VISITOR, language=language, country=country)).cart

    with pytest.raises(UnknownChannel):
        await retailer.run(lambda tx: begin(tx, "web-mars", None, None))
    with pytest.raises(Invalid):
        await retailer.run(lambda tx: begin(tx, "web-no", None, "DE"))
    spoken = await retailer.run(lambda tx: begin(tx, "web-jp", "en", "JP"))
    assert (spoken.language, spoken.country, spoken.currency) == ("en", "JP", "JPY")
    assert (await retailer.run(lambda tx: begin(tx, "web-jp", "sv", None))).language == "ja"
    closed = await retailer.database.read(_channel("agent-no"))
    await retailer.database.run(lambda tx: close_channel(tx, "agent-no", version=closed, by=SYSTEM))
    retailer.database.forget("markets.atlas")
    with pytest.raises(ChannelClosed):
        await retailer.run(lambda tx: begin(tx, "agent-no", None, None))


def _channel(code: str) -> Callable[[Transaction], Awaitable[int]]:
    async def version(tx: Transaction) -> int:
        return await tx.one(int, "SELECT version FROM channels WHERE code = %(code)s", code=code)

    return version


async def test_prices_stay_those_of_the_channel_in_which_the_cart_was_begun(retailer: Shop) -> None:
    mug = await retailer.product(price=100_00, jpy=1_100)
    cart = await retailer.cart(mug, channel="web-jp")
    by, wish = retailer.visitor(cart), LineWish(mug)
    cart = await retailer.run(lambda tx: add_line(tx, cart.id, wish, by=by, channel="app-sg"))
    assert (cart.channel, cart.currency, cart.totals.gross) == ("web-jp", "JPY", 2_200)


async def test_a_new_cart_is_told_with_its_channel_and_its_token_only_once(retailer: Shop) -> None:
    async with retailer.database.transaction() as tx:
        begun = await create(tx, channel="web-no", by=VISITOR)
        kept = await tx.one(bytes, "SELECT token_hash FROM carts WHERE order_id = %(id)s", id=begun.cart.id)
        assert begun.token is not None and begun.token.encode() not in kept
        assert tx.recorded == (
            CartCreated(order_id=begun.cart.id, channel="web-no", market="NO", customer_id=None),
        )


async def test_signing_in_makes_a_visitor_s_cart_the_customer_s_for_good(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    by, customer_id = retailer.visitor(cart), new_id()
    stranger = Actor(ActorKind.customer, "cus", customer_id=customer_id)
    with pytest.raises(UnknownCart):
        await retailer.run(lambda tx: claim(tx, cart.id, customer_id, by=stranger))
    signed_in = Actor(ActorKind.customer, "cus", customer_id=customer_id, tokens=by.tokens)
    with pytest.raises(UnknownCart):
        await retailer.run(lambda tx: claim(tx, cart.id, new_id(), by=signed_in))
    async with retailer.database.transaction() as tx:
        claimed = await claim(tx, cart.id, customer_id, by=signed_in)
        assert CartClaimed(order_id=cart.id, customer_id=customer_id) in tx.recorded
    assert (claimed.customer_id, claimed.token_hash) == (customer_id, None)
    assert not await opens(retailer, cart, by)
    assert await opens(retailer, cart, stranger)
    again = await retailer.run(lambda tx: claim(tx, cart.id, customer_id, by=stranger))
    assert again.version == claimed.version


async def test_a_cart_that_is_being_bought_is_not_changed_and_an_order_never_again(retailer: Shop) -> None:
    mug = await retailer.product()
    cart = await retailer.cart(mug)
    by, database = retailer.visitor(cart), retailer.database
    assert await database.run(lambda tx: freeze(tx, cart.id))
    assert not await database.run(lambda tx: freeze(tx, cart.id))
    with pytest.raises(CartBeingCompleted):
        await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=by))
    with pytest.raises(CartBeingCompleted):
        await retailer.run(lambda tx: claim(tx, cart.id, new_id(), by=by))
    assert await database.run(lambda tx: reopen(tx, cart.id))
    assert not await database.run(lambda tx: reopen(tx, cart.id))
    await retailer.run(lambda tx: set_contact(tx, cart.id, Contact("kari@example.no"), by=by))
    assert await database.run(lambda tx: ordered(tx, cart.id))
    assert not await database.run(lambda tx: ordered(tx, cart.id))
    assert not await database.run(lambda tx: reopen(tx, cart.id))
    with pytest.raises(CartOrdered):
        await retailer.run(lambda tx: add_line(tx, cart.id, LineWish(mug), by=by))
    kept = await retailer.look(cart)
    assert (kept.state, kept.version, kept.lines[0].quantity) == (CartState.ordered, 2, 1)
