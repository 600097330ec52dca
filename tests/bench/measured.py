"""Runs a measurement as people do, and reads what it says on standard output."""

import json
import os
import subprocess
import sys
from typing import Any

from torg.settings import ROOT


def measured(name: str, *arguments: str) -> Any:
    """The figures of `./torg bench NAME … --json`, which must end well and print nothing else."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TORG_")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "torg", "bench", name, *arguments, "--json"],
        env={**clean, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
