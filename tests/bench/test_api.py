"""The measure of speed measures: every figure is there, nothing went wrong, and standard output holds only the figures.

How fast anything is stands in no test; that depends on the machine and on what else it does.
"""

from typing import Any

import pytest
from tests.bench.measured import measured

LOAD = {"per_s", "p50_ms", "p95_ms", "server_cpu_ms", "db_cpu_ms", "statements", "errors"}


@pytest.fixture(scope="module")
def figures() -> Any:
    """What `./torg bench api --json` says after loads so short that they only prove that it works."""
    return measured("api", "--seconds", "0.1", "--callers", "1,8")


@pytest.mark.slow
def test_every_load_is_told_with_every_figure_and_without_errors(figures: Any) -> None:
    for servers in (figures, figures["one_server"]):
        for what in ("list", "detail", "purchase"):
            assert servers[what].keys() == {"c1", "c8"}
            for load in servers[what].values():
                assert load.keys() == LOAD
                assert load["errors"] == 0
                assert load["per_s"] > 0 and load["statements"] >= 1
                assert 0 < load["p50_ms"] <= load["p95_ms"]


@pytest.mark.slow
def test_a_purchase_costs_more_than_a_page(figures: Any) -> None:
    page, purchase = figures["detail"]["c8"], figures["purchase"]["c8"]
    assert purchase["statements"] > 2 * page["statements"]
    assert purchase["server_cpu_ms"] > page["server_cpu_ms"] > 0
    assert purchase["db_cpu_ms"] > page["db_cpu_ms"]


@pytest.mark.slow
def test_the_machine_itself_the_start_and_the_memory_are_told_beside(figures: Any) -> None:
    assert figures["baseline"].keys() == {"hello_per_s", "pg_order_per_s"}
    assert all(each > 0 for each in figures["baseline"].values())
    assert figures["cold_start_s"] > 0 and figures["rss_mb"] > 0
