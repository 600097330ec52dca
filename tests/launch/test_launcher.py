"""The launcher prepares a folder once, again after an interruption, and never twice at once."""

import fcntl
import subprocess
import sys
import threading
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from torg.__main__ import COMMANDS
from torg.settings import ROOT

HIDDEN = {"process"}


class Launcher:
    """The launcher on a folder of its own, with commands that only leave what the real ones would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        loader = SourceFileLoader("torg_launcher", str(ROOT / "torg"))
        spec = spec_from_loader("torg_launcher", loader)
        assert spec is not None
        self.module: ModuleType = module_from_spec(spec)
        loader.exec_module(self.module)
        self.folder = folder
        self.ran: list[str] = []
        self.fails_at = ""
        for name in ("requirements.lock", "requirements-test.lock", "ui/package-lock.json", "ui/build.mjs"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
        places = {
            "ROOT": folder,
            "VENV": folder / ".venv",
            "PYTHON": folder / ".venv" / "bin" / "python",
            "UI": folder / "ui",
            "LOCK": folder / ".lock",
            "MEGABYTES_NEEDED": 1,
            "run": self.run,
        }
        for name, value in places.items():
            monkeypatch.setattr(self.module, name, value)

    def run(self, title: str, command: list[Any], lock: Any, folder: Path | None = None) -> None:
        self.ran.append(title)
        if title == self.fails_at:
            raise KeyboardInterrupt
        library = (
            self.folder / ".venv/lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
        )
        if title == "virtual environment":
            library.mkdir(parents=True)
            (self.folder / ".venv/bin").mkdir()
            (self.folder / ".venv/bin/python").touch()
        elif title == "front-end packages":
            (self.folder / "ui/node_modules").mkdir(exist_ok=True)
        elif title == "front end":
            (self.folder / "ui/dist").mkdir(exist_ok=True)

    def prepare(self, *, test_tools: bool = False) -> list[str]:
        self.ran = []
        self.module.prepare(test_tools=test_tools)
        return self.ran


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Launcher:
    return Launcher(tmp_path / "a folder", monkeypatch)


EVERYTHING = ["virtual environment", "Python packages", "front-end packages", "front end"]


def test_the_help_names_every_command() -> None:
    shown = subprocess.run([str(ROOT / "torg")], capture_output=True, text=True, check=True).stdout
    assert {word for word in COMMANDS if f"./torg {word} " not in shown} == HIDDEN
    assert (
        shown
        == subprocess.run([str(ROOT / "torg"), "--help"], capture_output=True, text=True, check=True).stdout
    )


def test_everything_is_prepared_once(launcher: Launcher) -> None:
    assert launcher.prepare() == EVERYTHING
    assert launcher.prepare() == []
    assert launcher.prepare(test_tools=True) == ["test tools"]
    assert launcher.prepare(test_tools=True) == []


@pytest.mark.parametrize("step", EVERYTHING)
def test_an_interrupted_step_is_done_again(launcher: Launcher, step: str) -> None:
    launcher.fails_at = step
    with pytest.raises(KeyboardInterrupt):
        launcher.prepare()
    launcher.fails_at = ""
    again = launcher.prepare()
    assert step in again
    assert launcher.prepare() == []


def test_a_half_made_environment_is_thrown_away(launcher: Launcher) -> None:
    launcher.fails_at = "Python packages"
    with pytest.raises(KeyboardInterrupt):
        launcher.prepare()
    (launcher.folder / ".venv" / "half").touch()
    launcher.fails_at = ""
    assert launcher.prepare() == EVERYTHING
    assert not (launcher.folder / ".venv" / "half").exists()


def test_only_what_changed_is_prepared_again(launcher: Launcher) -> None:
    launcher.prepare()
    (launcher.folder / "requirements.lock").write_text("newer")
    assert launcher.prepare() == ["Python packages"]
    (launcher.folder / "ui/styles").mkdir()
    (launcher.folder / "ui/styles/app.css").write_text("a {}")
    assert launcher.prepare() == ["front end"]
    (launcher.folder / "ui/package-lock.json").write_text("newer")
    assert launcher.prepare() == ["front-end packages", "front end"]


def test_a_folder_that_was_moved_is_prepared_anew(
    launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher.prepare()
    launcher.folder.rename(tmp_path / "moved")
    moved = Launcher(tmp_path / "moved", monkeypatch)
    assert moved.prepare() == ["virtual environment", "Python packages"]


def test_two_at_once_prepare_once(launcher: Launcher) -> None:
    with (launcher.folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=launcher.prepare, daemon=True)
        waiting.start()
        time.sleep(0.3)
        assert launcher.ran == []
        fcntl.flock(lock, fcntl.LOCK_UN)
        waiting.join(timeout=10)
    assert launcher.ran == EVERYTHING


def test_a_full_disk_is_refused_before_anything_is_made(
    launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher.module, "MEGABYTES_NEEDED", 10**9)
    with pytest.raises(launcher.module.SetupFailed, match="MB of free space are needed"):
        launcher.prepare()
    assert launcher.ran == []


def test_the_lock_files_carry_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        packages = [line for line in text.splitlines() if "==" in line]
        assert packages
        assert all(line.endswith("\\") for line in packages), "a package without hashes"
    lock = (ROOT / "ui" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity"' in lock


def test_a_step_that_fails_shows_what_it_said(tmp_path: Path) -> None:
    copy = tmp_path / "torg"
    copy.write_text((ROOT / "torg").read_text())
    (tmp_path / "requirements.lock").write_text("no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    for name in ("ui/package-lock.json", "ui/build.mjs"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    environ = {"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1", "HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, str(copy), "demo"], env=environ, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "no-such-package" in result.stderr
    assert "Traceback" not in result.stderr
