"""What gift cards do by the clock."""

from torg.kernel.jobs import Work, periodic
from torg.kernel.telemetry import logger
from torg.payments.credit.change import expire

log = logger(__name__)


@periodic("gift-cards.expire", cron="23 * * * *")
async def expire_gift_cards(work: Work) -> None:
    """Book what is left on gift cards whose time has run out."""
    if ended := await expire(work.database):
        log.info("gift cards expired", cards=ended)
