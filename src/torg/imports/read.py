"""Read a table from a Parquet or CSV file, as texts, whatever the file is called.

A Parquet file begins with its own four letters; everything else is taken for CSV (RFC 4180: comma, UTF-8, with
a header). Rows come one by one, so that the memory that is needed does not grow with the file.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

Row: TypeAlias = tuple[int, Sequence[str | None] | None]
"""A line's number and its values in the order of the columns; None when it has another number of values."""

PARQUET: Final = b"PAR1"
FOREIGN: Final = {
    b"PK\x03\x04": "a spreadsheet or another packed file",
    b"\x1f\x8b": "packed with gzip",
    b"%PDF": "a PDF document",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


class Damaged(Exception):
    """The file cannot be used as a whole; the text says why and what to do."""


class Column(Struct, frozen=True):
    """A column by its name and the names that it also goes by."""

    name: str
    others: tuple[str, ...] = ()


class Table(Protocol):
    """Rows of a file. `cut_off` is the number of a last line that has no end, once the rows have been read."""

    cut_off: int | None

    def rows(self) -> Iterator[Row]:
        """Every line that holds values; `Damaged` as soon as the file turns out to be."""
        ...


def open_table(path: Path, columns: Sequence[Column]) -> Table:
    """The table in a file; `Damaged` when it is none, or lacks a column."""
    from torg.imports.parquet import ParquetTable
    from torg.imports.separated import SeparatedTable

    with path.open("rb") as file:
        beginning = file.read(4)
    if not beginning:
        raise Damaged("the file is empty")
    for magic, what in FOREIGN.items():
        if beginning.startswith(magic):
            raise Damaged(f"this is {what}; give a Parquet file, or CSV in UTF-8")
    if beginning == PARQUET:
        return ParquetTable(path, columns)
    return SeparatedTable(path, columns)


def places(columns: Sequence[Column], found: Sequence[str]) -> list[int]:
    """Where each column stands among those of the file, whatever their order and capitals; `Damaged` when one lacks."""
    names = [name.strip().casefold() for name in found]
    where: list[int] = []
    missing: list[str] = []
    for column in columns:
        at = [
            names.index(name.casefold()) for name in (column.name, *column.others) if name.casefold() in names
        ]
        if not at:
            missing.append(column.name)
        elif names.count(names[at[0]]) > 1:
            raise Damaged(f"the column {column.name} stands there twice")
        else:
            where.append(at[0])
    if missing:
        shown = ", ".join(name[:40] for name in found[:20])
        raise Damaged(f"the columns {', '.join(missing)} are missing; there are: {shown}")
    return where


def fingerprint(path: Path) -> str:
    """What tells this content from every other."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
