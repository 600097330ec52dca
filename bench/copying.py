"""Writes copies of orders that Torg has made (see `copies`), in two processes, and moves on whatever counts them.

All indices stay in place. Foreign keys are not looked at while copying: every copy refers to what it brings along.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import psycopg
from bench.copies import Template
from msgspec import Struct
from psycopg import sql

YEAR = timedelta(days=365)
MAILS_KEPT = timedelta(days=90)
AT_ONCE = 1000
PROCESSES = 2
ALPHABET = "0123456789BCDFGHJKMNPQRSTVWXYZ"
SCATTER = 387_420_489  # has no factor in common with 30 ** 6: another number for every order
FIXED = ("id", "hex", "number", "count")
QUICKLY = ("synchronous_commit = off", "session_replication_role = replica")

MOVE_LEVELS = """
UPDATE levels SET on_hand = on_hand + %(on_hand)s, reserved = reserved + %(reserved)s,
    allocated = allocated + %(allocated)s, damaged = damaged + %(damaged)s, incoming = incoming + %(incoming)s,
    sequence = sequence + %(movements)s
WHERE variant_id = %(variant)s AND location = %(location)s
"""
MOVE_STREAM = (
    "UPDATE event_streams SET last_sequence = last_sequence + %(events)s WHERE aggregate = %(aggregate)s"
)
MOVE_HEAD = "UPDATE feed_head SET position = position + %s"
MOVE_SUBSCRIPTIONS = "UPDATE subscriptions SET position = (SELECT position FROM feed_head)"


class Work(Struct):
    """What is to be written, and where it begins."""

    url: str
    columns: dict[str, list[str]]
    templates: list[Template]
    count: int
    position: int
    until: datetime
    taken: set[str]
    before: list[int]
    texts: list[dict[str, tuple[str, list[int]]]]

    @classmethod
    def of(
        cls,
        url: str,
        connection: psycopg.Connection[Any],
        columns: dict[str, list[str]],
        templates: list[Template],
        count: int,
    ) -> "Work":
        """So many copies, spread over the year that ends now."""
        position = connection.execute("SELECT position FROM feed_head").fetchone()
        assert position is not None
        return cls(
            url=url,
            columns=columns,
            templates=templates,
            count=count,
            position=position[0],
            until=datetime.now(UTC),
            taken={row[0] for row in connection.execute("SELECT number FROM order_number_claims")},
            before=[0, *accumulate(each.events for each in templates)],
            texts=[
                {table: _ready(template, rows) for table, rows in template.rows.items()}
                for template in templates
            ],
        )

    def orders(self) -> Iterator[range]:
        """The copies in portions, the oldest first."""
        for first in range(0, self.count, AT_ONCE):
            yield range(first, min(first + AT_ONCE, self.count))


def copy(work: Work, connection: psycopg.Connection[Any]) -> None:
    """Write all copies, and let balances, sequences and cursors stand where they would."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        for future in [pool.submit(_write, work, share) for share in range(PROCESSES)]:
            future.result()
    rounds = [len(range(place, work.count, len(work.templates))) for place in range(len(work.templates))]
    moved = sum(times * each.events for times, each in zip(rounds, work.templates, strict=True))
    with connection.transaction():
        for times, template in zip(rounds, work.templates, strict=True):
            for (variant, location), step in template.steps.items():
                by: dict[str, Any] = {name: times * number for name, number in step.items()}
                by |= {"variant": variant, "location": location, "aggregate": f"stock:{variant}@{location}"}
                connection.execute(MOVE_LEVELS, by)
                connection.execute(MOVE_STREAM, by)
        connection.execute(MOVE_HEAD, (moved,))
        connection.execute(MOVE_SUBSCRIPTIONS)


def _write(work: Work, share: int) -> None:
    with psycopg.connect(work.url, autocommit=True) as connection:
        for each in QUICKLY:
            connection.execute(sql.SQL("SET " + each))
        for number, orders in enumerate(work.orders()):
            if number % PROCESSES == share:
                _write_portion(work, connection, orders)


def _write_portion(work: Work, connection: psycopg.Connection[Any], orders: range) -> None:
    values = [_values(work, number) for number in orders]
    for table, names in work.columns.items():
        lines = []
        for number, given in zip(orders, values, strict=True):
            text = work.texts[number % len(work.templates)].get(table)
            if text is not None and (table != "mails" or _at(work, number) > work.until - MAILS_KEPT):
                lines.append(text[0] % tuple(given[index] for index in text[1]))
        if lines:
            command = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
            )
            with connection.cursor().copy(command) as stream:
                stream.write("".join(lines))


def _ready(template: Template, rows: list[str]) -> tuple[str, list[int]]:
    """The rows as one text to be filled in, and for every gap the place of its value among those of `_values`."""
    stamps, figures = len(template.stamps), len(template.figures)
    first = {"stamp": len(FIXED), "figure": len(FIXED) + stamps, "event": len(FIXED) + stamps + figures}
    parts = "".join(f"{row}\n" for row in rows).replace("%", "%%").split("\0")
    places = []
    for gap in parts[1::2]:
        kind, _, number = gap.partition(" ")
        places.append(first[kind] + int(number) if number else FIXED.index(gap))
    return "%s".join(parts[::2]), places


def _at(work: Work, number: int) -> datetime:
    return work.until - YEAR + YEAR * number / work.count


def _values(work: Work, number: int) -> list[str]:
    place, times = number % len(work.templates), number // len(work.templates)
    template = work.templates[place]
    at = _at(work, number)
    first = f"{int(1000 * at.timestamp()):012x}"
    seconds = [at + timedelta(seconds=after) for after, _ in template.stamps]
    position = work.position + times * work.before[-1] + work.before[place]
    return [
        f"{first[:8]}-{first[8:]}",
        first,
        _number(work, template.number[:3], number),
        str(number),
        *(
            moment.strftime(f"%Y-%m-%d{between}%H:%M:%S")
            for moment, (_, between) in zip(seconds, template.stamps, strict=True)
        ),
        *(str(base + step * (times + 1)) for base, step in template.figures),
        *map(str, range(position + 1, position + 1 + template.events)),
    ]


def _number(work: Work, market: str, number: int) -> str:
    while True:
        rest, digits = number * SCATTER % len(ALPHABET) ** 6, ""
        for _ in range(6):
            rest, digit = divmod(rest, len(ALPHABET))
            digits += ALPHABET[digit]
        if market + digits not in work.taken:
            return market + digits
        number += work.count
