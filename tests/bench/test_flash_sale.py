"""The flash sale sells what there is, once, and says so in exactly these words.

How fast it is stands in no test; that depends on the machine and on what else it does.
"""

import pytest
from tests.bench.measured import measured

pytestmark = pytest.mark.slow


def test_more_buyers_than_units_end_with_an_order_for_each_unit_and_a_refusal_for_each_other() -> None:
    figures = measured("flash-sale", "--buyers", "60", "--units", "17")
    seconds, p95 = figures.pop("seconds"), figures.pop("p95_ms")
    assert figures == {"buyers": 60, "units": 17, "sold": 17, "refused": 43, "errors": 0, "oversold": 0}
    assert seconds > 0 and p95 > 0


def test_who_goes_on_in_spite_of_the_warning_is_refused_at_the_completion() -> None:
    figures = measured("flash-sale", "--buyers", "40", "--units", "5", "--stubborn")
    assert (figures["sold"], figures["refused"], figures["errors"]) == (5, 35, 0)
