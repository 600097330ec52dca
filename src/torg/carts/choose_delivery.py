"""How the goods get to the customer: what there is to choose from, and the choice."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts import reckon, rules
from torg.carts.change import changed, open_to_change
from torg.carts.frame import Frame, framed
from torg.carts.load import opened
from torg.carts.model import Cart, Delivery, Intent, StoredCart, StoredLine
from torg.carts.promote import Offering, offering
from torg.carts.refusals import DeliveryNotPossible
from torg.inventory import (
    DeliveryChoice,
    DeliveryKind,
    DeliveryMethod,
    delivery_choices,
    delivery_method,
    ships_to,
)
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.markets import Atlas, atlas
from torg.permissions import Permission
from torg.pricing import Quote, delivery_price

AWAY = frozenset({Intent.ship, Intent.pick_up})


class PricedChoice(Struct, frozen=True):
    """A way of delivery with what it costs, less what promotions take off; without a quote it costs nothing."""

    choice: DeliveryChoice
    quote: Quote | None
    currency: str
    discount: int = 0


async def choices(tx: Transaction, cart_id: UUID, *, by: Actor) -> list[PricedChoice]:
    """Every way in which what is not carried out could reach the customer, with dates and prices of this moment."""
    cart = await opened(tx, cart_id, by=by, permission=Permission.carts_read, lock=False)
    frame = await framed(tx, cart, fresh=True, counted=True)
    lines = [line for line in cart.lines if line.intent in AWAY]
    asked = reckon.question(lines, frame)
    whole = await reckon.reckoned(tx, cart, fresh=False)
    goods = reckon.goods_amount(whole.lines, frame) - whole.totals.discount
    offers = await offering(tx, cart, frame.channel, frame.context, frame.atlas)
    found: list[PricedChoice] = []
    for choice in await delivery_choices(
        tx,
        channel=frame.channel,
        country=asked.country,
        postal_code=asked.postal_code,
        wanted=asked.wanted,
    ):
        quote = await delivery_price(
            tx, frame.context, method=choice.code, weight_g=reckon.weight(lines, frame), goods_amount=goods
        )
        if quote is not None or choice.kind is DeliveryKind.pick_up:
            off = _off(choice, quote, whole, frame, offers) if quote is not None else 0
            found.append(PricedChoice(choice, quote, cart.currency, off))
    return found


def _off(choice: DeliveryChoice, quote: Quote, cart: Cart, frame: Frame, offers: Offering) -> int:
    """What promotions take off this way of delivery."""
    delivery = Delivery(
        method=choice.code,
        kind=choice.kind,
        name=choice.name,
        store=choice.store,
        lines=(),
        weight_g=0,
        earliest=None,
        latest=None,
        quote=quote,
    )
    lines = [line for line in cart.lines if line.gift is None]
    outcome = offers.outcome(lines, frame.facts.goods, [delivery])
    off = offers.off_deliveries(outcome, [delivery])
    return sum(one.amount for each in off.values() for one in each)


async def choose_delivery(
    tx: Transaction,
    cart_id: UUID,
    method: str,
    *,
    by: Actor,
    store: str | None = None,
    line_ids: Sequence[UUID] | None = None,
    version: int | None = None,
) -> Cart:
    """Have goods shipped by a method, or picked up in a store: those lines, or all that are not carried out.

    What the shelves cannot bring at present is accepted with a warning, and decided when the cart is completed.
    """
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    chosen = await delivery_method(tx.database, method)
    lines = _lines(cart, line_ids)
    if chosen.kind is DeliveryKind.ship:
        _must_ship(cart, chosen)
        lines = [replace(line, intent=Intent.ship, store=None) for line in lines]
        after = replace(cart, ship_method=method)
    else:
        _must_hand_over(cart, chosen, store, await atlas(tx.database))
        lines = [replace(line, intent=Intent.pick_up, store=store) for line in lines]
        after = replace(cart, pick_up_method=method)
    for line in lines:
        after = rules.with_changed(after, line)
    return await changed(tx, cart, after, by=by)


def _lines(cart: StoredCart, ids: Sequence[UUID] | None) -> list[StoredLine]:
    if ids is None:
        return [line for line in cart.lines if line.intent in AWAY]
    lines = [rules.line_of(cart, id) for id in dict.fromkeys(ids)]
    if any(line.intent is Intent.digital for line in lines):
        raise Invalid.of(FieldProblem("lines", "digital", "Digital goods are not delivered."))
    return lines


def _must_ship(cart: StoredCart, method: DeliveryMethod) -> None:
    address = cart.address
    country = address.country if address else cart.country
    postal_code = address.postal_code if address else None
    if not method.active or not ships_to(method, country, postal_code):
        raise DeliveryNotPossible(method=method.code)


def _must_hand_over(cart: StoredCart, method: DeliveryMethod, store: str | None, known: Atlas) -> None:
    if store is None:
        raise Invalid.of(FieldProblem("store", "required", "This field is required."))
    if known.store(store).market != cart.market or store not in method.stores or not method.active:
        raise DeliveryNotPossible(method=method.code)
