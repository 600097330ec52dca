"""Parameters as the server wants them: encoded by the type that it has found for each place in a statement.

The driver guesses a type from each value, so the same statement with and without a value is two statements to the
server. Here the server is asked once, and every call sends the same types. What is not understood here (a rare type, a
value of another kind) is left to the driver: an encoder raises one of `NOT_OURS` and changes nothing.
"""

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import DataError

Encoder = Callable[[Any], bytes]

NOT_OURS = (TypeError, AttributeError, ValueError, OverflowError, struct.error)
TEXT: Final = 0
BINARY: Final = 1

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
FIRST_DAY = date(2000, 1, 1).toordinal()
MICROSECOND = timedelta(microseconds=1)

_HEAD = struct.Struct(">iiiii")
_EMPTY = struct.Struct(">iii")
_LENGTH = struct.Struct(">i")
_NULL = _LENGTH.pack(-1)


def _text(value: str) -> bytes:
    if "\0" in value:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value.encode()


def _bytes(value: bytes) -> bytes:
    if type(value) is not bytes:
        raise TypeError
    return value


def _bool(value: bool) -> bytes:
    if type(value) is not bool:
        raise TypeError
    return b"\x01" if value else b"\x00"


def _uuid(value: UUID) -> bytes:
    return value.bytes


def _moment(value: datetime) -> bytes:
    return _INT8((value - EPOCH) // MICROSECOND)


def _day(value: date) -> bytes:
    if type(value) is not date:
        raise TypeError
    return _LENGTH.pack(value.toordinal() - FIRST_DAY)


def _time(value: time) -> bytes:
    return value.isoformat().encode()


def _decimal(value: Decimal | int) -> bytes:
    if type(value) not in (Decimal, int):
        raise TypeError
    return str(value).encode()


def _json(value: Any) -> bytes:
    return bytes((value.dumps or msgspec.json.encode)(value.obj))


def _jsonb(value: Any) -> bytes:
    return b"\x01" + _json(value)


_INT8 = struct.Struct(">q").pack

# By the server's number of a type: how its values are sent, and whether as text.
ENCODERS: dict[int, tuple[Encoder, int]] = {
    16: (_bool, BINARY),
    17: (_bytes, BINARY),
    19: (_text, BINARY),
    20: (_INT8, BINARY),
    21: (struct.Struct(">h").pack, BINARY),
    23: (struct.Struct(">i").pack, BINARY),
    25: (_text, BINARY),
    114: (_json, BINARY),
    701: (struct.Struct(">d").pack, BINARY),
    1042: (_text, BINARY),
    1043: (_text, BINARY),
    1082: (_day, BINARY),
    1083: (_time, TEXT),
    1184: (_moment, BINARY),
    1700: (_decimal, TEXT),
    2950: (_uuid, BINARY),
    3802: (_jsonb, BINARY),
}
# Arrays, and the type of what is in them.
ARRAYS = {
    1000: 16,
    1001: 17,
    1005: 21,
    1007: 23,
    1016: 20,
    1009: 25,
    1015: 1043,
    1182: 1082,
    1185: 1184,
    2951: 2950,
}


SIZES: Final = {16: 1, 20: 8, 21: 2, 23: 4, 701: 8, 1082: 4, 1184: 8, 2950: 16}
"""Of types whose values are all of one length, that length."""


def _array(element: int) -> Encoder:
    encode, _ = ENCODERS[element]
    pack = _LENGTH.pack
    size = SIZES.get(element)
    sized = pack(size) if size else b""

    def encoded(value: list[Any]) -> bytes:
        if type(value) is not list:
            raise TypeError
        if not value:
            return _EMPTY.pack(0, 0, element)
        nulls, parts = False, [b""]
        for item in value:
            if item is None:
                nulls = True
                parts.append(_NULL)
            elif sized:
                parts.append(sized + encode(item))
            else:
                content = encode(item)
                parts += (pack(len(content)), content)
        parts[0] = _HEAD.pack(1, nulls, element, len(value), 1)
        return b"".join(parts)

    return encoded


ENCODERS |= {array: (_array(element), BINARY) for array, element in ARRAYS.items()}
