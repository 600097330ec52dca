"""What a customer likes, agreed to and has with us: preferences, consents with their proof, credit and points; and all
of it as a file.
"""

from typing import Annotated, Any, Final

import msgspec
from litestar import Response
from msgspec import Meta, Struct

from torg import carts, customers, orders, payments, promotions
from torg.customers import Consent, PreferenceName, Purpose
from torg.kernel import i18n
from torg.kernel.access import Actor, Policy, browser
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, TorgError
from torg.kernel.http import Call, Calling, Open, read, write
from torg.kernel.money import Money
from torg.kernel.page_forms import FINE, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.payments import CreditAccount
from torg.surfaces.shop import basket
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way

HERE: Final = "/{front:str}/{language:str}/account/settings"
SETTINGS: Final = Way("account/settings", abroad=True, indexed=False)
MOST_ORDERS: Final = 10_000
Word = Annotated[str, Meta(max_length=40)]


class SettingsForm(Struct, frozen=True):
    """What she likes, and (by the names of their purposes) what she agrees to."""

    language: Word = ""
    market: Word = ""
    store: Word = ""


class CardForm(Struct, frozen=True):
    """The code of a gift card of which she wants to know what is left."""

    gift_card: Annotated[str, Meta(min_length=1, max_length=40)]


class Hers(Struct, frozen=True):
    """What the page shows."""

    liked: dict[str, str]
    consents: list[Consent]
    credit: list[CreditAccount]
    points: int


@read(HERE, permission=Open.public, summary="Preferences", include_in_schema=False)
async def settings_page(call: Call) -> Response[Any]:
    """What she likes and agreed to; who is not signed in is led to the way in."""

    async def page(at: Front) -> Response[Any]:
        if call.actor.customer_id is None:
            return go(at.to("account"))
        return await _page(call, at)

    return await within(call, page)


@write("POST", HERE, permission=Open.public, summary="Change preferences", include_in_schema=False)
async def change(call: Call) -> Response[Any]:
    """Remember what she likes, and write down what she agrees to or takes back."""

    async def page(at: Front) -> Response[Any]:
        own, by = customers.require_customer(call.actor), basket.shopper(call, at)
        try:
            form = await read_form(call.request, SettingsForm)
            sent = await call.request.form()
            said = {purpose: sent.get(purpose.value) == "yes" for purpose in Purpose}
            liked = _liked(at, form)
            channel = at.shop.channel.code

            async def work(tx: Transaction) -> None:
                await customers.set_preferences(tx, own, liked, channel=channel, by=by)
                await customers.say_consents(tx, own, said, language=at.language, channel=channel, by=by)

            await call.database.run(work, actor=str(by), repeatable=True)
        except TorgError as error:
            return await _page(call, at, error=error)
        return go(at.to("account", "settings"), done="saved")

    return await within(call, page)


@write("POST", f"{HERE}/card", permission=Open.public, summary="A gift card", include_in_schema=False)
async def card(call: Call) -> Response[Any]:
    """What is left of a gift card; wrong codes count."""

    async def page(at: Front) -> Response[Any]:
        customers.require_customer(call.actor)
        try:
            form = await read_form(call.request, CardForm)
            found = await payments.enquire(
                call.database,
                call.ports.get(Policy),
                form.gift_card,
                address=browser.address_of(call.request),
                by=basket.shopper(call, at),
            )
        except TorgError as error:
            return await _page(call, at, error=error)
        return await _page(call, at, card=found)

    return await within(call, page)


@read(f"{HERE}/data", permission=Open.public, summary="All that is known", include_in_schema=False)
async def data(call: Call) -> Response[Any]:
    """All that is known of her, as a file that programs can read."""

    async def page(at: Front) -> Response[Any]:
        own, by = customers.require_customer(call.actor), basket.shopper(call, at)
        found = await call.read(lambda tx: _all(tx, own, by))
        headers = {
            "Content-Disposition": 'attachment; filename="torg.json"',
            "Cache-Control": "private, no-store",
        }
        body = msgspec.json.format(msgspec.json.encode(found), indent=2)
        return Response(body, media_type="application/json", headers=headers)

    return await within(call, page)


