"""A keeper starts what died again and leaves nobody behind."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from torg.kernel.processes import Keeper, Program, StartFailed
from torg.settings import ROOT

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
]


def gone(pid: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not psutil.pid_exists(pid)


def pid_of(program: Program) -> int:
    assert program.process is not None
    return program.process.pid


def test_what_dies_is_started_again_after_a_growing_pause() -> None:
    told: list[str] = []
    program = Program("sleeper", SLEEP, os.environ)
    with Keeper(told.append) as keeper:
        keeper.keep(program)
        keeper._ready = True
        for pause in ("0.5", "1.0"):
            former = pid_of(program)
            os.kill(former, signal.SIGKILL)
            keeper.wait_for(partial(changed, program, former), what="restart", seconds=5)
            assert told[-1] == f"sleeper ended with SIGKILL; it is started again in {pause} s"
        last = pid_of(program)
    assert gone(last)


def test_a_death_before_everything_is_ready_is_a_failed_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = Program(
        "broken", [sys.executable, "-c", "raise SystemExit('no such table')"], os.environ, log=log
    )
    why = "broken ended with exit code 1 before it was ready\nno such table"
    with pytest.raises(StartFailed, match=why), Keeper(print) as keeper:
        keeper.keep(program)
        keeper.wait_for(lambda: False, what="nothing", seconds=10)


def test_waiting_too_long_is_a_failed_start() -> None:
    with pytest.raises(StartFailed, match="the first answer took longer than 0 s"), Keeper(print) as keeper:
        keeper.wait_for(lambda: False, what="the first answer", seconds=0.1)


def test_a_program_that_ends_is_heard_out() -> None:
    with Keeper(print) as keeper:
        program = Program("speaker", [sys.executable, "-c", "print('done')"], os.environ, capture=True)
        assert keeper.finish(program, seconds=10) == "done\n"


def test_one_that_does_not_obey_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torg.kernel.processes.PATIENCE", 0.3)
    program = Program("stubborn", STUBBORN, os.environ)
    with Keeper(print) as keeper:
        keeper.keep(program)
        time.sleep(0.5)  # until it ignores the signal
    assert gone(pid_of(program))


def test_a_signal_stops_everything() -> None:
    program = Program("sleeper", SLEEP, os.environ)
    with pytest.raises(KeyboardInterrupt), Keeper(print) as keeper:
        keeper.keep(program)
        os.kill(os.getpid(), signal.SIGTERM)
        keeper.stay()
    assert gone(pid_of(program))
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def changed(program: Program, former: int) -> bool:
    return pid_of(program) != former


KEEPER = """
import os, sys
from torg.kernel.processes import Keeper, Program
with Keeper(print) as keeper:
    program = Program("child", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ)
    keeper.keep(program)
    print(program.process.pid, flush=True)
    keeper.stay()
"""


def test_a_killed_keeper_takes_its_children_with_it() -> None:
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert keeper.stdout is not None
    child = int(keeper.stdout.readline())
    assert psutil.pid_exists(child)
    keeper.kill()
    keeper.wait()
    keeper.stdout.close()
    assert gone(child)
