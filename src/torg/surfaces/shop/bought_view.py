"""An order as its customer's page shows it: what was bought, what became of it, and what she may do with it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from torg import orders
from torg.customers import printed
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.markets import ByCustomer
from torg.orders import (
    ChangeState,
    Claim,
    ClaimKind,
    ClaimState,
    Document,
    DocumentKind,
    GivenBack,
    OrderDelivery,
    OrderLine,
    OrderState,
    Return,
    ReturnState,
    Seen,
)
from torg.surfaces.shop.cart_view import TaxSeen, taxes
from torg.surfaces.shop.checkout_view import MeansSeen
from torg.surfaces.shop.front import Front
from torg.surfaces.storefront.pictures import ShopPicture

NONE: Final = GivenBack()


class BoughtLine(Struct, frozen=True):
    """A line as it was bought, and how many of it have come back."""

    name: str
    options: str
    sku: str
    picture: ShopPicture | None
    quantity: int
    back: int
    amount: Money


class BoughtDelivery(Struct, frozen=True):
    """How some of it comes, when, and what that costs; no price is none."""

    name: str
    store: str
    earliest: date | None
    latest: date | None
    ready_at: datetime | None
    price: Money


class ReturnSeen(Struct, frozen=True):
    """What comes or came back of it, under the number that goes on the parcel; in an `exchange` other goods are
    taken for it.
    """

    id: str
    number: str
    state: ReturnState
    units: int
    total: Money
    expires_at: datetime | None
    exchange: bool


class ClaimSeen(Struct, frozen=True):
    """What the customer complained of, and what came of it."""

    kind: ClaimKind
    state: ClaimState
    amount: Money
    reason: str
    opened_at: datetime


class PaperSeen(Struct, frozen=True):
    """A paper that can be read as a file."""

    id: str
    kind: DocumentKind
    number: str
    at: datetime


def papers_of(documents: Sequence[Document]) -> tuple[PaperSeen, ...]:
    """These documents, as a page lists them."""
    return tuple(
        PaperSeen(public("doc", one.id), one.kind, one.number or "", one.issued_at) for one in documents
    )


class WaitingSeen(Struct, frozen=True):
    """A change that waits to be paid, and where; without an address it is paid here, by one of these `means`.

    An exchange has the id of its return, and its `number`; when it is paid, it waits for the goods that come back.
    """

    id: str
    number: str
    unpaid: bool
    amount: Money
    until: datetime | None
    pay_at: str
    means: tuple[MeansSeen, ...]


class Bought(Struct, frozen=True):
    """An order as its customer's page shows it."""

    id: str
    number: str
    state: OrderState
    email: str
    address: tuple[str, ...]
    lines: tuple[BoughtLine, ...]
    goods: Money
    deliveries: tuple[BoughtDelivery, ...]
    less: Money
    total: Money
    taxes: tuple[TaxSeen, ...]
    pay_at: str
    placed_at: datetime | None
    may: frozenset[ByCustomer]
    returns: tuple[ReturnSeen, ...]
    claims: tuple[ClaimSeen, ...]
    papers: tuple[PaperSeen, ...]
    waiting: WaitingSeen | None
    left: bool


def bought(
    at: Front,
    found: Seen,
    papers: Sequence[Document],
    claims: Sequence[Claim],
    means: tuple[MeansSeen, ...],
) -> Bought:
    """The order for its page."""
    order = found.order
    waits = [one.action_url for one in found.payments if one.state.open and one.action_url]
    channel = at.shop.atlas.channel(order.channel)
    back = orders.given_back(found.returns)
    return Bought(
        id=public("ord", order.order_id),
        number=order.number or "",
        state=order.state,
        email=order.email or "",
        address=tuple(printed(order.address)) if order.address else (),
        lines=tuple(_line(at, order.currency, line, back.get(line.id, NONE)) for line in found.lines),
        goods=Money(sum(line.gross for line in found.lines), order.currency),
        deliveries=tuple(_delivery(at, order.currency, one) for one in order.deliveries),
        less=Money(order.discount, order.currency),
        total=order.total,
        taxes=taxes(order.taxes, order.currency),
        pay_at=waits[0] if waits and order.state is OrderState.pending else "",
        placed_at=order.placed_at,
        may=orders.open_to_customer(order, found.lines, found.fulfilments, channel),
        returns=tuple(_return(one) for one in found.returns),
        claims=tuple(_claim(one) for one in claims),
        papers=papers_of(papers),
        waiting=_waiting(found, waits, means),
        left=order.source is None and any(line.gone for line in found.lines),
    )


def _return(one: Return) -> ReturnSeen:
    units = one.units or sum(line.announced for line in one.lines)
    total = Money(one.gross, one.currency)
    number, swaps = one.number or "", one.change_id is not None
    return ReturnSeen(public("ret", one.id), number, one.state, units, total, one.expires_at, swaps)


def _claim(one: Claim) -> ClaimSeen:
    return ClaimSeen(one.kind, one.state, Money(one.amount, one.currency), one.reason or "", one.opened_at)


def _waiting(found: Seen, waits: Sequence[str], means: tuple[MeansSeen, ...]) -> WaitingSeen | None:
    change = next((one for one in found.changes if one.state is ChangeState.waiting), None)
    if change is None or found.order.state is not OrderState.placed:
        return None
    mine = [one for one in found.payments if one.id in change.payments]
    back = next((one for one in found.returns if one.id == change.return_id), None)
    return WaitingSeen(
        public("ret", back.id) if back else public("och", change.id),
        back.number or "" if back else "",
        change.collect > sum(one.secured for one in mine),
        Money(change.collect, change.currency),
        change.expires_at,
        waits[0] if waits else "",
        means,
    )


def _line(at: Front, currency: str, line: OrderLine, back: GivenBack) -> BoughtLine:
    return BoughtLine(
        line.name,
        line.options,
        line.sku,
        at.shop.pictures.show(line.image, "", small=True),
        line.quantity,
        back.units,
        Money(line.gross, currency),
    )


def _delivery(at: Front, currency: str, one: OrderDelivery) -> BoughtDelivery:
    store = at.shop.atlas.store(one.store).called(at.language) if one.store else ""
    return BoughtDelivery(one.name, store, one.earliest, one.latest, one.ready_at, Money(one.gross, currency))
