"""Starting a Torg that stays: what is checked before, and what runs together afterwards."""

import http.client
import os
import secrets
import shutil
import socket
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import psycopg

from torg.commands.options import tell
from torg.kernel import migrate
from torg.kernel.postgres import EmbeddedServer
from torg.kernel.processes import Keeper, Program, StartFailed
from torg.settings import Settings

OLDEST_POSTGRES = 150000


def check_space(settings: Settings) -> None:
    """Refuse to start on a full disk: a database that runs out of space stops in the middle of a sale."""
    free = free_megabytes(settings)
    if free < settings.minimum_free_megabytes:
        raise StartFailed(
            f"only {free} MB are free where the data is ({settings.data}), and TORG_MINIMUM_FREE_MEGABYTES is "
            f"{settings.minimum_free_megabytes}; make room or set another folder with --data"
        )


def free_megabytes(settings: Settings) -> int:
    """Free space where the data is, or will be."""
    place = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
    return shutil.disk_usage(place).free // 1024**2


def make_data_folder(settings: Settings) -> None:
    """The data folder, closed to others unless PostgreSQL has to pass through it as another user."""
    try:
        settings.data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartFailed(
            f"the data folder {settings.data} cannot be made ({error.strerror}); choose another with --data"
        ) from None
    if not os.access(settings.data, os.W_OK | os.X_OK):
        raise StartFailed(f"the data folder {settings.data} is not writable; choose another with --data")


def make_secret(settings: Settings) -> Settings:
    """The settings with a secret, made and kept in the data folder when there is none."""
    if settings.secret:
        return settings
    secret = secrets.token_urlsafe(48)
    unfinished = settings.data / "secret.unfinished"
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
    unfinished.rename(settings.data / "secret")
    return msgspec.structs.replace(settings, secret=secret)


def require_secret(settings: Settings) -> None:
    """A live installation is given its secret by people; one made by chance would differ between machines."""
    if not settings.secret:
        raise StartFailed(
            "TORG_SECRET is not set; make one with\n"
            "  python3 -c 'import secrets; print(secrets.token_urlsafe(48))'\n"
            f"and give it to every process, or keep it in {settings.data / 'secret'}"
        )


def take_port(settings: Settings) -> tuple[Settings, socket.socket]:
    """Reserve the port for our server processes, which share it; gives the settings with the port's number."""
    if settings.port:
        with closing(_socket(settings.host)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind(probe, settings)
    held = _socket(settings.host)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    _bind(held, settings)
    return msgspec.structs.replace(settings, port=held.getsockname()[1]), held


def start_database(keeper: Keeper, settings: Settings) -> Settings:
    """Reach the database that was set, or start the embedded one; gives the settings with its URL."""
    if settings.embedded:
        tell("starting PostgreSQL")
        server = EmbeddedServer(settings.data, max_connections=settings.database_max_connections, tell=tell)
        url = keeper.keep_database(server)
        server.claim(f"process {os.getpid()}, {settings.origin}")
        settings = msgspec.structs.replace(settings, database_url=url)
    check_database(settings)
    return settings


def check_database(settings: Settings) -> None:
    """Refuse a server that is too old, not UTF-8, or too small for the connections that our processes will open."""
    try:
        with psycopg.connect(settings.database_url, connect_timeout=10) as connection:
            version = connection.info.server_version
            row = connection.execute(
                "SELECT current_setting('max_connections')::int"
                " - current_setting('superuser_reserved_connections')::int,"
                " current_setting('server_encoding')"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise StartFailed(f"the database of TORG_DATABASE_URL does not answer: {error}") from None
    allowed, encoding = row or (0, "")
    if version < OLDEST_POSTGRES:
        raise StartFailed(f"the database server is PostgreSQL {version // 10000}; Torg needs 15 or newer")
    if encoding != "UTF8":
        raise StartFailed(f"the database is encoded in {encoding}; make one with ENCODING 'UTF8'")
    if settings.connections > allowed:
        raise StartFailed(
            f"the processes open up to {settings.connections} connections, the server allows {allowed}; set "
            "TORG_DATABASE_CONNECTIONS, TORG_SERVER_PROCESSES or TORG_WORKER_PROCESSES lower, or max_connections "
            "of the server higher"
        )


def bring_schema(settings: Settings) -> None:
    """Migrate when needed, and say so."""
    try:
        if migrate.status(settings.database_url).pending:
            tell("bringing the database to this version")
        migrate.upgrade(settings.database_url)
    except migrate.MigrationRefused as error:
        raise StartFailed(str(error)) from None


def require_schema(settings: Settings) -> None:
    """Refuse to run on a database of another version: serving does not migrate by itself."""
    status = migrate.status(settings.database_url)
    if not status.ready:
        stands = f"the database is at {status.current or 'nothing'}, this version needs {status.head}"
        raise StartFailed(f"{stands}; run ./torg migrate first")


def program(
    kind: str, settings: Settings, *, name: str = "", log: Path | None = None, capture: bool = False
) -> Program:
    """A process of ours, which reads the very settings that we have."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("TORG_")}
    return Program(
        name or kind,
        [sys.executable, "-P", "-m", "torg", "process", kind],
        {**environ, **settings.environ()},
        log=log,
        capture=capture,
    )


def keep_first_server(keeper: Keeper, settings: Settings, *, log: Path | None = None) -> None:
    """Start one server, which answers sooner while nobody else starts."""
    keeper.keep(program("server", settings, name="server 1", log=log))


def keep_others(keeper: Keeper, settings: Settings, *, workers: int, log: Path | None = None) -> None:
    """Start the other servers and so many workers."""
    for number in range(1, settings.server_processes):
        keeper.keep(program("server", settings, name=f"server {number + 1}", log=log))
    keep_workers(keeper, settings, workers, log=log)


def keep_workers(keeper: Keeper, settings: Settings, workers: int, *, log: Path | None = None) -> None:
    """Start so many workers."""
    for number in range(workers):
        keeper.keep(program("worker", settings, name=f"worker {number + 1}", log=log))


def answers(settings: Settings) -> bool:
    """Whether a server process says that it is ready."""
    address = settings.address.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _socket(host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)


def _bind(held: socket.socket, settings: Settings) -> None:
    try:
        held.bind((settings.host, settings.port))
    except OSError as error:
        held.close()
        raise StartFailed(
            f"port {settings.port} of {settings.host} cannot be used ({error.strerror}); "
            "choose another with --port, or --port 0 for any free one"
        ) from None
