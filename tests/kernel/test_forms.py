"""Every wrong field is named, whatever the shape of the input."""

from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from torg.kernel.errors import Invalid
from torg.kernel.forms import parse, problems


class Roast(StrEnum):
    light = "light"
    dark = "dark"


class Bag(Struct, forbid_unknown_fields=True):
    grams: Annotated[int, Meta(ge=1, le=5000)]
    roast: Roast
    label: Annotated[str, Meta(max_length=5)] | None = None


class Shelf(Struct, forbid_unknown_fields=True):
    bags: Annotated[list[Bag], Meta(max_length=3)]
    name: str
    notes: dict[str, Annotated[str, Meta(max_length=3)]] = {}


def codes(value: Any, *, strict: bool = True) -> dict[str, str]:
    return {problem.field: problem.code for problem in problems(Shelf, value, strict=strict)}


def test_right_input_has_no_problems() -> None:
    value = {"bags": [{"grams": 250, "roast": "dark"}], "name": "Top", "notes": {"a": "b"}}
    assert codes(value) == {}
    assert parse(Shelf, value).bags[0] == Bag(grams=250, roast=Roast.dark)


def test_every_wrong_field_is_named_with_its_place_and_a_stable_code() -> None:
    bags = [{"grams": 0, "roast": "burnt", "label": "too long"}, {"grams": "250", "extra": 1}, 7]
    assert codes({"bags": bags, "notes": {"x": "long"}, "other": 1}) == {
        "bags.0.grams": "out-of-range",
        "bags.0.roast": "unknown-value",
        "bags.0.label": "wrong-length",
        "bags.1.grams": "wrong-type",
        "bags.1.roast": "required",
        "bags.1.extra": "unknown-field",
        "bags.2": "wrong-type",
        "name": "required",
        "notes.x": "wrong-length",
        "other": "unknown-field",
    }


def test_a_list_that_is_too_long_is_named_itself_when_all_in_it_is_right() -> None:
    assert codes({"bags": [{"grams": 1, "roast": "dark"}] * 4, "name": "n"}) == {"bags": "wrong-length"}


def test_input_of_another_shape_is_one_problem() -> None:
    assert codes([1, 2]) == {"": "wrong-type"}
    assert codes(None) == {"": "wrong-type"}


def test_a_form_s_texts_are_read_as_numbers_when_asked() -> None:
    value = {"bags": [{"grams": "250", "roast": "dark"}], "name": "n"}
    assert codes(value) == {"bags.0.grams": "wrong-type"}
    assert parse(Shelf, value, strict=False).bags[0].grams == 250


def test_parse_raises_with_all_problems() -> None:
    with pytest.raises(Invalid) as refused:
        parse(Shelf, {"bags": [{}]})
    assert [problem.field for problem in refused.value.problems] == ["bags.0.grams", "bags.0.roast", "name"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["bags", "grams", "roast", "name", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(anything)
def test_input_is_either_taken_or_has_a_named_problem(value: Any) -> None:
    try:
        parse(Shelf, value)
    except Invalid as refused:
        assert refused.problems
        assert refused.problems == problems(Shelf, value)
    else:
        assert problems(Shelf, value) == ()
