"""A customer's own pages: signing in with a code from her e-mail, what she has bought in any channel, her addresses.

Signing in makes the account when there is none, and the cart of this browser becomes hers. Nothing here tells whether
somebody else has an account.
"""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from msgspec import Meta, Struct

from torg import carts, customers, orders
from torg.carts import UnknownCart
from torg.customers import Customer, Details, Proof, SavedAddress, printed
from torg.kernel import cursors, i18n
from torg.kernel.access import Actor, ActorKind, browser, sessions
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, TorgError
from torg.kernel.http import Call, Calling, Cursor, Open, QueryParameter, read, write
from torg.kernel.ids import new_id, parse, public
from torg.kernel.money import Money
from torg.kernel.page_forms import FINE, Wrong, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.orders import CustomerOrder, OrderState
from torg.surfaces.shop import basket
from torg.surfaces.shop.checkout_view import address_of, fields_of
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way

ACCOUNT: Final = Way("account", abroad=True, indexed=False)
HERE: Final = "/{front:str}/{language:str}/account"
STEP: Final = "torg_code"
STEP_LASTS: Final = 600
TOLD: Final = frozenset({"sent", "in", "out", "saved", "removed"})
ONWARD: Final = frozenset({"checkout", "cart"})
"""The pages that signing in leads back to."""
PAGE: Final = 20
Word = Annotated[str, Meta(max_length=120)]
Done = Annotated[str, QueryParameter(max_length=20)]
Next = Annotated[str, QueryParameter(max_length=20)]


class EmailForm(Struct, frozen=True):
    """Where a code is to be sent; `next` is the page to go on to."""

    email: Annotated[str, Meta(max_length=254)]
    next: Annotated[str, Meta(max_length=20)] = ""


class CodeForm(Struct, frozen=True):
    """The code that came."""

    code: Annotated[str, Meta(max_length=20)]


class DetailsForm(Struct, frozen=True):
    """What she is called and how she is reached."""

    given_name: Word = ""
    family_name: Word = ""
    phone: Annotated[str, Meta(max_length=40)] = ""


class AddressForm(Struct, frozen=True):
    """An address for the book, in the fields of its country; `look` only asks for another country's fields."""

    name: Word = ""
    country: Annotated[str, Meta(max_length=2)] = ""
    street: Annotated[str, Meta(max_length=400)] = ""
    district: Word = ""
    city: Word = ""
    region: Word = ""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    look: Annotated[str, Meta(max_length=4)] = ""


class RemoveForm(Struct, frozen=True):
    """An address that is to be forgotten."""

    address: Annotated[str, Meta(max_length=40)]


class OrderSeen(Struct, frozen=True):
    """An order in her list; `place` is where it was bought."""

    id: str
    number: str
    state: OrderState
    place: str
    title: str
    units: int
    total: Money
    placed_at: datetime


@read(HERE, permission=Open.public, summary="The account", include_in_schema=False)
async def account_page(call: Call, done: Done = "", next: Next = "", cursor: Cursor = None) -> Response[Any]:
    """Her orders, details and addresses; for who is not signed in, the way in."""
    return await within(call, lambda at: _page(call, at, done=done, next=next, cursor=cursor))


@write("POST", f"{HERE}/code", permission=Open.public, summary="Ask for a code", include_in_schema=False)
async def ask(call: Call) -> Response[Any]:
    """Send a code to an address; the page says the same whoever it belongs to."""

    async def page(at: Front) -> Response[Any]:
        try:
            form = await read_form(call.request, EmailForm)
            asked = await customers.ask_for_code(
                call.database,
                browser.policy_of(call.request),
                form.email,
                language=at.language,
                device=browser.device_of(call.request),
            )
        except TorgError as error:
            return await _page(call, at, error=error)
        response = go(at.to("account"), done="sent")
        _step(call, response, f"{asked.challenge}|{form.next}|{form.email.strip()}")
        return response

    return await within(call, page)


