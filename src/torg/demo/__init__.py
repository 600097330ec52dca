"""The practice retailer: a seeded, truthful world in which Torg can be tried out.

So far it is an empty one: nothing is filled in and nobody can sign in.
"""

from torg.kernel.database import Database
from torg.settings import Settings


async def fill(database: Database, settings: Settings) -> None:
    """Make what is missing; a second time changes nothing."""


def sign_ins() -> list[tuple[str, str, str]]:
    """Role, e-mail address and password of everybody who can sign in."""
    return []
