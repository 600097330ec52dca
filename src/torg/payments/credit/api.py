"""Gift cards and store credit over HTTP, for who holds a card and for customers."""

from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.customers import require_customer
from torg.kernel import cursors
from torg.kernel.access import Policy
from torg.kernel.access.browser import address_of
from torg.kernel.http import (
    Body,
    Call,
    Cursor,
    Limit,
    Open,
    Page,
    read,
    write,
)
from torg.kernel.money import Currency, Money
from torg.payments.credit import change, see
from torg.payments.credit.recognise import enquire, recognise
from torg.payments.credit.views import GiftCardBalance, OwnEntryView, StoreCreditView

TAGS = ["gift cards and credit"]

CodeText = Annotated[
    str, Meta(min_length=1, max_length=40, description="As it is printed; spaces and hyphens do not matter.")
]


class CardCode(Struct, frozen=True, forbid_unknown_fields=True):
    """The code of a gift card."""

    code: CodeText


@write(
    "POST", "/gift-cards/balance", permission=Open.public, summary="What is left of a gift card", tags=TAGS
)
async def gift_card_balance(call: Call, data: Body[CardCode]) -> Response[GiftCardBalance]:
    """The balance of the card that has this code. Wrong codes count: after ten in ten minutes one has to wait."""
    card = await enquire(
        call.database,
        call.ports.get(Policy),
        data.code,
        address=address_of(call.request),
        by=call.actor,
    )
    now = call.database.clock.now()
    return Response(
        GiftCardBalance(
            last_four=card.last_four or "",
            balance=Money(card.balance, card.currency),
            usable=card.usable(now),
            expires_at=card.expires_at,
        )
    )


@read("/me/credit", permission=Open.customer, summary="My store credit", tags=TAGS)
async def my_credit(call: Call) -> list[StoreCreditView]:
    """The signed-in customer's store credit, by currency."""
    found = await call.read(lambda tx: see.credit_of(tx, require_customer(call.actor), by=call.actor))
    return [StoreCreditView.of(account) for account in found]


@read("/me/credit/entries", permission=Open.customer, summary="What changed my store credit", tags=TAGS)
async def my_entries(
    call: Call, currency: Currency, limit: Limit = 20, cursor: Cursor = None
) -> Page[OwnEntryView]:
    """Every change of the customer's own store credit in a currency, the latest first."""
    key = cursors.decode(cursor, tuple[int])
    found = await call.read(
        lambda tx: see.entries_of_customer(
            tx,
            require_customer(call.actor),
            currency,
            before=key[0] if key else None,
            limit=limit + 1,
            by=call.actor,
        )
    )
    return Page.cut(found, limit, lambda entry: (entry.sequence,)).map(OwnEntryView.of)


@write(
    "POST",
    "/me/credit/gift-cards",
    permission=Open.customer,
    summary="Turn a gift card into my store credit",
    tags=TAGS,
)
async def keep_gift_card(call: Call, data: Body[CardCode]) -> Response[StoreCreditView]:
    """All that is left of a gift card becomes the customer's store credit, which needs no code."""
    customer = require_customer(call.actor)
    card_id = await recognise(
        call.database,
        call.ports.get(Policy),
        data.code,
        address=address_of(call.request),
        by=call.actor,
    )
    return await call.write(
        lambda tx: change.move_to_customer(tx, card_id, customer, by=call.actor), view=StoreCreditView.of
    )


ROUTES = [gift_card_balance, my_credit, my_entries, keep_gift_card]
