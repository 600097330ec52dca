"""Send the mails that are due: claim some, hand them over, record what became of all of them.

Mails are a queue of their own: each row knows when it is to be tried. A process that dies between handing over and
recording leaves a claim behind; after the lease the mail is sent again, the same bytes. Two processes never send one
mail at the same time. Trouble is tried again for about a day, with growing and jittered pauses.
"""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import psycopg
from msgspec import Struct

from torg.kernel.access import Policy
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import Unavailable
from torg.kernel.jobs import Work, periodic
from torg.kernel.mail import compose, links, smtp, store
from torg.kernel.mail.model import Mail, MailFailed
from torg.kernel.telemetry import logger

MAILBOX = "mailbox"
ATTEMPTS = 14
FIRST_WAIT = 15.0
LONGEST_WAIT = 6 * 3600.0
WAITED_TOO_LONG = timedelta(days=2)  # longer than all attempts together
KEPT = timedelta(days=90)

AT_ONCE = 50
CONNECTIONS = 4
PAUSE = 0.25
PATIENCE = 7.0

log = logger(__name__)


class Outcome(Struct, frozen=True):
    """What became of a claimed mail: sent, or why not; `final` when nobody tries again, `tried` when it left us."""

    mail: Mail
    reason: str | None = None
    final: bool = False
    tried: bool = True


class Postman:
    """Sends what is due, in every worker process."""

    def __init__(self, work: Work) -> None:
        self.database = work.database
        self.settings = work.settings
        self.ports = work.ports
        self._stop = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; mails that are being handed over then have a moment to arrive, others are put back."""
        self._stop = stop
        working = asyncio.create_task(self._work(), name="postman")
        await stop.wait()
        await asyncio.wait({working}, timeout=PATIENCE)
        working.cancel()  # the claim runs out, and somebody sends the mail again
        await asyncio.gather(working, return_exceptions=True)

    async def _work(self) -> None:
        pause = PAUSE
        while not self._stop.is_set():
            try:
                took = await self.deliver_some()
                pause = 0 if took == AT_ONCE else PAUSE
            except (Unavailable, psycopg.OperationalError) as error:
                log.warning("mails lost the database", error=str(error))
                pause = min(max(pause, PAUSE) * 2, 5.0)
            except Exception as error:
                log.error("mails failed", exc_info=error)
                pause = 5.0
            if pause:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)

    async def deliver_some(self) -> int:
        """Try mails that are due, a few at once; tells how many."""
        if self.settings.mail == MAILBOX:
            return await self.database.run(lambda tx: store.keep(tx, AT_ONCE), repeatable=True)
        mails = await self.database.run(lambda tx: store.claim(tx, AT_ONCE))
        if mails:
            outcomes = await self._hand_over(mails)
            await self.database.run(lambda tx: _record(tx, outcomes), repeatable=True)
        return len(mails)

    async def _hand_over(self, mails: Sequence[Mail]) -> list[Outcome]:
        waiting = list(reversed(mails))
        outcomes: list[Outcome] = []
        late = time.monotonic() + store.LEASE.total_seconds() - smtp.ALL - 10

        async def carry() -> None:
            async with smtp.Carrier(self.settings.mail) as carrier:
                while waiting:
                    mail = waiting.pop()
                    if self._stop.is_set() or time.monotonic() > late:
                        outcomes.append(Outcome(mail, tried=False))
                    else:
                        outcomes.append(await self._try(carrier, mail))

        await asyncio.gather(*(carry() for _ in range(min(CONNECTIONS, len(mails)))))
        return outcomes

    async def _try(self, carrier: smtp.Carrier, mail: Mail) -> Outcome:
        last = mail.attempts >= ATTEMPTS
        try:
            whole = links.as_sent(mail, self.ports.get(Policy)) if mail.links else mail
            await carrier.deliver(compose.message(whole, self.settings.mail_from))
        except smtp.Refused as no:
            return Outcome(mail, str(no), final=True)
        except smtp.Trouble as trouble:
            return Outcome(mail, str(trouble), final=last)
        except Exception as defect:
            log.error("mail not handed over", mail=mail.id.hex, exc_info=defect)
            return Outcome(mail, f"{type(defect).__name__}: {defect}", final=last)
        return Outcome(mail)


async def _record(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    sent = [outcome.mail for outcome in outcomes if outcome.tried and outcome.reason is None]
    if sent:
        await store.mark_sent(tx, sent)
    untried = [outcome.mail for outcome in outcomes if not outcome.tried]
    if untried:
        await store.put_back(tx, untried)
    for outcome in outcomes:
        mail, reason = outcome.mail, outcome.reason
        if reason is None:
            continue
        if not outcome.final:
            await store.release(tx, mail.id, mail.attempts, reason, _again(mail, tx.now))
        elif await store.mark_failed(tx, mail.id, mail.attempts, reason):
            tx.record(MailFailed(mail_id=mail.id, template=mail.template, reason=_code(reason)))


def _again(mail: Mail, at: datetime) -> datetime:
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(mail.attempts - 1, 40))
    return at + timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311  # jitter, not a secret


def _code(reason: str) -> str:
    """The reply's number alone: mail servers repeat addresses in their words, and events are read by many."""
    found = re.match(r"[45]\d\d", reason)
    return found[0] if found else "not-sent"


@periodic("mail.sweep", every=600)
async def sweep(work: Work) -> None:
    """Give up mails that nobody could send, and forget old ones."""
    await give_up(work.database)
    await work.database.run(lambda tx: store.forget(tx, tx.now - KEPT), repeatable=True)


async def give_up(database: Database) -> int:
    """End mails that have waited longer than any tries take; tells how many."""

    async def work(tx: Transaction) -> int:
        ended = 0
        for mail in await store.abandoned(tx, tx.now - WAITED_TOO_LONG):
            if await store.give_up(tx, mail.id, mail.reason or "nobody sent it"):
                tx.record(
                    MailFailed(mail_id=mail.id, template=mail.template, reason=_code(mail.reason or ""))
                )
                ended += 1
        return ended

    return await database.run(work, repeatable=True)
