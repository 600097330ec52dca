"""What fulfilment does by the clock."""

from torg.fulfilment.carrier import Carriers
from torg.fulfilment.pick_ups import wait
from torg.fulfilment.shipments import errands
from torg.fulfilment.tracking import hear
from torg.kernel.access import Policy
from torg.kernel.jobs import Work, periodic


@periodic("fulfilment.errands", every=15)
async def sweep_errands(work: Work) -> None:
    """Ask carriers again whose answer was lost, or whose asker died."""
    await errands.sweep(work.database, work.ports.get(Carriers))


@periodic("fulfilment.pick_ups", every=60)
async def sweep_pick_ups(work: Work) -> None:
    """Remind customers of what waits for them, and put back what nobody has collected in time."""
    await wait.sweep(work.database, work.ports.get(Policy))


@periodic("fulfilment.tracking", every=300)
async def sweep_tracking(work: Work) -> None:
    """Ask carriers about parcels of which nothing was heard for half an hour: their calls may have been lost."""
    await hear.ask(work.database, work.ports.get(Carriers))
