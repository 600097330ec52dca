"""The commands explain themselves, do what they say, and refuse with words instead of tracebacks."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner, Result

from torg.__main__ import COMMANDS, main
from torg.kernel import migrate

Run = Callable[..., Result]
SECRET = "s" * 40


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a command line on this module's database, with a data folder of its own."""
    monkeypatch.setenv("TORG_DATABASE_URL", database_url)
    monkeypatch.setenv("TORG_SECRET", SECRET)
    monkeypatch.setenv("TORG_DATA", str(tmp_path))

    def run(*arguments: str, input: str | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=input)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    yield run


def leaves(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that lead to it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, name
            yield from leaves(found, (*path, name))
    else:
        yield path, command


def test_every_command_explains_itself_and_takes_a_data_folder() -> None:
    found = list(leaves(main))
    assert {path[0] for path, _ in found} == set(COMMANDS)
    for path, command in found:
        assert command.help, path
        names = {option for parameter in command.params for option in parameter.opts}
        assert "--data" in names or path == ("process",), path
        assert CliRunner().invoke(main, [*path, "--help"]).exit_code == 0, path


def test_wrong_settings_are_told_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORG_PORT", "0x50")
    result = run("migrate", "--status")
    assert result.exit_code == 1
    assert "TORG_PORT: " in result.output
    assert "Traceback" not in result.output


def test_the_state_of_the_schema_is_told(run: Run, database_url: str) -> None:
    assert run("migrate", "--status").exit_code == 0
    assert run("migrate").output == f"the database is at {migrate.revisions()[-1]}\n"
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '20990101_0000'")
    try:
        assert run("migrate", "--status").exit_code == 1
        refused = run("migrate")
        assert refused.exit_code == 1
        assert "newer version" in refused.output
        assert "another schema" in run("user", "list").output
        assert "MUST  schema" in run("doctor").output
    finally:
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", [migrate.revisions()[-1]])


def test_the_first_administrator_is_made_from_the_terminal(run: Run) -> None:
    made = run("user", "create", "ada@shop.example", "--name", "Ada")
    assert made.exit_code == 0, made.output
    assert "to choose a password: http://127.0.0.1:8000/" in made.output
    assert "ada@shop.example  Ada  invited  administrator" in run("user", "list").output
    again = run("user", "create", "ada@shop.example", "--name", "Ada")
    assert again.exit_code == 1
    assert "Error: " in again.output
    typed = run(
        "user", "create", "bo@shop.example", "--name", "Bo", "--password", input="Wool-socks-77!\n" * 2
    )
    assert "bo@shop.example  Bo  active  administrator" in typed.output
    assert "disabled" in run("user", "disable", "ada@shop.example").output
    assert run("user", "password", "nobody@shop.example").exit_code == 1


def test_what_is_exported_is_imported_again_without_a_change(run: Run, tmp_path: Path) -> None:
    events = tmp_path / "events.ndjson"
    assert run("export", "events", str(events)).exit_code == 0
    products = tmp_path / "products.ndjson"
    assert run("export", "catalog", str(products)).exit_code == 0
    again = run("import", "catalog", str(products))
    assert again.exit_code == 0
    assert "created" not in again.output


def test_refused_lines_are_numbered_and_the_exit_code_tells(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "products.ndjson"
    file.write_text('{"nonsense": 1}\nnot json\n')
    result = run("import", "catalog", str(file))
    assert result.exit_code == 1
    assert "line 1: " in result.output
    assert "line 2: " in result.output
    assert result.output.endswith("2 refused\n")


def test_dead_jobs_are_shown_and_replayed(run: Run, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " VALUES ('default', 'mail.send', '{}', 'failed', 12) RETURNING id"
        ).fetchone()
    assert row is not None
    assert "mail.send" in run("jobs", "dead").output
    assert "1 failed for good" in run("doctor").output
    assert run("jobs", "replay", str(row[0])).output == f"job {row[0]} waits again\n"
    assert run("jobs", "replay", str(row[0])).exit_code == 1
    assert "1 waiting" in run("jobs", "list").output
    assert run("jobs", "replay").exit_code == 2


def test_the_doctor_says_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = run("doctor")
    assert "ok    database: PostgreSQL" in healthy.output
    assert "ok    schema" in healthy.output
    monkeypatch.setenv("TORG_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    ill = run("doctor")
    assert ill.exit_code == 1
    assert "MUST  database" in ill.output
    monkeypatch.setenv("TORG_MINIMUM_FREE_MEGABYTES", "9000000")
    assert "MUST  disk" in run("doctor").output


def test_serving_needs_a_secret_and_a_present_schema(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORG_SECRET")
    refused = run("serve", "--port", "0")
    assert refused.exit_code == 1
    assert "TORG_SECRET is not set" in refused.output
    refused = run("worker")
    assert "TORG_SECRET is not set" in refused.output


def test_more_connections_than_the_server_has_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORG_SERVER_PROCESSES", "50")
    refused = run("serve", "--port", "0")
    assert refused.exit_code == 1
    assert "the server allows" in refused.output


def test_a_backup_made_by_the_command_is_put_back_by_the_command(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    made = run("backup", str(file))
    assert made.exit_code == 0, made.output
    assert "not empty" in run("restore", str(file)).output
    restored = run("restore", str(file), "--replace")
    assert restored.exit_code == 0, restored.output
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    damaged = run("restore", str(file), "--replace")
    assert damaged.exit_code == 1
    assert "Error: " in damaged.output


def test_measurements_are_listed() -> None:
    listed = CliRunner().invoke(main, ["bench"])
    assert "hello" in listed.output
    assert CliRunner().invoke(main, ["bench", "nothing"]).exit_code == 1


def test_the_feed_is_exported_as_json_lines(run: Run) -> None:
    result = run("export", "events")
    assert all(json.loads(line) for line in result.stdout.splitlines())
