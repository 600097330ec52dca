"""What happens to customers, told to everybody who must know; names and addresses are not among the facts."""

from typing import ClassVar
from uuid import UUID

from torg.kernel.events import Event


class _OfCustomer(Event, frozen=True, kw_only=True):
    family: ClassVar[str] = "customer"

    customer_id: UUID

    def key(self) -> str:
        return str(self.customer_id)


class CustomerRegistered(_OfCustomer, frozen=True, kw_only=True):
    """There is a new account."""

    type: ClassVar[str] = "customer.registered"

    channel: str | None
    language: str


class CustomerChanged(_OfCustomer, frozen=True, kw_only=True):
    """Name, contact, company, addresses or preferences are different now; `what` says which of these."""

    type: ClassVar[str] = "customer.changed"

    what: str
    version: int


class SegmentChanged(Event, frozen=True, kw_only=True):
    """Customers came into a segment or left it."""

    type: ClassVar[str] = "segment.changed"
    family: ClassVar[str] = "reference"

    segment: str
    customers_in: tuple[UUID, ...]
    customers_out: tuple[UUID, ...]

    def key(self) -> str:
        return self.segment


class CustomerSignedIn(_OfCustomer, frozen=True, kw_only=True):
    """She has proved who she is, by code or by password."""

    type: ClassVar[str] = "customer.signed-in"

    by: str
    channel: str | None
