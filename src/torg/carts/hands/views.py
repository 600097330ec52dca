"""Carts in lists and carts that change hands, as the outside sees them."""

from datetime import datetime

import segno
from msgspec import Struct

from torg.carts.hands.hand_over import Offer
from torg.carts.hands.model import ParkedCart
from torg.carts.model import CartSummary, LeftOut, Loss
from torg.kernel.i18n import words
from torg.kernel.ids import public


class CartLeftOutView(Struct, frozen=True):
    """Goods or a code that did not come along, and why; with `other-way` the goods came, and reach her otherwise."""

    why: Loss
    message: str
    variant: str | None
    name: str
    quantity: int
    code: str | None

    @classmethod
    def of(cls, one: LeftOut, language: str) -> "CartLeftOutView":
        """What did not come along, in a language."""
        return cls(
            why=one.why,
            message=words(language).text(f"cart.left-out.{one.why}"),
            variant=public("var", one.variant_id) if one.variant_id else None,
            name=one.name,
            quantity=one.quantity,
            code=one.code or None,
        )


class CartSummaryView(Struct, frozen=True):
    """A cart in a list."""

    id: str
    version: int
    channel: str
    market: str
    currency: str
    lines: int
    units: int
    changed_at: datetime

    @classmethod
    def of(cls, cart: CartSummary) -> "CartSummaryView":
        """The cart as its customer finds it."""
        plain = {name: getattr(cart, name) for name in cls.__struct_fields__ if name != "id"}
        return cls(id=public("crt", cart.id), **plain)


class CartOfferView(Struct, frozen=True):
    """What takes a cart over once, until `expires_at`: `code` to read out, `link` to open or (`qr`, an SVG) to scan."""

    code: str
    link: str
    qr: str
    expires_at: datetime

    @classmethod
    def of(cls, offer: Offer, origin: str) -> "CartOfferView":
        """What is shown this once."""
        link = f"{origin}/cart/{offer.secret}"
        qr = segno.make(link, error="m", micro=False).svg_inline(scale=4, dark="#000", light="#fff")
        return cls(offer.code, link, qr, offer.offered.until)


class ParkedCartView(Struct, frozen=True):
    """A cart that waits in a store until `until`."""

    id: str
    version: int
    channel: str
    currency: str
    customer: str | None
    store: str
    label: str
    parked_by: str
    parked_at: datetime
    until: datetime
    lines: int
    units: int

    @classmethod
    def of(cls, cart: ParkedCart) -> "ParkedCartView":
        """The cart as staff find it."""
        parked = cart.parked
        return cls(
            id=public("crt", cart.id),
            version=cart.version,
            channel=cart.channel,
            currency=cart.currency,
            customer=public("cus", cart.customer_id) if cart.customer_id else None,
            store=parked.store,
            label=parked.label,
            parked_by=parked.by,
            parked_at=parked.at,
            until=parked.until,
            lines=cart.lines,
            units=cart.units,
        )
