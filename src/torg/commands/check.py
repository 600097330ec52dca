"""`./torg check`: everything about the code that a machine can tell without running it."""

import subprocess
import sys
import time
from pathlib import Path

import click

from torg.commands.options import unused_data_option
from torg.settings import ROOT

CODE = ["src", "tests", "bench", "torg"]


def steps() -> dict[str, list[str]]:
    """What is looked at, in the order of how quickly it tells."""
    code = [name for name in CODE if (ROOT / name).exists()]
    modules = [name for name in code if name != "torg"]
    return {
        "style": ["ruff", "check", *code],
        "format": ["ruff", "format", "--check", *code],
        "direction of imports": ["lint-imports"],
        "types": ["mypy", *modules],
        "types of the launcher": ["mypy", "torg"],
        "types of the till": ["node", "ui/node_modules/typescript/bin/tsc", "--project", "ui"],
        "architecture": ["pytest", "-q", "tests/architecture"],
    }


@click.command("check")
@unused_data_option
def check() -> None:
    """Look at style, types, direction of imports and the architecture tests; tells all that is wrong, not the first.

    Style and format are mended with: .venv/bin/ruff check --fix . and .venv/bin/ruff format .
    """
    failed = [title for title, command in steps().items() if not passes(title, command)]
    if failed:
        raise click.ClickException(f"not in order: {', '.join(failed)}")
    click.echo("all in order")


def passes(title: str, command: list[str]) -> bool:
    """Run one step; its output is shown only when it finds something."""
    begun = time.monotonic()
    click.echo(f"{title} … ", nl=False)
    tool = Path(sys.executable).parent / command[0]
    result = subprocess.run(
        [str(tool), *command[1:]], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
    )
    seconds = time.monotonic() - begun
    click.echo(f"{'ok' if result.returncode == 0 else 'not in order'} ({seconds:.0f} s)")
    if result.returncode != 0:
        click.echo(result.stdout + result.stderr)
    return result.returncode == 0
