"""`./torg user`: staff from the terminal, for the first administrator and for the day on which nobody can sign in."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from torg import app
from torg.commands import reach
from torg.commands.options import data_option
from torg.kernel.access import Policy, command_line
from torg.kernel.access.command_line import Made
from torg.kernel.access.model import Assignment, Staff
from torg.kernel.database import Database
from torg.settings import Settings

LANGUAGES = ("nb", "sv", "da", "en", "de", "ja")


@click.group("user")
def user() -> None:
    """Make, list and disable staff; tell links under which they choose a password."""


@user.command("list")
@data_option
def list_users(data: Path | None) -> None:
    """All staff, with their roles."""
    for staff in reach.work(data, lambda database, _settings: command_line.list_users(database)):
        click.echo(_line(staff))


@user.command("roles")
@data_option
def list_roles(data: Path | None) -> None:
    """All roles that can be given."""
    for role in reach.work(data, lambda database, _settings: command_line.list_roles(database)):
        click.echo(f"{role.code:<20} {role.name.get('en', '')}: {', '.join(role.permissions)}")


@user.command("create")
@click.argument("email")
@click.option("--name", required=True, help="What she is called.")
@click.option(
    "--role", default=command_line.ADMINISTRATOR, show_default=True, help="A role; `user roles` lists them."
)
@click.option("--store", "stores", multiple=True, help="Only in this store; may be given several times.")
@click.option(
    "--channel", "channels", multiple=True, help="Only in this channel; may be given several times."
)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--password", is_flag=True, help="Ask for a password here instead of telling a link.")
@data_option
def create(
    email: str,
    name: str,
    role: str,
    stores: tuple[str, ...],
    channels: tuple[str, ...],
    language: str,
    password: bool,
    data: Path | None,
) -> None:
    """Make an account for EMAIL; tells the link under which its owner chooses a password (it is mailed, too)."""
    chosen = click.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None
    assignment = Assignment(role=role, stores=stores or None, channels=channels or None)

    async def do(database: Database, policy: Policy) -> Made:
        return await command_line.create_user(
            database,
            policy,
            email=email,
            name=name,
            language=language,
            assignments=[assignment],
            password=chosen,
        )

    _tell(_made(data, do))


@user.command("password")
@click.argument("email")
@data_option
def password(email: str, data: Path | None) -> None:
    """Tell a link under which EMAIL chooses a new password; the old one counts until then."""
    _tell(_made(data, lambda database, policy: command_line.reset_password(database, policy, email)))


@user.command("enable")
@click.argument("email")
@data_option
def enable(email: str, data: Path | None) -> None:
    """Let EMAIL in again; she chooses a new password under the link that is told."""
    _tell(_made(data, lambda database, policy: command_line.enable_user(database, policy, email)))


@user.command("disable")
@click.argument("email")
@data_option
def disable(email: str, data: Path | None) -> None:
    """Shut EMAIL out; her sessions end at once."""
    click.echo(
        _line(reach.work(data, lambda database, _settings: command_line.disable_user(database, email)))
    )


@user.command("no-second-factor")
@click.argument("email")
@data_option
def no_second_factor(email: str, data: Path | None) -> None:
    """Take the second factor off the account of EMAIL, who has lost it."""
    click.echo(
        _line(reach.work(data, lambda database, _settings: command_line.end_second_factor(database, email)))
    )


@user.command("give")
@click.argument("email")
@click.argument("role")
@click.option("--store", "stores", multiple=True, help="Only in this store; may be given several times.")
@click.option(
    "--channel", "channels", multiple=True, help="Only in this channel; may be given several times."
)
@data_option
def give(
    email: str, role: str, stores: tuple[str, ...], channels: tuple[str, ...], data: Path | None
) -> None:
    """Give EMAIL one ROLE more."""
    assignment = Assignment(role=role, stores=stores or None, channels=channels or None)
    click.echo(
        _line(
            reach.work(data, lambda database, _settings: command_line.give_role(database, email, assignment))
        )
    )


@user.command("take")
@click.argument("email")
@click.argument("role")
@data_option
def take(email: str, role: str, data: Path | None) -> None:
    """Take ROLE from EMAIL, wherever she has it."""
    click.echo(
        _line(reach.work(data, lambda database, _settings: command_line.take_role(database, email, role)))
    )


def _made(data: Path | None, do: Callable[[Database, Policy], Awaitable[Made]]) -> Made:
    async def with_policy(database: Database, settings: Settings) -> Made:
        if not settings.secret:
            raise click.ClickException("TORG_SECRET is not set; links are made with it")
        return await do(database, app.ports(settings, database).get(Policy))

    return reach.work(data, with_policy)


def _tell(made: Made) -> None:
    click.echo(_line(made.staff))
    if made.link:
        click.echo(f"to choose a password: {made.link}")


def _line(staff: Staff) -> str:
    roles = ", ".join(_role(assignment) for assignment in staff.assignments) or "no role"
    return f"{staff.email}  {staff.name}  {staff.state}  {roles}"


def _role(assignment: Assignment) -> str:
    places = [*(assignment.stores or ()), *(assignment.channels or ())]
    return f"{assignment.role} in {', '.join(places)}" if places else assignment.role
