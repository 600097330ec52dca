"""What may be done to a fulfilment, without a database."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.fulfilment.errors import WrongStep
from torg.fulfilment.model import (
    TO_DO,
    Box,
    Fulfilment,
    FulfilmentKind,
    FulfilmentState,
    Packed,
    ParcelState,
    Rejected,
    Verb,
)
from torg.inventory import RejectionReason
from torg.kernel.errors import FieldProblem, Invalid

MOST_TRIES: Final = 5
DIGITS: Final = 6

WAITING: Final = frozenset({ParcelState.packed, ParcelState.booked})
"""A parcel in these states keeps its goods from being packed elsewhere, and has not left."""

STEPS: Final[dict[tuple[Verb, FulfilmentKind, FulfilmentState], FulfilmentState]] = {
    **{
        (Verb.ship, FulfilmentKind.ship, state): FulfilmentState.shipped
        for state in (FulfilmentState.open, FulfilmentState.picking, FulfilmentState.picked)
    },
    **{
        (Verb.make_ready, FulfilmentKind.pick_up, state): FulfilmentState.ready
        for state in (FulfilmentState.open, FulfilmentState.picking, FulfilmentState.picked)
    },
    **{
        (Verb.begin, kind, FulfilmentState.open): FulfilmentState.picking
        for kind in (FulfilmentKind.ship, FulfilmentKind.pick_up)
    },
    **{
        (Verb.pick, kind, state): FulfilmentState.picked
        for kind in (FulfilmentKind.ship, FulfilmentKind.pick_up)
        for state in (FulfilmentState.open, FulfilmentState.picking)
    },
    (Verb.make_ready, FulfilmentKind.pick_up, FulfilmentState.ready): FulfilmentState.ready,
    (Verb.collect, FulfilmentKind.pick_up, FulfilmentState.ready): FulfilmentState.collected,
    (Verb.extend, FulfilmentKind.pick_up, FulfilmentState.ready): FulfilmentState.ready,
    (Verb.give_up, FulfilmentKind.pick_up, FulfilmentState.ready): FulfilmentState.not_collected,
    **{
        (verb, kind, state): to
        for verb, to in (
            (Verb.cancel, FulfilmentState.cancelled),
            (Verb.reject, FulfilmentState.rejected),
        )
        for kind in (FulfilmentKind.ship, FulfilmentKind.pick_up)
        for state in TO_DO
        if (kind, state) != (FulfilmentKind.ship, FulfilmentState.ready)
    },
}


def step(fulfilment: Fulfilment, verb: Verb) -> FulfilmentState:
    """The state that a verb leads to; `WrongStep` when it is not for this kind in this state.

    Making ready again what is ready sends the customer a new code.
    """
    to = STEPS.get((verb, fulfilment.kind, fulfilment.state))
    if to is None:
        raise WrongStep(state=fulfilment.state.value, step=verb.value)
    return to


def rejected(fulfilment: Fulfilment, asked: Sequence[Rejected]) -> FulfilmentState:
    """What becomes of a fulfilment of which so much cannot be sent; `Invalid` names all that is wrong with it.

    As long as something is left to send, it stays where it is.
    """
    to = step(fulfilment, Verb.reject)
    there = unpacked(fulfilment)
    problems = []
    seen: set[tuple[UUID, UUID]] = set()
    for number, one in enumerate(asked):
        part = (one.line_id, one.variant_id)
        if part not in there:
            message = "This is not to be sent from here."
            problems.append(FieldProblem(f"lines.{number}.line", "not-to-be-sent", message))
        elif part in seen:
            problems.append(FieldProblem(f"lines.{number}.line", "twice", "This stands here twice."))
        elif one.quantity > there[part]:
            more = "That is more than is to be sent from here."
            problems.append(FieldProblem(f"lines.{number}.quantity", "more-than-to-send", more))
        seen.add(part)
        if one.reason is RejectionReason.other and not one.note:
            problems.append(FieldProblem(f"lines.{number}.note", "required", "This field is required."))
    if problems:
        raise Invalid.of(*problems)
    left = sum(line.quantity for line in fulfilment.lines) - sum(one.quantity for one in asked)
    if left and left == sum(line.gone for line in fulfilment.lines):
        return FulfilmentState.shipped
    return fulfilment.state if left else to


def unpacked(fulfilment: Fulfilment) -> dict[tuple[UUID, UUID], int]:
    """How many units of each part have neither left nor lie in a parcel that waits for its carrier."""
    units = {(line.line_id, line.variant_id): line.quantity - line.gone for line in fulfilment.lines}
    for parcel in fulfilment.parcels:
        if parcel.state in WAITING:
            for one in parcel.contents:
                units[one.line_id, one.variant_id] -= one.quantity
    return units


def packed(fulfilment: Fulfilment, boxes: Sequence[Box]) -> list[Box]:
    """The boxes with what is in each of them; `Invalid` names all that is not there to be packed.

    One box of which nothing is said has all that is left.
    """
    step(fulfilment, Verb.ship)
    left = unpacked(fulfilment)
    if len(boxes) == 1 and not boxes[0].contents:
        rest = tuple(Packed(*part, units) for part, units in left.items() if units)
        if not rest:
            raise WrongStep(state=fulfilment.state.value, step=Verb.ship.value)
        return [replace(boxes[0], contents=rest)]
    problems = []
    for number, box in enumerate(boxes):
        if not box.contents:
            message = "A parcel has something in it."
            problems.append(FieldProblem(f"parcels.{number}.lines", "nothing-packed", message))
        for place, one in enumerate(box.contents):
            part, field = (one.line_id, one.variant_id), f"parcels.{number}.lines.{place}"
            if part not in left:
                message = "This is not to be sent from here."
                problems.append(FieldProblem(f"{field}.line", "not-to-be-sent", message))
                continue
            left[part] -= one.quantity
            if left[part] < 0:
                more = "That is more than is to be sent from here."
                problems.append(FieldProblem(f"{field}.quantity", "more-than-to-send", more))
    if problems:
        raise Invalid.of(*problems)
    return list(boxes)


def after_leaving(fulfilment: Fulfilment, contents: Sequence[Packed]) -> FulfilmentState:
    """What a fulfilment is when these units of it leave: `shipped` with the last of them."""
    to = step(fulfilment, Verb.ship)
    left = sum(line.quantity - line.gone for line in fulfilment.lines)
    return to if left == sum(one.quantity for one in contents) else at_work(fulfilment)


def at_work(fulfilment: Fulfilment) -> FulfilmentState:
    """What a fulfilment is of which somebody has packed something: not open any more."""
    return FulfilmentState.picking if fulfilment.state is FulfilmentState.open else fulfilment.state


def first_state(kind: FulfilmentKind) -> FulfilmentState:
    """What a new fulfilment is: goods that are carried out are gone already."""
    return FulfilmentState.handed_over if kind is FulfilmentKind.carry_out else FulfilmentState.open


def hashed(code: str, fulfilment_id: UUID) -> bytes:
    """The code as it is kept: slow to guess, and different for every fulfilment."""
    return hashlib.scrypt(code.encode(), salt=fulfilment_id.bytes, n=2**13, r=8, p=1, dklen=32)


def proves(code: str, fulfilment: Fulfilment) -> bool:
    """Whether this is the customer's code; nobody was sent one when there is no address to send it to."""
    if fulfilment.proof is None:
        return True
    return hmac.compare_digest(hashed(code, fulfilment.id), fulfilment.proof)
