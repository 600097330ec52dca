"""From what is to be offered to the cart with its agreed prices: who may set which price, and what is kept.

A price that was agreed stays agreed: goods that stay in a quote which is sent again cost what they did, at the moment
whose prices, promotions and taxes it has from its beginning. A quote that had ended is reckoned anew, but for the
prices that staff had set.
"""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg import carts
from torg.carts import Cart, CartLine, StoredCart, Then
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.markets import Channel
from torg.orders.price_limits import PriceAsked, too_low
from torg.orders.quotes.model import AgreedPrice, QuotedDelivery, QuotedLine, QuoteVersion, QuoteWish
from torg.pricing import Quote


class Made(Struct, frozen=True):
    """A cart that is to be a quote, what is agreed of it, and what its lines cost by the price lists."""

    cart: StoredCart
    then: Then
    listed: Mapping[UUID, int]


async def made_of(
    tx: Transaction, cart: StoredCart, wish: QuoteWish, channel: Channel, *, live: bool, by: Actor
) -> Made:
    """The cart as it is wished, with what each line costs; `live` where what was agreed before still is."""
    was = cart.then or Then(at=tx.now)
    cart = carts.with_counted(cart, wish.quantities)
    cart = await carts.with_lines(tx, cart, [added for added, _ in wish.added], by=by, named="added")
    moment = Then(at=was.at, used=was.used, codes=was.codes) if live else None
    present = await carts.reckoned(tx, replace(cart, then=moment), fresh=True)
    listed = {line.id: line.quote for line in present.lines if line.quote is not None and line.gift is None}
    asked = _asked(wish, present)
    prices_asked = {f"prices.{id.hex}": PriceAsked(one.unit, listed[id].unit) for id, one in asked.items()}
    if wrong := await too_low(tx, channel, prices_asked, cart.currency, by=by):
        raise Invalid.of(*wrong)
    agreed = {id: quote for id, quote in was.quotes.items() if id in listed and (live or id in was.reasons)}
    prices = listed | agreed | {id: _set(listed[id], price) for id, price in asked.items()}
    reasons = {id: text for id, text in was.reasons.items() if id in listed}
    then = Then(
        at=was.at if live else tx.now,
        quotes=prices,
        charges=_charges(present, was.charges if live else {}, wish.delivery),
        used={one.promotion: one.version for one in present.promotions},
        codes={one.promotion: one.code for one in present.promotions if one.code is not None},
        reasons=reasons | {id: price.reason for id, price in asked.items()},
    )
    return Made(cart, then, {id: quote.unit for id, quote in listed.items()})


def _asked(wish: QuoteWish, present: Cart) -> dict[UUID, AgreedPrice]:
    """The prices that are wished, by line; of what is added by the line that it has become."""
    asked = dict(wish.prices)
    for added, price in wish.added:
        line = next((line for line in present.lines if _is(line, added)), None)
        if price is not None and line is not None:
            asked[line.id] = price
    lines = {line.id for line in present.lines if line.quote is not None and line.gift is None}
    if unknown := [id for id in asked if id not in lines]:
        raise Invalid.of(
            *(
                FieldProblem(f"prices.{id.hex}", "unknown-line", "The quote has no such line.")
                for id in unknown
            )
        )
    return asked


def _is(line: CartLine, added: carts.LineWish) -> bool:
    return line.id == added.id or (
        line.gift is None
        and (line.variant_id, line.note, line.store) == (added.variant_id, added.note, added.store)
    )


def _set(listed: Quote, price: AgreedPrice) -> Quote:
    return replace(listed, unit=price.unit, trace=(), breaks=(), reduction=None)


def _charges(present: Cart, kept: Mapping[str, int], wished: int | None) -> dict[str, int]:
    found = {
        name: kept.get(name, one.quote.unit)
        for name, one in carts.named(present.deliveries).items()
        if one.quote is not None
    }
    if wished is None:
        return found
    if not found:
        message = "Nothing is delivered for a charge."
        raise Invalid.of(FieldProblem("delivery", "no-delivery", message))
    first, *others = found
    return {first: wished} | dict.fromkeys(others, 0)


def version_of(
    cart: Cart, made: Made, wish: QuoteWish | None, number: int, *, words: str | None, by: Actor
) -> QuoteVersion:
    """What is offered, as it will stand in the quote's history."""
    return QuoteVersion(
        version=number,
        at=cart.at,
        by=str(by),
        valid_until=wish.valid_until if wish else None,
        terms=wish.terms if wish else None,
        message=wish.message if wish else words,
        lines=tuple(_line(line, made) for line in cart.lines if line.quote is not None),
        deliveries=tuple(_deliveries(cart)),
        net=cart.totals.net,
        tax=cart.totals.tax,
        gross=cart.totals.gross,
    )


def _line(line: CartLine, made: Made) -> QuotedLine:
    quote, total = line.quote, line.total
    if quote is None or total is None:
        raise LookupError("a line of a quote has no price")
    return QuotedLine(
        id=line.id,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        options=line.options,
        quantity=line.quantity,
        intent=line.intent,
        store=line.store,
        note=line.note,
        unit=quote.unit,
        listed=made.listed.get(line.id, quote.unit),
        tax_included=quote.tax_included,
        discount=total.discount,
        net=total.net,
        tax=total.tax,
        gross=total.gross,
        reason=line.price_reason,
    )


def _deliveries(cart: Cart) -> list[QuotedDelivery]:
    charges = iter(cart.totals.delivery)
    found = []
    for one in cart.deliveries:
        gross = next(charges).gross if one.quote is not None else 0
        name = one.name.get(cart.language) or one.name.get("en") or one.method
        found.append(QuotedDelivery(one.method, name, one.store, gross))
    return found
