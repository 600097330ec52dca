"""Code 128 in its digits-only set C, as GS1-128 wants it: bars and spaces as widths in modules.

ISO/IEC 15417. A GS1-128 symbol begins with FNC1; its data are application identifiers with their values.
"""

from typing import Final

# Widths of three bars and three spaces of each value; the last one is the stop, with a bar more.
PATTERNS: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
).split()
START_C: Final = 105
FNC1: Final = 102
STOP: Final = 106


def values(digits: str) -> list[int]:
    """The symbol's values: start, FNC1, pairs of digits, check, stop.

    >>> values("00006141411234567890")
    [105, 102, 0, 0, 61, 41, 41, 12, 34, 56, 78, 90, 30, 106]
    """
    if len(digits) % 2 or not (digits.isascii() and digits.isdigit()):
        raise ValueError("set C holds pairs of digits")
    data = [FNC1, *(int(digits[at : at + 2]) for at in range(0, len(digits), 2))]
    check = (START_C + sum(place * value for place, value in enumerate(data, start=1))) % 103
    return [START_C, *data, check, STOP]


def bars(digits: str) -> list[tuple[int, int]]:
    """Where each bar begins, and how wide it is, in modules."""
    found, at = [], 0
    for value in values(digits):
        for place, width in enumerate(PATTERNS[value]):
            if place % 2 == 0:
                found.append((at, int(width)))
            at += int(width)
    return found


def width(digits: str) -> int:
    """How many modules the symbol is wide."""
    start, last = bars(digits)[-1]
    return start + last
