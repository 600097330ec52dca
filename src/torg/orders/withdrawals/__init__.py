"""Withdrawals: statements of consumers that they withdraw from their contract, and what comes of them."""
