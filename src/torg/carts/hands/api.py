"""Carts that change hands, over HTTP: claimed, handed over by a code, parked, and seen to change from other devices."""

from typing import Annotated

from litestar import Response
from litestar.response import Stream
from msgspec import Meta, Struct

from torg.carts.api import TAGS, Version
from torg.carts.hands.assign import assign
from torg.carts.hands.claim import claim
from torg.carts.hands.context import ContextWish, change_context, compare
from torg.carts.hands.hand_over import careful, offer, take_over
from torg.carts.hands.news import cart_news
from torg.carts.hands.park import park, parked_in, take_up
from torg.carts.hands.views import CartOfferView, CartSummaryView, ParkedCartView
from torg.carts.load import mine, opened, own
from torg.carts.views import CartView
from torg.customers import require_customer
from torg.kernel.access import Policy
from torg.kernel.access.browser import address_of
from torg.kernel.http import EVENTS, Body, Call, FromPath, Open, QueryParameter, read, write
from torg.kernel.ids import parse
from torg.kernel.live import Live
from torg.kernel.money import Money
from torg.kernel.telemetry.requests import STREAM
from torg.markets import Code
from torg.permissions import Permission


class CartCustomer(Struct, forbid_unknown_fields=True):
    """Whose the cart is."""

    customer: Annotated[str, Meta(max_length=40, description="`cus_` and 32 hexadecimal digits.")]
    version: Version = None


@write(
    "POST", "/carts/{cart:str}/claim", permission=Open.customer, summary="Make a cart one's own", tags=TAGS
)
async def claim_cart(call: Call, cart: FromPath[str]) -> Response[CartView]:
    """Make a visitor's cart, shown by its token, the signed-in customer's; from then on the token opens nothing. Where
    she has a cart, the visitor's goes into it: the answer is hers, and `left_out` what did not come along."""
    id, customer_id = parse("crt", cart), require_customer(call.actor)
    return await call.write(
        lambda tx: claim(tx, id, customer_id, by=call.actor),
        view=lambda claimed: CartView.of(claimed, call.language),
    )


@write(
    "PUT",
    "/carts/{cart:str}/customer",
    permission=Permission.carts_write,
    summary="Say whose it is",
    tags=TAGS,
)
async def put_cart_customer(call: Call, cart: FromPath[str], data: Body[CartCustomer]) -> Response[CartView]:
    """Make a cart that staff began the cart of a customer who calls or stands at the counter; it stays hers."""
    id, customer_id = parse("crt", cart), parse("cus", data.customer)
    return await call.write(
        lambda tx: assign(tx, id, customer_id, by=call.actor, version=data.version),
        view=lambda assigned: CartView.of(assigned, call.language),
    )


@read("/me/cart", permission=Open.customer, summary="My cart", tags=TAGS)
async def get_my_cart(call: Call) -> CartView:
    """The one cart that the customer has in all channels; 404 while she has none."""
    return CartView.of(await call.read(lambda tx: own(tx, by=call.actor)), call.language)


@read("/me/carts", permission=Open.customer, summary="My carts", tags=TAGS)
async def list_my_carts(call: Call) -> list[CartSummaryView]:
    """The customer's carts that she has not bought, the newest first, wherever she left them; at most twenty."""
    return [CartSummaryView.of(cart) for cart in await call.read(lambda tx: mine(tx, by=call.actor))]


class CartComparison(Struct, frozen=True):
    """A cart as it is priced, and as it would be."""

    present: CartView
    wished: CartView


class TakeOver(Struct, forbid_unknown_fields=True):
    """The six digits, or the secret of the link (the end of its address)."""

    code: Annotated[str, Meta(min_length=6, max_length=100)]


class ParkCart(Struct, forbid_unknown_fields=True):
    """Where the cart waits, what it is known by there, and for how many hours."""

    store: Code
    label: Annotated[str, Meta(min_length=1, max_length=60)]
    hours: Annotated[int, Meta(ge=1, le=72)] = 12


@write(
    "POST",
    "/carts/{cart:str}/hand-over",
    permission=Open.cart_token,
    status=201,
    summary="Let a cart be taken over",
    tags=TAGS,
)
async def offer_cart(call: Call, cart: FromPath[str]) -> Response[CartOfferView]:
    """Six digits and a link, each as good as the other, once and for ten minutes: a till or another device takes the
    cart over by them. They take the place of those that were shown before."""
    id, policy = parse("crt", cart), call.ports.get(Policy)
    return await call.write(
        lambda tx: offer(tx, id, policy=policy, by=call.actor),
        view=lambda made: CartOfferView.of(made, policy.origin),
    )


