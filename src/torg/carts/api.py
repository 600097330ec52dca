"""Carts over HTTP, for shops, apps, agents and staff: every answer is the whole cart with its totals.

A visitor's cart is opened by the header `Torg-Token`, a customer's by her session, either by staff with a right in its
channel; to everybody else it does not exist.
"""

from typing import Annotated

from litestar import Response
from msgspec import UNSET, Meta, Struct, UnsetType

from torg.carts import (
    Business,
    Contact,
    Intent,
    LineCard,
    LineChange,
    LineWish,
    add_line,
    apply_code,
    change_line,
    choices,
    choose_delivery,
    create,
    drop_code,
    empty,
    known_number,
    look,
    remove_line,
    set_address,
    set_business,
    set_contact,
    set_purchase_order,
)
from torg.carts.guesses import careful
from torg.carts.model import MOST_LINES, MOST_UNITS
from torg.carts.views import CartChoiceView, CartView
from torg.customers import Address, VatRegister, check_vat_number
from torg.kernel.access.browser import address_of
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Body, Call, FromPath, Open, QueryParameter, read, write
from torg.kernel.ids import new_id, parse
from torg.markets import Code
from torg.pricing import TaxEngines
from torg.promotions import CodeText

TAGS = ["carts"]

Version = (
    Annotated[int, Meta(ge=1, le=2**31 - 1, description="The version that this change was decided on.")]
    | None
)
GivenVersion = Annotated[
    int | None, QueryParameter(ge=1, le=2**31 - 1, description="The version that this change was decided on.")
]
VariantName = Annotated[str, Meta(max_length=40, description="`var_` and 32 hexadecimal digits.")]
LineName = Annotated[str, Meta(max_length=40)]
Quantity = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
LineNote = Annotated[str, Meta(max_length=500)]


class NewLine(Struct, forbid_unknown_fields=True):
    """What to put into the cart; without an intent a till hands over and everybody else ships."""

    variant: VariantName
    quantity: Quantity = 1
    intent: Intent | None = None
    store: Code | None = None
    note: LineNote | None = None
    card: LineCard | None = None

    def wish(self) -> LineWish:
        """The line in the words of carts."""
        variant = parse("var", self.variant)
        return LineWish(variant, self.quantity, self.intent, self.store, self.note or None, self.card)


class LineAddition(NewLine, forbid_unknown_fields=True):
    """A line for a cart that is there already."""

    version: Version = None


class NewCart(Struct, forbid_unknown_fields=True):
    """A cart to begin; without a channel the one of the header `Torg-Channel`."""

    channel: Code | None = None
    language: Annotated[str, Meta(max_length=35)] | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    lines: Annotated[list[NewLine], Meta(max_length=MOST_LINES)] = []


class LinePatch(Struct, forbid_unknown_fields=True):
    """What becomes of a line; what is left out stays."""

    quantity: Quantity | UnsetType = UNSET
    intent: Intent | UnsetType = UNSET
    store: Code | UnsetType | None = UNSET
    note: LineNote | UnsetType | None = UNSET
    card: LineCard | UnsetType | None = UNSET
    version: Version = None


class CartContact(Struct, forbid_unknown_fields=True):
    """Who buys, as a whole."""

    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    name: Annotated[str, Meta(max_length=200)] | None = None
    version: Version = None


class CartAddresses(Struct, forbid_unknown_fields=True):
    """Where the goods and the bill go, as a whole; without `billing` the bill goes where the goods go."""

    delivery: Address | None = None
    billing: Address | None = None
    version: Version = None


class CartBusiness(Struct, forbid_unknown_fields=True):
    """That a company buys, as a whole; without `company` whoever buys does so for herself."""

    company: Annotated[str, Meta(max_length=200)] | None = None
    vat_number: (
        Annotated[
            str, Meta(max_length=40, description="With its country in front.", examples=["DE136695976"])
        ]
        | None
    ) = None
    version: Version = None


class CartPurchaseOrder(Struct, forbid_unknown_fields=True):
    """The buyer's own reference; an empty one is forgotten."""

    purchase_order: Annotated[str, Meta(max_length=100)]
    version: Version = None


class CartDeliveryChoice(Struct, forbid_unknown_fields=True):
    """How goods reach the customer: by which method, in which store, and which lines; without lines all."""

    method: Code
    store: Code | None = None
    lines: Annotated[list[LineName], Meta(max_length=MOST_LINES)] | None = None
    version: Version = None


