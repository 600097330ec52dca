"""Who gets what from where, reckoned without a database."""

from itertools import chain, combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torg.inventory import rules
from torg.inventory.model import (
    Deltas,
    Demand,
    Held,
    Level,
    Move,
    Reason,
    Short,
    StockPromised,
    StockTooHigh,
    StockTooLow,
    WrongAdjustment,
)
from torg.kernel.ids import new_id

PLACES = ("a", "b", "c", "d")
BEANS, MUG = UUID(int=1), UUID(int=2)


def line(quantity: int, *places: str, variant: UUID = BEANS) -> Demand:
    return Demand(new_id(), variant, quantity, places)


def given_by(held: list[Held], demand: Demand) -> dict[str, int]:
    return {part.location: part.quantity for part in held if part.line_id == demand.line_id}


def test_a_line_is_served_from_the_place_it_prefers() -> None:
    wanted = line(2, "b", "a")
    held, short = rules.source([wanted], {(BEANS, "a"): 5, (BEANS, "b"): 5})
    assert given_by(held, wanted) == {"b": 2}
    assert short == []


def test_a_line_is_split_where_no_single_place_has_enough() -> None:
    wanted = line(6, "a", "b", "c")
    held, short = rules.source([wanted], {(BEANS, "a"): 3, (BEANS, "b"): 2, (BEANS, "c"): 9})
    assert given_by(held, wanted) == {"a": 3, "b": 2, "c": 1}
    assert short == []


def test_the_same_variant_on_two_lines_is_not_promised_twice() -> None:
    first, second = line(2, "a"), line(2, "a")
    held, short = rules.source([first, second], {(BEANS, "a"): 3})
    assert given_by(held, first) == {"a": 2}
    assert short == [Short(second.line_id, BEANS, wanted=2, available=1)]


def test_every_line_that_cannot_be_served_is_told() -> None:
    lines = [line(1, "a"), line(5, "a"), line(1, "b", variant=MUG), line(1)]
    _, short = rules.source(lines, {(BEANS, "a"): 3, (MUG, "b"): 0})
    assert [(s.line_id, s.available) for s in short] == [
        (lines[1].line_id, 2),
        (lines[3].line_id, 0),
        (lines[2].line_id, 0),
    ]


def test_an_earlier_line_moves_on_for_one_that_only_its_place_can_serve() -> None:
    anywhere, oslo_only = line(1, "oslo", "bergen"), line(1, "oslo")
    held, short = rules.source([anywhere, oslo_only], {(BEANS, "oslo"): 1, (BEANS, "bergen"): 1})
    assert short == []
    assert given_by(held, anywhere) == {"bergen": 1}
    assert given_by(held, oslo_only) == {"oslo": 1}


def test_a_level_below_its_buffer_serves_nobody() -> None:
    wanted = line(1, "a")
    _, short = rules.source([wanted], {(BEANS, "a"): -4})
    assert short == [Short(wanted.line_id, BEANS, wanted=1, available=0)]


demands = st.lists(
    st.tuples(st.integers(1, 6), st.lists(st.sampled_from(PLACES), unique=True, max_size=4)), max_size=5
)
levels = st.fixed_dictionaries({place: st.integers(-1, 6) for place in PLACES})


def most_that_can_be_served(lines: list[Demand], free: dict[str, int]) -> int:
    """The largest flow, by the smallest cut over all sets of places."""
    sets = chain.from_iterable(combinations(PLACES, size) for size in range(len(PLACES) + 1))
    return min(
        sum(max(0, free[place]) for place in cut)
        + sum(demand.quantity for demand in lines if set(demand.locations) - set(cut))
        for cut in sets
    )


@given(demands, levels)
def test_no_sharing_out_serves_more_and_none_takes_more_than_there_is(
    wanted: list[tuple[int, list[str]]], free: dict[str, int]
) -> None:
    lines = [line(quantity, *places) for quantity, places in wanted]
    held, short = rules.source(lines, {(BEANS, place): quantity for place, quantity in free.items()})
    for place in PLACES:
        assert sum(part.quantity for part in held if part.location == place) <= max(0, free[place])
    missing = {s.line_id: s.wanted - s.available for s in short}
    for demand in lines:
        got = given_by(held, demand)
        assert set(got) <= set(demand.locations)
        assert sum(got.values()) == demand.quantity - missing.get(demand.line_id, 0)
    assert sum(part.quantity for part in held) == most_that_can_be_served(lines, free)


