"""What may be done with a cart, reckoned from what is kept of it; no database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts.model import (
    MOST_LINES,
    MOST_TOUCHES,
    MOST_UNITS,
    Cart,
    CartLine,
    CartState,
    Intent,
    StoredCart,
    StoredLine,
    Touch,
)
from torg.carts.refusals import (
    CartBeingCompleted,
    CartMerged,
    CartOrdered,
    CartQuoted,
    IntentNotPossible,
    TooManyLines,
    TooManyUnits,
    UnknownLine,
)
from torg.catalog import Component, Inside, Kind
from torg.inventory import DeliveryKind, DeliveryMethod, Demand, taken_apart
from torg.kernel.access import Actor
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import public
from torg.markets import Atlas, Channel, ChannelKind
from torg.permissions import Permission

BY_STAFF = frozenset({ChannelKind.till, ChannelKind.phone, ChannelKind.field_sales})
"""Channels in which only staff sell: what a till hands over has been seen to leave."""


def must_sell_in(channel: Channel, by: Actor) -> None:
    """Refuse customers and visitors in channels in which only staff sell."""
    if channel.kind in BY_STAFF:
        by.must(Permission.carts_write, channel=channel.code, store=channel.store)


def may_open(cart: StoredCart, by: Actor, permission: Permission, store: str | None, at: datetime) -> bool:
    """Whether the actor may open the cart: as its customer, by a token of it, or by a right in its channel, or in the
    store where it waits.
    """
    if cart.customer_id is not None and cart.customer_id == by.customer_id:
        return True
    if cart.token_hash is not None and cart.token_hash in by.tokens:
        return True
    if any(opener.opens(by.tokens, at) for opener in cart.openers):
        return True
    waits = cart.parked
    if waits is not None and by.may(permission, channel=waits.channel, store=waits.store):
        return True
    return by.may(permission, channel=cart.channel, store=store)


def must_be_open(cart: StoredCart, version: int | None) -> None:
    """Refuse a change of a cart that is being bought, has been, or is not what the caller saw."""
    if cart.state is CartState.completing:
        raise CartBeingCompleted()
    if cart.state is CartState.ordered:
        raise CartOrdered()
    if cart.state is CartState.quoted:
        raise CartQuoted()
    if cart.merger is not None:
        raise CartMerged(cart=public("crt", cart.merger.into))
    if version is not None and version != cart.version:
        raise StaleVersion(given=version, present=cart.version)


def touched(
    cart: StoredCart | Cart, known: Atlas, *, by: Actor, at: datetime, channel: str | None = None
) -> tuple[Touch, ...]:
    """The cart's journey with this touch; one in the same place as the last is no new step.

    A channel that nobody opened counts as not said: then it is the one in which the cart was begun.
    """
    said = channel or by.touch.channel
    here = said if said is not None and said in known.channels else cart.channel
    touch = Touch(at, here, by.kind.value, by.touch.device)
    last = cart.journey[-1] if cart.journey else None
    if len(cart.journey) >= MOST_TOUCHES or (last is not None and replace(last, at=at) == touch):
        return cart.journey
    return (*cart.journey, touch)


def intent_of(
    kind: Kind, wish: Intent | None, store: str | None, *, channel: Channel, market: str, atlas: Atlas
) -> tuple[Intent, str | None]:
    """How goods reach the customer, and in which store where that is in one.

    Without a wish a till hands over, everybody else ships. Digital goods go nowhere, and nothing else goes digitally.
    """
    if kind is not Kind.physical or wish is Intent.digital:
        if kind is Kind.physical or wish not in {None, Intent.digital}:
            raise IntentNotPossible()
        return Intent.digital, None
    here = channel.store if channel.kind in BY_STAFF else None
    intent = wish or (Intent.carry_out if here is not None else Intent.ship)
    if intent is Intent.carry_out:
        if here is None:
            raise IntentNotPossible()
        return intent, here
    if intent is Intent.pick_up:
        if store is None or atlas.store(store).market != market:
            raise IntentNotPossible()
        return intent, store
    return intent, None


def with_line(cart: StoredCart, line: StoredLine) -> StoredCart:
    """The cart with one line more; what is there already in the same way becomes more of it."""
    for number, there in enumerate(cart.lines):
        if alike(there, line):
            more = replace(there, quantity=_counted(there.quantity + line.quantity))
            return replace(cart, lines=(*cart.lines[:number], more, *cart.lines[number + 1 :]))
    if len(cart.lines) >= MOST_LINES:
        raise TooManyLines(most=MOST_LINES)
    return replace(cart, lines=(*cart.lines, replace(line, quantity=_counted(line.quantity))))


def line_of(cart: StoredCart, line_id: UUID) -> StoredLine:
    """The cart's line of this id."""
    for line in cart.lines:
        if line.id == line_id:
            return line
    raise UnknownLine(line=public("lin", line_id))


