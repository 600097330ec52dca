"""Backup and restore: the database and all files in one tar file that can be checked before it is trusted.

Guarantees: an archive that was not finished or was damaged is recognised before anything is changed; a restore
replaces the database in one transaction, so it happens whole or not at all. The dump is taken before the files,
which are never changed once stored: everything that the database names is in the archive.
The secret is not in it, only a print of it by which a restore tells whether it is the same.
"""

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import msgspec
import obstore
import psycopg
from msgspec import Struct
from obstore.store import ObjectStore
from psycopg import sql

from torg.kernel import migrate, postgres_tools

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"
FILES = "files/"
BLOCK = 1024 * 1024

COUNT_RELATIONS = """
SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg_toast%'
"""
LEAVING = 20  # tenths of a second
COUNT_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
LIST_SCHEMAS = """
SELECT nspname FROM pg_namespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema')
AND nspname NOT LIKE 'pg_toast%' AND nspname NOT LIKE 'pg_temp%'
"""


class ArchiveRefused(Exception):
    """Nothing was changed; the message says why."""


class Member(Struct, frozen=True):
    size: int
    sha256: str


class Manifest(Struct, frozen=True):
    """What an archive says about itself; its last member, so that an unfinished archive has none."""

    format: int
    made_at: datetime
    server_version: int
    schema: str
    secret_print: str
    members: dict[str, Member]

    @property
    def files(self) -> list[str]:
        return [name for name in self.members if name.startswith(FILES)]


def write(
    target: Path, url: str, store: ObjectStore, *, secret: str, tell: Callable[[str], None]
) -> Manifest:
    """Make a backup; `target` appears only when it is complete and on the disk."""
    status = migrate.status(url)
    if status.current is None:
        raise ArchiveRefused("there is nothing to back up: the database was never migrated")
    unfinished = target.with_name(target.name + ".unfinished")
    dump = target.with_name(target.name + ".dump")
    members: dict[str, Member] = {}
    try:
        tell("dumping the database")
        tools = postgres_tools.folder(url)
        options = ["--format", "custom", "--no-owner", "--no-privileges", "--file", str(dump)]
        postgres_tools.run(url, tools / "pg_dump", *options)
        with unfinished.open("wb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            members[DUMP] = _add_file(tar, DUMP, dump)
            tell("copying the files")
            for path in _paths(store):
                content = bytes(obstore.get(store, path).bytes())
                members[FILES + path] = _add(tar, FILES + path, content)
            manifest = Manifest(
                format=FORMAT,
                made_at=datetime.now(UTC),
                server_version=_server_version(url),
                schema=status.current,
                secret_print=secret_print(secret),
                members=members,
            )
            _add(tar, MANIFEST, msgspec.json.encode(manifest))
            tar.close()
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.rename(target)
    finally:
        dump.unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)
    return manifest


def verify(source: Path) -> Manifest:
    """Read the whole archive and compare every byte with its manifest."""
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(source, "r:") as tar:
            for entry in tar:
                content = tar.extractfile(entry)
                if content is None or manifest is not None:
                    raise ArchiveRefused(f"{source} is not a backup of Torg")
                if entry.name == MANIFEST:
                    manifest = msgspec.json.decode(content.read(), type=Manifest)
                else:
                    found[entry.name] = _measure(content)
    except (tarfile.TarError, msgspec.MsgspecError, EOFError, OSError) as error:
        raise ArchiveRefused(f"{source} cannot be read as a backup: {error}") from error
    if manifest is None:
        raise ArchiveRefused(f"{source} ends too early: it was not finished, or cut off")
    if manifest.format != FORMAT:
        raise ArchiveRefused(f"{source} has format {manifest.format}; this version reads {FORMAT}")
    damaged = sorted(
        name for name in {*found, *manifest.members} if found.get(name) != manifest.members.get(name)
    )
    if damaged or DUMP not in found or not all(_is_plain(name) for name in found):
        raise ArchiveRefused(f"{source} is damaged: {', '.join(damaged) or 'its names'}")
    return manifest


