"""The SQL of prices: `lists` and `prices` with their history, `turns` scheduled
prices, `delivery` what deliveries cost."""

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
from torg.pricing.store.turns import (
    Cursor,
    Turned,
    drop,
    lists_turned,
    lock_cursor,
    move_cursor,
    scheduled,
    turned,
)

__all__ = [
    "Cursor",
    "PriceChange",
    "ShelfRow",
    "Turned",
    "add_changes",
    "add_delivery_rate",
    "add_price_list",
    "amounts",
    "candidates",
    "delivery_rates",
    "drop",
    "history",
    "keep_prices",
    "lists_turned",
    "load_prices",
    "lock_cursor",
    "lock_delivery_rate",
    "lock_prices",
    "move_cursor",
    "past",
    "price_list",
    "price_lists",
    "prices",
    "save_delivery_rate",
    "save_price_list",
    "scheduled",
    "turned",
]
