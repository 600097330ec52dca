"""By the clock: codes that hand carts over and have run out are forgotten."""

from torg.carts import store
from torg.kernel.jobs import Work, periodic


@periodic("carts.forget_codes", cron="*/10 * * * *")
async def forget_codes(work: Work) -> None:
    """Forget codes that nobody can use any more."""
    await work.database.run(store.forget_codes)