@write("POST", "/cart-hand-overs", permission=Open.public, status=201, summary="Take a cart over", tags=TAGS)
async def take_cart_over(call: Call, data: Body[TakeOver]) -> Response[CartView]:
    """Take a cart over by its digits or its link. The answer's token opens it: for twelve hours at a till. A visitor's
    cart becomes the cart of a customer who is signed in, and needs no token then."""
    policy = call.ports.get(Policy)
    return await careful(
        call.database,
        call.write(
            lambda tx: take_over(tx, data.code, policy=policy, by=call.actor),
            view=lambda taken: CartView.begun(taken, call.language),
        ),
        address=address_of(call.request),
        by=call.actor,
    )


@write("POST", "/carts/{cart:str}/park", permission=Permission.carts_write, summary="Park a cart", tags=TAGS)
async def park_cart(call: Call, cart: FromPath[str], data: Body[ParkCart]) -> Response[CartView]:
    """Let a cart wait in a store; its staff find it by its label (`GET /stores/{store}/parked-carts`)."""
    id = parse("crt", cart)
    return await call.write(
        lambda tx: park(tx, id, data.store, data.label, hours=data.hours, by=call.actor),
        view=lambda parked: CartView.of(parked, call.language),
    )


@write(
    "POST",
    "/carts/{cart:str}/take-up",
    permission=Permission.carts_write,
    summary="Take up a parked cart",
    tags=TAGS,
)
async def take_cart_up(call: Call, cart: FromPath[str]) -> Response[CartView]:
    """Go on with a cart that waits in a store; of two who do so at once one has it."""
    id = parse("crt", cart)
    return await call.write(
        lambda tx: take_up(tx, id, by=call.actor),
        view=lambda taken: CartView.begun(taken, call.language),
    )


@read("/stores/{store:str}/parked-carts", permission=Permission.carts_read, summary="Parked carts", tags=TAGS)
async def list_parked_carts(call: Call, store: FromPath[str]) -> list[ParkedCartView]:
    """The carts that wait in a store, the newest first, at most two hundred."""
    found = await call.read(lambda tx: parked_in(tx, store, by=call.actor))
    return [ParkedCartView.of(cart) for cart in found]


@read(
    "/carts/{cart:str}/news",
    permission=Open.cart_token,
    summary="A cart as it changes",
    tags=TAGS,
    stream="Events `cart`, each with the cart's version and state; at last `merged` or `closed`.",
)
async def read_cart_news(
    call: Call,
    cart: FromPath[str],
    seconds: Annotated[int, QueryParameter(ge=0, le=3600, description="How long to listen.")] = 600,
) -> Response[str]:
    """Server-sent events `cart` (cart, version, state): first how it stands, then each time somebody has changed it.
    Who has an older version reads the cart again."""
    id = parse("crt", cart)
    await call.read(lambda tx: opened(tx, id, by=call.actor, permission=Permission.carts_read, lock=False))
    call.request.scope[STREAM] = True  # type: ignore[literal-required]  # ASGI lets an application keep its own keys
    news = cart_news(call.ports.get(Live), call.database, id, by=call.actor, seconds=seconds)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(news, media_type=EVENTS, headers=headers)  # type: ignore[return-value]  # told as text


class CartContext(Struct, forbid_unknown_fields=True):
    """Where the cart is to be priced, and the total that was shown for there; what is left out stays."""

    expected_total: Money
    channel: Code | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    language: Annotated[str, Meta(max_length=35)] | None = None
    version: Version = None


@read("/carts/{cart:str}/context", permission=Open.cart_token, summary="Compare prices", tags=TAGS)
async def compare_cart_contexts(
    call: Call,
    cart: FromPath[str],
    channel: Annotated[str | None, QueryParameter(max_length=40)] = None,
    country: Annotated[str | None, QueryParameter(pattern="^[A-Z]{2}$")] = None,
    language: Annotated[str | None, QueryParameter(max_length=35)] = None,
) -> CartComparison:
    """The cart as it is priced, and as it would be in another channel, country or language; nothing changes by it."""
    id, wish = parse("crt", cart), ContextWish(channel, country, language)
    found = await call.read(lambda tx: compare(tx, id, wish, by=call.actor))
    return CartComparison(CartView.of(found.present, call.language), CartView.of(found.wished, call.language))


@write("PUT", "/carts/{cart:str}/context", permission=Open.cart_token, summary="Price elsewhere", tags=TAGS)
async def put_cart_context(call: Call, cart: FromPath[str], data: Body[CartContext]) -> Response[CartView]:
    """Price the cart in another channel, country or language from now on, if it comes to what was shown. Nothing else
    changes the prices that a cart with goods was begun with."""
    id, wish = parse("crt", cart), ContextWish(data.channel, data.country, data.language)
    return await call.write(
        lambda tx: change_context(tx, id, wish, data.expected_total, by=call.actor, version=data.version),
        view=lambda changed: CartView.of(changed, call.language),
    )


ROUTES = [
    claim_cart,
    put_cart_customer,
    get_my_cart,
    list_my_carts,
    compare_cart_contexts,
    put_cart_context,
    offer_cart,
    take_cart_over,
    park_cart,
    take_cart_up,
    list_parked_carts,
    read_cart_news,
]
