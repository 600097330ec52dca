"""What promotions do that takes long: codes are made by the hundred thousand, portion by portion."""

from uuid import UUID

from torg.kernel.jobs import Work, job
from torg.promotions.code_pools import make_portion


@job("promotions.make_codes", attempts=12)
async def make_codes(work: Work, *, pool: UUID) -> None:
    """Make the codes of a pool that are still wanted; each portion is a transaction of its own."""
    id = UUID(str(pool))
    while await work.database.run(lambda tx: make_portion(tx, id)):
        pass
