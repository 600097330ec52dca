"""Placed orders are changed by versions: each with who, why, the actions, and the order before and after it."""
