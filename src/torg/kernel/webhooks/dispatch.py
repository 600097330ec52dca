"""Sending what is due: claim, call, record.

Guarantees: nothing is open in the database while a target is called; a target that hangs or fails occupies a few calls
of its own and nothing of others; a worker that dies in between leaves a claim that runs out, so the event is sent again
under the same id rather than lost.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import psycopg

from torg.kernel import audit, ids
from torg.kernel.access import SYSTEM
from torg.kernel.access.vault import Undecipherable, Vault
from torg.kernel.database import Transaction
from torg.kernel.errors import Unavailable
from torg.kernel.jobs import Work, periodic
from torg.kernel.telemetry import logger, metrics, span
from torg.kernel.webhooks import body, rules, signing, store
from torg.kernel.webhooks.endpoints import PURPOSE
from torg.kernel.webhooks.events import WebhookDisabled
from torg.kernel.webhooks.model import Answer, Outcome
from torg.kernel.webhooks.sending import TOTAL, Sender

AT_ONCE = 200
AT_ONCE_PER_ENDPOINT = 4
LEASE = timedelta(seconds=TOTAL * 3)
PAUSE = 0.2
PATIENCE = 7.0
KEEP = timedelta(days=30)

log = logger(__name__)


class Dispatcher:
    """Sends what is due, in every worker process."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.vault = Vault(work.settings.secret)
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; calls that are under way then may end for `PATIENCE` seconds."""
        async with self._sender() as sender:
            pause = PAUSE
            while not stop.is_set():
                try:
                    claimed = await self._start(sender)
                    pause = PAUSE
                except (Unavailable, psycopg.OperationalError) as error:
                    log.warning("webhooks lost the database", error=str(error))
                    claimed, pause = 0, min(pause * 2, 5.0)
                except Exception as error:
                    log.error("webhooks failed", exc_info=error)
                    claimed, pause = 0, 5.0
                if not claimed:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), pause)
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=PATIENCE)
            for late in self._under_way:
                late.cancel()  # its claim runs out, and somebody calls again

    async def deliver_due(self) -> int:
        """Send all that is due now and wait for the answers; tells how many calls were made."""
        calls = 0
        async with self._sender() as sender:
            while claimed := await self._start(sender):
                calls += claimed
                await asyncio.wait(self._under_way)
        return calls

    @asynccontextmanager
    async def _sender(self) -> AsyncIterator[Sender]:
        allow_private = self.work.settings.webhook_allow_private
        async with Sender(self.work.database.clock, allow_private=allow_private) as sender:
            yield sender

    async def _start(self, sender: Sender) -> int:
        if len(self._under_way) >= AT_ONCE:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        room = AT_ONCE - len(self._under_way)
        claimed = await self.work.database.run(
            lambda tx: store.claim(tx, at_once=AT_ONCE_PER_ENDPOINT, limit=room, lease=LEASE)
        )
        for due in claimed:
            task = asyncio.create_task(self._deliver(sender, due), name=f"webhook {due.id}")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(claimed)

    async def _deliver(self, sender: Sender, due: store.Claimed) -> None:
        try:
            with span("webhook", parent=due.trace, type=due.type):
                answer = await self._call(sender, due)
            metrics().webhooks.labels(answer.outcome.value).observe(answer.milliseconds / 1000)
            await self.work.database.run(lambda tx: _record(tx, due, answer), repeatable=True)
        except Exception as error:
            # The claim runs out and somebody calls again; the loop that sends must not end by it.
            log.error("webhook not recorded", delivery=str(due.id), exc_info=error)

    async def _call(self, sender: Sender, due: store.Claimed) -> Answer:
        try:
            keys = [
                self.vault.unlock(locked, purpose=PURPOSE, owner=str(due.endpoint_id))
                for locked in due.locked
            ]
        except Undecipherable:
            return Answer(
                Outcome.secret_unreadable,
                "Not called: TORG_SECRET is another one now. Rotate the signing secret.",
            )
        content = body.encode(due, due.data)
        at = self.work.database.clock.now()
        return await sender.call(due.url, content, signing.headers(body.message_id(due), content, keys, at))


async def _record(tx: Transaction, due: store.Claimed, answer: Answer) -> None:
    await store.log_call(tx, due, answer)
    if answer.outcome is Outcome.delivered:
        await store.delivered(tx, due)
        return
    endpoint = await store.get(tx, due.endpoint_id, lock=True)
    then = rules.after_failure(answer, due.tries, endpoint.failing_since, tx.now)
    await store.not_delivered(tx, due, then.again_at, then.quiet_until)
    if then.disable and await tx.execute(store.DISABLE, id=endpoint.id, at=tx.now, reason=then.disable):
        await audit.write(tx, SYSTEM, "webhook.disabled", ids.public("whk", endpoint.id), reason=then.disable)
        tx.record(WebhookDisabled(endpoint_id=endpoint.id, reason=then.disable))
        log.warning("webhook disabled", endpoint=str(endpoint.id), reason=then.disable)


@periodic("webhooks.forget", cron="40 3 * * *")
async def forget(work: Work) -> None:
    """Forget the log of deliveries that ended long ago."""
    await work.database.run(lambda tx: tx.execute(store.FORGET, before=tx.now - KEEP), repeatable=True)
