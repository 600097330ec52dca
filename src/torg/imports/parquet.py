"""Rows of a Parquet file, read by DuckDB in small portions and with little memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import duckdb

from torg.imports.read import Column, Damaged, Row, places

AT_ONCE: Final = 10_000
# Nothing is fetched from anywhere, and a large file does not take the machine.
CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "256MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_persistent_secrets": False,
}


class ParquetTable:
    """A Parquet file; its lines are numbered from 1."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.path = path
        self.cut_off: int | None = None
        with self._opened() as connection:
            found = self._run(connection, "SELECT * FROM read_parquet(?) LIMIT 0").description or []
        names = [str(column[0]) for column in found]
        self.names = [names[place] for place in places(columns, names)]

    def rows(self) -> Iterator[Row]:
        """Every row, its values as texts."""
        wanted = ", ".join(f'"{_quoted(name)}"::VARCHAR' for name in self.names)
        with self._opened() as connection:
            cursor = self._run(connection, f"SELECT {wanted} FROM read_parquet(?)")  # noqa: S608  # quoted names
            line = 0
            while rows := self._portion(cursor):
                for values in rows:
                    line += 1
                    yield line, values

    def _opened(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(":memory:", config=dict(CONFIG))

    def _run(self, connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
        try:
            return connection.execute(sql, [str(self.path)])
        except duckdb.Error as error:
            raise _damaged(error) from None

    def _portion(self, cursor: duckdb.DuckDBPyConnection) -> list[tuple[str | None, ...]]:
        try:
            return cursor.fetchmany(AT_ONCE)
        except duckdb.Error as error:
            raise _damaged(error) from None


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _damaged(error: duckdb.Error) -> Damaged:
    first = str(error).strip().splitlines()[0]
    return Damaged(f"this is no whole Parquet file: {first}")