async def _all(tx: Transaction, own: Any, by: Actor) -> dict[str, Any]:
    bought = await orders.own_orders(tx, after=None, limit=MOST_ORDERS, by=by)
    return {
        "customer": await customers.find_customer(tx, own, by=by),
        "addresses": await customers.addresses_of(tx, own, by=by),
        "preferences": await customers.preferences_of(tx, own, by=by),
        "consents": await customers.consents_of(tx, own, by=by),
        "lists": [
            {"name": one.name, "created_at": one.created_at, "items": one.items}
            for one in await carts.lists(tx, by=by)
        ],
        "credit": await payments.credit_of(tx, own, by=by),
        "points": (await promotions.points_of(tx, by=by))[0],
        "orders": [
            {
                "number": one.number,
                "state": one.state,
                "channel": one.channel,
                "store": one.store,
                "placed_at": one.placed_at,
                "total": Money(one.gross, one.currency),
                "lines": [
                    {"sku": line.sku, "name": line.name, "quantity": line.quantity, "gross": line.gross}
                    for line in (await orders.see(tx, one.order_id, by=by)).lines
                ],
            }
            for one in bought.items
        ],
    }


def _liked(at: Front, form: SettingsForm) -> dict[PreferenceName, str | None]:
    """What she likes, as far as it can be had here; nothing forgets it."""
    known = at.shop.atlas
    offered = {
        "language": {language for market in known.markets.values() for language in market.languages},
        "market": {known.channel(channel.code).market for channel in at.others.values()},
        "store": set(known.stores),
    }
    given = {"language": form.language, "market": form.market, "store": form.store}
    wrongs = [
        FieldProblem(name, "unknown-value", "Choose one of these.")
        for name, value in given.items()
        if value and value not in offered[name]
    ]
    if wrongs:
        raise Invalid.of(*wrongs)
    return {PreferenceName(name): value or None for name, value in given.items()}


async def _page(
    call: Calling, at: Front, *, card: CreditAccount | None = None, error: TorgError | None = None
) -> Response[Any]:
    own, by = customers.require_customer(call.actor), basket.shopper(call, at)

    async def look(tx: Transaction) -> Hers:
        liked = await customers.preferences_of(tx, own, by=by)
        return Hers(
            {one.name.value: one.value for one in liked},
            await customers.consents_of(tx, own, by=by),
            await payments.credit_of(tx, own, by=by),
            (await promotions.points_of(tx, by=by))[0],
        )

    hers = await call.read(look)
    counts = customers.present_consents(hers.consents)
    shown = await show(
        call,
        at,
        "settings",
        SETTINGS,
        status=status_of(error) if error else 200,
        done=call.request.query_params.get("done") == "saved",
        hers=hers,
        purposes=[
            (one.value, customers.wording(one, at.language), counts.get(one, False)) for one in Purpose
        ],
        credit=[Money(one.balance, one.currency) for one in hers.credit],
        card=Money(card.balance, card.currency) if card else None,
        wrong=wrong(call.request, error) if error else FINE,
        **_choices(at),
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _choices(at: Front) -> dict[str, Any]:
    """What can be liked, by the names that people here read."""
    known = at.shop.atlas
    markets = {channel.market: known.market(channel.market) for channel in at.others.values()}
    languages = sorted({one for market in markets.values() for one in market.languages})
    return {
        "languages": [(one, i18n.words(one).language_name(one).capitalize()) for one in languages],
        "markets": [
            (code, f"{market.called(at.language)} ({market.currency})") for code, market in markets.items()
        ],
        "stores": [(one.code, one.called(at.language)) for one in known.stores.values()],
    }


ROUTES: list[Any] = [settings_page, change, card, data]
