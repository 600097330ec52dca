"""The schema moves forward in whole steps, by one migrator at a time."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from torg.kernel import migrate
from torg.kernel.migrate import SchemaTooNew, StepFailed
from torg.settings import ROOT

FIRST = '''
"""One."""
from alembic import op
revision = "20260101_0000"
down_revision = None

def upgrade() -> None:
    op.execute("CREATE TABLE first (n int, CHECK (n % 2 = 0)); INSERT INTO first VALUES (2) -- 100% ':colon' ?")
'''
SECOND = '''
"""Two."""
from alembic import op
revision = "20260102_0000"
down_revision = "20260101_0000"

def upgrade() -> None:
    op.execute("CREATE TABLE second (n int); {more}")
'''


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations of our own instead of Torg's."""
    (tmp_path / "2026-01-01-0000_first.py").write_text(FIRST)
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path)
    return tmp_path


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """A database without any schema."""
    name = f"migrate_{uuid4().hex[:10]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield make_conninfo(server_url, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {str(row[0]) for row in rows}


def test_text_reaches_the_server_as_it_is_written(steps: Path, empty_url: str) -> None:
    assert migrate.status(empty_url).pending == ("20260101_0000",)
    assert migrate.upgrade(empty_url) == ("20260101_0000",)
    assert migrate.upgrade(empty_url) == ()
    assert migrate.status(empty_url).ready
    assert tables(empty_url) == {"first", "alembic_version"}


def test_a_step_that_fails_leaves_the_steps_before_it_and_nothing_of_itself(
    steps: Path, empty_url: str
) -> None:
    second = steps / "2026-01-02-0000_second.py"
    second.write_text(SECOND.format(more="INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(StepFailed, match="20260102_0000"):
        migrate.upgrade(empty_url)
    assert tables(empty_url) == {"first", "alembic_version"}
    second.write_text(SECOND.format(more=""))
    assert migrate.upgrade(empty_url) == ("20260102_0000",)


def test_a_step_that_cannot_get_its_lock_gives_up(
    steps: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "200ms")
    migrate.upgrade(empty_url)
    (steps / "2026-01-02-0000_second.py").write_text(SECOND.format(more="ALTER TABLE first ADD m int"))
    with psycopg.connect(empty_url) as shop:
        shop.execute("SELECT * FROM first")
        with pytest.raises(StepFailed, match="lock timeout"):
            migrate.upgrade(empty_url)
    assert tables(empty_url) == {"first", "alembic_version"}


def test_a_database_that_is_newer_than_the_code_is_refused(steps: Path, empty_url: str) -> None:
    migrate.upgrade(empty_url)
    with psycopg.connect(empty_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '20990101_0000'")
    assert migrate.status(empty_url).unknown == ("20990101_0000",)
    with pytest.raises(SchemaTooNew, match="20990101_0000"):
        migrate.upgrade(empty_url)


def test_two_migrators_at_once_do_the_work_once(empty_url: str) -> None:
    code = "import sys; from torg.kernel import migrate; print(len(migrate.upgrade(sys.argv[1])))"
    environ = {"PYTHONPATH": str(ROOT / "src")}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, empty_url], env=environ, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    taken = sorted(int(process.communicate(timeout=120)[0]) for process in both)
    assert taken == [0, len(migrate.revisions())]
