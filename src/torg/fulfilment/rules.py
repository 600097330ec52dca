"""What may be done to a fulfilment, without a database."""

import hashlib
import hmac
from typing import Final
from uuid import UUID

from torg.fulfilment.model import Fulfilment, FulfilmentKind, FulfilmentState, Verb, WrongStep

MOST_TRIES: Final = 5
DIGITS: Final = 6

STEPS: Final[dict[tuple[Verb, FulfilmentKind, FulfilmentState], FulfilmentState]] = {
    (Verb.ship, FulfilmentKind.ship, FulfilmentState.open): FulfilmentState.shipped,
    (Verb.make_ready, FulfilmentKind.pick_up, FulfilmentState.open): FulfilmentState.ready,
    (Verb.make_ready, FulfilmentKind.pick_up, FulfilmentState.ready): FulfilmentState.ready,
    (Verb.collect, FulfilmentKind.pick_up, FulfilmentState.ready): FulfilmentState.collected,
    (Verb.cancel, FulfilmentKind.ship, FulfilmentState.open): FulfilmentState.cancelled,
    (Verb.cancel, FulfilmentKind.pick_up, FulfilmentState.open): FulfilmentState.cancelled,
    (Verb.cancel, FulfilmentKind.pick_up, FulfilmentState.ready): FulfilmentState.cancelled,
}


def step(fulfilment: Fulfilment, verb: Verb) -> FulfilmentState:
    """The state that a verb leads to; `WrongStep` when it is not for this kind in this state.

    Making ready again what is ready sends the customer a new code.
    """
    to = STEPS.get((verb, fulfilment.kind, fulfilment.state))
    if to is None:
        raise WrongStep(state=fulfilment.state.value, step=verb.value)
    return to


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
