"""Goods that come back from customers: to be sold again, or to stand beside what can be."""
