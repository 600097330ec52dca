"""Keeps the processes of one Torg running: starts them, starts dead ones again, and leaves none behind.

Guarantees: a child never outlives its keeper, even one that was killed (see `lifeline`); a child that dies is
started again after a pause that grows while it keeps dying; the database stops last, after all who use it. A
death before everything is ready is a failed start, since then something is wrong that no patience mends.
"""

import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

from torg.kernel.lifeline import dies_with_parent
from torg.kernel.postgres import EmbeddedServer, PostgresFailed

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 60.0  # alive for so many seconds, a process is forgiven its earlier deaths
TELL_EVERY = 5.0
PATIENCE = 10.0  # what a process gets to end its work when asked to stop


class StartFailed(Exception):
    """Torg could not be started; the message says why."""


class Program:
    """A command that should run as long as its keeper does; its output goes to a file, or where ours goes."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        *,
        log: Path | None = None,
        capture: bool = False,
    ) -> None:
        self.name = name
        self.process: subprocess.Popen[str] | None = None
        self._command = list(command)
        self._environ = dict(environ)
        self._log = log
        self._capture = capture

    def start(self) -> None:
        """Start the process, in a session of its own so that Ctrl-C reaches only the keeper."""
        log: IO[str] | None = self._log.open("a", encoding="utf-8") if self._log else None
        try:
            self.process = subprocess.Popen(
                self._command,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._capture else log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),
                text=True,
            )
        finally:
            if log is not None:
                log.close()

    def exit_code(self) -> int | None:
        """None while the process lives."""
        return self.process.poll() if self.process is not None else None

    def last_words(self) -> str:
        """The end of its log, for the message that it died."""
        if self._log is None or not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])


class _Watched:
    """A part with its history: when it was started, how often in a row it died, when it is due again."""

    def __init__(self, name: str, exit_code: Callable[[], int | None], start: Callable[[], None]) -> None:
        self.name = name
        self.exit_code = exit_code
        self.start = start
        self.started = time.monotonic()
        self.deaths = 0
        self.due: float | None = None


class Keeper:
    """Starts, tends and stops the parts of one Torg; used as a context, whose end stops everything.

    Inside the context the signals that mean "stop" raise KeyboardInterrupt; during the stop itself another
    one makes it a hurried one. A signal that was ignored before, as under nohup, stays ignored.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._programs: list[Program] = []
        self._database: EmbeddedServer | None = None
        self._watched: list[_Watched] = []
        self._ready = False
        self._leaving = False
        self._hurried = False

    def __enter__(self) -> "Keeper":
        heeded = [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]
        self._former = {number: signal.signal(number, self._interrupt) for number in heeded}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving = True
        self._stop_programs()
        if self._database is not None:
            self._database.stop()
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def keep_database(self, database: EmbeddedServer) -> str:
        """Start the embedded database and keep it running; gives its URL."""
        url = database.start()
        self._database = database
        self._watched.append(_Watched("PostgreSQL", database.exit_code, database.launch))
        return url

    def keep(self, program: Program) -> None:
        """Start a program and keep it running."""
        self._programs.append(program)
        program.start()
        self._watched.append(_Watched(program.name, program.exit_code, program.start))

    def wait_for(self, done: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Tend everything until something is the case; a death or too long a wait is a failed start.

        A long wait is told every few seconds.
        """
        begun = time.monotonic()
        tell_at = TELL_EVERY
        while not done():
            passed = time.monotonic() - begun
            if passed > seconds:
                raise StartFailed(f"{what} took longer than {seconds:.0f} s")
            if passed > tell_at:
                self._tell(f"waiting for {what}: {tell_at:.0f} s")
                tell_at += TELL_EVERY
            self._tend()
            time.sleep(0.05)

    def finish(self, program: Program, *, seconds: float) -> str:
        """Run a program to its end while everything else is tended; gives what it said last.

        Lines that it prints are its progress, and are told as they come; what it says last has no end of line.
        """
        self._programs.append(program)
        program.start()
        told: list[str] = []
        said: queue.SimpleQueue[str] = queue.SimpleQueue()
        hearing = threading.Thread(target=_hear, args=(program, said), daemon=True)
        hearing.start()

        def over() -> bool:
            ended = program.exit_code() is not None and not hearing.is_alive()
            while not said.empty():
                told.append(said.get())
                if told[-1].endswith("\n"):
                    self._tell(told[-1].rstrip("\n"))
            return ended

        self.wait_for(over, what=program.name, seconds=seconds)
        self._programs.remove(program)
        if program.exit_code() != 0:
            raise StartFailed(f"{program.name} failed\n{program.last_words()}")
        return told[-1] if told else ""

    def stay(self) -> None:
        """Tend everything until a signal says stop."""
        self._ready = True
        while True:
            self._tend()
            time.sleep(0.1)

    def _tend(self) -> None:
        now = time.monotonic()
        for part in self._watched:
            code = part.exit_code()
            if code is None:
                continue
            if not self._ready:
                words = next((each.last_words() for each in self._programs if each.name == part.name), "")
                raise StartFailed(
                    f"{part.name} ended with {_ending(code)} before it was ready\n{words}".rstrip()
                )
            if part.due is None:
                self._plan(part, code, now)
            elif now >= part.due:
                self._again(part)

    def _plan(self, part: _Watched, code: int, now: float) -> None:
        part.deaths = 1 if now - part.started > STEADY else part.deaths + 1
        pause = min(SHORTEST_PAUSE * 2 ** (part.deaths - 1), LONGEST_PAUSE)
        part.due = now + pause
        self._tell(f"{part.name} ended with {_ending(code)}; it is started again in {pause:.1f} s")

    def _again(self, part: _Watched) -> None:
        part.due = None
        part.started = time.monotonic()
        try:
            part.start()
        except PostgresFailed as error:
            self._tell(str(error))

    def _stop_programs(self) -> None:
        for program in self._programs:
            if program.process is not None and program.exit_code() is None:
                program.process.terminate()
        deadline = time.monotonic() + PATIENCE
        for program in self._programs:
            while program.exit_code() is None and program.process is not None:
                if self._hurried or time.monotonic() > deadline:
                    program.process.kill()
                    program.process.wait()
                time.sleep(0.02)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self._leaving:
            raise KeyboardInterrupt
        self._hurried = True


def _hear(program: Program, said: "queue.SimpleQueue[str]") -> None:
    for line in (program.process.stdout if program.process else None) or ():
        said.put(line)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
