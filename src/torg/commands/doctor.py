"""`./torg doctor`: what is wrong with an installation, and what to do about it."""

import asyncio
import json
import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import psycopg
from msgspec import Struct
from obstore.exceptions import BaseError

from torg.commands import launch, reach, vitals
from torg.commands.options import data_option, settings_from
from torg.kernel import migrate
from torg.kernel.errors import TorgError
from torg.kernel.files import FileStore
from torg.kernel.processes import StartFailed
from torg.settings import ROOT, Settings

SKEW_ALLOWED, SKEW_TOLERATED = 2.0, 30.0
OUTBOX_OLD = 30.0
FAR_BEHIND = 10_000
LONG_QUEUE = 10_000
CHARSET_HINT = 'see docs/operations.md, "A database server of your own"'


class Finding(Struct, frozen=True):
    """One thing that was looked at; `todo` says what to do, `urgent` that Torg does not work well before that."""

    subject: str
    text: str
    todo: str = ""
    urgent: bool = False

    @property
    def mark(self) -> str:
        return "ok  " if not self.todo else "MUST" if self.urgent else "note"


@click.command("doctor")
@data_option
def doctor(data: Path | None) -> None:
    """Look at settings, database, schema, clock, disk, connections, relay, queue and mail, and say what to do.

    The exit code is 1 when something must be done.
    """
    settings = settings_from(data)
    findings = list(look(settings))
    for finding in findings:
        click.echo(f"{finding.mark}  {finding.subject}: {finding.text}")
        if finding.todo:
            click.echo(f"      → {finding.todo}")
    if any(finding.urgent for finding in findings):
        raise SystemExit(1)


def look(settings: Settings) -> Iterator[Finding]:
    """Everything, from the machine inwards; without a database the rest cannot be looked at."""
    yield from _settings(settings)
    yield _disk(settings)
    yield _front_end()
    yield _files(settings)
    yield _mail(settings)
    try:
        with reach.database(settings) as reached:
            yield from _database(reached)
    except (click.ClickException, psycopg.Error) as error:
        text = error.message if isinstance(error, click.ClickException) else str(error)
        yield Finding("database", text, "start it, or mend TORG_DATABASE_URL", urgent=True)


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding("settings", f"{settings.environment}, data in {settings.data}")
    secret = settings.data / "secret"
    if not settings.secret:
        yield Finding("secret", "there is none", "set TORG_SECRET; `serve` and `worker` need it", urgent=True)
    elif secret.exists() and secret.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("secret", "others may read it", f"chmod 600 {secret}", urgent=True)
    if settings.environment == "live":
        if not settings.public_url.startswith("https://"):
            yield Finding(
                "address", f"people are sent to {settings.origin}", "set TORG_PUBLIC_URL to an https:// URL"
            )
        if settings.webhook_allow_private:
            yield Finding("webhooks", "may go to private addresses", "unset TORG_WEBHOOK_ALLOW_PRIVATE")


def _disk(settings: Settings) -> Finding:
    try:
        launch.check_space(settings)
    except StartFailed as error:
        return Finding("disk", str(error), "make room", urgent=True)
    if settings.data.exists() and not os.access(settings.data, os.W_OK | os.X_OK):
        return Finding(
            "disk", f"{settings.data} is not writable", "mend its owner or its rights", urgent=True
        )
    return Finding("disk", f"{launch.free_megabytes(settings):,} MB free")


def _front_end() -> Finding:
    manifest = ROOT / "ui" / "dist" / "manifest.json"
    if not manifest.exists():
        return Finding(
            "front end", "is not built", "start any command with ./torg, which builds it", urgent=True
        )
    return Finding("front end", f"{len(json.loads(manifest.read_text()))} files built")


def _files(settings: Settings) -> Finding:
    try:
        asyncio.run(FileStore.of(settings).probe())
    except (TorgError, OSError, BaseError) as error:
        why = f"{settings.files}: {error.__cause__ or error}"
        return Finding("files", why, "mend TORG_FILES_URL and the TORG_S3_… settings", urgent=True)
    return Finding("files", f"{settings.files} can be written and read")


