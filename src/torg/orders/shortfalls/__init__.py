"""Shortfalls: units of placed orders that a place did not send, until another does; open ones are a work list."""
