"""Can this cart be bought as it stands, and what would it take from which shelf?"""

from torg.carts import rules
from torg.carts.model import Cart, Intent
from torg.catalog import Kind
from torg.inventory import DeliveryKind, Demand
from torg.kernel.errors import FieldProblem
from torg.markets import Atlas

SENTENCES = {
    "empty": "There is nothing in the cart.",
    "required": "This field is required.",
    "no-way-to-reach": "Give an e-mail address or a phone number.",
    "not-for-sale": "This is not sold here any more.",
    "no-price": "This has no price here.",
    "out-of-stock": "There is not enough of this in stock.",
    "no-delivery": "This cannot be delivered in the chosen way.",
    "tax-not-decided": "The tax cannot be determined at present. Try again in a moment.",
    "code-not-valid": "This code does not hold any more.",
}


def missing(cart: Cart) -> list[FieldProblem]:
    """Everything that must be set right before the cart can be bought; empty when it can be.

    Whoever carries everything out of a store need not say who she is.
    """
    found: list[FieldProblem] = []
    if not cart.lines:
        found.append(_problem("lines", "empty"))
    numbers = {line.id: number for number, line in enumerate(cart.lines)}
    for warning in cart.warnings:
        field = f"lines.{numbers[warning.line_id]}" if warning.line_id else f"codes.{warning.subject}"
        found.append(_problem(field, warning.code.value))
    if any(line.kind is Kind.gift_card for line in cart.lines) and not cart.email:
        found.append(_problem("contact.email", "required"))
    if cart.undecided is not None:
        found.append(_problem("tax", "tax-not-decided"))
    away = {line.intent for line in cart.lines} - {Intent.carry_out}
    if away and not (cart.email or cart.phone or cart.customer_id):
        found.append(_problem("contact", "no-way-to-reach"))
    if Intent.ship in away:
        if cart.address is None:
            found.append(_problem("address.delivery", "required"))
        if not any(one.kind is DeliveryKind.ship for one in cart.deliveries):
            found.append(_problem("delivery.method", "required"))
    return found


def demands(cart: Cart, atlas: Atlas) -> list[Demand]:
    """What the cart's lines want of the shelves, each from where it may come, in order of preference."""
    locations = atlas.channel(cart.channel).locations
    inside = {line.variant_id: line.components for line in cart.lines if line.components}
    return rules.demands_of(cart.lines, locations, rules.store_places(atlas), inside)


def _problem(field: str, code: str) -> FieldProblem:
    return FieldProblem(field, code, SENTENCES[code])
