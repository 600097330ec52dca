"""The checkout: one page of plain fields, and a button that says that it binds.

Pressed, it writes down what was said, and buys for the total that the page showed; a total that has become another in
the meantime is shown first. Pressing it twice buys once.
"""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from msgspec import Meta, Struct

from torg import carts, orders
from torg.carts import Business, Cart, CartState, Contact, Intent, UnknownCart
from torg.customers import VatRegister, check_vat_number
from torg.inventory import DeliveryKind
from torg.kernel import i18n
from torg.kernel.access import Actor, Policy, browser
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, TorgError
from torg.kernel.http import Call, Calling, Open, read, write
from torg.kernel.ids import new_id, public
from torg.kernel.money import Money
from torg.kernel.page_forms import FINE, Wrong, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.orders import Completion, OrderState, Placement, TotalChanged
from torg.payments import Gateways, PaymentDeclined, Tender, TenderChoice, recognise
from torg.pricing import TaxEngines
from torg.surfaces.shop import basket, bought, checkout_view
from torg.surfaces.shop.basket import Kept
from torg.surfaces.shop.checkout_view import INVOICE, CheckoutSeen
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way

CHECKOUT: Final = Way("checkout", abroad=True, indexed=False)
HERE: Final = "/{front:str}/{language:str}/checkout"
Word = Annotated[str, Meta(max_length=120)]
LABELS: Final = {
    "email": "shop.checkout.email",
    "phone": "address.phone",
    "name": "address.name",
    "country": "address.country",
    "gift_card": "shop.checkout.gift-code",
    "company": "shop.company.name",
    "vat_number": "shop.company.vat",
    "purchase_order": "shop.company.reference",
}
BELOW: Final = ("delivery.", "contact.", "address.", "payment.", "payments.0.")
"""What names of fields begin with below this form."""


class CheckoutForm(Struct, frozen=True):
    """The fields of the checkout; `total` is what the page showed as to be paid, in minor units.

    `look` only asks for the fields of another country.
    """

    total: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    name: Word = ""
    country: Annotated[str, Meta(max_length=2)] = ""
    street: Annotated[str, Meta(max_length=400)] = ""
    district: Word = ""
    city: Word = ""
    region: Word = ""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    method: Annotated[str, Meta(max_length=40)] = ""
    means: Annotated[str, Meta(max_length=80)] = ""
    gift_card: Annotated[str, Meta(max_length=40)] = ""
    company: Annotated[str, Meta(max_length=200)] = ""
    vat_number: Annotated[str, Meta(max_length=40)] = ""
    purchase_order: Annotated[str, Meta(max_length=60)] = ""
    look: Annotated[str, Meta(max_length=4)] = ""


@read(HERE, permission=Open.public, summary="The checkout", include_in_schema=False)
async def checkout_page(call: Call) -> Response[Any]:
    """What has to be known to buy what is in the cart."""
    return await within(call, lambda at: _page(call, at))


@write("POST", f"{HERE}/begin", permission=Open.public, summary="To the checkout", include_in_schema=False)
async def begin(call: Call) -> Response[Any]:
    """Go from the cart to the checkout; goods that nobody has said how to send are sent in the cheapest way."""

    async def page(at: Front) -> Response[Any]:
        browser.require_own_origin(call.request)
        kept = basket.kept(call.request)
        if kept is not None:
            found, by = kept, basket.shopper(call, at)
            await call.database.run(lambda tx: _sent_somehow(tx, found, by), actor=str(by), repeatable=True)
        return go(at.to("checkout"))

    return await within(call, page)


async def _sent_somehow(tx: Transaction, kept: Kept, by: Actor) -> None:
    there = await basket.still_open(tx, kept, by)
    cart = await carts.load(tx, there, by=by) if there else None
    if cart is None or cart.state is not CartState.open:
        return
    sent = any(one.kind is DeliveryKind.ship for one in cart.deliveries)
    shipped = [line.id for line in cart.lines if line.intent is Intent.ship]
    if sent or not shipped:
        return
    ways = [one for one in await carts.choices(tx, cart.id, by=by) if one.choice.kind is DeliveryKind.ship]
    if ways:
        best = min(ways, key=lambda one: (one.quote.unit if one.quote else 0, one.choice.latest))
        await carts.choose_delivery(tx, cart.id, best.choice.code, by=by, line_ids=shipped)


@write("POST", HERE, permission=Open.public, summary="Buy", include_in_schema=False)
async def buy(call: Call) -> Response[Any]:
    """Write down what was said, and buy; what was refused is told on the page, with everything that was written."""

    async def page(at: Front) -> Response[Any]:
        kept = basket.kept(call.request)
        if kept is None:
            return go(at.to("cart"))
        form = await read_form(call.request, CheckoutForm)
        if form.look:
            return await _page(call, at, form=form)
        try:
            cart = await _written(call, at, kept, form)
            if cart.totals.gross != form.total:
                return await _page(call, at, form=form, changed=True)
            return await _bought(call, at, kept, form, cart)
        except TorgError as error:
            return await _page(call, at, form=form, error=error)

    return await within(call, page)


