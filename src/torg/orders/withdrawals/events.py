"""What withdrawals tell the rest of Torg."""

from typing import ClassVar, Self
from uuid import UUID

from torg.kernel.events import Event
from torg.orders.withdrawals.model import Outcome, Withdrawal


class WithdrawalStated(Event, frozen=True, kw_only=True):
    """A consumer has said that she withdraws; `order_id` is missing where no order was found."""

    type: ClassVar[str] = "withdrawal.stated"
    family: ClassVar[str] = "order"

    withdrawal_id: UUID
    order_id: UUID | None
    outcome: Outcome
    return_id: UUID | None
    market: str

    def key(self) -> str:
        return str(self.order_id or self.withdrawal_id)

    def aggregate(self) -> str:
        return str(self.withdrawal_id)

    @classmethod
    def of(cls, one: Withdrawal) -> Self:
        """The fact about this statement."""
        return cls(
            withdrawal_id=one.id,
            order_id=one.order_id,
            outcome=one.outcome,
            return_id=one.return_id,
            market=one.market,
        )