@write("POST", f"{HERE}/enter", permission=Open.public, summary="Sign in", include_in_schema=False)
async def enter(call: Call) -> Response[Any]:
    """Sign in with the code; what this browser has in its cart becomes hers."""

    async def page(at: Front) -> Response[Any]:
        policy = browser.policy_of(call.request)
        challenge, next, email = _asked(call)
        try:
            form = await read_form(call.request, CodeForm)
            proof = Proof(email, challenge, "".join(form.code.split()))
            signed_in = await customers.with_code(
                call.database,
                policy,
                proof,
                language=at.language,
                channel=at.shop.channel.code,
                device=browser.device_of(call.request),
            )
        except TorgError as error:
            return await _page(call, at, error=error, done="sent")
        response = go(at.to(next if next in ONWARD else "account"), done="" if next in ONWARD else "in")
        browser.remember(response, policy, signed_in.opened, call.database.clock.now())
        _step(call, response, "")
        await _one_cart(call, at, response, signed_in.customer.customer_id)
        return response

    return await within(call, page)


async def _one_cart(call: Calling, at: Front, response: Response[Any], customer_id: UUID) -> None:
    """The cart of this browser becomes the customer's, or goes into the one that she has; the cookie leads to it."""
    kept, visitor = basket.kept(call.request), basket.shopper(call, at)
    name = public("cus", customer_id)
    her = Actor(ActorKind.customer, name, customer_id=customer_id, touch=visitor.touch, tokens=visitor.tokens)

    async def work(tx: Transaction) -> tuple[UUID, int] | None:
        if kept is not None and (there := await basket.still_open(tx, kept, her)):
            cart = await carts.claim(tx, there, customer_id, by=her)
        else:
            try:
                cart = await carts.own(tx, by=her)
            except UnknownCart:
                return None
        return cart.id, sum(line.quantity for line in cart.lines)

    found = await call.database.run(work, actor=str(her), repeatable=True)
    if found is not None:
        basket.remember(call, response, found[0], None, found[1])


@write("POST", f"{HERE}/leave", permission=Open.public, summary="Sign out", include_in_schema=False)
async def leave(call: Call) -> Response[Any]:
    """End the session of this browser; her cart stays with her account."""

    async def page(at: Front) -> Response[Any]:
        await read_form(call.request, Struct)
        response = go(at.to("account"), done="out")
        if call.actor.kind is ActorKind.customer:
            await call.database.run(lambda tx: sessions.sign_out(tx, by=call.actor), actor=str(call.actor))
            browser.forget(response, browser.policy_of(call.request))
            basket.forget(response)
        return response

    return await within(call, page)


@write("POST", f"{HERE}/details", permission=Open.public, summary="Details", include_in_schema=False)
async def change(call: Call) -> Response[Any]:
    """Change her name and phone."""

    async def page(at: Front) -> Response[Any]:
        own = customers.require_customer(call.actor)
        try:
            form = await read_form(call.request, DetailsForm)
            details = Details(form.given_name, form.family_name, form.phone or None)
            country = at.shop.market.country
            await call.database.run(
                lambda tx: customers.change_customer(
                    tx, own, details, version=None, country=country, by=call.actor
                ),
                actor=str(call.actor),
            )
        except TorgError as error:
            return await _page(call, at, error=error)
        return go(at.to("account"), done="saved")

    return await within(call, page)


@write("POST", f"{HERE}/addresses", permission=Open.public, summary="An address", include_in_schema=False)
async def add(call: Call) -> Response[Any]:
    """Put an address into her book."""

    async def page(at: Front) -> Response[Any]:
        own = customers.require_customer(call.actor)
        form = await read_form(call.request, AddressForm)
        said: dict[str, str] = msgspec.to_builtins(form)
        if form.look:
            return await _page(call, at, said=said)
        try:
            told = address_of(said)
            await call.database.run(
                lambda tx: customers.add_address(tx, own, told, by=call.actor), actor=str(call.actor)
            )
        except TorgError as error:
            return await _page(call, at, error=error, said=said)
        return go(at.to("account"), done="saved")

    return await within(call, page)