@given(demands, levels, levels)
def test_what_is_there_goes_first_and_nobody_is_refused_whom_what_is_expected_could_serve(
    wanted: list[tuple[int, list[str]]], now: dict[str, int], later: dict[str, int]
) -> None:
    lines = [line(quantity, *places) for quantity, places in wanted]
    there = {(BEANS, place): quantity for place, quantity in now.items()}
    available = {(BEANS, place): now[place] + max(0, later[place]) for place in PLACES}
    held, short = rules.source_soonest(lines, there, available)
    for place in PLACES:
        assert sum(p.quantity for p in held if p.location == place) <= max(0, available[BEANS, place])
    assert short == rules.source(lines, available)[1]
    at_once, waits = rules.source(lines, there)
    if not waits:
        assert held == at_once


def test_moves_of_one_level_are_summed_and_ordered_by_key() -> None:
    variants = [new_id() for _ in range(20)]
    moves = [Move(v, place, Deltas(reserved=1)) for v in variants for place in ("b", "a", "b")]
    (batch,) = rules.batches(moves)
    keys = [(rules.bucket(m.variant_id), m.variant_id, m.location) for m in batch]
    assert keys == sorted(keys)
    assert len(batch) == 40
    assert {m.by.reserved for m in batch if m.location == "b"} == {2}
    apart = rules.batches(moves, apart=True)
    assert [m for part in apart for m in part] == batch
    assert all(len({rules.bucket(m.variant_id) for m in part}) == 1 for part in apart)


def test_a_variant_stays_in_its_bucket_for_ever() -> None:
    assert rules.bucket(UUID("01980000-0000-7000-8000-000000000001")) == 35
    assert {rules.bucket(new_id()) for _ in range(3000)} == set(range(rules.BUCKETS))


@pytest.mark.parametrize(
    ("reason", "quantity", "deltas"),
    [
        (Reason.found, 2, Deltas(on_hand=2)),
        (Reason.lost, 2, Deltas(on_hand=-2)),
        (Reason.stolen, 2, Deltas(on_hand=-2)),
        (Reason.damaged, 2, Deltas(on_hand=-2, damaged=2)),
        (Reason.repaired, 2, Deltas(on_hand=2, damaged=-2)),
        (Reason.scrapped, 2, Deltas(damaged=-2)),
        (Reason.correction, -2, Deltas(on_hand=-2)),
    ],
)
def test_the_reason_says_which_way_goods_went(reason: Reason, quantity: int, deltas: Deltas) -> None:
    assert rules.adjustment(reason, quantity) == deltas


@pytest.mark.parametrize(
    ("reason", "quantity"), [(Reason.found, -1), (Reason.lost, -1), (Reason.correction, 0)]
)
def test_a_quantity_that_contradicts_its_reason_is_refused(reason: Reason, quantity: int) -> None:
    with pytest.raises(WrongAdjustment):
        rules.adjustment(reason, quantity)


def level(**figures: int) -> Level:
    zero = dict.fromkeys(
        ("on_hand", "reserved", "allocated", "damaged", "incoming", "buffer", "backorder"), 0
    )
    return Level(BEANS, "a", **{**zero, **figures}, available=0, sequence=1)  # type: ignore[arg-type]  # all are figures


def test_what_is_not_there_cannot_be_taken() -> None:
    with pytest.raises(StockTooLow):
        rules.afford(level(on_hand=1), Deltas(on_hand=-2))
    with pytest.raises(StockTooLow):
        rules.afford(level(damaged=1), Deltas(damaged=-2))


def test_what_is_promised_cannot_be_adjusted_away() -> None:
    with pytest.raises(StockPromised):
        rules.afford(level(on_hand=5, reserved=2, allocated=2), Deltas(on_hand=-2))
    rules.afford(level(on_hand=5, reserved=2, allocated=2, backorder=1), Deltas(on_hand=-2))


def test_a_typing_error_in_the_billions_is_refused() -> None:
    with pytest.raises(StockTooHigh):
        rules.afford(level(on_hand=999_999_999), Deltas(on_hand=2))
