"""The measure of prices runs, and says what it is asked for."""

from tests.bench.measured import measured

WANTED = {"cart_5x50_ms", "cart_200x50_ms", "line_1x1000_ms", "listing_48_ms", "product_1000_ms"}


def test_prices_are_measured_without_a_database():
    figures = measured("price", "--pure", "--seconds", "0.001")
    assert figures.keys() >= WANTED
    assert all(figures[name] > 0 for name in WANTED)
