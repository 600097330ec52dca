"""PREPARE: one transaction in which a cart becomes a pending order, or everything stays as it was.

The cart is locked, so of two completions at once one waits and finds what the other has made.
"""

from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg import carts, inventory, payments, promotions
from torg.inventory import Demand, Held, OutOfStock
from torg.kernel.access import Actor, ActorKind
from torg.kernel.database import Transaction
from torg.markets import Atlas, Channel, KeepWhen, atlas
from torg.orders import rules, store
from torg.orders.draft import draft, pay_until
from torg.orders.finalize import finalize
from torg.orders.model import (
    CartIncomplete,
    EarlierPaymentReturning,
    GuestsNotServed,
    Order,
    OrderLine,
    PaymentMissing,
    TotalChanged,
)
from torg.orders.placement import Completion, Placement
from torg.orders.promise_pick_ups import promise_pick_ups
from torg.orders.quotes import becoming as quotes
from torg.payments import CreditBuysNoCredit, GatewayNotOffered, Gateways
from torg.payments import of_order as payments_of
from torg.permissions import Permission
from torg.pricing import TaxNotDecided

STAFF: Final = frozenset({ActorKind.staff, ActorKind.api_key})


async def prepare(
    tx: Transaction, cart_id: UUID, asked: Completion, *, gateways: Gateways, by: Actor
) -> Placement:
    """Turn a cart into a pending order: goods held, codes redeemed, payment written down; or find the one it became.

    What needs no gateway (cash, nothing to pay) is placed in the same transaction.
    """
    cart = await carts.load(tx, cart_id, by=by, lock=True, payment=asked.tender)
    known = await atlas(tx.database)
    here = _standing(known, known.channel(cart.channel), by)
    _may_place(here, by)
    if cart.state is carts.CartState.quoted:
        cart = replace(cart, token_hash=await quotes.begin(tx, cart_id, asked.quote, by=by))
    elif cart.state is not carts.CartState.open:
        return await again(tx, cart_id)
    channel = known.selling(cart.channel)
    _may(channel, here, cart, by)
    if cart.undecided is not None:
        raise TaxNotDecided.about(cart.undecided)
    if problems := carts.missing(cart):
        raise CartIncomplete.of(*problems)
    order, lines = draft(cart, known, channel, at=tx.now, by=by)
    order = replace(order, quote=asked.quote, purchase_order=asked.purchase_order or order.purchase_order)
    if asked.expected_total != order.total:
        raise TotalChanged(expected=asked.expected_total, present=order.total)
    order, lines = await _take(tx, order, lines, channel, known, _keeps(cart, channel), by)
    await promotions.redeem(
        tx, order.order_id, cart.uses, buyers=promotions.buyer_names(order.customer_id, order.email)
    )
    await carts.unkeep(tx, cart)
    order = await promise_pick_ups(tx, order, lines)
    version, _ = await tx.together(store.prepare(tx, order, lines), carts.freeze(tx, cart_id))
    if version is None:
        raise LookupError("an open cart has an order that has not lapsed")
    if version > 1 and await _money_returning(tx, cart_id):
        raise EarlierPaymentReturning()
    placement = await _pay(
        tx, replace(order, version=version), lines, asked, (channel, here), known, gateways, by
    )
    if placement.errand is None:
        return await finalize(tx, placement.order, lines, placement.payments)
    return placement


async def _money_returning(tx: Transaction, order_id: UUID) -> bool:
    """Whether money of an earlier try to buy this cart is still there, or may yet come."""
    return any(payment.secured or payment.state.open for payment in await payments_of(tx, order_id))


def _standing(known: Atlas, channel: Channel, by: Actor) -> Channel:
    """Where staff complete a cart: in the channel that they say, if they may place orders there; else in the cart's."""
    here = known.channels.get(by.touch.channel or "")
    if by.kind not in STAFF or here is None:
        return channel
    return here if by.may(Permission.orders_place, store=here.store, channel=here.code) else channel


def _may_place(channel: Channel, by: Actor) -> None:
    """Staff and programs need the right to place orders, also to go on with one that others have begun."""
    if by.kind in STAFF:
        by.must(Permission.orders_place, store=channel.store, channel=channel.code)


def _may(channel: Channel, here: Channel, cart: carts.Cart, by: Actor) -> None:
    """A guest needs a channel that serves guests; who hands goods over needs the right to place: they leave at once."""
    if by.kind not in STAFF and not channel.settings.guest_checkout and cart.customer_id is None:
        raise GuestsNotServed()
    for line in cart.lines:
        if line.intent is carts.Intent.carry_out:
            by.must(Permission.orders_place, store=line.store, channel=here.code)


def _keeps(cart: carts.Cart, channel: Channel) -> bool:
    """Whether something may be kept for the cart, which its purchase takes over."""
    return channel.settings.cart_hold.when is not KeepWhen.never or any(line.kept for line in cart.lines)


async def _take(
    tx: Transaction,
    order: Order,
    lines: list[OrderLine],
    channel: Channel,
    known: Atlas,
    keeps: bool,
    by: Actor,
) -> tuple[Order, list[OrderLine]]:
    """Hold the goods; a gift that has just run out is left away.

    The lines remember how they were promised, and no delivery is promised before its goods are expected.
    """
    demands = rules.demands(lines, channel, known)
    if demands:

        async def hold(wanted: list[Demand]) -> list[Held]:
            return await inventory.hold(
                tx,
                order.order_id,
                wanted,
                expires_at=order.held_until,
                by=by,
                channel=channel.code,
                to=rules.destination(order),
                kept=keeps,
            )

        try:
            held = await hold(demands)
        except OutOfStock as refused:
            lines = rules.without_gifts(lines, refused)
            held = await hold(rules.demands(lines, channel, known))
            order = replace(order, units=sum(line.quantity for line in lines))
        promised = [rules.as_promised(line, held) for line in lines]
        order, lines = rules.put_off(order, lines, promised), promised
    return order, lines


async def _pay(
    tx: Transaction,
    order: Order,
    lines: list[OrderLine],
    asked: Completion,
    where: tuple[Channel, Channel],
    known: Atlas,
    gateways: Gateways,
    by: Actor,
) -> Placement:
    channel, here = where  # the cart's, and where the money is taken
    if not order.gross:
        return Placement(order, lines, [])
    if not asked.payments:
        raise PaymentMissing(amount=order.total)
    offered = channel.settings.gateways
    for choice in asked.payments:
        if offered is not None and choice.gateway is not None and choice.gateway not in offered:
            raise GatewayNotOffered(gateway=choice.gateway)
    if any(choice.tender.credit for choice in asked.payments) and any(line.gift_card for line in lines):
        raise CreditBuysNoCredit()
    purchase = payments.Purchase(
        order_id=order.order_id,
        customer_id=order.customer_id,
        channel=here.code,
        store=here.store,
        language=order.language,
        expires_at=pay_until(channel, tx.now),
        country=known.location(known.store(here.store).location).country if here.store else order.country,
    )
    made, errand = await payments.tender(tx, asked.payments, order.total, purchase, gateways=gateways, by=by)
    return Placement(order, lines, made, errand)


async def again(tx: Transaction, order_id: UUID) -> Placement:
    """The order that a cart has become, for who may open the cart."""
    order = await store.find(tx, order_id)
    if order is None:
        raise LookupError("a cart that was completed has no order")
    return Placement(order, await store.lines(tx, order_id), await payments_of(tx, order_id))
