"""The command line: each command is a file in `torg.commands`, imported only when it is asked for."""

import sys
from importlib import import_module

import click

# command → the file in torg/commands that holds it
COMMANDS = {
    "backup": "backup",
    "bench": "bench",
    "check": "check",
    "credit": "credit",
    "demo": "demo",
    "doctor": "doctor",
    "events": "events",
    "export": "export",
    "import": "bring_in",
    "jobs": "jobs",
    "migrate": "migrate",
    "orders": "orders",
    "payments": "payments",
    "process": "process",
    "restore": "backup",
    "serve": "serve",
    "stock": "stock",
    "test": "test",
    "user": "user",
    "worker": "serve",
}


class Commands(click.Group):
    """Finds a command's function by its name, so that one command's imports do not slow down the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"torg.commands.{COMMANDS[cmd_name]}")
        for found in vars(module).values():
            if isinstance(found, click.Command) and found.name == cmd_name:
                return found
        return None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """One system in which all sales and service channels work on the same truth."""


if __name__ == "__main__":
    sys.exit(main(prog_name="./torg"))
