"""A million orders in minutes: purchases that Torg itself has made, row by row, written again and again.

Template orders are bought over the API, paid, planned, shipped and mailed by Torg. Their rows are read from every table
as they are, and copied with other ids, numbers, addresses and times into the year before, so each copy is what Torg
would have written. Events get positions and sequences without gaps, and the balances of stock move with their ledger.
All indices stay in place; only foreign keys are not looked at, since every copy refers to what it brings along.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import sql

Row = tuple[str, str]
Steps = dict[tuple[str, str], dict[str, int]]

NOT_COPIED = re.compile(
    r"procrastinate_|alembic_|periodic_|subscriptions|feed_head|levels$|sessions|throttles|counters|customer_carts|document_series"
)
COLUMNS = """
SELECT c.relname::text AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
    AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY 1 ORDER BY 1
"""
STRANGE = (
    "SELECT customer_id FROM customers UNION ALL SELECT id FROM variants UNION ALL SELECT id FROM products"
)
UUID = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4})-([57][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})")
HEX = re.compile(r"(?<![0-9a-f])([0-9a-f]{12})([57][0-9a-f]{19})(?![0-9a-f])")
SECRET = re.compile(r"(\\x|tgw_)([0-9a-f]{12})([0-9a-f]{20,52})(?![0-9a-f])")
STAMP = re.compile(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d")
GUEST = re.compile(r"(?<=kari\.)\d+(?=@example\.org)")
STOCK = re.compile(r"stock:([0-9a-f]{32})@([^\t]+)")
FIGURE = re.compile(r'("(on_hand|available|movement)": )(\d+)')


class Template(Struct):
    """One order's rows: per table lines of COPY, in which `\\0gap\\0` stands wherever something else goes in a copy.

    The gaps are `id` and `hex` (the beginning of what was made with the order), `number` (the order's), `count` (the
    copy's), `stamp N`, `figure N` and `event N`.
    """

    order: str
    number: str
    steps: Steps
    rows: dict[str, list[str]]
    begun: datetime
    stamps: list[tuple[float, str]]
    figures: list[tuple[int, int]]
    events: int


class _Search(Struct):
    """By what an order's rows are known: when the first was begun, the variants bought, the orders' numbers.

    Ids tell when they were made, but for those that are derived from others: `strange` are such that no order made.
    """

    begun: datetime
    owner: dict[str, int]
    numbers: re.Pattern[str]
    strange: set[str]

    def tokens(self, line: str) -> set[str]:
        """The ids, secrets and numbers in a row that lead to an order."""
        found = {(a + b).replace("-", "") for a, b in UUID.findall(line)}
        found |= {a + b for a, b in HEX.findall(line)} | {a + b + c for a, b, c in SECRET.findall(line)}
        found = {each for each in found if each in self.owner or self.made(each)}
        return found | set(self.numbers.findall(line))

    def made(self, token: str) -> bool:
        """Whether an id or a secret was made with an order, rather than named by it."""
        if len(token) != 32 or token[12] == "5":
            return token not in self.strange
        return int(token[:12], 16) >= 1000 * self.begun.timestamp()


class Mark(Struct):
    """A place in time: rows that are written from now on can be told from those before."""

    transaction: int
    at: datetime

    @classmethod
    def now(cls, connection: psycopg.Connection[Any]) -> "Mark":
        """This moment."""
        query = "SELECT pg_current_xact_id()::text::bigint, date_trunc('second', clock_timestamp())"
        row = connection.execute(query).fetchone()
        assert row is not None
        return cls(row[0], row[1].astimezone(UTC))


def columns(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Every table with the columns that are written."""
    return dict(connection.execute(COLUMNS).fetchall())


def read(connection: psycopg.Connection[Any], since: Mark, bought: Sequence[Sequence[str]]) -> list[Template]:
    """The orders since a mark as templates; each bought variants that no other one bought."""
    known = columns(connection)
    query = "SELECT number FROM orders WHERE xmin::text::bigint >= %s"
    numbers = [row[0] for row in connection.execute(query, (since.transaction,))]
    search = _Search(
        begun=since.at,
        owner={each.replace("-", ""): number for number, variants in enumerate(bought) for each in variants},
        numbers=re.compile("|".join(numbers)),
        strange={row[0].hex for row in connection.execute(STRANGE)},
    )
    rows = [
        (table, line)
        for table, names in known.items()
        if not NOT_COPIED.match(table)
        for line in _lines(connection, table, names, since.transaction)
    ]
    return [_template(lines, known, search) for _, lines in sorted(_grouped(rows, search).items())]


def _lines(connection: psycopg.Connection[Any], table: str, names: list[str], since: int) -> Iterator[str]:
    query = sql.SQL("COPY (SELECT {} FROM {} WHERE xmin::text::bigint >= {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table), since
    )
    with connection.cursor().copy(query) as copy:
        text = b"".join(bytes(part) for part in copy).decode()
    for line in text.split("\n")[:-1]:
        if not (table == "event_streams" and STOCK.search(line)):  # those are counted on, not written anew
            yield line


def _grouped(rows: list[Row], search: _Search) -> dict[int, list[Row]]:
    """Every row with the order to which some chain of ids leads."""
    told = [search.tokens(line) for _, line in rows]
    known = dict(search.owner)
    before = 0
    while len(known) > before:
        before = len(known)
        for tokens in told:
            if (number := next((known[each] for each in tokens if each in known), None)) is not None:
                known.update(dict.fromkeys(tokens - known.keys(), number))
    grouped: dict[int, list[Row]] = {}
    for row, tokens in zip(rows, told, strict=True):
        numbers = {known[each] for each in tokens if each in known}
        assert len(numbers) < 2, f"a row of {row[0]} belongs to several purchases"
        if numbers:
            grouped.setdefault(numbers.pop(), []).append(row)
    return grouped


class _Gaps:
    """Takes out of a text what differs from copy to copy, and remembers what goes there."""

    def __init__(self, begun: datetime, number: str) -> None:
        self.begun = begun
        self.number = number
        self.stamps: list[tuple[float, str]] = []
        self.figures: list[tuple[int, int]] = []
        self.events = 0

    def text(self, text: str, own: set[str]) -> str:
        """The text with gaps."""

        def dashed(found: re.Match[str]) -> str:
            token = found[0].replace("-", "")
            return f"\0id\0-{found[2]}" if token in own else found[0]

        def hexed(found: re.Match[str]) -> str:
            return f"\0hex\0{found[2]}" if found[0] in own else found[0]

        text = UUID.sub(dashed, text)
        text = HEX.sub(hexed, text)
        text = SECRET.sub("\\1\0hex\0\\3", text)
        text = STAMP.sub(self._stamp, text)
        text = GUEST.sub("\0count\0", text)
        return text.replace(self.number, "\0number\0")

    def figure(self, base: int, step: int) -> str:
        """A number that grows by `step` from one copy of this order to the next."""
        self.figures.append((base, step))
        return f"\0figure {len(self.figures) - 1}\0"

    def _stamp(self, found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[0]).replace(tzinfo=UTC)
        after = (at - self.begun).total_seconds()
        if not -600 < after < 86_400:
            return found[0]
        key = (after, found[1])
        if key not in self.stamps:
            self.stamps.append(key)
        return f"\0stamp {self.stamps.index(key)}\0"


def _template(rows: list[Row], columns: dict[str, list[str]], search: _Search) -> Template:
    own = {token for _, line in rows for token in search.tokens(line)} - search.owner.keys()
    order, number = _column(rows, columns, "orders", "order_id"), _column(rows, columns, "orders", "number")
    gaps = _Gaps(search.begun, number)
    kept: dict[str, list[str]] = {}
    steps = _steps(rows, columns)
    for table, line in rows:
        text = _counted(gaps, table, line, columns[table], steps) if table in ("feed", "movements") else line
        kept.setdefault(table, []).append(gaps.text(text, own))
    return Template(
        order=order,
        number=number,
        steps=steps,
        rows=kept,
        begun=search.begun,
        stamps=gaps.stamps,
        figures=gaps.figures,
        events=gaps.events,
    )


def _steps(rows: list[Row], columns: dict[str, list[str]]) -> Steps:
    """Per variant and location, by how much one order moves its events, its movements and its balances."""
    steps: Steps = {}
    for table, line in rows:
        fields = dict(zip(columns[table], line.split("\t"), strict=True))
        if table == "movements":
            step = steps.setdefault(_level(fields), {})
            step["movements"] = step.get("movements", 0) + 1
            for name in ("on_hand", "reserved", "allocated", "damaged", "incoming"):
                step[name] = step.get(name, 0) + int(fields[name])
        elif table == "feed" and (found := STOCK.match(fields["aggregate"])):
            step = steps.setdefault((found[1], found[2]), {})
            step["events"] = step.get("events", 0) + 1
    return steps


def _counted(gaps: _Gaps, table: str, line: str, columns: list[str], steps: Steps) -> str:
    """The row with gaps for the numbers that count on: positions, sequences, balances that an event tells."""
    fields = dict(zip(columns, line.split("\t"), strict=True))
    if table == "movements":
        step = steps[_level(fields)]
        fields["sequence"] = gaps.figure(int(fields["sequence"]), step["movements"])
    else:
        fields["position"] = f"\0event {gaps.events}\0"
        gaps.events += 1
        if found := STOCK.match(fields["aggregate"]):
            step = steps[found[1], found[2]]
            fields["sequence"] = gaps.figure(int(fields["sequence"]), step["events"])
            by = {
                "on_hand": step["on_hand"],
                "available": step["on_hand"] - step["allocated"],
                "movement": step["movements"],
            }
            fields["payload"] = FIGURE.sub(
                lambda each: each[1] + gaps.figure(int(each[3]), by[each[2]]), fields["payload"]
            )
    return "\t".join(fields.values())


def _level(fields: dict[str, str]) -> tuple[str, str]:
    return fields["variant_id"].replace("-", ""), fields["location"]


def _column(rows: list[Row], columns: dict[str, list[str]], table: str, name: str) -> str:
    lines = [line for each, line in rows if each == table]
    assert len(lines) == 1, f"{len(lines)} rows of {table} belong to one purchase"
    return lines[0].split("\t")[columns[table].index(name)]