def restore(
    source: Path, url: str, store: ObjectStore, *, scratch: Path, replace: bool, tell: Callable[[str], None]
) -> Manifest:
    """Put a backup back; a target that holds something is refused unless it is to be replaced."""
    tell("checking the backup")
    manifest = verify(source)
    _check_target(url, manifest, replace=replace)
    dump, script = scratch / DUMP, scratch / "restore.sql"
    with tarfile.open(source, "r:") as tar:
        _extract(tar, DUMP, dump)
        tools = postgres_tools.folder(url)
        postgres_tools.run(
            url, tools / "pg_restore", "--no-owner", "--no-privileges", "--file", str(script), str(dump)
        )
        tell(f"putting {len(manifest.files)} files back")
        for name in manifest.files:
            content = tar.extractfile(name)
            if content is not None:
                obstore.put(store, name.removeprefix(FILES), content.read())
    tell("putting the database back")
    _replay(url, tools, script, scratch)
    kept = {name.removeprefix(FILES) for name in manifest.files}
    for path in list(_paths(store)):
        if path not in kept:
            obstore.delete(store, path)
    return manifest


def secret_print(secret: str) -> str:
    """Tells two secrets apart without telling either."""
    return hashlib.sha256(f"torg backup\0{secret}".encode()).hexdigest()[:16] if secret else ""


def _others(connection: psycopg.Connection[Any]) -> int:
    """Other connections to the database; one that has just been closed takes the server a moment to forget."""
    for _ in range(LEAVING):
        if not _number(connection, COUNT_OTHERS):
            return 0
        time.sleep(0.1)
    return _number(connection, COUNT_OTHERS)


def _check_target(url: str, manifest: Manifest, *, replace: bool) -> None:
    if manifest.schema not in migrate.revisions():
        raise ArchiveRefused(
            f"the backup was made by a newer version of Torg (its schema is {manifest.schema})"
        )
    with psycopg.connect(url, autocommit=True) as connection:
        relations = _number(connection, COUNT_RELATIONS)
        others = _others(connection)
        major = connection.info.server_version // 10000
    if major < manifest.server_version // 10000:
        raise ArchiveRefused(
            f"the backup was made on PostgreSQL {manifest.server_version // 10000}, this server is {major}: "
            "a dump does not go back to an older server"
        )
    if relations and not replace:
        raise ArchiveRefused("the database is not empty; --replace throws away what is in it")
    if others:
        raise ArchiveRefused(f"{others} connections to the database are open: stop Torg first")


def _replay(url: str, tools: Path, script: Path, scratch: Path) -> None:
    with psycopg.connect(url) as connection:
        schemas = [str(row[0]) for row in connection.execute(LIST_SCHEMAS).fetchall()]
        version = connection.info.server_version
        quoted = [sql.Identifier(name).as_string(connection) for name in schemas]
    before = scratch / "before.sql"
    drops = "".join(f"DROP SCHEMA {name} CASCADE;\n" for name in quoted)
    before.write_text(f"{drops}CREATE SCHEMA public;\nGRANT USAGE ON SCHEMA public TO PUBLIC;\n")
    ready = scratch / "ready.sql"
    with script.open("rb") as lines, ready.open("wb") as out:
        for number, line in enumerate(lines):
            unknown = number < 100 and line.startswith(b"SET transaction_timeout") and version < 170000
            if (
                not unknown
            ):  # the programs are newer than the server, and greet it with a setting that it lacks
                out.write(line)
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"]
    postgres_tools.run(url, tools / "psql", *options, "--file", str(before), "--file", str(ready))


def _number(connection: psycopg.Connection[Any], query: Any) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _server_version(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version


def _paths(store: ObjectStore) -> Iterator[str]:
    for page in obstore.list(store):
        for meta in page:
            yield str(meta["path"])


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> Member:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
    return Member(size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> Member:
    entry = tarfile.TarInfo(name)
    entry.size = path.stat().st_size
    with path.open("rb") as content:
        tar.addfile(entry, content)
        content.seek(0)
        return _measure(content)


def _extract(tar: tarfile.TarFile, name: str, target: Path) -> None:
    content = tar.extractfile(name)
    with target.open("wb") as out:
        while content is not None and (block := content.read(BLOCK)):
            out.write(block)


def _measure(content: IO[bytes]) -> Member:
    total, size = hashlib.sha256(), 0
    while block := content.read(BLOCK):
        total.update(block)
        size += len(block)
    return Member(size=size, sha256=total.hexdigest())


def _is_plain(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not name.startswith("/") and ".." not in parts
