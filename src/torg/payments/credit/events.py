"""What gift cards and store credit tell the rest of Torg; a code is never among it."""

from typing import ClassVar, Self
from uuid import UUID

from torg.kernel.events import Event
from torg.payments.credit.model import CreditAccount, CreditKind


class CreditEvent(Event, frozen=True, kw_only=True):
    """A fact about one account; `amount` is what moved, `balance` what is free to be spent after it."""

    family: ClassVar[str] = "value"

    account_id: UUID
    kind: CreditKind
    currency: str
    amount: int
    balance: int
    customer_id: UUID | None = None
    order_id: UUID | None = None

    def key(self) -> str:
        return str(self.account_id)

    @classmethod
    def of(cls, account: CreditAccount, amount: int, *, balance: int, order_id: UUID | None = None) -> Self:
        """The fact that so much of this account moved."""
        return cls(
            account_id=account.account_id,
            kind=account.kind,
            currency=account.currency,
            amount=amount,
            balance=balance,
            customer_id=account.customer_id,
            order_id=order_id,
        )


class CreditIssued(CreditEvent, frozen=True, kw_only=True):
    """There is a new gift card, or a customer was given credit."""

    type: ClassVar[str] = "credit.issued"


class CreditRedeemed(CreditEvent, frozen=True, kw_only=True):
    """An order was paid with it, in part or whole."""

    type: ClassVar[str] = "credit.redeemed"


class CreditRestored(CreditEvent, frozen=True, kw_only=True):
    """Something that had been paid with credit, or with other means, came back to it."""

    type: ClassVar[str] = "credit.restored"


class CreditAdjusted(CreditEvent, frozen=True, kw_only=True):
    """Staff set the balance right; `amount` is negative when it was lowered."""

    type: ClassVar[str] = "credit.adjusted"


class CreditMoved(CreditEvent, frozen=True, kw_only=True):
    """The balance of a gift card became a customer's store credit; told of both, negative of the card."""

    type: ClassVar[str] = "credit.moved"


class CreditExpired(CreditEvent, frozen=True, kw_only=True):
    """The time of a gift card ran out with something left on it."""

    type: ClassVar[str] = "credit.expired"


class CreditWithdrawn(CreditEvent, frozen=True, kw_only=True):
    """The order that sold a gift card was cancelled before it was used."""

    type: ClassVar[str] = "credit.withdrawn"


class CreditBlocked(CreditEvent, frozen=True, kw_only=True):
    """Nothing of it can be spent until it is unblocked."""

    type: ClassVar[str] = "credit.blocked"


class CreditUnblocked(CreditEvent, frozen=True, kw_only=True):
    """It can be spent again."""

    type: ClassVar[str] = "credit.unblocked"
