"""The words of returns: what came back or is announced, why, in what condition; and what can be refused."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Conflict, Invalid, NotFound, Refused


class ReturnKind(StrEnum):
    """What is given back for: goods that came, a claim, or units that were never delivered."""

    goods = "goods"
    claim = "claim"
    undelivered = "undelivered"


class ReturnState(StrEnum):
    """How far a return has come. Money is given back for those that are received; settled is when it is on its way."""

    announced = "announced"
    received = "received"
    settled = "settled"
    refused = "refused"
    expired = "expired"
    called_off = "called_off"

    @property
    def ended(self) -> bool:
        """Whether nothing of it came, and nothing will."""
        return self in {ReturnState.refused, ReturnState.expired, ReturnState.called_off}

    @property
    def counts(self) -> bool:
        """Whether its units are back, and their money is given back."""
        return self in {ReturnState.received, ReturnState.settled}


class ReturnReason(StrEnum):
    """Why the customer does not keep it."""

    changed_mind = "changed_mind"
    does_not_fit = "does_not_fit"
    not_as_described = "not_as_described"
    damaged = "damaged"
    defective = "defective"
    wrong_item = "wrong_item"
    late = "late"
    other = "other"

    @property
    def our_fault(self) -> bool:
        """Whether the retailer bears what it costs."""
        return self not in {ReturnReason.changed_mind, ReturnReason.does_not_fit, ReturnReason.other}


class Condition(StrEnum):
    """How goods were when they came back."""

    unopened = "unopened"
    opened = "opened"
    used = "used"
    damaged = "damaged"


class PaidBack(StrEnum):
    """How the customer gets what is given back: as she paid, as store credit, or in cash at a till."""

    original = "original"
    store_credit = "store_credit"
    cash = "cash"


class ReturnLine(Struct, frozen=True, kw_only=True):
    """Units of a variant that came back, and what was paid for them; `line_id` is the line that bought them.

    `announced` were to come; of those that came `quantity` are taken back and `rejected` are not. `fee` is the part of
    what was paid that is kept.
    """

    id: UUID
    position: int
    line_id: UUID | None = None
    product_id: UUID
    variant_id: UUID
    sku: str
    name: str
    quantity: int
    net: int
    tax: int
    gross: int
    announced: int = 0
    reason: ReturnReason | None = None
    note: str | None = None
    condition: Condition | None = None
    restock: bool = True
    rejected: int = 0
    rejection: str | None = None
    fee: int = 0
    fee_tax: int = 0


class Return(Struct, frozen=True, kw_only=True):
    """Goods that came back, of `order_id` or, where that is None, bought nobody knows where.

    `gross` is what is given back: what was paid for the lines, with the `delivery`, without the `fee`. Amounts are
    minor units of `currency`. `returned_at` is when they came, until then when they were announced. `refunded` is how
    much of it is on its way to the customer; the rest she had not paid. In an exchange, the change `change_id`, it pays
    for other goods: `exchanged` of it, which is None until that is decided.
    """

    id: UUID
    order_id: UUID | None = None
    kind: ReturnKind = ReturnKind.goods
    state: ReturnState = ReturnState.settled
    source: str | None = None
    number: str | None = None
    channel: str
    market: str
    seller: str
    store: str | None = None
    location: str | None = None
    customer_id: UUID | None = None
    currency: str
    net: int
    tax: int
    gross: int
    delivery: int = 0
    delivery_tax: int = 0
    fee: int = 0
    fee_tax: int = 0
    withdrawal: bool = False
    destination: PaidBack = PaidBack.original
    refunded: int = 0
    tries: int = 0
    overruled: str | None = None
    claim_id: UUID | None = None
    change_id: UUID | None = None
    exchanged: int | None = None
    units: int
    reason: str | None = None
    actor: str
    returned_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    received_at: datetime | None = None
    settled_at: datetime | None = None
    check_at: datetime | None = None
    version: int = 1
    lines: tuple[ReturnLine, ...] = ()

    @property
    def key(self) -> UUID:
        """Under which its rows stand: its order's id, or its own when nobody knows the order."""
        return self.order_id or self.id


class Wish(Struct, frozen=True):
    """Units of an order's line that a customer wants to give back, and why."""

    line_id: UUID
    quantity: int
    reason: ReturnReason = ReturnReason.changed_mind
    note: str | None = None


class Came(Struct, frozen=True):
    """What came back of an order's line: so many are taken back, so many are not, and what becomes of them.

    `deduction` is kept for what the goods have lost in value by more than trying them out.
    """

    line_id: UUID
    quantity: int
    reason: ReturnReason | None = None
    condition: Condition = Condition.unopened
    restock: bool = True
    rejected: int = 0
    rejection: str | None = None
    deduction: int = 0
    note: str | None = None


class UnknownReturn(NotFound):
    """There is no such return, or it is not this caller's to see."""

    code = "unknown-return"
    message = "There is no return {return_}."


class NotReturnable(Invalid):
    """Some units cannot be given back; all of them are named."""

    code = "not-returnable"
    message = "Some of this cannot be given back."


class ReturnMoved(Conflict):
    """The return has gone on, or has ended, in the meantime."""

    code = "return-moved"
    message = "This return is {state}."


class NoReturnLabel(NotFound):
    """No carrier has given a label for this return: none was asked, none has answered, or the label was given up."""

    code = "no-return-label"
    message = "There is no label for this return."


class AlreadyExchanged(Conflict):
    """The new goods of an exchange are on their way: the old ones have to come."""

    code = "already-exchanged"
    message = "What it is exchanged for is on its way already."


class CashNotGiven(Refused):
    """Cash is given back only in a store, where its market allows it, and not more than it allows."""

    code = "cash-not-given"
    message = "This cannot be given back in cash here."


class CreditNeedsCustomer(Refused):
    """Store credit belongs to a customer, and the order is nobody's."""

    code = "credit-needs-customer"
    message = "Store credit needs a customer. Say whose it is."
