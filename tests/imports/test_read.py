"""Files are read the same way whatever they are called, and a damaged one says why before anything comes of it."""

from pathlib import Path

import duckdb
import pytest

from torg.imports import Column, Damaged, open_table

COLUMNS = (Column("Number"), Column("Name", ("Title",)), Column("Price"))
GOOD = "Number,Name,Price\n1,Mug,2.50\n2,Pot,3\n"


def read(path: Path) -> list[tuple[int, list[str | None] | None]]:
    return [(line, list(row) if row is not None else None) for line, row in open_table(path, COLUMNS).rows()]


def written(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def why(path: Path) -> str:
    with pytest.raises(Damaged) as refused:
        read(path)
    return str(refused.value)


def parquet(folder: Path, select: str, name: str = "file.parquet") -> Path:
    path = folder / name
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT PARQUET)")
    return path


def test_rows_come_with_their_line_numbers_in_the_order_of_the_columns(tmp_path: Path) -> None:
    content = '\ufeffprice,title,"Number"\r\n2.50,"Mug, ""blue""",1\r\n\r\n3,"Pot\nof iron",2\r\n4,Pan,3'
    assert read(written(tmp_path, content)) == [
        (2, ["1", 'Mug, "blue"', "2.50"]),
        (4, ["2", "Pot\nof iron", "3"]),
        (6, ["3", "Pan", "4"]),
    ]


def test_a_line_with_another_number_of_values_is_told_apart(tmp_path: Path) -> None:
    assert read(written(tmp_path, GOOD + "3,Pan,1,2\n4,Lid\n5,Cup,1\n"))[2:] == [
        (4, None),
        (5, None),
        (6, ["5", "Cup", "1"]),
    ]


def test_parquet_gives_the_same_texts_whatever_it_is_called(tmp_path: Path) -> None:
    values = "(VALUES (1, 'Mug', 2.5), (2, NULL, 0.001)) AS t (Number, Title, Price)"
    path = parquet(tmp_path, f"SELECT Price::DOUBLE AS Price, Number, Title FROM {values}", "file.csv")
    assert read(path) == [(1, ["1", "Mug", "2.5"]), (2, ["2", None, "0.001"])]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"Number,Name\n1,Mug\n", "Price are missing; there are: Number, Name"),
        (b"Number,Name,Price,price\n", "stands there twice"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (GOOD.encode("utf-16-le"), "NUL"),
        (GOOD.encode() + "3,Bräter,1\n".encode("latin-1"), "line 4 is not in UTF-8 (byte 0xe4"),
        (GOOD.encode() + b"3," + b"x" * 10_000_000 + b",1\n", "line 4 is longer than"),
        (GOOD.encode() + b"," * 10_000_000, "line 4 is longer than"),
        (GOOD.encode() + b"3,Pan", "line 4 ends in the middle: the file was cut off"),
        (GOOD.encode() + b'3,"Pan', "line 4 cannot be read: the file was cut off"),
        (GOOD.encode() + b'3,"Pan"x,1\n', "line 4 cannot be read"),
        (b"PK\x03\x04" + b"\0" * 100, "spreadsheet"),
        (b"\x1f\x8b\x08" + b"\0" * 100, "gzip"),
        (b"PAR1" + b"\0" * 100, "no whole Parquet file"),
    ],
)
def test_a_damaged_file_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    assert reason in why(written(tmp_path, content))


def test_a_parquet_file_that_was_cut_off_or_changed_or_lacks_a_column_says_why(tmp_path: Path) -> None:
    select = "SELECT range AS Number, 'Mug ' || hash(range) AS Name, range / 7 AS Price FROM range(50000)"
    whole = parquet(tmp_path, select)
    content = whole.read_bytes()
    assert "no whole Parquet file" in why(written(tmp_path, content[: len(content) // 2], "half.parquet"))
    broken = content[:2000] + b"\xff" * 2000 + content[4000:]
    assert "no whole Parquet file" in why(written(tmp_path, broken, "broken.parquet"))
    assert "Price are missing" in why(parquet(tmp_path, "SELECT 1 AS Number, 'Mug' AS Name", "less.parquet"))
