"""What takes long says how far it is; what is quick says nothing."""

import io
import time

import pytest

from torg.commands import progress
from torg.commands.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_quick_says_nothing() -> None:
    screen = Terminal()
    told = Progress(screen)
    told("lines", 5, 10)
    told.over()
    assert screen.getvalue() == ""


def test_what_takes_long_says_how_far_it_is_on_one_line_of_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    screen = Terminal()
    told = Progress(screen)
    now += progress.PATIENCE
    told("lines", 5, 10)
    told("lines", 6, 10)  # too soon
    now += progress.ON_TERMINAL
    told("lines", 1_234)
    told.over()
    assert screen.getvalue().replace("\r\033[K", "|") == "|lines: 50 %|lines: 1,234|"


def test_in_a_file_every_message_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    told = Progress(io.StringIO())
    for _ in range(3):
        now += progress.IN_FILE
        told("orders", 1, 3)
    assert capsys.readouterr().err == "orders: 33 %\n" * 3
