"""A real SMTP server whose behaviour a test chooses."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class Handler:
    """Takes mails, unless told to answer otherwise or to hang up after the data."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.answer_recipient = "250 OK"
        self.answer_data = "250 OK"
        self.hang_up = False
        self.heard = asyncio.Event()
        self.signed_in: list[tuple[bytes, bytes]] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.heard.set()
        if self.answer_data.startswith("250"):
            content = envelope.original_content or b""
            self.raw.append(content)
            self.taken.append(message_from_bytes(content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
        if self.hang_up:
            self.hang_up = False
            cast(asyncio.Transport, server.transport).abort()
        return self.answer_data

    def sign_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


@asynccontextmanager
async def smtp_server(
    *, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[tuple[Handler, int]]:
    """A server on a free port of this machine, for as long as the block."""
    handler = Handler()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="mail.test", authenticator=handler.sign_in, **options),
        "127.0.0.1",
        0,
        ssl=tls,
    )
    try:
        yield handler, server.sockets[0].getsockname()[1]
    finally:
        server.close()
