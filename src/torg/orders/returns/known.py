"""What is known of returns, and what becomes of those that are exchanged, for the rest of orders."""

from torg.orders.returns.store.returns import exchanged, find

__all__ = ["exchanged", "find"]
