"""Folders for servers of their own.

Not pytest's: it closes its folders to others at every start, also those of a run that is under way, and PostgreSQL
runs as another user when the tests run as root.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that goes away after the test; its path has a space in it."""
    with tempfile.TemporaryDirectory(prefix="torg launch ") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def lasting_place() -> Iterator[Path]:
    """A folder that goes away after the file."""
    with tempfile.TemporaryDirectory(prefix="torg launch ") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
