"""What every command has in common: `--data DIR`, settings from the environment, refusals without a traceback."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from torg.settings import PREFIX, Settings, SettingsRefused, load

F = TypeVar("F", bound=Callable[..., Any])


def data_option(command: F) -> F:
    """Adds `--data DIR`."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Folder with the embedded database, files and secret.  [default: TORG_DATA, or ./data beside torg]",
    )(command)


def unused_data_option(command: F) -> F:
    """Accepts `--data DIR` where there is nothing to do with it, so that every command takes it."""
    return click.option("--data", hidden=True, expose_value=False)(command)


def settings_from(data: Path | None, **given: object) -> Settings:
    """The settings of the environment, with what was given on the command line on top."""
    environ = dict(os.environ)
    for name, value in {"data": data, **given}.items():
        if value is not None:
            environ[PREFIX + name.upper()] = str(value)
    try:
        return load(environ)
    except SettingsRefused as error:
        raise click.ClickException(str(error)) from None


def tell(text: str) -> None:
    """A line about what is going on, beside the command's real output."""
    click.echo(text, err=True)
