"""Whether this process lives, and whether it should be sent requests.

`/health/live` answers as long as the process does. `/health/ready` is the load balancer's question: false while the
database cannot be reached or has another schema, while requests queue up for connections, and while the process is
being drained (`drain`), so that nobody is sent to a process that is about to end.
"""

import asyncio
from typing import Any

import psycopg
from litestar import Litestar, Request, Response, get
from msgspec import Struct

from torg.kernel import migrate
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Unavailable

PATIENCE = 2.0
MOST_WAITING = 20
DRAINING = "torg_draining"

REVISION = "SELECT version_num FROM alembic_version"


class Check(Struct, frozen=True, omit_defaults=True):
    """One thing that was looked at; `detail` says what is wrong."""

    name: str
    ok: bool
    detail: str = ""


class Health(Struct, frozen=True):
    """All checks; `ok` when every one is."""

    ok: bool
    checks: list[Check]


def drain(app: Litestar) -> None:
    """Ask to be sent no more requests; those under way and still coming in are answered."""
    app.state[DRAINING] = True


async def ready(database: Database, *, draining: bool = False) -> Health:
    """Whether requests can be answered now."""
    checks = [await _database(database), _pools(database)]
    if draining:
        checks.append(Check("draining", False, "This process is about to end."))
    return Health(all(check.ok for check in checks), checks)


async def _database(database: Database) -> Check:
    async def revision(tx: Transaction) -> str | None:
        return await tx.find(str, REVISION)

    try:
        async with asyncio.timeout(PATIENCE):
            found = await database.read(revision)
    except (Unavailable, psycopg.OperationalError, TimeoutError):
        return Check("database", False, "The database does not answer.")
    except psycopg.errors.UndefinedTable:
        return Check("database", False, "The database has not been migrated.")
    wanted = migrate.revisions()[-1]
    if found != wanted:
        return Check("database", False, f"The database is at {found}, this version needs {wanted}.")
    return Check("database", True)


def _pools(database: Database) -> Check:
    waiting = {name: stats.get("requests_waiting", 0) for name, stats in database.pool_stats().items()}
    full = [f"{number} wait for the pool {name}" for name, number in waiting.items() if number > MOST_WAITING]
    return Check("connections", not full, "; ".join(full))


@get("/health/live", include_in_schema=False, opt={"permission": "public"})
async def live() -> Health:
    """Whether this process answers at all."""
    return Health(True, [])


@get("/health/ready", include_in_schema=False, opt={"permission": "public"})
async def is_ready(request: Request[Any, Any, Any]) -> Response[Health]:
    """Whether this process should be sent requests; 503 when not."""
    state = request.app.state
    health = await ready(state.database, draining=bool(state.get(DRAINING)))
    return Response(health, status_code=200 if health.ok else 503, headers={"Cache-Control": "no-store"})


ROUTES = [live, is_ready]
