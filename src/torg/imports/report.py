"""What was refused, as a file, and how much memory it took."""

import csv
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from torg.imports.model import Refusal


def write_refusals(path: Path, refusals: Sequence[Refusal]) -> None:
    """Write the report, whole or not at all: a CSV line per refused line, with its number and the reason."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "field", "reason", "given"])
        writer.writerows((one.line, one.field, one.reason, one.given) for one in refusals)
    unfinished.rename(path)


def peak_megabytes() -> int:
    """The most memory that this process had so far, in whole megabytes, rounded up."""
    try:
        # The kernel's own figure for a process begins with the memory of whoever started it; this one does not.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1024
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return -(-peak // 1_000_000)
