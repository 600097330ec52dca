"""By the clock: holds whose time has run out are ended, so that others can buy what they kept."""

from torg.inventory.release import expire
from torg.kernel.jobs import Work, periodic
from torg.kernel.telemetry import logger

log = logger(__name__)

AT_ONCE = 200
"""So few that who buys from the same level waits for milliseconds."""


@periodic("holds.expire", every=15)
async def expire_holds(work: Work) -> None:
    """End every hold that is due, some a transaction, so that no row stays locked for long."""
    ended = 0
    while batch := await work.database.run(lambda tx: expire(tx, most=AT_ONCE)):
        ended += batch
    if ended:
        log.info("holds expired", holds=ended)
