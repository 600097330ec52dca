"""Rows of a CSV file. Lines are read with a bound, so that a line without end takes no memory without end."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from torg.imports.read import Column, Damaged, Row, places

LONGEST_LINE: Final = 64 * 1024


class SeparatedTable:
    """A CSV file: comma, double quotes, UTF-8, names of the columns in the first line."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.path = path
        self.columns = columns
        self.cut_off: int | None = None
        with path.open("rb") as file:
            header = next(self._records(file), None)
        if header is None:
            raise Damaged("the file is empty")
        self.width = len(header[1])
        self.where = places(columns, header[1])

    def rows(self) -> Iterator[Row]:
        """Every line but the header; empty lines hold nothing."""
        with self.path.open("rb") as file:
            records = self._records(file)
            next(records)
            for line, record in records:
                if len(record) == self.width:
                    yield line, [record[place] for place in self.where]
                elif line == self.cut_off:
                    raise Damaged(f"line {line} ends in the middle: the file was cut off")
                else:
                    yield line, None

    def _records(self, file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._lines(file), strict=True)
        begins = 1
        try:
            for record in reader:
                if record:
                    yield begins, record
                begins = reader.line_num + 1
        except csv.Error as error:
            why = "the file was cut off" if self.cut_off else str(error)
            raise Damaged(f"line {begins} cannot be read: {why}") from None

    def _lines(self, file: IO[bytes]) -> Iterator[str]:
        number = 0
        while raw := file.readline(LONGEST_LINE):
            number += 1
            if not raw.endswith(b"\n"):
                if len(raw) == LONGEST_LINE:
                    raise Damaged(f"line {number} is longer than {LONGEST_LINE} bytes")
                self.cut_off = number
            yield _text(raw, number)


def _text(raw: bytes, number: int) -> str:
    if b"\0" in raw:
        raise Damaged(f"line {number} holds the character NUL: this is no text in UTF-8")
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        wrong = raw[error.start]
        raise Damaged(
            f"line {number} is not in UTF-8 (byte {wrong:#04x} at place {error.start + 1}); save the file as UTF-8"
        ) from None
