"""Rows of bits say what sets of products would, in every order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from torg.catalog.sieve import FEW, Order, bits, sieve, taken

COUNT = 300
PLACES = st.sets(st.integers(0, COUNT - 1))
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def packed(*ids: UUID) -> bytes:
    return b"".join(id.bytes for id in ids)


@given(PLACES, PLACES)
def test_rows_laid_over_each_other_are_sets_that_meet(one: set[int], other: set[int]):
    both = bits(one, COUNT) & bits(other, COUNT)
    assert taken(both, None, 0, COUNT) == sorted(one & other)
    assert both.bit_count() == len(one & other)


@given(PLACES, st.permutations(range(COUNT)), st.integers(0, 40), st.integers(1, 40))
def test_a_page_of_another_order_is_a_part_of_it(there: set[int], order: list[int], skip: int, limit: int):
    expected = [place for place in order if place in there][skip : skip + limit]
    assert taken(bits(there, COUNT), Order.of(order, COUNT), skip, limit) == expected


def test_a_large_row_is_walked_in_the_order_that_a_small_one_is_sorted_in():
    count = FEW * 3
    order = Order.of([(place * 7) % count for place in range(count)], count)
    there = range(0, count, 2)
    walked = taken(bits(there, count), order, 5, 50)
    wanted = [place for place in order.places if place % 2 == 0]
    assert len(list(there)) > FEW and walked == wanted[5:55]


def test_what_is_said_of_a_channel_counts_else_what_is_said_of_its_market_and_times_begin_and_end():
    ids = [UUID(int=number + 1) for number in range(4)]
    strange = UUID(int=99)
    rows = [
        ("live", "market:NO", "", packed(ids[0], ids[1], strange)),
        ("spoken", "channel:web", "", packed(ids[1], ids[2])),
        ("live", "channel:web", "", packed(ids[2])),
    ]
    times = (AT, AT + timedelta(hours=1))
    known = sieve(packed(*ids), rows, [("market:NO", ids[3], *times), ("market:NO", strange, *times)])
    shown = [
        taken(known.shown("channel:web", "market:NO", AT + timedelta(minutes=minutes)), None, 0, 9)
        for minutes in (-1, 0, 59, 60)
    ]
    assert shown == [[0, 2], [0, 2, 3], [0, 2, 3], [0, 2]]
    assert known.ids(taken(15, known.newest, 0, 2)) == [ids[3], ids[2]]
