"""What access does when something has happened: looks up who forgot a password, and forgets what has expired."""

from collections.abc import Sequence
from uuid import UUID

from torg.kernel.access import proofs, throttle
from torg.kernel.access.events import ResetAsked
from torg.kernel.access.policy import Policy
from torg.kernel.access.reset_password import answer_reset
from torg.kernel.database import Transaction
from torg.kernel.events import Recorded, Subscription
from torg.kernel.jobs import Work, defer, job, periodic


@job("access.answer-reset", attempts=10)
async def answer(work: Work, *, request_id: str) -> None:
    """Send the link for a new password, if the address that was given is somebody's."""
    policy = work.ports.get(Policy)
    await work.database.run(lambda tx: answer_reset(tx, policy, UUID(request_id)))


async def look_up(tx: Transaction, recorded: Sequence[Recorded]) -> None:
    """Have each request for a new password looked into."""
    for one in recorded:
        if isinstance(one.event, ResetAsked):
            await defer(tx, answer, request_id=str(one.event.request_id))


@periodic("access.sweep", every=3600)
async def sweep(work: Work) -> None:
    """Forget sessions, links and counters that have expired."""
    await work.database.run(lambda tx: proofs.sweep(tx, tx.now))
    await work.database.run(lambda tx: tx.execute(throttle.SWEEP, at=tx.now))


SUBSCRIPTIONS = (Subscription(name="access.reset", types=(ResetAsked,), handle=look_up),)
