"""`./torg bench`: the measurements in bench/, each a file that can be run."""

import ast
import os
import sys

import click

from torg.commands.options import unused_data_option
from torg.settings import ROOT


def measurements() -> dict[str, str]:
    """Name and sentence of every measurement: the files of bench/ that have a main."""
    found = {}
    for path in sorted((ROOT / "bench").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            found[path.stem.replace("_", "-")] = (ast.get_docstring(tree) or "").split("\n")[0]
    return found


@click.command(
    "bench",
    context_settings={
        "ignore_unknown_options": True,
        "allow_extra_args": True,
        "help_option_names": ["--help"],
    },
)
@click.argument("name", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@unused_data_option
def bench(name: str | None, arguments: tuple[str, ...]) -> None:
    """Measure NAME; without a name, list what can be measured.

    Each measurement starts servers and a database of its own and stops them again; arguments go to it.
    """
    known = measurements()
    if name is None:
        for each, sentence in known.items():
            click.echo(f"{each:<12} {sentence}")
        return
    if name not in known:
        raise click.ClickException(f"there is no measurement {name}; there are: {', '.join(known)}")
    os.chdir(ROOT)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    os.execve(
        sys.executable, [sys.executable, "-P", "-m", f"bench.{name.replace('-', '_')}", *arguments], environ
    )
