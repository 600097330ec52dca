"""Somebody begins to shop."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts import rules, store
from torg.carts.change import changed
from torg.carts.events import CartCreated
from torg.carts.frame import framed
from torg.carts.keep import keeps, kept
from torg.carts.lines import LineWish, with_lines
from torg.carts.model import Cart, CartState, StoredCart
from torg.carts.reckon import reckoned
from torg.customers import load as load_customers
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import new_id
from torg.markets import Channel, Market, atlas

TOKEN = "torg_ct_"  # noqa: S105  # how the secret begins, not the secret


class Begun(Struct, frozen=True):
    """A new cart, and the secret that opens a visitor's; it is told this once."""

    cart: Cart
    token: str | None


async def create(
    tx: Transaction,
    *,
    channel: str,
    by: Actor,
    language: str | None = None,
    country: str | None = None,
    lines: Sequence[LineWish] = (),
    cart_id: UUID | None = None,
) -> Begun:
    """Begin a cart in a channel; its market, currency, language and country stay with it wherever it goes.

    A customer's cart is opened by her account, everybody else's by the token in the answer; only its hash is kept. She
    has one in all channels: where she has one already, the lines come into that. `cart_id` is what it will be called,
    for who may have to begin it twice before it is there.
    """
    known = await atlas(tx.database)
    place = known.selling(channel)
    rules.must_sell_in(place, by)
    market = known.market(place.market)
    customer = by.customer_id if by.kind is ActorKind.customer else None
    repeatable, cart_id = cart_id is not None, cart_id or new_id()
    context = _Context(place, market, _language(market, language), _country(market, country))
    if customer is not None and (own := await _own(tx, customer, cart_id)) is not None:
        return await _onto(tx, own, context, lines, by)
    token = None if customer else TOKEN + secrets.token_urlsafe(32)
    cart = await _reached(tx, _new(context, cart_id, customer, token, by, tx.now))
    cart = replace(cart, journey=rules.touched(cart, known, by=by, at=tx.now, channel=channel))
    await framed(tx, cart, fresh=False, counted=False, coming=[wish.variant_id for wish in lines])
    cart = await with_lines(tx, cart, lines, by=by)
    cart = await kept(tx, (), cart, by=by, together=repeatable)
    store.add(tx, cart)
    tx.record(CartCreated(order_id=cart.id, channel=cart.channel, market=cart.market, customer_id=customer))
    return Begun(await reckoned(tx, cart, fresh=False, counted=await keeps(tx, cart)), token)


async def new_cart(
    tx: Transaction, channel: str, country: str | None, customer_id: UUID | None
) -> StoredCart:
    """An empty cart of a channel as it would begin; nothing is kept of it."""
    known = await atlas(tx.database)
    place = known.selling(channel)
    market = known.market(place.market)
    context = _Context(place, market, market.languages[0], _country(market, country))
    return await _reached(tx, _new(context, new_id(), customer_id, None, SYSTEM, tx.now))


def _new(
    context: "_Context", id: UUID, customer_id: UUID | None, token: str | None, by: Actor, at: datetime
) -> StoredCart:
    return StoredCart(
        id=id,
        state=CartState.open,
        version=1,
        customer_id=customer_id,
        token_hash=hashlib.sha256(token.encode()).digest() if token else None,
        channel=context.channel.code,
        market=context.market.code,
        language=context.language,
        currency=context.market.currency,
        country=context.country,
        created_by=str(by),
        created_at=at,
        changed_at=at,
    )


class _Context(Struct, frozen=True):
    """Where somebody begins to shop: what prices are reckoned for."""

    channel: Channel
    market: Market
    language: str
    country: str


async def _own(tx: Transaction, customer_id: UUID, new: UUID) -> StoredCart | None:
    """The customer's one cart, locked; None when the new one is to be that."""
    present = await store.current(tx, customer_id, new)
    if present == new:
        return None
    cart = await store.find(tx, present, lock=True)
    if cart is not None and cart.state is CartState.open:
        return cart
    store.follow(tx, customer_id, new)
    return None


async def _onto(
    tx: Transaction, own: StoredCart, context: _Context, lines: Sequence[LineWish], by: Actor
) -> Begun:
    """Her cart with the lines; an empty one is priced where she is now, any other as it was."""
    here, known = context.channel, await atlas(tx.database)
    own = replace(own, journey=rules.touched(own, known, by=by, at=tx.now, channel=here.code))
    after = own
    if not own.lines:
        after = replace(
            own,
            channel=here.code,
            market=context.market.code,
            language=context.language,
            currency=context.market.currency,
            country=context.country,
        )
    after = await with_lines(tx, after, lines, by=by, channel=here.code)
    return Begun(await changed(tx, own, after, by=by), None)


async def _reached(tx: Transaction, cart: StoredCart) -> StoredCart:
    if cart.customer_id is None:
        return cart
    found = (await load_customers(tx, [cart.customer_id])).get(cart.customer_id)
    return cart if found is None else replace(cart, email=found.email, phone=found.phone)


def _language(market: Market, wish: str | None) -> str:
    return wish if wish in market.languages else market.languages[0]


def _country(market: Market, wish: str | None) -> str:
    if wish is None:
        return market.country
    if wish not in market.countries:
        problem = FieldProblem("country", "country-not-sold-to", "This market does not sell to that country.")
        raise Invalid.of(problem)
    return wish
