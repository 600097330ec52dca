"""Who buys, and where the goods and the bill go."""

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts.change import changed, open_to_change
from torg.carts.model import Cart
from torg.customers import Address, normalise_phone, wrong_fields
from torg.customers import check as tidied
from torg.kernel.access import Actor, email_address
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.markets import atlas


class Contact(Struct, frozen=True):
    """How whoever buys is reached."""

    email: str | None = None
    phone: str | None = None
    name: str | None = None


async def set_contact(
    tx: Transaction, cart_id: UUID, contact: Contact, *, by: Actor, version: int | None = None
) -> Cart:
    """Write down who buys, as a whole: what is left out is forgotten. A phone without + is of the cart's country."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    email, wrong = _email(contact.email)
    phone = normalise_phone(contact.phone, cart.country) if contact.phone else None
    if contact.phone and phone is None:
        message = "This is not a phone number. Begin with + and the country."
        wrong.append(FieldProblem("phone", "not-a-phone-number", message))
    if wrong:
        raise Invalid.of(*wrong)
    name = " ".join((contact.name or "").split()) or None
    return await changed(tx, cart, replace(cart, email=email, phone=phone, name=name), by=by)


async def set_address(
    tx: Transaction,
    cart_id: UUID,
    address: Address | None,
    billing: Address | None,
    *,
    by: Actor,
    version: int | None = None,
) -> Cart:
    """Write down where the goods and the bill go, as a whole; the goods go only where the cart's market sells to.

    Without a billing address the bill goes where the goods go. Prices and tax follow the address.
    """
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    countries = (await atlas(tx.database)).market(cart.market).countries
    wrong: list[FieldProblem] = []
    if address is not None:
        wrong += wrong_fields(address, field="delivery")
        if address.country not in countries:
            message = "This market does not sell to that country."
            wrong.append(FieldProblem("delivery.country", "country-not-sold-to", message))
    if billing is not None:
        wrong += wrong_fields(billing, field="billing")
    if wrong:
        raise Invalid.of(*wrong)
    after = replace(
        cart,
        address=tidied(address) if address is not None else None,
        billing_address=tidied(billing) if billing is not None else None,
    )
    return await changed(tx, cart, after, by=by)


def _email(email: str | None) -> tuple[str | None, list[FieldProblem]]:
    if not email:
        return None, []
    try:
        return email_address.normalise(email), []
    except Invalid as wrong:
        return None, list(wrong.problems)
