"""Ask for mails to be sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct

from torg.kernel.database import Transaction
from torg.kernel.i18n import words
from torg.kernel.ids import new_id
from torg.kernel.mail import compose, store
from torg.kernel.mail.links import stand_ins
from torg.kernel.mail.model import Mail, MailStatus

ONCE = UUID("6f1c6f67-746f-5267-8d61-696c6f6e6365")


class Wish(Struct, frozen=True, kw_only=True):
    """A mail that somebody wants sent.

    The same `dedupe` asks for the same mail: it is sent once, with the facts of the first wish. A `secret` mail's
    body is wiped when it has left Torg. A fact may be a `SealedLink`.
    """

    to: str
    template: str
    language: str
    facts: Mapping[str, Any]
    dedupe: str | None = None
    region: str | None = None
    zone: str = "UTC"
    secret: bool = False


async def send_all(tx: Transaction, wishes: Sequence[Wish]) -> list[UUID]:
    """Send mails once this transaction has committed; tells their ids.

    Facts that a template lacks, and an address that cannot stand in a header, are refused here and now.
    """
    mails = [_written(wish, tx.now) for wish in wishes]
    if mails:
        await store.add(tx, mails)
    return [mail.id for mail in mails]


async def send(
    tx: Transaction,
    *,
    to: str,
    template: str,
    language: str,
    facts: Mapping[str, Any],
    dedupe: str | None = None,
    region: str | None = None,
    zone: str = "UTC",
    secret: bool = False,
) -> UUID:
    """Send one mail, described as in `Wish`, once this transaction has committed; tells its id."""
    wish = Wish(
        to=to,
        template=template,
        language=language,
        facts=facts,
        dedupe=dedupe,
        region=region,
        zone=zone,
        secret=secret,
    )
    (id,) = await send_all(tx, [wish])
    return id


def _written(wish: Wish, at: datetime) -> Mail:
    address = compose.recipient(wish.to)
    reader = words(wish.language, wish.region, wish.zone)
    facts, links = stand_ins(wish.facts)
    letter = compose.write(wish.template, reader, facts)
    return Mail(
        id=new_id() if wish.dedupe is None else uuid5(ONCE, wish.dedupe),
        recipient=address,
        subject=letter.subject,
        html=letter.html,
        text=letter.text,
        language=reader.language,
        template=wish.template,
        secret=wish.secret,
        status=MailStatus.queued,
        attempts=0,
        reason=None,
        queued_at=at,
        ended_at=None,
        links=tuple(links),
    )
