"""Which wishes are met: never more than there is, a line wants, or a holder may have, whatever is asked for."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from torg.catalog import Component
from torg.inventory import Demand, Lacking, SoftHold, Units, Wish, taken_apart
from torg.inventory.soft.model import Used
from torg.inventory.soft.rules import beyond, decide, too_much
from torg.kernel.ids import new_id
from torg.markets import CartHold, KeepWhen

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
VARIANTS = [new_id() for _ in range(3)]
PLACES = ("a", "b", "c")
LEVELS = [(variant, place) for variant in VARIANTS for place in PLACES]

terms = some.builds(
    CartHold,
    when=some.sampled_from([KeepWhen.few, KeepWhen.always]),
    few=some.integers(1, 10),
    most_of_one=some.integers(1, 6),
    most=some.integers(1, 12),
)
demands = some.builds(
    Demand,
    line_id=some.builds(new_id),
    variant_id=some.sampled_from(VARIANTS),
    quantity=some.integers(1, 6),
    locations=some.permutations(PLACES).map(lambda order: tuple(order[:2])),
)
wishes = some.builds(
    Wish,
    order_id=some.builds(new_id),
    holder=some.sampled_from(["ada", "bo"]),
    actor=some.just("visitor"),
    demands=some.lists(demands, min_size=1, max_size=3).map(tuple),
    terms=terms,
)
shelves = some.lists(some.integers(-2, 8), min_size=9, max_size=9).map(
    lambda left: dict(zip(LEVELS, left, strict=True))
)
used = some.lists(
    some.builds(
        Used,
        holder=some.sampled_from(["ada", "bo"]),
        variant_id=some.sampled_from(VARIANTS),
        quantity=some.integers(1, 4),
    ),
    max_size=2,
)


@given(some.lists(wishes, max_size=6), shelves, used)
def test_no_level_line_or_holder_gets_more_than_is_its_own(
    asked: list[Wish], free: dict[tuple[UUID, str], int], had: list[Used]
) -> None:
    answers = decide(asked, [], had, free, AT)
    taken, of_one, in_all = Counter[tuple[UUID, str]](), Counter[tuple[str, UUID]](), Counter[str]()
    for count in had:
        of_one[count.holder, count.variant_id] += count.quantity
        in_all[count.holder] += count.quantity
    for wish, kept in zip(asked, answers, strict=True):
        assert kept.holds == kept.made
        by_line = Counter[UUID]()
        for hold in kept.made:
            taken[hold.variant_id, hold.location] += hold.quantity
            of_one[wish.holder, hold.variant_id] += hold.quantity
            in_all[wish.holder] += hold.quantity
            by_line[hold.line_id] += hold.quantity
            assert of_one[wish.holder, hold.variant_id] <= wish.terms.most_of_one
            assert in_all[wish.holder] <= wish.terms.most
        for demand in wish.demands:
            assert by_line[demand.line_id] <= demand.quantity
            assert (by_line[demand.line_id] < demand.quantity) == (demand.line_id in kept.lacking)
    assert all(units <= max(0, free[level]) for level, units in taken.items())


@given(wishes, shelves)
def test_a_wish_that_is_repeated_keeps_no_more(wish: Wish, free: dict[tuple[UUID, str], int]) -> None:
    wish = replace(wish, terms=replace(wish.terms, when=KeepWhen.always, most=1000, most_of_one=1000))
    (first,) = decide([wish], [], [], free, AT)
    left = dict(free)
    for hold in first.made:
        left[hold.variant_id, hold.location] -= hold.quantity
    (second,) = decide([wish], first.made, [], left, AT)
    assert (second.made, set(second.holds)) == ((), set(first.made))
    assert second.lacking.keys() == first.lacking.keys()


def test_what_is_plenty_is_not_kept_and_what_is_few_is() -> None:
    line = Demand(new_id(), VARIANTS[0], 2, PLACES)
    wish = Wish(new_id(), "ada", "visitor", (line,), CartHold(KeepWhen.few, few=5))
    for left, units in ((6, 0), (5, 2), (1, 1), (0, 0)):
        (kept,) = decide([wish], [], [], {(VARIANTS[0], "b"): left}, AT)
        assert sum(hold.quantity for hold in kept.made) == units
        expected = {6: Lacking.plenty, 5: None, 1: Lacking.none_left, 0: Lacking.none_left}[left]
        assert kept.lacking.get(line.line_id) is expected


def held(line: UUID, variant: UUID, place: str, units: int, minutes: int = 15) -> SoftHold:
    return SoftHold(0, new_id(), new_id(), line, variant, place, units, AT + timedelta(minutes=minutes))


def test_what_no_line_wants_goes_and_of_a_smaller_line_what_ends_last() -> None:
    mug, cup = new_id(), new_id()
    old = held(mug, VARIANTS[0], "a", 2, minutes=5)
    new = held(mug, VARIANTS[0], "a", 3, minutes=15)
    elsewhere, dropped = held(cup, VARIANTS[1], "c", 1), held(new_id(), VARIANTS[2], "a", 1)
    lines = [Demand(mug, VARIANTS[0], 3, ("a",)), Demand(cup, VARIANTS[1], 1, ("a", "b"))]
    assert too_much([new, old, elsewhere, dropped], lines) == {new: 2, elsewhere: 1, dropped: 1}


def test_who_takes_a_cart_over_keeps_of_it_what_she_may_have_beside_what_she_has() -> None:
    first, second = held(new_id(), VARIANTS[0], "a", 3), held(new_id(), VARIANTS[1], "a", 4)
    has = [Used("ada", VARIANTS[0], 3)]
    assert beyond([first, second], has, CartHold(most_of_one=5, most=8)) == {first: 1, second: 1}
    assert beyond([first, second], [], CartHold(most_of_one=5, most=8)) == {}


def test_of_a_bundle_only_whole_ones_are_kept_and_of_it_nothing_of_which_there_is_plenty() -> None:
    kettle, cup, line = VARIANTS[0], VARIANTS[1], new_id()
    parts = taken_apart(Demand(line, VARIANTS[2], 3, PLACES), [Component(kettle, 1), Component(cup, 4)])
    free = {(kettle, "a"): 3, (cup, "a"): 5, (cup, "b"): 4}
    wish = Wish(new_id(), "ada", "visitor", tuple(parts), CartHold(KeepWhen.always, most_of_one=99, most=99))

    def kept(terms: CartHold) -> dict[UUID, int]:
        (answer,) = decide([replace(wish, terms=terms)], [], [], free, AT)
        assert answer.lacking
        return {unit.variant_id: unit.quantity for unit in _summed(answer.made)}

    assert kept(wish.terms) == {kettle: 2, cup: 8}
    assert kept(replace(wish.terms, most=7)) == {kettle: 1, cup: 4}
    assert kept(replace(wish.terms, most_of_one=3)) == {}
    assert kept(replace(wish.terms, when=KeepWhen.few, few=8)) == {kettle: 3}


def _summed(holds: Sequence[SoftHold]) -> list[Units]:
    total = Counter[UUID]()
    for hold in holds:
        total[hold.variant_id] += hold.quantity
    return [Units(variant, "", units) for variant, units in total.items()]
