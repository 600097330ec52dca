"""The page of a quote, opened by the link in its mails without signing in: read it, accept it, decline it.

A link is sealed for one quote: whoever changes it finds no page. What is accepted is the version and the total that
the page showed; another in the meantime is shown first. Pressed twice it is one order, whose page the browser may see
from then on.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response
from litestar.response import Redirect
from msgspec import Meta, Struct
from msgspec.structs import replace

from torg import carts, orders
from torg.carts import Cart
from torg.kernel import i18n
from torg.kernel.access import Actor, Policy
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion, TorgError
from torg.kernel.http import Call, Calling, FromPath, Open, read, write
from torg.kernel.ids import new_id, public
from torg.kernel.money import Money
from torg.kernel.page_forms import FINE, Wrong, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.markets import atlas
from torg.orders import Completion, OrderState, Quotation, QuoteNotOpen, QuoteState, TotalChanged
from torg.payments import Gateways, InvoiceTerms, PaymentDeclined, invoice_terms
from torg.pricing import TaxEngines
from torg.surfaces.shop import basket, bought, front
from torg.surfaces.shop.basket import Kept
from torg.surfaces.shop.checkout import standing_of, tenders
from torg.surfaces.shop.checkout_view import means_of, with_invoice
from torg.surfaces.shop.frame import UnknownPage, show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.shop.own_quote import view

HERE: Final = "/{front:str}/{language:str}/quote/{token:str}"
LABELS: Final = {
    "gift_card": "shop.checkout.gift-code",
    "purchase_order": "shop.company.reference",
    "reason": "shop.quote.reason",
}


class AnswerForm(Struct, frozen=True):
    """What whoever was asked says: she accepts this version at this total (in minor units), or does not want it."""

    answer: Literal["accept", "decline"]
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] = 1
    total: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 0
    means: Annotated[str, Meta(max_length=80)] = ""
    gift_card: Annotated[str, Meta(max_length=40)] = ""
    purchase_order: Annotated[str, Meta(max_length=60)] = ""
    reason: Annotated[str, Meta(max_length=200)] = ""


@read("/quote/{token:str}", permission=Open.public, summary="A quote", include_in_schema=False)
async def entrance(call: Call, token: FromPath[str]) -> Response[Any]:
    """Where the links in mails lead: on to the page in the quote's shop and language."""
    id, opener = _opened(call, token)
    by = replace(call.actor, tokens=(*call.actor.tokens, opener))
    quote = await call.read(lambda tx: orders.see_quote(tx, id, by=by))
    known = await atlas(call.database)
    shops = front.channels(known)
    its_own = [code for code, channel in shops.items() if channel.code == quote.channel]
    home = [code for code, channel in shops.items() if channel.market == quote.market]
    code = next(iter((*its_own, *home, *shops)), None)
    if code is None:
        raise UnknownPage()
    spoken = known.market(shops[code].market).languages
    language = quote.language if quote.language in spoken else spoken[0]
    answer: Response[Any] = Redirect(f"/{code}/{language}/quote/{token}", status_code=303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@read(HERE, permission=Open.public, summary="A quote", include_in_schema=False)
async def quote_page(call: Call, token: FromPath[str]) -> Response[Any]:
    """What is offered until when, or what has become of it."""
    return await within(call, lambda at: _page(call, at, token))


@write("POST", HERE, permission=Open.public, summary="Answer a quote", include_in_schema=False)
async def answer_quote(call: Call, token: FromPath[str]) -> Response[Any]:
    """Accept what is offered and go on to the order, or decline it; what was refused is told on the page."""

    async def page(at: Front) -> Response[Any]:
        id, opener = _opened(call, token)
        by = _reader(call, at, opener)
        said = {name: text for name, text in (await call.request.form()).items() if isinstance(text, str)}
        try:
            form = await read_form(call.request, AnswerForm)
            if form.answer == "accept":
                return await _accepted(call, at, Kept(id, token, 0), form, by)
            reason = " ".join(form.reason.split()) or None
            await call.database.run(
                lambda tx: orders.decline_quote(tx, id, reason, by=by), actor=str(by), repeatable=True
            )
        except TorgError as error:
            return await _page(call, at, token, said=said, error=error)
        return go(at.to("quote", token))

    return await within(call, page)


def _opened(call: Calling, token: str) -> tuple[UUID, bytes]:
    """The quote that the link opens, and what shows that its reader has it."""
    policy = call.ports.get(Policy)
    id = orders.quote_opened(policy, token)
    if id is None:
        raise UnknownPage()
    return id, orders.quote_opener(policy, id)


def _reader(call: Calling, at: Front, opener: bytes) -> Actor:
    by = basket.shopper(call, at)
    return replace(by, tokens=(*by.tokens, opener))


async def _accepted(call: Calling, at: Front, kept: Kept, form: AnswerForm, by: Actor) -> Response[Any]:
    quote = await call.read(lambda tx: orders.see_quote(tx, kept.cart_id, by=by))
    asked = Completion(
        Money(form.total, quote.currency),
        await tenders(call, at, form.means, form.gift_card, kept.cart_id),
        quote=form.version,
        purchase_order=" ".join(form.purchase_order.split()) or None,
    )
    gateways, engines = call.ports.get(Gateways), call.ports.get(TaxEngines)
    answer: Response[Any] = await call.chain(
        lambda: orders.complete(call.database, gateways, kept.cart_id, asked, by=by, engines=engines),
        view=standing_of,
        decided=lambda placement: placement.order.state is not OrderState.pending,
    )
    waits = msgspec.json.decode(answer.content)["waits"]
    response = go(at.to("order", public("ord", kept.cart_id)), done="pay" if waits else "bought")
    bought.remember(call, response, kept)
    return response


async def _page(
    call: Calling,
    at: Front,
    token: str,
    *,
    said: dict[str, str] | None = None,
    error: TorgError | None = None,
) -> Response[Any]:
    id, opener = _opened(call, token)
    now, by = call.database.clock.now(), _reader(call, at, opener)
    quote, cart, terms = await call.read(lambda tx: _look(tx, id, now, by))
    said = said or {}
    means = means_of(call, at.shop.atlas.channel(quote.channel), said.get("means", ""))
    means = with_invoice(means, terms, quote.gross, said.get("means", ""))
    response = await show(
        call,
        at,
        "quote",
        Way(f"quote/{token}", abroad=True, indexed=False),
        status=status_of(error) if error else 200,
        quote=view.seen(at, quote, cart, means, terms, now),
        token=token,
        said=said,
        wrong=_wrong(call, at, error) if error else FINE,
        labels={name: i18n.text(at.language, key) for name, key in LABELS.items()},
        changed=isinstance(error, StaleVersion | TotalChanged),
        once=new_id().hex,
    )
    if quote.state is QuoteState.accepting or quote.state is QuoteState.accepted:
        bought.remember(call, response, Kept(id, token, 0))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


async def _look(
    tx: Transaction, id: UUID, now: datetime, by: Actor
) -> tuple[Quotation, Cart | None, InvoiceTerms | None]:
    """The quote; while it can be accepted with its cart, and the terms on which its reader may pay later."""
    quote = await orders.see_quote(tx, id, by=by)
    if quote.state_at(now) is not QuoteState.sent:
        return quote, None, None
    hers = quote.customer_id is not None and quote.customer_id == by.customer_id
    terms = await invoice_terms(tx, quote.customer_id, quote.currency) if hers else None
    return quote, await carts.load(tx, id, by=by), terms


def _wrong(call: Calling, at: Front, error: TorgError) -> Wrong:
    """What to tell about a refusal; what has become of the quote is told by the page itself."""
    if isinstance(error, StaleVersion | TotalChanged | QuoteNotOpen):
        return FINE
    if isinstance(error, PaymentDeclined):
        return Wrong(i18n.text(at.language, "shop.checkout.declined"))
    told = wrong(call.request, error)
    if isinstance(error, Invalid):
        return Wrong(fields={name.rpartition(".")[2]: text for name, text in told.fields.items()})
    return told


ROUTES: list[Any] = [entrance, quote_page, answer_quote]