@write("POST", f"{HERE}/addresses/remove", permission=Open.public, summary="Forget", include_in_schema=False)
async def remove(call: Call) -> Response[Any]:
    """Take an address out of her book."""

    async def page(at: Front) -> Response[Any]:
        own = customers.require_customer(call.actor)
        form = await read_form(call.request, RemoveForm)
        id = parse("adr", form.address)
        await call.database.run(
            lambda tx: customers.remove_address(tx, own, id, by=call.actor), actor=str(call.actor)
        )
        return go(at.to("account"), done="removed")

    return await within(call, page)


def _step(call: Calling, response: Response[Any], value: str) -> None:
    """Keep what a code was asked for with the browser that asked, or forget it."""
    response.set_cookie(
        STEP,
        value,
        max_age=STEP_LASTS if value else 0,
        path="/",
        secure=browser.policy_of(call.request).https,
        httponly=True,
        samesite="lax",
    )


def _asked(call: Calling) -> tuple[str, str, str]:
    challenge, _, rest = call.request.cookies.get(STEP, "").partition("|")
    next, _, email = rest.partition("|")
    return challenge, next, email


async def _page(
    call: Calling,
    at: Front,
    *,
    done: str = "",
    next: str = "",
    cursor: str | None = None,
    error: TorgError | None = None,
    said: dict[str, str] | None = None,
) -> Response[Any]:
    facts = await _hers(call, at, said or {}, cursor) if call.actor.kind is ActorKind.customer else {}
    page = await show(
        call,
        at,
        "account" if facts else "enter",
        ACCOUNT,
        status=status_of(error) if error else 200,
        done=done if done in TOLD else "",
        next=next if next in ONWARD else "",
        email=_asked(call)[2],
        wrong=_wrong(call, error) if error else FINE,
        once=new_id().hex,
        **facts,
    )
    page.headers["Cache-Control"] = "no-store"
    return page


async def _hers(call: Calling, at: Front, said: dict[str, str], cursor: str | None) -> dict[str, Any]:
    own = customers.require_customer(call.actor)
    after = cursors.decode(cursor, tuple[datetime, UUID])

    async def look(tx: Transaction) -> tuple[Customer, list[SavedAddress], Any]:
        customer = await customers.find_customer(tx, own, by=call.actor)
        book = await customers.addresses_of(tx, own, by=call.actor)
        bought = await orders.own_orders(tx, after=after, limit=PAGE, by=call.actor)
        return customer, book, bought

    customer, book, bought = await call.read(look)
    country = said.get("country") or at.shop.market.country
    words = i18n.words(at.language)
    known = at.shop.atlas
    return {
        "customer": customer,
        "orders": [_order(at, one) for one in bought.items],
        "older": at.to("account", cursor=bought.next) if bought.next else "",
        "book": [(public("adr", one.id), printed(one.address)) for one in book],
        "fields_of_country": fields_of(country, said),
        "said": said,
        "country": country,
        "countries": sorted(
            ((code, words.country(code)) for one in known.markets.values() for code in one.countries),
            key=lambda pair: pair[1],
        ),
    }


def _order(at: Front, one: CustomerOrder) -> OrderSeen:
    known = at.shop.atlas
    market = known.market(known.channel(one.channel).market)
    return OrderSeen(
        public("ord", one.order_id),
        one.number,
        one.state,
        (known.store(one.store) if one.store else market).called(at.language),
        one.title,
        one.units,
        Money(one.gross, one.currency),
        one.placed_at,
    )


def _wrong(call: Calling, error: TorgError) -> Wrong:
    told = wrong(call.request, error)
    if isinstance(error, Invalid):
        return Wrong(fields={name.removeprefix("address."): text for name, text in told.fields.items()})
    return told


ROUTES: list[Any] = [account_page, ask, enter, leave, change, add, remove]
