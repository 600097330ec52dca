"""What can be done to a placed order; the same words in what is asked for, kept, and told of its history.

Ids are public, since these are read by people and programs.
"""

from typing import Annotated, ClassVar, Final, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from torg.carts import MOST_UNITS
from torg.customers import Address
from torg.markets import ByCustomer, Code
from torg.orders.model import Intent

Id = Annotated[str, Meta(min_length=36, max_length=36, pattern="^[a-z]{3}_[0-9a-f]{32}$")]
Units = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
Note = Annotated[str, Meta(max_length=500)]
Why = Annotated[str, Meta(min_length=1, max_length=200)]


class _Action(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """One thing that is done to an order; `customers` may do it by themselves where their channel lets them."""

    customers: ClassVar[ByCustomer | None] = None
    prices: ClassVar[bool] = True
    """Whether what the order costs may change by it."""


class AddLine(_Action, frozen=True, tag="add_line"):
    """More goods: without an intent they are sent."""

    variant: Id
    quantity: Units = 1
    intent: Intent = Intent.ship
    store: Code | None = None
    note: Note | None = None


class RemoveLine(_Action, frozen=True, tag="remove_line"):
    """A line that is not wanted any more."""

    customers: ClassVar[ByCustomer | None] = ByCustomer.lines

    line: Id


class SetQuantity(_Action, frozen=True, tag="set_quantity"):
    """So many units of a line instead; customers may want fewer only."""

    customers: ClassVar[ByCustomer | None] = ByCustomer.lines

    line: Id
    quantity: Units


class SwapVariant(_Action, frozen=True, tag="swap_variant"):
    """Another variant instead of a line's, as many of it and in the same way; it becomes a new line."""

    line: Id
    variant: Id


class SetDelivery(_Action, frozen=True, tag="set_delivery"):
    """Have goods sent by a method, or collected in a store: those lines, or all that are not carried out."""

    method: Code
    store: Code | None = None
    lines: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=200)] | None = None


class SetAddress(_Action, frozen=True, tag="set_address"):
    """Where the goods go, or the bill; what is left out stays."""

    customers: ClassVar[ByCustomer | None] = ByCustomer.address

    delivery: Address | UnsetType = UNSET
    billing: Address | UnsetType = UNSET


class SetContact(_Action, frozen=True, tag="set_contact"):
    """How the customer is reached; what is left out stays."""

    customers: ClassVar[ByCustomer | None] = ByCustomer.contact
    prices: ClassVar[bool] = False

    email: Annotated[str, Meta(min_length=1, max_length=254)] | UnsetType = UNSET
    phone: Annotated[str, Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    name: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET


class SetPrice(_Action, frozen=True, tag="set_price"):
    """What one of a line costs, in the terms of its price list, and why."""

    line: Id
    unit: Annotated[int, Meta(ge=0, le=2**53 - 1, description="Minor units.")]
    reason: Why


Action: TypeAlias = (
    AddLine | RemoveLine | SetQuantity | SwapVariant | SetDelivery | SetAddress | SetContact | SetPrice
)
MOST_ACTIONS: Final = 100
Actions = Annotated[tuple[Action, ...], Meta(min_length=1, max_length=MOST_ACTIONS)]
