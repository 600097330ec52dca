"""What somebody who follows an order sees: each parcel and pick-up with its steps, by the clock of its place."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from markupsafe import Markup
from msgspec import Struct

from torg import fulfilment
from torg.fulfilment import (
    Carriers,
    Fulfilment,
    FulfilmentKind,
    FulfilmentState,
    Parcel,
    ParcelState,
    SeenOfParcel,
)
from torg.kernel import i18n
from torg.kernel.access import Policy
from torg.kernel.i18n import Words
from torg.kernel.ids import public
from torg.orders import Intent, OrderLine, OrderState, Seen
from torg.surfaces.shop.front import Front
from torg.surfaces.shop.qr import drawn

BEFORE: Final = frozenset({FulfilmentState.open, FulfilmentState.picking, FulfilmentState.picked})
ENDED: Final = frozenset({ParcelState.delivered, ParcelState.returned, ParcelState.lost})


class Step(Struct, frozen=True):
    """Something that has happened, or comes next (`at` is empty)."""

    key: str
    at: str = ""
    place: str = ""
    moment: str = ""


class Good(Struct, frozen=True):
    """So many of something."""

    name: str
    quantity: int


class Part(Struct, frozen=True):
    """A parcel or a pick-up: what is in it and how far it is; the newest step is the last that has a time."""

    kind: str
    state: str
    tone: str
    goods: tuple[Good, ...]
    steps: tuple[Step, ...]
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""
    place: str = ""
    lines: tuple[str, ...] = ()
    shop: str = ""
    code: str = ""
    qr: Markup = Markup("")
    until: str = ""
    id: str = ""


class Followed(Struct, frozen=True):
    """An order as its page shows it; `later` is what no place has been told to send yet."""

    number: str
    cancelled: bool
    ordered: str
    parts: tuple[Part, ...]
    later: tuple[Good, ...]
    as_of: str


def of(
    at: Front, policy: Policy, carriers: Carriers, found: Seen, seen: Sequence[SeenOfParcel], now: datetime
) -> Followed:
    """The order for its page."""
    order = found.order
    words = _words(at, order.time_zone)
    sightings: dict[UUID, list[SeenOfParcel]] = {}
    for one in seen:
        sightings.setdefault(one.parcel_id, []).append(one)
    parts = [part for one in found.fulfilments for part in _parts(at, policy, carriers, one, sightings)]
    return Followed(
        number=order.number or "",
        cancelled=order.state is OrderState.cancelled,
        ordered=words.moment(order.placed_at) if order.placed_at else "",
        parts=tuple(parts),
        later=_later(found),
        as_of=words.moment(now),
    )


def _words(at: Front, zone: str) -> Words:
    return i18n.words(at.language, at.shop.market.country, zone)


def _later(found: Seen) -> tuple[Good, ...]:
    """What was bought and is in nobody's hands: gift cards come by mail, other goods are still to be found."""
    if found.order.state is OrderState.cancelled:
        return ()
    planned = {line.line_id for one in found.fulfilments for line in one.lines}
    return tuple(
        Good(_name(line), line.quantity)
        for line in found.lines
        if line.id not in planned and line.intent is not Intent.digital
    )


def _name(line: OrderLine) -> str:
    return f"{line.name}, {line.options}" if line.options else line.name


def _parts(
    at: Front,
    policy: Policy,
    carriers: Carriers,
    one: Fulfilment,
    seen: Mapping[UUID, Sequence[SeenOfParcel]],
) -> list[Part]:
    if one.state in {FulfilmentState.rejected, FulfilmentState.cancelled}:
        return []
    if one.kind is FulfilmentKind.pick_up:
        return [_pick_up(at, policy, one)]
    if one.kind is FulfilmentKind.carry_out:
        return [
            Part("carry-out", "taken", "good", _goods(one), (_happened(at, one, "taken", one.created_at),))
        ]
    parcels = [parcel for parcel in one.parcels if parcel.state is not ParcelState.cancelled]
    parts = [
        _parcel(at, carriers.called(parcel.carrier), one, parcel, seen.get(parcel.id, ()))
        for parcel in parcels
    ]
    rest = _unpacked(one)
    if rest and one.state in BEFORE:
        state = "picking" if one.state is not FulfilmentState.open else "ordered"
        steps = (
            _happened(at, one, "ordered", one.created_at),
            *((_happened(at, one, "picking", one.updated_at),) if state == "picking" else ()),
            Step("handed_over"),
        )
        parts.append(Part("parcel", state, "", rest, steps))
    return parts


