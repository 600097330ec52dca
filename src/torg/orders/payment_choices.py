"""Ways to pay for a cart, for whoever shows it: only what whoever asks could use."""

from uuid import UUID

from msgspec import Struct

from torg import carts
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.money import Money
from torg.markets import Channel, atlas
from torg.payments import Gateways, Tender, invoice_terms
from torg.permissions import Permission


class PaymentOption(Struct, frozen=True):
    """A tender that a cart can be paid with; through a gateway with these `methods`, the usual first.

    On invoice it is to be paid in so many `days`, and `left` is what can be bought for.
    """

    tender: Tender
    gateway: str | None = None
    methods: tuple[str, ...] = ()
    days: int | None = None
    left: Money | None = None


async def payment_choices(
    tx: Transaction, cart_id: UUID, gateways: Gateways, *, by: Actor
) -> list[PaymentOption]:
    """What a cart can be paid with, what is usual first; cash and terminals only for staff of its store."""
    cart = await carts.load(tx, cart_id, by=by)
    channel = (await atlas(tx.database)).channel(cart.channel)
    hers = cart.customer_id is not None and by.customer_id == cart.customer_id
    staff = by.may(Permission.orders_place, store=channel.store, channel=channel.code)
    till = channel.store is not None and by.may(
        Permission.payments_cash, store=channel.store, channel=channel.code
    )
    found = [PaymentOption(Tender.cash)] if till else []
    found += _through_gateways(gateways, channel, till)
    if hers or (staff and cart.customer_id is not None):
        terms = await invoice_terms(tx, cart.customer_id, cart.currency)
        if terms is not None:
            left = Money(terms.left, terms.currency)
            found.append(PaymentOption(Tender.invoice, days=terms.days, left=left))
        found.append(PaymentOption(Tender.store_credit))
    return [*found, PaymentOption(Tender.gift_card)]


def _through_gateways(gateways: Gateways, channel: Channel, till: bool) -> list[PaymentOption]:
    offered = channel.settings.gateways
    known = [gateways.get(code) for code in gateways.codes if offered is None or code in offered]
    return [
        PaymentOption(Tender.gateway, gateway=one.code, methods=one.choices)
        for one in known
        if till or not one.at_till
    ]
