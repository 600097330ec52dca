"""The schema of the database, moved forward one dated step at a time.

Guarantees: two migrators at once are safe (one works, the other waits and finds nothing to do); each step is
one transaction, so an interrupted run leaves whole steps; a step that cannot get its locks within seconds
gives up instead of standing in the way of the shop; a database that is newer than this code is refused.
Steps are plain SQL. The file 2026-12-01-1000_orders.py holds the revision 20261201_1000; names sort as steps.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LOCK = 0x746F7267_6D696772  # "torgmigr": the advisory lock that a migrator holds
LOCK_TIMEOUT = "5s"


class MigrationRefused(Exception):
    """The database cannot be brought to this schema now; the message says why and what to do."""


class SchemaTooNew(MigrationRefused):
    """The database was migrated by a later version of Torg than this one."""


class StepFailed(MigrationRefused):
    """The server refused a step; the steps before it stay, this one left nothing."""


class Status(Struct, frozen=True):
    """Where a database stands; `unknown` are steps that it has and this code has not."""

    current: str | None
    head: str
    pending: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def ready(self) -> bool:
        return not self.pending and not self.unknown


def revisions() -> tuple[str, ...]:
    """Every step of this code, oldest first."""
    names = sorted(file.name for file in MIGRATIONS.glob("[0-9]*.py"))
    return tuple(f"{name[:10].replace('-', '')}_{name[11:15]}" for name in names)


def status(url: str) -> Status:
    """Compare a database with this code without changing it."""
    with psycopg.connect(url, autocommit=True) as connection:
        return _status(connection)


def upgrade(url: str) -> tuple[str, ...]:
    """Bring the database to this code's schema and tell which steps were taken."""
    with psycopg.connect(url, autocommit=True) as connection, _alone(connection):
        found = _status(connection)
        if found.unknown:
            raise SchemaTooNew(
                f"the database is at {found.unknown[-1]}, this code only knows steps up to {found.head}; "
                "start the newer version of Torg, or restore a backup that was made with this one"
            )
        if found.pending:
            try:
                _run(url)
            except psycopg.Error as error:
                stands = _status(connection).pending[0]
                raise StepFailed(f"the step {stands} failed and was undone: {error}") from error
        return found.pending


def _status(connection: psycopg.Connection[Any]) -> Status:
    known = revisions()
    (table,) = connection.execute("SELECT to_regclass('alembic_version')").fetchone() or (None,)
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall() if table else []
    current = [str(row[0]) for row in rows]
    unknown = tuple(sorted(revision for revision in current if revision not in known))
    done = known.index(max(current)) + 1 if current and not unknown else 0
    return Status(
        current=max(current, default=None),
        head=known[-1],
        pending=() if unknown else known[done:],
        unknown=unknown,
    )


@contextmanager
def _alone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _run(url: str) -> None:
    # Imported here because they cost half a second, and a start on a current schema does not need them.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    from torg.kernel import plain_sql  # noqa: F401  (makes op.execute take SQL as it is written)

    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])

    def steps(revision: Any, _context: Any) -> Sequence[Any]:
        return scripts._upgrade_revs("head", revision)

    options = f"-c lock_timeout={LOCK_TIMEOUT} -c timezone=UTC"
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url, options=options), poolclass=NullPool
    )
    with (
        EnvironmentContext(Config(), scripts, fn=steps, destination_rev="head") as environment,
        engine.connect() as connection,
    ):
        environment.configure(connection=connection, transaction_per_migration=True)
        try:
            with environment.begin_transaction():
                environment.run_migrations()
        except DBAPIError as error:
            raise error.orig or error from error
