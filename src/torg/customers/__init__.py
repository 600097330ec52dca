"""Customers: who buys, where she lives, how she is reached and what she prefers.

Owns accounts, e-mail claims, sign-in codes, addresses and preferences. Promises that one e-mail address is one account,
even when two ask for it at once, and that nobody learns from an answer whether somebody else has an account.
"""

from torg.customers.addresses import Address, AddressFormat, check, form_of, printed, wrong_fields

__all__ = ["Address", "AddressFormat", "check", "form_of", "printed", "wrong_fields"]
