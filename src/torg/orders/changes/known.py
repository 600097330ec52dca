"""What is known of the changes of orders, for the rest of orders."""

from torg.orders.changes.store import find, of_order, open_of, waiting, waiting_of

__all__ = ["find", "of_order", "open_of", "waiting", "waiting_of"]