def _happened(at: Front, one: Fulfilment, key: str, when: datetime, place: str = "") -> Step:
    return Step(key, _words(at, one.time_zone).moment(when), place, when.isoformat())


def _goods(one: Fulfilment) -> tuple[Good, ...]:
    return tuple(Good(line.name, line.quantity) for line in one.lines)


def _unpacked(one: Fulfilment) -> tuple[Good, ...]:
    units = fulfilment.unpacked(one)
    return tuple(
        Good(line.name, units[line.line_id, line.variant_id])
        for line in one.lines
        if units[line.line_id, line.variant_id]
    )


def _parcel(at: Front, carrier: str, one: Fulfilment, parcel: Parcel, seen: Sequence[SeenOfParcel]) -> Part:
    names = {(line.line_id, line.variant_id): line.name for line in one.lines}
    steps = [_happened(at, one, "ordered", one.created_at)]
    if parcel.shipped_at is not None:
        steps.append(_happened(at, one, "handed_over", parcel.shipped_at))
    steps += [_happened(at, one, event.kind.value, event.at, event.place or "") for event in seen]
    if parcel.delivered_at is not None and not seen:
        steps.append(_happened(at, one, "delivered", parcel.delivered_at))
    if parcel.state not in ENDED:
        steps.append(Step("delivered" if parcel.shipped_at else "handed_over"))
    tone = {ParcelState.delivered: "good", ParcelState.lost: "warn", ParcelState.returned: "warn"}
    shown = "picking" if parcel.shipped_at is None else parcel.state.value
    return Part(
        "parcel",
        shown,
        tone.get(parcel.state, ""),
        tuple(Good(names.get((p.line_id, p.variant_id), ""), p.quantity) for p in parcel.contents),
        tuple(steps),
        carrier=carrier,
        tracking=parcel.tracking or "",
        tracking_url=parcel.tracking_url or "",
    )


def _pick_up(at: Front, policy: Policy, one: Fulfilment) -> Part:
    steps = [_happened(at, one, "ordered", one.created_at)]
    if one.waits_since is not None:
        steps.append(_happened(at, one, "ready", one.waits_since))
    if one.reminded_at is not None:
        steps.append(_happened(at, one, "reminded", one.reminded_at))
    if one.state in {FulfilmentState.collected, FulfilmentState.not_collected}:
        steps.append(_happened(at, one, one.state.value, one.updated_at))
    elif one.waits_since is not None:
        steps.append(Step("collected"))
    else:
        promised = _words(at, one.time_zone).moment(one.ready_at) if one.ready_at else ""
        steps.append(Step("ready", place=promised))
    ready = one.state is FulfilmentState.ready
    code = (fulfilment.code_of(policy, one) or "") if ready else ""
    shop = at.shop.atlas.stores.get(one.store or "")
    site = (shop or at.shop.atlas.location(one.location)).address
    state = "picking" if one.state in {FulfilmentState.picking, FulfilmentState.picked} else one.state.value
    tone = {
        FulfilmentState.ready: "good",
        FulfilmentState.collected: "good",
        FulfilmentState.not_collected: "warn",
    }
    return Part(
        "pick-up",
        "ordered" if one.state is FulfilmentState.open else state,
        tone.get(one.state, ""),
        _goods(one),
        tuple(steps),
        place=shop.called(at.language) if shop else at.shop.atlas.location(one.location).name,
        lines=(*site.lines, f"{site.postal_code} {site.city}".strip()),
        shop=shop.code if shop and shop.market == at.shop.market.code else "",
        code=code,
        qr=_qr(code),
        until=_words(at, one.time_zone).long_date(one.collect_until) if ready and one.collect_until else "",
        id=public("ful", one.id) if ready else "",
    )


def _qr(code: str) -> Markup:
    """The code for a scanner."""
    return drawn(code) if code else Markup("")
