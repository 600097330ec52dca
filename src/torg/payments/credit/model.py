"""The words of gift cards and store credit: accounts, entries and their causes, and what can be refused.

What an account has is its `balance` (free to be spent) and what is `held` for purchases whose payment is not decided.
Both are owed to whoever holds the card, or to the customer. An entry takes an amount from one side (`debit`) and gives
it to another (`credit`); sides that are not the account's own are the counter accounts of the books.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, Invalid, NotFound, Refused

MOST_AMOUNT: Final = 2**53 - 1
MOST_IN_BATCH: Final = 5_000


class CreditKind(StrEnum):
    """A gift card is opened by its code; store credit is a customer's own."""

    gift_card = "gift_card"
    store_credit = "store_credit"


class CreditState(StrEnum):
    """A blocked account keeps what it has, and nothing of it can be spent."""

    active = "active"
    blocked = "blocked"


class Side(StrEnum):
    """Where an entry takes from or gives to: two sides of the account itself, then the counter accounts."""

    balance = "balance"
    held = "held"
    sales = "sales"
    goodwill = "goodwill"
    refunds = "refunds"
    redeemed = "redeemed"
    breakage = "breakage"
    adjustment = "adjustment"
    transfer = "transfer"


class Cause(StrEnum):
    """Why an account was changed."""

    sold = "sold"
    granted = "granted"
    refunded = "refunded"
    held = "held"
    released = "released"
    redeemed = "redeemed"
    restored = "restored"
    expired = "expired"
    raised = "raised"
    lowered = "lowered"
    moved_out = "moved_out"
    moved_in = "moved_in"
    withdrawn = "withdrawn"


SIDES: Final = {
    Cause.sold: (Side.sales, Side.balance),
    Cause.granted: (Side.goodwill, Side.balance),
    Cause.refunded: (Side.refunds, Side.balance),
    Cause.held: (Side.balance, Side.held),
    Cause.released: (Side.held, Side.balance),
    Cause.redeemed: (Side.held, Side.redeemed),
    Cause.restored: (Side.redeemed, Side.balance),
    Cause.expired: (Side.balance, Side.breakage),
    Cause.raised: (Side.adjustment, Side.balance),
    Cause.lowered: (Side.balance, Side.adjustment),
    Cause.moved_out: (Side.balance, Side.transfer),
    Cause.moved_in: (Side.transfer, Side.balance),
    Cause.withdrawn: (Side.balance, Side.sales),
}
"""From where to where each cause moves an amount."""


class CreditAccount(Struct, frozen=True, kw_only=True):
    """A gift card, or a customer's store credit in a currency. `order_id` sold it, `batch_id` made it with others."""

    account_id: UUID
    kind: CreditKind
    state: CreditState = CreditState.active
    currency: str
    balance: int = 0
    held: int = 0
    entries: int = 0
    last_four: str | None = None
    market: str | None = None
    expires_at: datetime | None = None
    customer_id: UUID | None = None
    order_id: UUID | None = None
    batch_id: UUID | None = None
    actor: str
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def spendable(self, at: datetime) -> int:
        """How much can be spent at a time: nothing of a blocked card or of one whose time has run out."""
        return self.balance if self.usable(at) else 0

    def usable(self, at: datetime) -> bool:
        """Whether it is neither blocked nor expired."""
        return self.state is CreditState.active and (self.expires_at is None or self.expires_at > at)


class CreditEntry(Struct, frozen=True, kw_only=True):
    """One change of an account, with what the account had afterwards; never changed itself."""

    account_id: UUID
    sequence: int
    cause: Cause
    debit: Side
    credit: Side
    amount: int
    currency: str
    balance: int
    held: int
    document: str | None
    reason: str | None
    actor: str
    at: datetime


class Because(Struct, frozen=True):
    """Why an amount moves: what it was for (`once`, never entered twice), the document, the reason and who did it."""

    once: str
    actor: str
    document: str | None = None
    reason: str | None = None


class Issued(Struct, frozen=True):
    """A new gift card with its code, which nobody can tell again."""

    account: CreditAccount
    code: str


class GiftCardTerms(Struct, frozen=True):
    """How many months a market's gift cards last; None is for ever."""

    market: str
    months: int | None = None
    version: int = 0


class Sum(Struct, frozen=True):
    """What all entries together have moved through one side in one currency; what is owed counts as positive."""

    side: Side
    currency: str
    amount: int


class CreditDifference(Struct, frozen=True):
    """A figure of an account that its entries do not add up to."""

    account_id: UUID
    figure: str
    kept: int
    entries: int


class UnknownGiftCard(NotFound):
    """No gift card has this code or id, or the actor may not know of it; which of these is not told."""

    code = "unknown-gift-card"
    message = "There is no such gift card."


class CodeMistyped(Invalid):
    """No gift card can have this code: it is too short or long, or its check character does not fit."""

    code = "gift-card-code-mistyped"
    message = "This gift card code is not written correctly."


class CreditNotUsable(Refused):
    """The card is blocked or its time has run out."""

    code = "credit-not-usable"
    message = "The gift card {last_four} cannot be used any more."


class CreditTooLow(Refused):
    """The account has less than was to be paid with it."""

    code = "credit-too-low"
    message = "There is {available} left, not {wanted}."


class CreditOtherCurrency(Refused):
    """A card pays only in the currency in which it was issued."""

    code = "credit-other-currency"
    message = "This credit is in {currency} and pays only in that."


class CreditUsed(Conflict):
    """A gift card of the order has been spent in part, so the order cannot be undone by itself."""

    code = "credit-used"
    message = "The gift card {last_four} has been used already."


class CreditBuysNoCredit(Refused):
    """Gift cards are not bought with gift cards or store credit."""

    code = "credit-buys-no-credit"
    message = "Gift cards cannot be paid with gift cards or store credit."


class NoCustomerForCredit(Refused):
    """Store credit belongs to a customer, and nobody said which."""

    code = "no-customer-for-credit"
    message = "Store credit needs a customer with an account."


class TermsTooShort(Invalid):
    """The law of the market's country lets gift cards last longer."""

    code = "gift-card-terms-too-short"
    message = "Gift cards of {market} must last at least {months} months."


class TermsForbidden(Invalid):
    """The law of the market's place lets no gift card expire."""

    code = "gift-card-terms-forbidden"
    message = "Gift cards of {market} may not expire."
