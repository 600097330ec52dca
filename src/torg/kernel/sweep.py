"""By the clock: answers that nobody will ask for again are forgotten."""

from torg.kernel import idempotency
from torg.kernel.jobs import Work, periodic


@periodic("idempotency.forget", cron="17 * * * *")
async def forget_answers(work: Work) -> None:
    """Forget stored answers of writes that are older than they are kept."""
    await work.database.run(idempotency.forget)
