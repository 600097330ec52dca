"""`./torg events`: what could not be handled is seen, replayed and dropped from the terminal."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from torg.__main__ import main


@pytest.fixture(autouse=True)
def _stuck(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TORG_DATABASE_URL", database_url)
    monkeypatch.setenv("TORG_SECRET", "s" * 40)
    monkeypatch.setenv("TORG_DATA", str(tmp_path))
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM parked_events")
        connection.execute("DELETE FROM subscriptions")
        connection.execute("DELETE FROM feed")
        connection.execute("INSERT INTO subscriptions VALUES ('balls', 2, now())")
        connection.execute("UPDATE feed_head SET position = 3")
        for position in (1, 2):
            connection.execute(
                "INSERT INTO feed VALUES (%(p)s, gen_random_uuid(), 'reference', 'ball.thrown', 'red', 'ball:red',"
                " %(p)s, now(), 'system', '{}')",
                {"p": position},
            )
            connection.execute(
                "INSERT INTO parked_events (subscription, position, aggregate, type, error, parked_at)"
                " VALUES ('balls', %s, 'ball:red', 'ball.thrown', %s, now())",
                (position, "Traceback\nValueError: too round\n" if position == 1 else None),
            )
    yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["events", *arguments])


def test_what_is_parked_is_shown_with_its_reason() -> None:
    assert run("subscriptions").output == "balls: at 2, 1 behind, 2 parked\n"
    assert run("parked").output == (
        "balls 1  ball.thrown  ball:red  ValueError: too round\n"
        "balls 2  ball.thrown  ball:red  waits behind another\n"
    )
    assert run("parked", "--subscription", "others").output == "nothing is parked\n"


def test_a_replay_is_asked_for_one_or_for_all() -> None:
    assert run("replay", "balls", "1").output == "2 events will be handled again\n"
    assert run("replay", "balls").output == "0 events will be handled again\n"


def test_a_drop_lets_the_others_go_on(database_url: str) -> None:
    assert run("drop", "balls", "1").output == "dropped\n"
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT position, replay FROM parked_events").fetchall() == [(2, True)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("replay", "nobody"), "no subscription nobody"),
        (("replay", "balls", "17"), "Nothing is parked at position 17"),
        (("drop", "balls", "17"), "Nothing is parked at position 17"),
        (("rebuild", "balls"), "balls is not a projection"),
    ],
)
def test_what_is_not_there_is_told_without_a_traceback(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert words in result.output
