"""The decisions about debts, without a database or a clock."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.payments.invoices.model import Bill, Debt

# Digits and letters that are not mistaken for one another; a reference may have both.
ALPHABET: Final = "0123456789BCDFGHJKMNPQRSTVWXYZ"
DIGITS: Final = 16


def reference_of(payment_id: UUID) -> str:
    """What a company says when it pays: a creditor reference of ISO 11649, whose two digits find mistakes.

    >>> reference_of(UUID("01980000-0000-7000-8000-000000000001"))
    'RF65B1S3V9D1ZKXJ5HXY'
    """
    rest = int.from_bytes(hashlib.sha256(payment_id.bytes).digest())
    digits = []
    for _ in range(DIGITS):
        rest, digit = divmod(rest, len(ALPHABET))
        digits.append(ALPHABET[digit])
    text = "".join(digits)
    return f"RF{98 - _remainder(text + 'RF00'):02}{text}"


def read_reference(said: str) -> str | None:
    """The creditor reference in what somebody wrote; None when it is none, or mistyped.

    >>> read_reference("rf18 5390 0754 7034"), read_reference("RF19539007547034"), read_reference("NO-Y350DF")
    ('RF18539007547034', None, None)
    """
    text = "".join(said.split()).upper()
    fits = text.startswith("RF") and 5 <= len(text) <= 25 and text.isascii() and text.isalnum()
    return text if fits and text[2:4].isdigit() and _remainder(text[4:] + text[:4]) == 1 else None


def _remainder(text: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in text)) % 97


def bill(debt: Debt, amount: int, on: date) -> Debt:
    """The debt with a further part billed of what was held for it."""
    part = Bill(amount, on, on + timedelta(days=debt.days))
    return settled(
        replace(debt, held=debt.held - amount, billed=debt.billed + amount, bills=(*debt.bills, part))
    )


def credit(debt: Debt, amount: int) -> tuple[Debt, int]:
    """The debt lowered by an amount, and what of that had been paid already, so that it is to spare now."""
    back = max(0, amount - debt.owed)
    return settled(replace(debt, credited=debt.credited + amount, received=debt.received - back)), back


def spread(debts: Sequence[Debt], amount: int, named: UUID | None = None) -> tuple[list[Debt], int]:
    """The debts that a received amount changes, and what is left of it.

    It pays the debt that was named, then what is due the longest.
    """
    turns = sorted(
        (debt for debt in debts if debt.owed),
        key=lambda debt: (debt.payment_id != named, debt.due_on or date.max, debt.payment_id),
    )
    changed = []
    for debt in turns:
        part = min(amount, debt.owed)
        if part:
            changed.append(settled(replace(debt, received=debt.received + part)))
        amount -= part
    return changed, amount


def settled(debt: Debt) -> Debt:
    """The debt with the day on which the oldest part is due that is not covered."""
    covered = debt.credited + debt.received
    for part in debt.bills:
        if covered < part.amount:
            return replace(debt, due_on=part.due_on)
        covered -= part.amount
    return replace(debt, due_on=None)


def overdue(debt: Debt, today: date) -> int:
    """What of a debt should have been paid before today."""
    due = sum(part.amount for part in debt.bills if part.due_on < today)
    return max(0, due - debt.credited - debt.received)
