"""How far a command is, on the standard error: nothing for what is quick, else a line that grows on a terminal, or a
line every few seconds in a file.
"""

import sys
import time
from typing import IO

from torg.commands.options import tell

PATIENCE = 1.0
ON_TERMINAL = 0.2
IN_FILE = 5.0


class Progress:
    """Told of what is being done, it shows it when it is time."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stderr
        self.growing = self.stream.isatty()
        self.next = time.monotonic() + PATIENCE
        self.shown = False

    def __call__(self, what: str, done: int, total: int = 0) -> None:
        """So much of the total is done; without a total, so much of nobody knows how much."""
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + (ON_TERMINAL if self.growing else IN_FILE)
        how_far = f"{100 * done // total} %" if total else f"{done:,}"
        if self.growing:
            self.stream.write(f"\r\033[K{what}: {how_far}")
            self.stream.flush()
            self.shown = True
        else:
            tell(f"{what}: {how_far}")

    def over(self) -> None:
        """Leave the terminal's line free for what comes next."""
        if self.shown:
            self.stream.write("\r\033[K")
            self.stream.flush()
            self.shown = False
