"""A cart is priced elsewhere because its customer asks for it: she sees both prices before, and gets what she saw.

Nothing else changes the context of a cart that has goods in it: not another device, language or country.
"""

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts import facts, keep, rules
from torg.carts.change import changed, open_to_change
from torg.carts.hands import merging
from torg.carts.load import opened
from torg.carts.model import Cart, LeftOut, Loss, StoredCart
from torg.carts.reckon import reckoned
from torg.carts.refusals import PricesMoved
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.money import Money
from torg.markets import Market, atlas
from torg.permissions import Permission


class ContextWish(Struct, frozen=True):
    """Where the cart is to be priced: what is left out stays, as far as the channel's market has it."""

    channel: str | None = None
    country: str | None = None
    language: str | None = None


class BothPrices(Struct, frozen=True):
    """A cart as it is priced, and as it would be."""

    present: Cart
    wished: Cart


async def compare(tx: Transaction, cart_id: UUID, wish: ContextWish, *, by: Actor) -> BothPrices:
    """The cart as it stands and as it would stand there, both at this moment; nothing changes."""
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_read, lock=False)
    after, left_out = await _moved(tx, cart, wish, by)
    present = await reckoned(tx, cart, fresh=True)
    wished = await reckoned(tx, after, fresh=True)
    return BothPrices(present, replace(wished, left_out=tuple(left_out)))


async def change_context(
    tx: Transaction,
    cart_id: UUID,
    wish: ContextWish,
    expected_total: Money,
    *,
    by: Actor,
    version: int | None = None,
) -> Cart:
    """Price the cart there from now on, if it comes to what she saw; otherwise `PricesMoved`, and nothing changes.

    What was kept for it here is let go, and what the other channel keeps is kept there.
    """
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    after, left_out = await _moved(tx, cart, wish, by)
    if after == cart:
        found = await changed(tx, cart, cart, by=by)
    else:
        await keep.kept(tx, cart.lines, replace(cart, lines=()), by=by, together=False)
        found = await changed(tx, replace(cart, lines=()), after, by=by, together=False)
    if (present := Money(found.totals.gross, found.currency)) != expected_total:
        raise PricesMoved(expected=expected_total, present=present)
    return replace(found, left_out=tuple(left_out))


async def _moved(
    tx: Transaction, cart: StoredCart, wish: ContextWish, by: Actor
) -> tuple[StoredCart, list[LeftOut]]:
    known = await atlas(tx.database)
    channel = known.selling(wish.channel or cart.channel)
    rules.must_sell_in(channel, by)
    market = known.market(channel.market)
    after = replace(
        cart,
        channel=channel.code,
        market=market.code,
        currency=market.currency if market.code != cart.market else cart.currency,
        language=_one_of(market.languages, wish.language, cart.language, "language"),
        country=_country(market, wish, cart),
    )
    if after == cart:
        return cart, []
    after, left_out = _without_far_address(after, market)
    if channel.code != cart.channel:
        ids = [line.variant_id for line in after.lines]
        found = await facts.goods(tx, channel, after.language, ids, fresh=False)
        lines = []
        for line in after.lines:
            goods = found.get(line.variant_id)
            there = replace(line, channel=channel.code, kept=(), kept_until=None)
            fit, told = merging.fitting(there, after, goods, known) if goods else (there, None)
            lines.append(fit)
            left_out += [told] if told else []
        after = replace(after, lines=tuple(lines))
    return after, left_out


def _country(market: Market, wish: ContextWish, cart: StoredCart) -> str:
    usual = cart.country if cart.country in market.countries else market.country
    return _one_of(market.countries, wish.country, usual, "country")


def _one_of(known: tuple[str, ...], wished: str | None, usual: str, field: str) -> str:
    if wished is None:
        return usual if usual in known else known[0]
    if wished not in known:
        message = f"This market does not have that {field}."
        raise Invalid.of(FieldProblem(field, f"{field}-not-of-market", message))
    return wished


def _without_far_address(cart: StoredCart, market: Market) -> tuple[StoredCart, list[LeftOut]]:
    if cart.address is None or cart.address.country in market.countries:
        return cart, []
    return replace(cart, address=None), [LeftOut(Loss.no_address, name=cart.address.city)]
