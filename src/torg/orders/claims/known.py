"""What is known of the claims of orders, for the rest of orders."""

from torg.orders.claims.store import open_of

__all__ = ["open_of"]
