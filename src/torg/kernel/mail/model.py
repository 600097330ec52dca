"""The words of mail: what a mail is, how it fares, and what is told of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import Invalid, NotFound
from torg.kernel.events import Event


class MailStatus(StrEnum):
    """queued → sending → sent or failed; a sending that did not succeed goes back to queued."""

    queued = "queued"
    sending = "sending"
    sent = "sent"
    failed = "failed"


class StandIn(Struct, frozen=True):
    """What stands in a mail in the place of a sealed link, and what comes there when it leaves."""

    instead: str
    path: str
    name: str
    purpose: str


class Mail(Struct, frozen=True):
    """One mail to one recipient. A `secret` one (a code, a link that opens something) loses its body once
    sent."""

    id: UUID
    recipient: str
    subject: str
    html: str
    text: str
    language: str
    template: str
    secret: bool
    status: MailStatus
    attempts: int
    reason: str | None
    queued_at: datetime
    ended_at: datetime | None
    links: tuple[StandIn, ...] = ()


class BadRecipient(Invalid):
    """The address cannot stand in a mail's header."""

    code = "bad-recipient"
    message = "Mail cannot be sent to this address."


class UnknownMail(NotFound):
    """There is no such mail, or it was forgotten."""

    code = "unknown-mail"
    message = "There is no such mail."


class MailFailed(Event, frozen=True, kw_only=True):
    """The mail will not be sent."""

    type = "mail.failed"
    family = "value"
    mail_id: UUID
    template: str
    reason: str

    def key(self) -> str:
        return str(self.mail_id)
