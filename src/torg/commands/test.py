"""`./torg test`: the tests, on a database server of their own."""

import os
import sys

import click

from torg.commands.options import unused_data_option
from torg.settings import ROOT

PROCESSES = "2"
CHOOSES_ITSELF = ("-n", "--numprocesses", "--dist", "--pdb", "-p")


@click.command(
    "test",
    context_settings={
        "ignore_unknown_options": True,
        "allow_extra_args": True,
        "help_option_names": ["--help"],
    },
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@unused_data_option
def test(arguments: tuple[str, ...]) -> None:
    """Run the tests; arguments go to pytest.

    They start an embedded PostgreSQL of their own; TORG_TEST_DATABASE_URL names another server (a role that may
    create databases). Tests in a browser are skipped, and say so, where no Chromium is found.

    \b
    ./torg test                          everything, in two processes
    ./torg test tests/kernel -k money    some
    ./torg test -x --pdb                 stop at the first failure and look
    """
    options = (
        []
        if any(each.startswith(CHOOSES_ITSELF) for each in arguments)
        else ["-n", PROCESSES, "--dist", "loadfile"]
    )
    environ = {name: value for name, value in os.environ.items() if _belongs(name)}
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *options, *arguments], environ)


def _belongs(name: str) -> bool:
    """Settings of an installation must not reach the tests."""
    return not name.startswith("TORG_") or name.startswith("TORG_TEST_")