async def _written(call: Calling, at: Front, kept: Kept, form: CheckoutForm) -> Cart:
    """The cart with what the form says of the customer, the address and the way of delivery."""
    by = basket.shopper(call, at)
    company = await _company(call, form)

    async def work(tx: Transaction) -> Cart:
        cart = await carts.load(tx, kept.cart_id, by=by)
        if cart.state is not CartState.open:
            return cart
        if not _same(cart.business, company):
            cart = await carts.set_business(tx, cart.id, company, by=by)
        if form.purchase_order.strip() != (cart.purchase_order or ""):
            cart = await carts.set_purchase_order(tx, cart.id, form.purchase_order, by=by)
        who = Contact(email=form.email or None, phone=form.phone or None, name=form.name or None)
        cart = await carts.set_contact(tx, cart.id, who, by=by)
        shipped = [line.id for line in cart.lines if line.intent is Intent.ship]
        if shipped:
            told = checkout_view.address_of(msgspec.to_builtins(form))
            cart = await carts.set_address(tx, cart.id, told, cart.billing_address, by=by)
            if form.method:
                cart = await carts.choose_delivery(tx, cart.id, form.method, by=by, line_ids=shipped)
        return cart

    return await call.database.run(work, actor=str(by), repeatable=True)


async def _company(call: Calling, form: CheckoutForm) -> Business | None:
    """For which company it is bought, its VAT number looked up; none for who buys for herself."""
    if not form.company.strip() and not form.vat_number.strip():
        return None
    number = None
    if form.vat_number.strip():
        register, now = call.ports.get(VatRegister), call.database.clock.now()
        number = await check_vat_number(register, form.vat_number, at=now)
    return Business(" ".join(form.company.split()), number)


def _same(there: Business | None, wanted: Business | None) -> bool:
    """Whether the cart says so already; that its number was looked up anew is no other company."""
    if there is None or wanted is None:
        return there is wanted
    numbers = [one.vat_number.number if one.vat_number else "" for one in (there, wanted)]
    return there.company == wanted.company and numbers[0] == numbers[1]


async def _bought(call: Calling, at: Front, kept: Kept, form: CheckoutForm, cart: Cart) -> Response[Any]:
    by = basket.shopper(call, at)
    asked = Completion(
        Money(form.total, cart.currency), await tenders(call, at, form.means, form.gift_card, kept.cart_id)
    )
    answer: Response[Any] = await call.chain(
        lambda: orders.complete(
            call.database,
            call.ports.get(Gateways),
            kept.cart_id,
            asked,
            by=by,
            engines=call.ports.get(TaxEngines),
        ),
        view=standing_of,
        decided=lambda placement: placement.order.state is not OrderState.pending,
    )
    came = msgspec.json.decode(answer.content)
    response = go(at.to("order", public("ord", kept.cart_id)), done="pay" if came["waits"] else "bought")
    bought.remember(call, response, kept)
    if came["placed"]:
        basket.remember(call, response, kept.cart_id, kept.token, 0)
    return response


async def tenders(
    call: Calling, at: Front, means: str, gift_card: str, order_id: UUID
) -> tuple[TenderChoice, ...]:
    """What a form says it is paid with: a gift card as far as it goes, one of the means for the rest."""
    chosen = []
    if gift_card.strip():
        account = await recognise(
            call.database,
            call.ports.get(Policy),
            gift_card.strip(),
            address=browser.address_of(call.request),
            by=call.actor,
            field="gift_card",
        )
        chosen.append(TenderChoice(Tender.gift_card, account_id=account))
    gateway, _, method = means.partition(".")
    if means == INVOICE:
        chosen.append(TenderChoice(Tender.invoice))
    elif gateway:
        origin = browser.policy_of(call.request).origin
        back = origin + at.to("order", public("ord", order_id))
        chosen.append(TenderChoice(Tender.gateway, gateway, method, back))
    return tuple(chosen)


def standing_of(placement: Placement) -> dict[str, Any]:
    """Whether it is placed already, and whether its buyer has to go somewhere to pay."""
    waits = any(payment.action_url for payment in placement.payments if payment.state.open)
    return {"placed": placement.order.state is OrderState.placed, "waits": waits}


async def _page(
    call: Calling,
    at: Front,
    *,
    form: CheckoutForm | None = None,
    error: TorgError | None = None,
    changed: bool = False,
) -> Response[Any]:
    said: dict[str, str] = msgspec.to_builtins(form) if form else {}
    country = call.request.query_params.get("country")
    if country and not form:
        said = {"country": country}
    view = await checkout_view.seen(call, at, said)
    if view is None:
        return go(at.to("cart"))
    if view.being_bought and error is None:
        return go(at.to("order", public("ord", view.cart.id)))
    shown = _wrong(call, at, error) if error else FINE
    words = i18n.words(at.language)
    page = await show(
        call,
        at,
        "checkout",
        CHECKOUT,
        status=status_of(error) if error else 200,
        checkout=view,
        said=said,
        labels=_labels(at, view),
        countries=[(code, words.country(code)) for code in view.countries],
        wrong=shown,
        changed=changed or isinstance(error, TotalChanged),
        once=new_id().hex,
    )
    page.headers["Cache-Control"] = "no-store"
    return page


def _wrong(call: Calling, at: Front, error: TorgError) -> Wrong:
    """What to tell about a refusal, with the fields by the names that they have on this page."""
    if isinstance(error, TotalChanged | UnknownCart):
        return FINE
    told = wrong(call.request, error)
    if isinstance(error, PaymentDeclined):
        return Wrong(i18n.text(at.language, "shop.checkout.declined"))
    if isinstance(error, Invalid):
        return Wrong(fields={_own(name): text for name, text in told.fields.items()})
    return told


def _labels(at: Front, view: CheckoutSeen) -> dict[str, str]:
    """What people call the fields, for the list of those that are wrong."""
    keys = {one.name: one.label for one in view.address} | LABELS
    return {name: i18n.text(at.language, key) for name, key in keys.items()}


def _own(name: str) -> str:
    for prefix in BELOW:
        name = name.removeprefix(prefix)
    return name


ROUTES: list[Any] = [checkout_page, begin, buy]
