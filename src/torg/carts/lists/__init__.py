"""Saved lists: what a customer wants to remember, share, and put into her cart."""
