"""By the clock: codes that have run out are forgotten, carts that are left alone are told of."""

from functools import partial

from torg.carts import abandon, store
from torg.kernel.jobs import Work, periodic


@periodic("carts.forget_codes", cron="*/10 * * * *")
async def forget_codes(work: Work) -> None:
    """Forget codes that nobody can use any more."""
    await work.database.run(store.forget_codes)


AT_ONCE = 200


@periodic("carts.idle", every=60)
async def look_at_idle(work: Work) -> None:
    """Look at carts that nobody has changed for a while, each in a transaction of its own."""
    for cart_id in await work.database.read(lambda tx: store.idle(tx, AT_ONCE)):
        await work.database.run(partial(abandon.look, cart_id=cart_id))
