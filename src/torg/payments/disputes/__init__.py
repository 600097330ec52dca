"""Disputes: a customer tells her bank that a payment was wrong, and the bank takes the money back until it has decided.

Each is a fact of its payment, told by its gateway. What is disputed, or was lost, cannot be refunded as well.
"""
