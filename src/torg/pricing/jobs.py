"""What prices do by the clock."""

from torg.kernel.jobs import Work, periodic
from torg.pricing.turn import turn


@periodic("pricing.turn", every=10)
async def turn_prices(work: Work) -> None:
    """Tell of scheduled prices and lists that have begun or ended."""
    await turn(work.database)
