"""Quotes: carts with agreed prices, which become orders by the very same completion."""
