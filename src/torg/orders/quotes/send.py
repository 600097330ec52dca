"""A quote is asked for, sent, and sent again as it was changed.

Everybody locks the cart first, then the quote, as its completion does. A quote holds no goods: they are held when it is
accepted, like those of any cart.
"""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg import carts
from torg.carts import Cart, CartState, StoredCart
from torg.kernel import audit, mail
from torg.kernel.access import Actor, Policy
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.kernel.ids import public
from torg.markets import Atlas, atlas
from torg.orders.model import CartIncomplete
from torg.orders.quotes import letters, store
from torg.orders.quotes.events import QuoteAsked, QuoteSent
from torg.orders.quotes.link import OPENS, hashed, link
from torg.orders.quotes.make import Made, made_of, version_of
from torg.orders.quotes.model import LIVE, Quotation, QuoteNotOpen, QuoteState, QuoteWish
from torg.permissions import Permission

LATER: Final = frozenset({"out-of-stock", "tax-not-decided"})
"""What may be lacking while a quote is only offered: its completion sees to it."""
MOST_VERSIONS: Final = 100
CLOSED: Final = frozenset({QuoteState.accepting, QuoteState.accepted})


async def send(tx: Transaction, cart_id: UUID, wish: QuoteWish, *, policy: Policy, by: Actor) -> Quotation:
    """Offer what is in a cart at agreed prices until a moment; or offer again what was changed. It is mailed.

    `wish.version` is the quote's, or before there is one the cart's.
    """
    by.must(Permission.orders_place, anywhere=True)
    cart = await carts.to_quote(tx, cart_id, by=by, version=wish.version)
    known = await atlas(tx.database)
    channel = known.channel(cart.channel)
    by.must(Permission.orders_place, store=channel.store, channel=channel.code)
    if wish.valid_until <= tx.now:
        raise Invalid.of(FieldProblem("valid_until", "past", "This moment has passed."))
    before = await store.find(tx, cart_id, lock=True)
    if before is not None:
        _must_be(before, wish.version)
    live = before is not None and before.state_at(tx.now) in LIVE
    made = await made_of(tx, cart, wish, channel, live=live, by=by)
    opener = hashed(policy, cart_id)
    offered = await carts.agree(tx, made.cart, made.then, opener=(opener, wish.valid_until + OPENS))
    _must_lack_nothing(offered)
    number = before.version + 1 if before else 1
    version = version_of(offered, made, wish, number, words=None, by=by)
    quote = _quotation(before, cart, offered, known, by)
    quote = replace(
        quote,
        state=QuoteState.sent,
        version=number,
        gross=version.gross,
        valid_until=wish.valid_until,
        openers=tuple(dict.fromkeys((*quote.openers, opener))),
        versions=(*quote.versions, version)[-MOST_VERSIONS:],
        reason=None,
        updated_at=tx.now,
    )
    await store.put(tx, quote)
    tx.record(QuoteSent.of(quote))
    await audit.write(tx, by, "quote.sent", public("quo", cart_id), version=number, gross=quote.gross)
    await mail.send_all(tx, [letters.sent(quote, known, link(policy, cart_id))])
    return quote


async def ask(
    tx: Transaction,
    cart_id: UUID,
    words: str | None,
    *,
    policy: Policy,
    by: Actor,
    version: int | None = None,
) -> Quotation:
    """Ask for an offer for what is in a cart; asked again it is the same. Its prices are kept from then on."""
    cart = await carts.to_quote(tx, cart_id, by=by, version=version)
    there = await store.find(tx, cart_id, lock=True)
    if there is not None:
        return there
    known = await atlas(tx.database)
    wish = QuoteWish(valid_until=tx.now)
    made: Made = await made_of(tx, cart, wish, known.channel(cart.channel), live=False, by=by)
    opener = hashed(policy, cart_id)
    offered = await carts.agree(tx, made.cart, made.then, opener=(opener, tx.now + OPENS))
    if not cart.lines or not cart.email:
        field, code = ("lines", "empty") if not cart.lines else ("contact.email", "required")
        raise CartIncomplete.of(FieldProblem(field, code, carts.SENTENCES[code]))
    version_one = version_of(offered, made, None, 1, words=words, by=by)
    quote = _quotation(None, cart, offered, known, by)
    quote = replace(
        quote, gross=version_one.gross, openers=(*quote.openers, opener), versions=(version_one,), wish=words
    )
    await store.put(tx, quote)
    tx.record(QuoteAsked.of(quote))
    await mail.send_all(tx, [letters.asked(quote, known, link(policy, cart_id))])
    return quote


def _must_be(quote: Quotation, version: int | None) -> None:
    if quote.state in CLOSED:
        raise QuoteNotOpen(state=quote.state.value)
    if version is not None and version != quote.version:
        raise StaleVersion(given=version, present=quote.version)


def _must_lack_nothing(cart: Cart) -> None:
    """A quote can be accepted as it stands: who, where to and how are known before it is sent."""
    wrong = [problem for problem in carts.missing(cart) if problem.code not in LATER]
    if not cart.email and not any(problem.field == "contact.email" for problem in wrong):
        wrong.append(FieldProblem("contact.email", "required", carts.SENTENCES["required"]))
    if wrong:
        raise CartIncomplete.of(*wrong)


def _quotation(
    before: Quotation | None, cart: StoredCart, offered: Cart, known: Atlas, by: Actor
) -> Quotation:
    if before is not None:
        return replace(before, customer_id=cart.customer_id, name=cart.name, email=cart.email)
    if cart.state is CartState.quoted:
        raise LookupError("a cart is a quote, and there is no quote")
    return Quotation(
        order_id=cart.id,
        state=QuoteState.asked,
        version=1,
        customer_id=cart.customer_id,
        channel=cart.channel,
        store=known.channel(cart.channel).store,
        market=cart.market,
        language=cart.language,
        country=cart.country,
        name=cart.name,
        email=cart.email,
        currency=cart.currency,
        gross=offered.totals.gross,
        valid_until=None,
        openers=(cart.token_hash,) if cart.token_hash is not None else (),
        versions=(),
        created_by=str(by),
        created_at=offered.at,
        updated_at=offered.at,
    )