def with_changed(cart: StoredCart, changed: StoredLine) -> StoredCart:
    """The cart with a line replaced by what it has become."""
    return replace(cart, lines=tuple(changed if line.id == changed.id else line for line in cart.lines))


def without(cart: StoredCart, line_id: UUID) -> StoredCart:
    """The cart without a line."""
    gone = line_of(cart, line_id)
    return replace(cart, lines=tuple(line for line in cart.lines if line is not gone))


class Group(Struct, frozen=True):
    """Lines that reach the customer together."""

    kind: DeliveryKind
    method: DeliveryMethod
    store: str | None
    lines: tuple[StoredLine, ...]


def groups(cart: StoredCart, methods: Sequence[DeliveryMethod]) -> tuple[list[Group], list[StoredLine]]:
    """What is shipped, and what is picked up store by store; and the lines for which no method is chosen or left.

    Where nobody chose how to pick up, the first method that hands over in the store does.
    """
    active = {method.code: method for method in methods if method.active}
    found: list[Group] = []
    left: list[StoredLine] = []
    shipped = tuple(line for line in cart.lines if line.intent is Intent.ship)
    method = active.get(cart.ship_method or "")
    if shipped and method is not None and method.kind is DeliveryKind.ship:
        found.append(Group(DeliveryKind.ship, method, None, shipped))
    else:
        left.extend(shipped)
    picked = [line for line in cart.lines if line.intent is Intent.pick_up]
    for store in dict.fromkeys(line.store for line in picked):
        lines = tuple(line for line in picked if line.store == store)
        hands_over = _pick_up(cart, active.values(), store)
        if hands_over is None:
            left.extend(lines)
        else:
            found.append(Group(DeliveryKind.pick_up, hands_over, store, lines))
    return found, left


def demands_of(
    lines: Iterable[StoredLine | CartLine],
    locations: tuple[str, ...],
    places: Mapping[str, str],
    inside: Mapping[UUID, Sequence[Component | Inside]],
    channel: str | None = None,
) -> list[Demand]:
    """What the lines want of the shelves; `places` says at which location a store's goods stand, `inside` what bundles
    are made of.
    """
    return [
        part
        for line in lines
        if line.intent is not Intent.digital
        for part in taken_apart(
            Demand(
                line.id,
                line.variant_id,
                line.quantity,
                locations if line.store is None else (places[line.store],),
                channel=channel,
            ),
            inside.get(line.variant_id, ()),
        )
    ]


def store_places(atlas: Atlas) -> dict[str, str]:
    """At which location each store's goods stand."""
    return {store.code: store.location for store in atlas.stores.values()}


def _pick_up(cart: StoredCart, active: Iterable[DeliveryMethod], store: str | None) -> DeliveryMethod | None:
    serving = [m for m in active if m.kind is DeliveryKind.pick_up and store in m.stores]
    chosen = [method for method in serving if method.code == cart.pick_up_method]
    return next(iter(chosen or serving), None)


def alike(there: StoredLine, line: StoredLine) -> bool:
    """Whether a line is more of another: the same goods in the same way with the same note, gift cards for the same."""
    if there.wraps is not None or line.wraps is not None:
        return there.wraps == line.wraps
    return (there.variant_id, there.intent, there.store, there.note, there.card) == (
        line.variant_id,
        line.intent,
        line.store,
        line.note,
        line.card,
    )


def wrapped(cart: StoredCart) -> StoredCart:
    """The cart whose gift wrappings follow their goods: as many, the same way, and none around what is gone."""
    if all(line.wraps is None for line in cart.lines):
        return cart
    goods = {line.id: line for line in cart.lines if line.wraps is None and line.intent is not Intent.digital}
    lines = [_around(line, goods) for line in cart.lines if line.wraps is None or line.wraps in goods]
    return replace(cart, lines=tuple(lines))


def _around(line: StoredLine, goods: Mapping[UUID, StoredLine]) -> StoredLine:
    if line.wraps is None:
        return line
    inside = goods[line.wraps]
    same = (line.quantity, line.intent, line.store) == (inside.quantity, inside.intent, inside.store)
    return line if same else replace(line, quantity=inside.quantity, intent=inside.intent, store=inside.store)


def _counted(quantity: int) -> int:
    if quantity > MOST_UNITS:
        raise TooManyUnits(most=MOST_UNITS)
    return quantity
