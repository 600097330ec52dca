"""What payments do by the clock."""

from torg.kernel.jobs import Work, periodic
from torg.payments.ending import tell_ending
from torg.payments.gateway import Gateways
from torg.payments.invoices.overdue import tell_overdue
from torg.payments.look import sweep


@periodic("payments.sweep", every=10)
async def sweep_payments(work: Work) -> None:
    """Look again at payments whose process died, whose answer was lost or whose gateway never called."""
    await sweep(work.database, work.ports.get(Gateways))


@periodic("payments.ending", every=600)
async def tell_ending_authorisations(work: Work) -> None:
    """Tell of authorisations that end soon, so that what is due of them is taken in time."""
    await tell_ending(work.database)


@periodic("payments.overdue", every=3600)
async def tell_overdue_debts(work: Work) -> None:
    """Tell of what companies owe and have not paid in time."""
    await tell_overdue(work.database)
