"""Phone numbers as E.164: written as people write them, kept as machines dial them."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from torg.kernel.errors import FieldProblem


def normalise(phone: str, country: str | None = None) -> str | None:
    """The number in E.164, or None when it is none; without +, it is read as one of `country`.

    >>> normalise("22 33 44 55", "NO"), normalise("+81 3-1234-5678"), normalise("12")
    ('+4722334455', '+81312345678', None)
    """
    try:
        number = phonenumbers.parse(phone, country)
    except NumberParseException:
        return None
    # Possible, not valid: numbering plans change faster than packages, and a customer knows her own number.
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def shown(phone: str) -> str:
    """The number as it is written internationally."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return phone


def problem(field: str) -> FieldProblem:
    """What to tell when a number is none."""
    return FieldProblem(
        field, "not-a-phone-number", "This is not a phone number. Begin with + and the country."
    )