class CartCode(Struct, forbid_unknown_fields=True):
    """A code, as the customer writes it."""

    code: CodeText
    version: Version = None


@write("POST", "/carts", permission=Open.public, status=201, summary="Begin a cart", tags=TAGS)
async def create_cart(call: Call, data: Body[NewCart]) -> Response[CartView]:
    """Begin a cart in a channel. A visitor's answer holds the token that opens it, this once. A customer has one cart
    in all channels: hers is given with the lines put into it, and begun where she has none."""
    channel = data.channel or call.channel
    if channel is None:
        raise Invalid.of(FieldProblem("channel", "required", "This field is required."))
    lines, cart_id = [line.wish() for line in data.lines], new_id()
    return await call.write(
        lambda tx: create(
            tx,
            channel=channel,
            by=call.actor,
            language=data.language or call.language,
            country=data.country,
            lines=lines,
            cart_id=cart_id,
        ),
        view=lambda begun: CartView.begun(begun, call.language),
    )


@read("/carts/{cart:str}", permission=Open.cart_token, summary="A cart", tags=TAGS)
async def get_cart(call: Call, cart: FromPath[str]) -> CartView:
    """The whole cart with prices, totals and warnings of this moment."""
    id = parse("crt", cart)
    engines = call.ports.get(TaxEngines)
    return CartView.of(await look(call.database, engines, id, by=call.actor), call.language)


