"""The checkout as its page shows it: the fields that this purchase needs and no others, and what it can be paid with.

At most eight fields, by each country's own rules for addresses; what is known of the customer is filled in already.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from torg import carts, customers
from torg.carts import Cart, CartState, Intent
from torg.customers import Address, form_of
from torg.kernel.database import Transaction
from torg.kernel.http import Calling
from torg.kernel.money import Money
from torg.markets import Channel
from torg.payments import Gateways, InvoiceTerms, invoice_terms
from torg.surfaces.shop import basket, cart_view
from torg.surfaces.shop.cart_view import CartSeen
from torg.surfaces.shop.front import Front

INVOICE: Final = "invoice"
"""The means by which companies buy on stated terms."""
ABOVE: Final = frozenset({"name", "company", "sorting_code"})
"""Fields of an address that its form does not repeat, or that no parcel to a person needs."""
COMPLETE: Final = {
    "street": "street-address",
    "district": "address-level3",
    "city": "address-level2",
    "region": "address-level1",
    "postal_code": "postal-code",
}


class FieldSeen(Struct, frozen=True):
    """A field of the address: `label` is the key of its text, `complete` what a browser fills it in with."""

    name: str
    label: str
    required: bool
    value: str
    choices: tuple[tuple[str, str], ...]
    complete: str


class MeansSeen(Struct, frozen=True):
    """What can be paid with: `value` is what the form says, `text` the key of what people read."""

    value: str
    text: str
    chosen: bool


class CheckoutSeen(Struct, frozen=True):
    """Everything that is asked before goods are bought, and the total that is agreed to."""

    cart: CartSeen
    email: str
    phone: str
    name: str
    country: str
    countries: tuple[str, ...]
    address: tuple[FieldSeen, ...]
    company: str
    vat_number: str
    purchase_order: str
    terms: InvoiceTerms | None
    means: tuple[MeansSeen, ...]
    total: Money
    being_bought: bool


async def seen(call: Calling, at: Front, said: Mapping[str, str]) -> CheckoutSeen | None:
    """The checkout of the shopper's cart, with what she has just `said` in its fields; none without goods in it."""
    kept = basket.kept(call.request)
    if kept is None:
        return None
    by = basket.shopper(call, at)

    async def look(tx: Transaction) -> tuple[Cart, Mapping[str, str], InvoiceTerms | None] | None:
        there = await basket.still_open(tx, kept, by)
        if there is None:
            return None
        cart = await carts.load(tx, there, by=by)
        terms = await invoice_terms(tx, by.customer_id, cart.currency)
        return cart, (await _known(tx, call, cart) if cart.lines else {}), terms

    found = await call.read(look)
    shown = await cart_view.seen(call, at) if found else None
    if found is None or shown is None or not found[0].lines:
        return None
    cart, known, terms = found
    return _checkout(call, at, cart, shown, {**known, **said}, terms)


async def _known(tx: Transaction, call: Calling, cart: Cart) -> dict[str, str]:
    """What the cart says already, else what the customer's account says."""
    address, told = cart.address, {"email": cart.email, "phone": cart.phone, "name": cart.name}
    customer_id = call.actor.customer_id
    if customer_id is not None:
        customer = await customers.find_customer(tx, customer_id, by=call.actor)
        told = {
            "email": cart.email or customer.email,
            "phone": cart.phone or customer.phone,
            "name": cart.name or f"{customer.given_name} {customer.family_name}".strip(),
            "company": customer.company,
            "vat_number": customer.vat_number,
        }
        if address is None:
            book = await customers.addresses_of(tx, customer_id, by=call.actor)
            there = [one for one in book if one.address.country == cart.country]
            there.sort(key=lambda one: not one.default_delivery)
            address = there[0].address if there else None
    if cart.business is not None:
        told["company"] = cart.business.company
        told["vat_number"] = cart.business.vat_number.number if cart.business.vat_number else ""
    told["purchase_order"] = cart.purchase_order
    if address is not None:
        told["name"] = told["name"] or address.name
        told |= {"country": address.country} | {name: getattr(address, name) for name in COMPLETE}
    return {name: value for name, value in told.items() if value}


def _checkout(
    call: Calling,
    at: Front,
    cart: Cart,
    shown: CartSeen,
    known: Mapping[str, str],
    terms: InvoiceTerms | None,
) -> CheckoutSeen:
    chosen = known.get("means", "")
    through = means_of(call, at.shop.atlas.channel(cart.channel), chosen)
    means = with_invoice(through, terms, cart.totals.gross, chosen)
    market = at.shop.atlas.market(cart.market)
    country = known.get("country", "")
    country = country if country in market.countries else cart.country
    ships = any(line.intent is Intent.ship for line in cart.lines)
    return CheckoutSeen(
        cart=shown,
        email=known.get("email", ""),
        phone=known.get("phone", ""),
        name=known.get("name", ""),
        country=country,
        countries=tuple(sorted(market.countries)),
        address=fields_of(country, known) if ships else (),
        company=known.get("company", ""),
        vat_number=known.get("vat_number", ""),
        purchase_order=known.get("purchase_order", ""),
        terms=terms,
        means=means,
        total=Money(cart.totals.gross, cart.currency),
        being_bought=cart.state is CartState.completing,
    )


def fields_of(country: str, known: Mapping[str, str]) -> tuple[FieldSeen, ...]:
    """The fields of a country's addresses, in the order in which people there write them."""
    return tuple(
        FieldSeen(
            field.name,
            field.label,
            field.required,
            ", ".join(known.get(field.name, "").splitlines()),
            tuple((one.code, one.name) for one in field.choices),
            COMPLETE[field.name],
        )
        for row in form_of(country).rows
        for field in row
        if field.name not in ABOVE
    )


def address_of(said: Mapping[str, str]) -> Address:
    """The address that was written into the fields of its country."""
    return Address(country=said["country"], name=said["name"], **{name: said[name] for name in COMPLETE})


def means_of(call: Calling, channel: Channel, chosen: str) -> tuple[MeansSeen, ...]:
    """Every means of every gateway that the channel offers; the first is chosen."""
    gateways, offered = call.ports.get(Gateways), channel.settings.gateways
    found = [
        (f"{code}.{method}", f"payment.{code}.{method}")
        for code in gateways.codes
        if offered is None or code in offered
        for method in gateways.get(code).choices
    ]
    values = [value for value, _ in found]
    first = chosen if chosen in values else next(iter(values), "")
    return tuple(MeansSeen(value, text, value == first) for value, text in found)


def with_invoice(
    means: tuple[MeansSeen, ...], terms: InvoiceTerms | None, gross: int, chosen: str
) -> tuple[MeansSeen, ...]:
    """The same, and on invoice where the terms reach as far."""
    if terms is None or terms.left < gross:
        return means
    means = (*means, MeansSeen(INVOICE, "shop.company.invoice", False))
    return tuple(replace(one, chosen=one.value == chosen) for one in means) if chosen == INVOICE else means
