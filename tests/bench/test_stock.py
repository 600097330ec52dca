"""The measure of stock measures: every figure is there after loads so short that they only prove that it works."""

import pytest
from tests.bench.measured import measured

pytestmark = pytest.mark.slow

ASKED = {"p50_ms", "p95_ms", "cpu_ms", "db_cpu_ms"}


def test_rules_route_orders_and_a_stock_is_loaded_and_asked() -> None:
    size = ("--variants", "200", "--locations", "20", "--levels", "1200")
    figures = measured("stock", "--only", "routing,large", "--seconds", "0.2", *size)
    assert figures.keys() == {"routing", "large"}
    assert figures["routing"]["orders_per_s"] > 0
    assert 0 < figures["routing"]["split"] < figures["routing"]["decided"] <= figures["routing"]["asked"]
    large = figures["large"]
    assert (large["variants"], large["locations"], large["levels"]) == (200, 20, 1200)
    for name in ("availability", "availability_everywhere", "sellable", "list"):
        assert large[name].keys() == ASKED
        assert 0 < large[name]["p50_ms"] <= large[name]["p95_ms"]


def test_holds_stand_beside_bare_updates_and_a_page_is_asked_for() -> None:
    figures = measured("stock", "--only", "availability,holds", "--seconds", "0.3")
    assert figures["availability"]["call"]["errors"] == 0
    assert figures["availability"]["question"].keys() == ASKED
    rates = figures["holds"]["rates"]
    assert {rate["way"] for rate in rates} == {"bare", "unwaited", "together", "alone", "pinned"}
    assert {rate["clients"] for rate in rates} == {32, 256}
    assert min(rate["per_second"] for rate in rates) > 0
    assert figures["holds"]["times"].keys() == {"32", "256"}
