"""Gift cards are put into the cart with what is wanted of them: what each is worth, and who gets it, with which words.

What cannot be is told beside its field, on the product's page, with all that was written.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

from litestar import Response
from msgspec import Meta, Struct

from torg.carts import LineCard, LineWish
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Call, Open, write
from torg.kernel.ids import parse
from torg.kernel.money import Money, exponent
from torg.kernel.page_forms import read_form, wrong
from torg.surfaces.shop import browse, cart
from torg.surfaces.shop.asked_card import AskedCard
from torg.surfaces.shop.frame import within
from torg.surfaces.shop.front import Front

OUT_OF_RANGE: Final = "This is too small or too large."
NO_DAY: Final = "Choose a day from today on, within a year."


class CardForm(Struct, frozen=True):
    """The form of gift cards, with everything as it was written; an empty field is not filled in."""

    product: Annotated[str, Meta(max_length=200)]
    variant: Annotated[str, Meta(max_length=40)]
    sku: Annotated[str, Meta(max_length=80)] = ""
    quantity: Annotated[int, Meta(ge=1, le=999)] = 1
    amount: Annotated[str, Meta(max_length=20)] = ""
    name: Annotated[str, Meta(max_length=200)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    card_language: Annotated[str, Meta(max_length=10)] = ""
    message: Annotated[str, Meta(max_length=1_000)] = ""
    send_on: Annotated[str, Meta(max_length=10)] = ""


@write(
    "POST",
    "/{front:str}/{language:str}/cart/gift-cards",
    permission=Open.public,
    summary="Put gift cards in",
    include_in_schema=False,
)
async def put_cards_in(call: Call) -> Response[Any]:
    """Put gift cards into the cart."""

    async def page(at: Front) -> Response[Any]:
        form = await read_form(call.request, CardForm)
        try:
            card = _card(form, at.shop.market.currency)
            wish = LineWish(parse("var", form.variant), form.quantity, card=card)
            return await cart.added(call, at, wish)
        except Invalid as error:
            fields = {_field(name): text for name, text in wrong(call.request, error).fields.items()}
            asked = AskedCard(
                form.amount,
                form.name,
                form.email,
                form.card_language,
                form.message,
                form.send_on,
                form.quantity,
                fields,
            )
            return await browse.product_page(call, at, form.product, form.sku or None, card=asked)

    return await within(call, page)


def _field(name: str) -> str:
    """The field of the form that a field of the line stands in, also of the first line of a cart that begins."""
    of_card = name.partition("card.")[2].partition(".")[0] or name
    return {"language": "card_language"}.get(of_card, of_card)


def _card(form: CardForm, currency: str) -> LineCard:
    problems = []
    amount, day = None, None
    try:
        amount = _money(form.amount, currency) if form.amount.strip() else None
    except ValueError:
        problems.append(FieldProblem("card.amount", "out-of-range", OUT_OF_RANGE))
    try:
        day = date.fromisoformat(form.send_on) if form.send_on else None
    except ValueError:
        problems.append(FieldProblem("card.send_on", "day-not-possible", NO_DAY))
    if problems:
        raise Invalid.of(*problems)
    return LineCard(
        amount,
        form.name or None,
        form.email.strip() or None,
        form.card_language or None,
        form.message.replace("\r\n", "\n") or None,
        day,
    )


def _money(text: str, currency: str) -> Money:
    """An amount as people write it; a ValueError for anything else.

    >>> _money("1 500", "NOK"), _money("49,50", "EUR"), _money("5000", "JPY")
    (Money(amount=150000, currency='NOK'), Money(amount=4950, currency='EUR'), Money(amount=5000, currency='JPY'))
    """
    try:
        minor = Decimal("".join(text.split()).replace(",", ".")).scaleb(exponent(currency))
    except InvalidOperation as unreadable:
        raise ValueError(text) from unreadable
    if not minor.is_finite() or minor != minor.to_integral_value() or not 0 < minor < 2**53:
        raise ValueError(text)
    return Money(int(minor), currency)


ROUTES: list[Any] = [put_cards_in]
