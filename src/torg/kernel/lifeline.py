"""Ties a child process to its parent, so that killing the parent leaves nobody behind."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

SET_PARENT_DEATH_SIGNAL = 1


def dies_with_parent(how: signal.Signals) -> Callable[[], None]:
    """What a child runs between fork and exec so that it gets a signal when its parent dies.

    The kernel watches the parent's thread, not the parent: start children from a thread that lives as long as
    they should. Python changes the user before it calls this: changing the user would undo the tie.
    """
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def tie() -> None:
        if libc is not None:
            libc.prctl(SET_PARENT_DEATH_SIGNAL, int(how))
            if os.getppid() != parent:  # it died before we were tied to it
                os._exit(1)

    return tie


def die_with(parent: int) -> None:
    """Tie this process, which is running already, to the one that started it: it is killed when that one dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))
        if os.getppid() != parent:
            os._exit(1)
