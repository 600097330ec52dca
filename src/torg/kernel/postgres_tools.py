"""pg_dump, pg_restore and psql: which ones to run, and how they reach the database without a password in `ps`."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import pq

from torg.kernel import postgres


class ToolMissing(Exception):
    """No PostgreSQL program on this machine can talk to the server; the message says which one is needed."""


class ToolFailed(Exception):
    """A PostgreSQL program refused; the message is its own."""


def folder(url: str) -> Path:
    """The programs for this server: those that came with Torg, or the system's where the connection is encrypted.

    The programs that came with Torg were built without encryption.
    """
    with psycopg.connect(url) as connection:
        encrypted, major = connection.pgconn.ssl_in_use, connection.info.server_version // 10000
    if not encrypted:
        return postgres.binaries()
    found = shutil.which("pg_dump")
    candidates = [Path(found).parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in candidates:
        if _major(candidate / "pg_dump") >= major:
            return candidate
    raise ToolMissing(
        f"the connection is encrypted, for which pg_dump {major} is needed: apt install postgresql-client"
    )


def run(url: str, program: Path, *arguments: str) -> bytes:
    """Run a program on the database and give what it printed."""
    result = subprocess.run(
        [str(program), *arguments],
        env=_environment(url),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if result.returncode != 0:
        raise ToolFailed(f"{program.name}: {result.stderr.decode(errors='replace').strip()}")
    return result.stdout


def _environment(url: str) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    for option in pq.Conninfo.parse(url.encode()):
        if option.val is not None and option.envvar is not None:
            environ[option.envvar.decode()] = option.val.decode()
    return environ


def _major(program: Path) -> int:
    if not program.exists():
        return 0
    text = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", text)
    return int(found[1]) if found else 0
