"""Gift cards and store credit over HTTP, for staff and programs."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg.kernel import cursors, ids
from torg.kernel.access import Policy
from torg.kernel.http import (
    Body,
    Call,
    Cursor,
    FromPath,
    Limit,
    Page,
    QueryParameter,
    read,
    write,
)
from torg.kernel.money import Currency, Money
from torg.markets import Code
from torg.payments.credit import change, issue, see, terms
from torg.payments.credit.letters import Recipient
from torg.payments.credit.model import MOST_AMOUNT, MOST_IN_BATCH, CreditState
from torg.payments.credit.store import Wanted
from torg.payments.credit.views import (
    BatchView,
    BooksView,
    CreditEntryView,
    DifferenceView,
    GiftCardView,
    IssuedCardView,
    StoreCreditView,
    SumView,
    TermsView,
)
from torg.permissions import Permission

TAGS = ["gift cards and credit"]

Reason = Annotated[str, Meta(min_length=1, max_length=200)]


class CardRecipient(Struct, frozen=True, forbid_unknown_fields=True):
    """Who gets the card by mail; then its code is shown to nobody else."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    language: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"
    name: Annotated[str, Meta(max_length=100)] | None = None
    message: Annotated[str, Meta(max_length=500)] | None = None


class NewGiftCard(Struct, frozen=True, forbid_unknown_fields=True):
    """A gift card to issue by hand, and why."""

    amount: Money
    market: Code
    reason: Reason
    recipient: CardRecipient | None = None


class NewBatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Many gift cards of one amount."""

    amount: Money
    count: Annotated[int, Meta(ge=1, le=MOST_IN_BATCH)]
    market: Code
    reason: Reason


class Why(Struct, frozen=True, forbid_unknown_fields=True):
    """Why this is done."""

    reason: Reason


class Adjustment(Struct, frozen=True, forbid_unknown_fields=True):
    """By how much a balance is set right (negative lowers it), and why."""

    amount: Annotated[int, Meta(ge=-MOST_AMOUNT, le=MOST_AMOUNT, description="Minor units.")]
    reason: Reason


class ToCustomer(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose store credit it becomes."""

    customer: Annotated[str, Meta(max_length=80)]


class Grant(Struct, frozen=True, forbid_unknown_fields=True):
    """Store credit to give, and why."""

    amount: Money
    reason: Reason


class TermsChange(Struct, frozen=True, forbid_unknown_fields=True):
    """How many months cards last that are issued from now on; null is for ever."""

    months: Annotated[int, Meta(ge=1, le=1200)] | None = None
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


@write(
    "POST",
    "/gift-cards",
    permission=Permission.credit_issue,
    summary="Issue a gift card",
    tags=TAGS,
    status=201,
)
async def issue_gift_card(call: Call, data: Body[NewGiftCard]) -> Response[IssuedCardView]:
    """Issue a card by hand. Its code is in this answer and nowhere else, or in the mail to its recipient."""
    to = data.recipient
    recipient = Recipient(to.email, to.language, name=to.name, message=to.message) if to else None
    return await call.write(
        lambda tx: issue.issue_cards(
            tx,
            call.ports.get(Policy),
            data.amount,
            1,
            market=data.market,
            reason=data.reason,
            recipient=recipient,
            by=call.actor,
        ),
        view=lambda made: IssuedCardView.of(made[1][0]),
    )


@write(
    "POST",
    "/gift-cards/batches",
    permission=Permission.credit_issue,
    summary="Issue many gift cards",
    tags=TAGS,
    status=201,
)
async def issue_batch(call: Call, data: Body[NewBatch]) -> Response[BatchView]:
    """Issue up to 5,000 cards of one amount. Their codes are in this answer and nowhere else."""
    return await call.write(
        lambda tx: issue.issue_cards(
            tx,
            call.ports.get(Policy),
            data.amount,
            data.count,
            market=data.market,
            reason=data.reason,
            by=call.actor,
        ),
        view=lambda made: BatchView(
            ids.public("bat", made[0]) if made[0] else None, [IssuedCardView.of(one) for one in made[1]]
        ),
    )


