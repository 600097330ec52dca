"""What may be done to a fulfilment."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest
from msgspec.structs import replace

from torg.fulfilment import Fulfilment, FulfilmentKind, FulfilmentState, WrongStep
from torg.fulfilment.model import Verb
from torg.fulfilment.rules import STEPS, first_state, hashed, proves, step

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FULFILMENT = Fulfilment(
    order_id=UUID(int=1),
    id=UUID(int=2),
    location="oslo",
    method="pick-up",
    kind=FulfilmentKind.pick_up,
    state=FulfilmentState.open,
    number="NO-7K3M9Q",
    channel="web-no",
    store="oslo",
    recipient="Kari",
    address=None,
    email="kari@example.com",
    language="nb",
    region="NO",
    time_zone="Europe/Oslo",
    proof=None,
    proof_tries=0,
    created_at=NOW,
    updated_at=NOW,
    version=1,
)


def test_every_step_that_is_not_named_is_refused() -> None:
    for verb, kind, state in product(Verb, FulfilmentKind, FulfilmentState):
        fulfilment = replace(FULFILMENT, kind=kind, state=state)
        if (verb, kind, state) in STEPS:
            assert step(fulfilment, verb) is STEPS[verb, kind, state]
        else:
            with pytest.raises(WrongStep):
                step(fulfilment, verb)


def test_nothing_leads_out_of_a_state_in_which_goods_have_left_or_were_given_up() -> None:
    ends = {state for state in FulfilmentState if state.left} | {FulfilmentState.cancelled}
    assert not {state for _, _, state in STEPS} & ends


def test_what_is_carried_out_has_left_as_it_is_sold() -> None:
    assert first_state(FulfilmentKind.carry_out).left
    assert not first_state(FulfilmentKind.ship).left


def test_a_code_proves_for_its_own_fulfilment_only() -> None:
    kept = replace(FULFILMENT, proof=hashed("042137", FULFILMENT.id))
    assert proves("042137", kept)
    assert not proves("042138", kept)
    assert not proves("", kept)
    assert not proves("042137", replace(kept, id=UUID(int=3)))


def test_who_could_not_be_sent_a_code_needs_none() -> None:
    assert proves("", FULFILMENT)