@write(
    "POST", "/carts/{cart:str}/lines", permission=Open.cart_token, status=201, summary="Add a line", tags=TAGS
)
async def add_cart_line(call: Call, cart: FromPath[str], data: Body[LineAddition]) -> Response[CartView]:
    """Put a variant into the cart; what is in it already in the same way becomes more of it."""
    id, wish = parse("crt", cart), data.wish()
    return await call.write(
        lambda tx: add_line(tx, id, wish, by=call.actor, channel=call.channel, version=data.version),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write(
    "PATCH",
    "/carts/{cart:str}/lines/{line:str}",
    permission=Open.cart_token,
    summary="Change a line",
    tags=TAGS,
)
async def change_cart_line(
    call: Call, cart: FromPath[str], line: FromPath[str], data: Body[LinePatch]
) -> Response[CartView]:
    """Change how many, how they reach the customer, or the note."""
    id, line_id = parse("crt", cart), parse("lin", line)
    note = data.note if data.note is UNSET else data.note or None
    change = LineChange(data.quantity, data.intent, data.store, note)
    return await call.write(
        lambda tx: change_line(tx, id, line_id, change, by=call.actor, version=data.version),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write(
    "DELETE",
    "/carts/{cart:str}/lines/{line:str}",
    permission=Open.cart_token,
    summary="Remove a line",
    tags=TAGS,
)
async def remove_cart_line(
    call: Call, cart: FromPath[str], line: FromPath[str], version: GivenVersion = None
) -> Response[CartView]:
    """Take a line out of the cart."""
    id, line_id = parse("crt", cart), parse("lin", line)
    return await call.write(
        lambda tx: remove_line(tx, id, line_id, by=call.actor, version=version),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write("DELETE", "/carts/{cart:str}/lines", permission=Open.cart_token, summary="Empty the cart", tags=TAGS)
async def empty_cart(call: Call, cart: FromPath[str], version: GivenVersion = None) -> Response[CartView]:
    """Take everything out of the cart."""
    id = parse("crt", cart)
    return await call.write(
        lambda tx: empty(tx, id, by=call.actor, version=version),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write("PUT", "/carts/{cart:str}/contact", permission=Open.cart_token, summary="Say who buys", tags=TAGS)
async def put_cart_contact(call: Call, cart: FromPath[str], data: Body[CartContact]) -> Response[CartView]:
    """Write down how whoever buys is reached; what is left out is forgotten."""
    id = parse("crt", cart)
    contact = Contact(data.email, data.phone, data.name)
    return await call.write(
        lambda tx: set_contact(tx, id, contact, by=call.actor, version=data.version),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write("PUT", "/carts/{cart:str}/address", permission=Open.cart_token, summary="Say where to", tags=TAGS)
async def put_cart_address(call: Call, cart: FromPath[str], data: Body[CartAddresses]) -> Response[CartView]:
    """Write down where the goods and the bill go; prices and tax follow the address."""
    id = parse("crt", cart)
    return await call.write(
        lambda tx: set_address(tx, id, data.delivery, data.billing, by=call.actor, version=data.version),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write("PUT", "/carts/{cart:str}/business", permission=Open.cart_token, summary="Say for whom", tags=TAGS)
async def put_cart_business(call: Call, cart: FromPath[str], data: Body[CartBusiness]) -> Response[CartView]:
    """Write down that a company buys, and check its VAT number; tax follows from both."""
    id = parse("crt", cart)
    business = None
    if data.company or data.vat_number:
        number = None
        if data.vat_number:
            now = call.database.clock.now()
            known = await call.read(lambda tx: known_number(tx, id, by=call.actor))
            number = await check_vat_number(call.ports.get(VatRegister), data.vat_number, at=now, known=known)
        business = Business(data.company or "", number)
    return await call.write(
        lambda tx: set_business(tx, id, business, by=call.actor, version=data.version),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write(
    "PUT",
    "/carts/{cart:str}/purchase-order",
    permission=Open.cart_token,
    summary="Say the buyer's reference",
    tags=TAGS,
)
async def put_cart_purchase_order(
    call: Call, cart: FromPath[str], data: Body[CartPurchaseOrder]
) -> Response[CartView]:
    """Write down the reference under which the buyer's own books know the purchase; the order carries it."""
    id = parse("crt", cart)
    return await call.write(
        lambda tx: set_purchase_order(tx, id, data.purchase_order, by=call.actor, version=data.version),
        view=lambda changed: CartView.of(changed, call.language),
    )


@read("/carts/{cart:str}/delivery-choices", permission=Open.cart_token, summary="Ways of delivery", tags=TAGS)
async def list_cart_delivery_choices(call: Call, cart: FromPath[str]) -> list[CartChoiceView]:
    """Every way in which the goods could reach the customer, with dates and prices of this moment."""
    id = parse("crt", cart)
    found = await call.read(lambda tx: choices(tx, id, by=call.actor))
    return [CartChoiceView.of(choice, call.language) for choice in found]


@write(
    "PUT", "/carts/{cart:str}/delivery", permission=Open.cart_token, summary="Choose a delivery", tags=TAGS
)
async def put_cart_delivery(
    call: Call, cart: FromPath[str], data: Body[CartDeliveryChoice]
) -> Response[CartView]:
    """Have goods shipped, or pick them up in a store: some lines, or all that are not carried out."""
    id = parse("crt", cart)
    lines = None if data.lines is None else [parse("lin", line) for line in data.lines]
    return await call.write(
        lambda tx: choose_delivery(
            tx, id, data.method, by=call.actor, store=data.store, line_ids=lines, version=data.version
        ),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write(
    "POST", "/carts/{cart:str}/codes", permission=Open.cart_token, status=201, summary="Use a code", tags=TAGS
)
async def add_cart_code(call: Call, cart: FromPath[str], data: Body[CartCode]) -> Response[CartView]:
    """Use a code that opens a promotion; who tries too many that there are not has to wait."""
    id = parse("crt", cart)
    return await careful(
        call.database,
        call.write(
            lambda tx: apply_code(tx, id, data.code, by=call.actor, version=data.version),
            view=lambda changed: CartView.of(changed, call.language),
        ),
        address=address_of(call.request),
        by=call.actor,
    )


@write(
    "DELETE",
    "/carts/{cart:str}/codes/{code:str}",
    permission=Open.cart_token,
    summary="Drop a code",
    tags=TAGS,
)
async def drop_cart_code(
    call: Call, cart: FromPath[str], code: FromPath[str], version: GivenVersion = None
) -> Response[CartView]:
    """Use a code no more."""
    id = parse("crt", cart)
    return await call.write(
        lambda tx: drop_code(tx, id, code, by=call.actor, version=version),
        view=lambda changed: CartView.of(changed, call.language),
    )


ROUTES = [
    create_cart,
    get_cart,
    add_cart_line,
    change_cart_line,
    remove_cart_line,
    empty_cart,
    put_cart_contact,
    put_cart_address,
    put_cart_business,
    put_cart_purchase_order,
    list_cart_delivery_choices,
    put_cart_delivery,
    add_cart_code,
    drop_cart_code,
]
