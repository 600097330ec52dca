"""Promises: when goods can be where a customer wants them, and what a store has promised to have ready.

What a list, a product's page, a cart and an order say of dates comes from here. A pick-up is promised for a moment, in
the transaction that makes a cart an order: two that want a store's last place in an hour are promised one after the
other.
"""
