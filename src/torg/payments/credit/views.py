"""Gift cards and store credit as the outside sees them; a code is shown once, by who issued it."""

from datetime import datetime

from msgspec import Struct

from torg.kernel import ids
from torg.kernel.money import Money
from torg.payments.credit.model import (
    Cause,
    CreditAccount,
    CreditDifference,
    CreditEntry,
    CreditState,
    GiftCardTerms,
    Issued,
    Side,
    Sum,
)


class GiftCardBalance(Struct, frozen=True):
    """What is left of a gift card, for who knows its code; `usable` says whether it can be spent now."""

    last_four: str
    balance: Money
    usable: bool
    expires_at: datetime | None


class GiftCardView(Struct, frozen=True):
    """A gift card; `held` is spoken for by purchases whose payment is not decided yet."""

    id: str
    last_four: str
    state: CreditState
    balance: Money
    held: Money
    market: str | None
    expires_at: datetime | None
    order: str | None
    batch: str | None
    issued_by: str
    created_at: datetime
    version: int

    @classmethod
    def of(cls, card: CreditAccount) -> "GiftCardView":
        """The card as staff see it."""
        return cls(
            id=ids.public("gft", card.account_id),
            last_four=card.last_four or "",
            state=card.state,
            balance=Money(card.balance, card.currency),
            held=Money(card.held, card.currency),
            market=card.market,
            expires_at=card.expires_at,
            order=ids.public("ord", card.order_id) if card.order_id else None,
            batch=ids.public("bat", card.batch_id) if card.batch_id else None,
            issued_by=card.actor,
            created_at=card.created_at,
            version=card.version,
        )


class IssuedCardView(Struct, frozen=True):
    """A new gift card; its `code` is told here and never again, or in the mail to its recipient alone."""

    card: GiftCardView
    code: str | None

    @classmethod
    def of(cls, issued: Issued) -> "IssuedCardView":
        """The card with its code."""
        return cls(GiftCardView.of(issued.account), issued.code or None)


class BatchView(Struct, frozen=True):
    """New gift cards of one batch, each with its code, which is told here and never again."""

    batch: str | None
    cards: list[IssuedCardView]


class StoreCreditView(Struct, frozen=True):
    """A customer's store credit in one currency."""

    balance: Money
    held: Money

    @classmethod
    def of(cls, account: CreditAccount) -> "StoreCreditView":
        """The account as its customer sees it."""
        return cls(Money(account.balance, account.currency), Money(account.held, account.currency))


class CreditEntryView(Struct, frozen=True):
    """One change: `amount` went from `debit` to `credit`; `balance` and `held` are what the account had then."""

    sequence: int
    cause: Cause
    debit: Side
    credit: Side
    amount: Money
    balance: Money
    held: Money
    document: str | None
    reason: str | None
    actor: str | None
    at: datetime

    @classmethod
    def of(cls, entry: CreditEntry) -> "CreditEntryView":
        """The entry as staff see it."""
        return cls(
            sequence=entry.sequence,
            cause=entry.cause,
            debit=entry.debit,
            credit=entry.credit,
            amount=Money(entry.amount, entry.currency),
            balance=Money(entry.balance, entry.currency),
            held=Money(entry.held, entry.currency),
            document=entry.document,
            reason=entry.reason,
            actor=entry.actor,
            at=entry.at,
        )


class OwnEntryView(Struct, frozen=True):
    """One change of the customer's own store credit."""

    cause: Cause
    amount: Money
    balance: Money
    document: str | None
    at: datetime

    @classmethod
    def of(cls, entry: CreditEntry) -> "OwnEntryView":
        """The entry as its customer sees it: negative when there is less to spend afterwards."""
        sign = (entry.credit is Side.balance) - (entry.debit is Side.balance)
        return cls(
            cause=entry.cause,
            amount=Money(sign * entry.amount, entry.currency),
            balance=Money(entry.balance, entry.currency),
            document=entry.document,
            at=entry.at,
        )


class SumView(Struct, frozen=True):
    """What all entries together have moved through one side of the books."""

    side: Side
    amount: Money

    @classmethod
    def of(cls, one: Sum) -> "SumView":
        """The sum; what is owed counts as positive."""
        return cls(one.side, Money(one.amount, one.currency))


class DifferenceView(Struct, frozen=True):
    """A figure of an account that its entries do not add up to."""

    account: str
    figure: str
    kept: int
    entries: int

    @classmethod
    def of(cls, one: CreditDifference) -> "DifferenceView":
        """The difference."""
        return cls(ids.public("gft", one.account_id), one.figure, one.kept, one.entries)


class BooksView(Struct, frozen=True):
    """The books of all credit: every side by currency, and figures that do not agree (none, when all is well)."""

    sums: list[SumView]
    differences: list[DifferenceView]


class TermsView(Struct, frozen=True):
    """How many months a market's gift cards last; null is for ever."""

    market: str
    months: int | None
    version: int

    @classmethod
    def of(cls, terms: GiftCardTerms) -> "TermsView":
        """The terms."""
        return cls(terms.market, terms.months, terms.version)
