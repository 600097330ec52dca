"""The SQL of prices: `lists` and `prices` with their history, `delivery` what deliveries cost."""

from torg.pricing.store.delivery import (
    add_delivery_rate,
    delivery_rates,
    lock_delivery_rate,
    save_delivery_rate,
)
from torg.pricing.store.lists import add_price_list, price_list, price_lists, save_price_list
from torg.pricing.store.prices import (
    PriceChange,
    ShelfRow,
    add_changes,
    amounts,
    candidates,
    history,
    keep_prices,
    load_prices,
    lock_prices,
    past,
    prices,
)

__all__ = [
    "PriceChange",
    "ShelfRow",
    "add_changes",
    "add_delivery_rate",
    "add_price_list",
    "amounts",
    "candidates",
    "delivery_rates",
    "history",
    "keep_prices",
    "load_prices",
    "lock_delivery_rate",
    "lock_prices",
    "past",
    "price_list",
    "price_lists",
    "prices",
    "save_delivery_rate",
    "save_price_list",
]
