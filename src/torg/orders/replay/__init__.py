"""Past orders as routing asks about them, whoever took them."""

from torg.orders.replay.simulate import simulate

__all__ = ["simulate"]
