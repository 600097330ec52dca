"""The words of paper: finished texts, and where they stand."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct


class Cell(Struct, frozen=True):
    """A cell of a table; what is `under` its text is small and soft."""

    text: str
    under: tuple[str, ...] = ()


class Column(Struct, frozen=True):
    """A column; a `wide` one takes the room that the others leave, and `end` sets numbers at its end."""

    label: str
    end: bool = False
    wide: bool = False


class Row(Struct, frozen=True):
    """A row of a table."""

    cells: tuple[Cell, ...]


class Table(Struct, frozen=True):
    """A table whose head is repeated on every page that it goes on to."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""


class Sum(Struct, frozen=True):
    """A line under the table that adds something up."""

    label: str
    value: str
    strong: bool = False


class Fact(Struct, frozen=True):
    """A label and what it is for this paper."""

    label: str
    value: str


class Block(Struct, frozen=True):
    """Some lines that belong together, an address for one."""

    label: str
    lines: tuple[str, ...]


class Paper(Struct, frozen=True, kw_only=True):
    """Everything that stands on a paper, from top to bottom.

    `mark` is printed across the head (that it is a copy). `page` is the text that counts pages, with `{page}` and
    `{pages}` in it. `at` is the moment that the file says it was made at. `letter` chooses US Letter instead of A4.
    """

    language: str
    brand: str
    title: str
    number: str
    at: datetime
    page: str
    mark: str = ""
    blocks: tuple[Block, ...] = ()
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    sums: tuple[Sum, ...] = ()
    more: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    letter: bool = False

    def texts(self) -> Iterator[str]:
        """Every text that stands on it, from top to bottom, but for the count of pages."""
        yield from (self.brand, self.title, self.number, self.mark)
        for block in self.blocks:
            yield from (block.label, *block.lines)
        for fact in self.facts:
            yield from (fact.label, fact.value)
        yield from _of_table(self.table)
        for one in self.sums:
            yield from (one.label, one.value)
        for table in self.more:
            yield from _of_table(table)
        yield from self.notes
        yield from self.foot


def _of_table(table: Table | None) -> Iterator[str]:
    if table is not None:
        yield table.caption
        yield from (column.label for column in table.columns)
        for row in table.rows:
            for cell in row.cells:
                yield from (cell.text, *cell.under)
