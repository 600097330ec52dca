"""Serial Shipping Container Codes: extension digit, GS1 company prefix, serial number, check digit; 18 digits."""

from typing import Final

from stdnum import ean

LENGTH: Final = 18
DEMONSTRATION: Final = "952000001"
"""A prefix of the range that GS1 keeps for examples (952): no such number is ever on a real parcel."""


def sscc(prefix: str, serial: int) -> str:
    """The code of this serial number; where a prefix leaves no room for it, the extension digit counts on.

    >>> sscc("0614141", 1_234_567_890)
    '106141412345678908'
    >>> sscc("952000001", 0), sscc("952000001", 10**7)
    ('095200000100000003', '195200000100000000')
    """
    room = LENGTH - 2 - len(prefix)
    extension, rest = divmod(serial, 10**room)
    if extension > 9:
        raise ValueError("the company prefix has no numbers left")
    digits = f"{extension}{prefix}{rest:0{room}d}"
    return digits + ean.calc_check_digit(digits)


def genuine(code: str) -> bool:
    """Whether these are eighteen digits of which the last checks the others.

    >>> genuine("006141411234567890"), genuine("006141411234567891")
    (True, False)
    """
    return (
        len(code) == LENGTH
        and code.isascii()
        and code.isdigit()
        and ean.calc_check_digit(code[:-1]) == code[-1]
    )
