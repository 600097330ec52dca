"""What prices do by the clock, and what takes long."""

from uuid import UUID

from torg.kernel.jobs import Work, job, periodic
from torg.pricing.bulk import go_on
from torg.pricing.turn import turn


@periodic("pricing.turn", every=10)
async def turn_prices(work: Work) -> None:
    """Tell of scheduled prices and lists that have begun or ended."""
    await turn(work.database)


@job("pricing.apply_bulk", attempts=12)
async def apply_bulk(work: Work, *, bulk_id: UUID) -> None:
    """Write what is left of a bulk change."""
    await go_on(work.database, UUID(str(bulk_id)))
