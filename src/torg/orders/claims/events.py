"""What claims tell the rest of Torg."""

from typing import ClassVar, Self
from uuid import UUID

from torg.kernel.events import Event
from torg.orders.claims.model import Claim, ClaimKind, Resolution


class ClaimEvent(Event, frozen=True, kw_only=True):
    """A fact about a claim; `amount` is what is given back for it, in minor units."""

    family: ClassVar[str] = "order"

    order_id: UUID
    claim_id: UUID
    kind: ClaimKind
    channel: str
    store: str | None
    customer_id: UUID | None
    resolution: Resolution | None
    currency: str
    amount: int
    reason: str | None

    def key(self) -> str:
        return str(self.order_id)

    def aggregate(self) -> str:
        return str(self.claim_id)

    @classmethod
    def of(cls, claim: Claim) -> Self:
        """The fact about this claim."""
        return cls(
            order_id=claim.order_id,
            claim_id=claim.id,
            kind=claim.kind,
            channel=claim.channel,
            store=claim.store,
            customer_id=claim.customer_id,
            resolution=claim.resolution,
            currency=claim.currency,
            amount=claim.amount,
            reason=claim.reason,
        )


class ClaimOpened(ClaimEvent, frozen=True, kw_only=True):
    """A customer complains."""

    type: ClassVar[str] = "claim.opened"


class ClaimResolved(ClaimEvent, frozen=True, kw_only=True):
    """The goods are sent again, or something is given back."""

    type: ClassVar[str] = "claim.resolved"


class ClaimRefused(ClaimEvent, frozen=True, kw_only=True):
    """Nothing is done about it, and the customer was told why."""

    type: ClassVar[str] = "claim.refused"
