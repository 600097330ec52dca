"""What customers does by the clock: forgets codes that have expired."""

from torg.customers import store
from torg.kernel.events import Subscription
from torg.kernel.jobs import Work, periodic


@periodic("customers.sweep", every=3600)
async def sweep(work: Work) -> None:
    """Forget mailed codes that have expired."""
    await work.database.run(store.sweep_codes)


SUBSCRIPTIONS: tuple[Subscription, ...] = ()
