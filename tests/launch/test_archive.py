"""A backup comes back whole, and a damaged one changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import obstore
import psycopg
import pytest
from obstore.store import LocalStore
from psycopg.conninfo import make_conninfo

from torg.kernel import archive, migrate, postgres_tools
from torg.kernel.archive import ArchiveRefused

SECRET = "s" * 40


class Place:
    """A database of its own and a folder of files."""

    def __init__(self, server_url: str, folder: Path, template: str = "template1") -> None:
        name = f"archive_{uuid4().hex[:10]}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        self.server_url, self.name = server_url, name
        self.url = make_conninfo(server_url, dbname=name)
        self.store = LocalStore(folder / name, mkdir=True)
        self.scratch = folder / f"scratch-{name}"
        self.scratch.mkdir()

    def fill(self) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute("CREATE TABLE goods (sku text PRIMARY KEY, price bigint, at timestamptz)")
            connection.execute(
                "INSERT INTO goods SELECT 'Å' || n, n * 7, now() FROM generate_series(1, 500) n"
            )
        obstore.put(self.store, "ab/picture.jpg", b"\x00\xff picture")
        obstore.put(self.store, "empty", b"")

    def drop(self) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {self.name} WITH (FORCE)".encode())

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table."""
        with psycopg.connect(self.url) as connection:
            names = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            return {
                str(name): connection.execute(
                    f'SELECT t::text FROM "{name}" t ORDER BY 1'.encode()
                ).fetchall()
                for (name,) in names
            }

    def files(self) -> dict[str, bytes]:
        return {
            str(meta["path"]): bytes(obstore.get(self.store, str(meta["path"])).bytes())
            for page in obstore.list(self.store)
            for meta in page
        }


@pytest.fixture
def source(server_url: str, template: str, tmp_path: Path) -> Iterator[Place]:
    """A migrated and filled one."""
    place = Place(server_url, tmp_path, template)
    place.fill()
    yield place
    place.drop()


@pytest.fixture
def target(server_url: str, tmp_path: Path) -> Iterator[Place]:
    """An empty one."""
    place = Place(server_url, tmp_path)
    yield place
    place.drop()


def put_back(file: Path, place: Place, *, replace: bool = False) -> None:
    archive.restore(file, place.url, place.store, scratch=place.scratch, replace=replace, tell=print)


def write(file: Path, place: Place) -> archive.Manifest:
    return archive.write(file, place.url, place.store, secret=SECRET, tell=print)


def test_what_is_backed_up_comes_back_with_the_same_rows_and_files(
    source: Place, target: Place, tmp_path: Path
) -> None:
    file = tmp_path / "a backup.tar"
    manifest = write(file, source)
    assert sorted(manifest.files) == ["files/ab/picture.jpg", "files/empty"]
    put_back(file, target)
    assert len(target.tables()["goods"]) == 500
    assert target.tables() == source.tables()
    assert target.files() == source.files()
    assert migrate.status(target.url).ready
    assert sorted(path.name for path in tmp_path.glob("a backup*")) == ["a backup.tar"]


def test_a_target_that_holds_something_is_refused_and_replaced_only_when_asked(
    source: Place, target: Place, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    write(file, source)
    with psycopg.connect(target.url) as connection:
        connection.execute("CREATE TABLE other (n int)")
        connection.execute("CREATE SCHEMA extra CREATE TABLE extra.more (n int)")
    obstore.put(target.store, "other.jpg", b"other")
    before = target.tables()
    with pytest.raises(ArchiveRefused, match="not empty"):
        put_back(file, target)
    assert target.tables() == before
    assert target.files() == {"other.jpg": b"other"}
    put_back(file, target, replace=True)
    assert target.tables() == source.tables()
    assert target.files() == source.files()


@pytest.mark.parametrize("damage", ["a byte", "the end", "half", "everything", "not a backup"])
def test_a_damaged_backup_changes_nothing(source: Place, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "backup.tar"
    write(file, source)
    content = bytearray(file.read_bytes())
    if damage == "a byte":
        content[5000] ^= 1
    elif damage == "the end":
        content = content[: content.index(b"manifest.json")]
    elif damage == "half":
        content = content[: len(content) // 2]
    elif damage == "everything":
        content = bytearray()
    else:
        content = bytearray(b"PK\x03\x04" * 1000)
    file.write_bytes(content)
    rows, files = source.tables(), source.files()
    with pytest.raises(ArchiveRefused):
        put_back(file, source, replace=True)
    assert source.tables() == rows
    assert source.files() == files


def test_a_restore_that_the_server_refuses_is_undone_as_a_whole(
    source: Place, target: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.tar"
    write(file, source)
    target.fill()
    before = target.tables()
    run = postgres_tools.run

    def spoiled(url: str, program: Path, *arguments: str) -> bytes:
        if program.name == "psql":
            Path(arguments[-1]).write_bytes(Path(arguments[-1]).read_bytes() + b"\nSELECT * FROM nowhere;\n")
        return run(url, program, *arguments)

    monkeypatch.setattr(postgres_tools, "run", spoiled)
    with pytest.raises(postgres_tools.ToolFailed, match="nowhere"):
        put_back(file, target, replace=True)
    assert target.tables() == before


def test_a_database_in_use_is_not_replaced(source: Place, target: Place, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    write(file, source)
    with psycopg.connect(target.url), pytest.raises(ArchiveRefused, match="stop Torg first"):
        put_back(file, target)
    assert target.tables() == {}


def test_a_backup_of_a_newer_version_is_refused(source: Place, target: Place, tmp_path: Path) -> None:
    with psycopg.connect(source.url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '20990101_0000'")
    file = tmp_path / "backup.tar"
    write(file, source)
    with pytest.raises(ArchiveRefused, match="newer version"):
        put_back(file, target)
    assert target.tables() == {}


def test_a_failed_backup_leaves_no_file(server_url: str, tmp_path: Path, target: Place) -> None:
    with pytest.raises(ArchiveRefused, match="never migrated"):
        write(tmp_path / "backup.tar", target)
    assert list(tmp_path.glob("backup*")) == []


def test_the_print_of_a_secret_tells_nothing_but_whether_it_is_the_same() -> None:
    assert archive.secret_print(SECRET) == archive.secret_print(SECRET)
    assert archive.secret_print(SECRET) != archive.secret_print("t" * 40)
    assert SECRET not in archive.secret_print(SECRET)
