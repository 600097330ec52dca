"""Exchanges: goods come back and others go out in one act, with one sum of money."""
