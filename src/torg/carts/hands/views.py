"""Carts in lists and carts that change hands, as the outside sees them."""

from datetime import datetime

from msgspec import Struct

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