def _mail(settings: Settings) -> Finding:
    if settings.mail == "mailbox":
        todo = "set TORG_MAIL to an smtp:// URL" if settings.environment == "live" else ""
        return Finding("mail", "stays in Torg's mailbox page", todo)
    parts = urlsplit(settings.mail)
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=5).close()
    except OSError as error:
        return Finding(
            "mail", f"{parts.hostname}:{port} does not answer ({error})", "mend TORG_MAIL", urgent=True
        )
    return Finding("mail", f"{parts.hostname}:{port} answers")


def _database(settings: Settings) -> Iterator[Finding]:
    with psycopg.connect(settings.database_url, autocommit=True, connect_timeout=10) as connection:
        version = connection.info.server_version
        yield Finding("database", f"PostgreSQL {version // 10000}.{version % 10000} answers")
        try:
            launch.check_database(settings)
        except StartFailed as error:
            yield Finding("database", str(error), "change that before starting", urgent=True)
        row = connection.execute("SELECT 'Z' < 'a' AND 'z' < 'å', lower('Å') = 'å'").fetchone()
        if row != (True, True):
            yield Finding(
                "database", "its locale is not C.UTF-8: lower case of some letters is not found", CHARSET_HINT
            )
        status = migrate.status(settings.database_url)
        yield _schema(status)
        if status.ready:
            yield from _vitals(vitals.read(connection))


def _schema(status: migrate.Status) -> Finding:
    if status.unknown:
        return Finding(
            "schema", f"{status.current} is newer than this version", "start the newer version", urgent=True
        )
    if status.pending:
        return Finding("schema", f"{len(status.pending)} steps behind", "./torg migrate", urgent=True)
    return Finding("schema", f"at {status.current}")


def _vitals(seen: vitals.Vitals) -> Iterator[Finding]:
    for one in (_clock, _connections, _relay, _subscriptions, _queue):
        yield from one(seen)


def _clock(seen: vitals.Vitals) -> Iterator[Finding]:
    skew = abs(time.time() - seen.clock)
    todo = "synchronise the clocks (systemd-timesyncd or chrony)" if skew > SKEW_ALLOWED else ""
    text = f"{skew:.1f} s between this machine and the database"
    yield Finding("clock", text, todo, urgent=skew > SKEW_TOLERATED)


def _connections(seen: vitals.Vitals) -> Iterator[Finding]:
    full = seen.connections > seen.max_connections * 0.9
    text = f"{seen.connections} of {seen.max_connections} in use"
    yield Finding(
        "connections", text, "lower TORG_DATABASE_CONNECTIONS or raise max_connections" if full else ""
    )


def _relay(seen: vitals.Vitals) -> Iterator[Finding]:
    age = seen.outbox_seconds or 0.0
    text = f"{seen.head} events in the feed, {seen.outbox} wait"
    if age > OUTBOX_OLD:
        why = "no worker is running" if not seen.leaders else "look at the worker's log"
        yield Finding("relay", f"{text}, the oldest for {age:.0f} s: {why}", "./torg worker", urgent=True)
    else:
        yield Finding("relay", text)


def _subscriptions(seen: vitals.Vitals) -> Iterator[Finding]:
    if seen.furthest_behind > FAR_BEHIND:
        yield Finding(
            "subscriptions", f"one is {seen.furthest_behind} events behind", "look at the worker's log"
        )
    if seen.parked:
        yield Finding(
            "subscriptions",
            f"{seen.parked} events could not be handled",
            "mend the cause; ./torg events shows and replays them",
        )


def _queue(seen: vitals.Vitals) -> Iterator[Finding]:
    text = f"{seen.waiting} jobs wait, {seen.dead} failed for good"
    if seen.dead:
        yield Finding("queue", text, "./torg jobs dead tells why, ./torg jobs replay --all runs them again")
    elif seen.waiting > LONG_QUEUE:
        yield Finding("queue", text, "start more workers: TORG_WORKER_PROCESSES")
    else:
        yield Finding("queue", text)
    if seen.clockwork_failed:
        yield Finding(
            "queue",
            f"{seen.clockwork_failed} things that run by the clock failed last",
            "look at the worker's log",
        )