@read("/gift-cards", permission=Permission.credit_read, summary="Gift cards", tags=TAGS)
async def list_gift_cards(
    call: Call,
    last_four: Annotated[str | None, QueryParameter(max_length=4, description="The end of the code.")] = None,
    order: Annotated[
        str | None, QueryParameter(max_length=80, description="That sold it or was paid with it.")
    ] = None,
    batch: Annotated[str | None, QueryParameter(max_length=80)] = None,
    card_state: Annotated[CreditState | None, QueryParameter(name="state")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[GiftCardView]:
    """Gift cards, the newest first."""
    key = cursors.decode(cursor, tuple[UUID])
    wanted = Wanted(
        last_four=last_four.upper() if last_four else None,
        order_id=ids.parse("ord", order) if order else None,
        batch_id=ids.parse("bat", batch) if batch else None,
        state=card_state,
    )
    found = await call.read(
        lambda tx: see.gift_cards(tx, wanted, before=key[0] if key else None, limit=limit + 1, by=call.actor)
    )
    return Page.cut(found, limit, lambda card: (card.account_id,)).map(GiftCardView.of)


@read("/gift-cards/{gift_card_id:str}", permission=Permission.credit_read, summary="A gift card", tags=TAGS)
async def read_gift_card(call: Call, gift_card_id: FromPath[str]) -> GiftCardView:
    """One gift card."""
    id = ids.parse("gft", gift_card_id)
    return GiftCardView.of(await call.read(lambda tx: see.gift_card(tx, id, by=call.actor)))


@read(
    "/gift-cards/{gift_card_id:str}/entries",
    permission=Permission.credit_read,
    summary="What changed a gift card",
    tags=TAGS,
)
async def gift_card_entries(
    call: Call, gift_card_id: FromPath[str], limit: Limit = 20, cursor: Cursor = None
) -> Page[CreditEntryView]:
    """Every change of a gift card, the latest first."""
    id, key = ids.parse("gft", gift_card_id), cursors.decode(cursor, tuple[int])
    found = await call.read(
        lambda tx: see.entries_of_card(tx, id, before=key[0] if key else None, limit=limit + 1, by=call.actor)
    )
    return Page.cut(found, limit, lambda entry: (entry.sequence,)).map(CreditEntryView.of)


@write(
    "POST",
    "/gift-cards/{gift_card_id:str}/block",
    permission=Permission.credit_change,
    summary="Block a gift card",
    tags=TAGS,
)
async def block_gift_card(call: Call, gift_card_id: FromPath[str], data: Body[Why]) -> Response[GiftCardView]:
    """Nothing of it can be spent any more; purchases that hold some of it go on."""
    return await _set_state(call, gift_card_id, CreditState.blocked, data.reason)


@write(
    "POST",
    "/gift-cards/{gift_card_id:str}/unblock",
    permission=Permission.credit_change,
    summary="Let a blocked gift card be spent",
    tags=TAGS,
)
async def unblock_gift_card(
    call: Call, gift_card_id: FromPath[str], data: Body[Why]
) -> Response[GiftCardView]:
    """It can be spent again."""
    return await _set_state(call, gift_card_id, CreditState.active, data.reason)


async def _set_state(call: Call, card: str, state: CreditState, reason: str) -> Response[GiftCardView]:
    id = ids.parse("gft", card)
    return await call.write(
        lambda tx: change.set_state(tx, id, state, reason=reason, by=call.actor), view=GiftCardView.of
    )


@write(
    "POST",
    "/gift-cards/{gift_card_id:str}/adjustments",
    permission=Permission.credit_change,
    summary="Set a gift card's balance right",
    tags=TAGS,
)
async def adjust_gift_card(
    call: Call, gift_card_id: FromPath[str], data: Body[Adjustment]
) -> Response[GiftCardView]:
    """Raise or lower the balance, for a reason; never below nothing."""
    id = ids.parse("gft", gift_card_id)
    return await call.write(
        lambda tx: change.adjust(tx, id, data.amount, reason=data.reason, by=call.actor),
        view=GiftCardView.of,
    )


@write(
    "POST",
    "/gift-cards/{gift_card_id:str}/transfer",
    permission=Permission.credit_change,
    summary="Turn a gift card into a customer's store credit",
    tags=TAGS,
)
async def transfer_gift_card(
    call: Call, gift_card_id: FromPath[str], data: Body[ToCustomer]
) -> Response[StoreCreditView]:
    """All that is left of the card becomes the customer's store credit."""
    id, customer = ids.parse("gft", gift_card_id), ids.parse("cus", data.customer)
    return await call.write(
        lambda tx: change.move_to_customer(tx, id, customer, by=call.actor), view=StoreCreditView.of
    )


@read(
    "/customers/{customer_id:str}/credit",
    permission=Permission.credit_read,
    summary="A customer's store credit",
    tags=TAGS,
)
async def customer_credit(call: Call, customer_id: FromPath[str]) -> list[StoreCreditView]:
    """Her store credit, by currency."""
    id = ids.parse("cus", customer_id)
    found = await call.read(lambda tx: see.credit_of(tx, id, by=call.actor))
    return [StoreCreditView.of(account) for account in found]


@read(
    "/customers/{customer_id:str}/credit/entries",
    permission=Permission.credit_read,
    summary="What changed a customer's store credit",
    tags=TAGS,
)
async def customer_entries(
    call: Call, customer_id: FromPath[str], currency: Currency, limit: Limit = 20, cursor: Cursor = None
) -> Page[CreditEntryView]:
    """Every change of her store credit in a currency, the latest first."""
    id, key = ids.parse("cus", customer_id), cursors.decode(cursor, tuple[int])
    found = await call.read(
        lambda tx: see.entries_of_customer(
            tx, id, currency, before=key[0] if key else None, limit=limit + 1, by=call.actor
        )
    )
    return Page.cut(found, limit, lambda entry: (entry.sequence,)).map(CreditEntryView.of)


@write(
    "POST",
    "/customers/{customer_id:str}/credit",
    permission=Permission.credit_issue,
    summary="Give a customer store credit",
    tags=TAGS,
    status=201,
)
async def grant_credit(
    call: Call, customer_id: FromPath[str], data: Body[Grant]
) -> Response[StoreCreditView]:
    """Give a customer store credit, for a reason."""
    id = ids.parse("cus", customer_id)
    return await call.write(
        lambda tx: issue.grant(tx, id, data.amount, reason=data.reason, by=call.actor),
        view=StoreCreditView.of,
    )


@read("/credit/books", permission=Permission.credit_read, summary="The books of all credit", tags=TAGS)
async def credit_books(call: Call) -> BooksView:
    """What has moved through every side, by currency (those of one currency add up to nothing), and differences."""
    sums = await call.read(lambda tx: see.books(tx, by=call.actor))
    found = await call.read(lambda tx: see.verify(tx, by=call.actor))
    return BooksView([SumView.of(one) for one in sums], [DifferenceView.of(one) for one in found])


@read("/credit/terms", permission=Permission.credit_read, summary="How long gift cards last", tags=TAGS)
async def list_terms(call: Call) -> list[TermsView]:
    """How many months the gift cards of each market last."""
    found = await call.read(lambda tx: terms.all_terms(tx, by=call.actor))
    return [TermsView.of(one) for one in found]


@write(
    "PUT",
    "/credit/terms/{market:str}",
    permission=Permission.credit_change,
    summary="Say how long a market's gift cards last",
    tags=TAGS,
)
async def change_terms(call: Call, market: FromPath[str], data: Body[TermsChange]) -> Response[TermsView]:
    """For cards issued from now on; never shorter than the law of the market's place that Torg knows of."""
    return await call.write(
        lambda tx: terms.set_terms(tx, market, data.months, version=data.version, by=call.actor),
        view=TermsView.of,
    )


ROUTES = [
    issue_gift_card,
    issue_batch,
    list_gift_cards,
    read_gift_card,
    gift_card_entries,
    block_gift_card,
    unblock_gift_card,
    adjust_gift_card,
    transfer_gift_card,
    customer_credit,
    customer_entries,
    grant_credit,
    credit_books,
    list_terms,
    change_terms,
]
