"""The way out: one mail to one SMTP server, and what its answer means.

A server that refuses this recipient or this content for good (5xx) is believed. Everything else (no
connection, no answer, 4xx, a wrong password, a refused sender) is trouble of ours or of the moment and may
succeed later: better late than lost. A password is never sent in the clear, except to this machine itself.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from torg.kernel.database import external

STEP = 20.0
ALL = 90.0
PERMANENT = 500


class Refused(Exception):
    """The server will never take this mail."""


class Trouble(Exception):
    """The mail may not have been taken; trying again later is right."""


class Carrier:
    """A way to one SMTP server, `smtp://…` or `smtps://…`: its connection is kept from one mail to the next."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._server: aiosmtplib.SMTP | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._hang_up()

    async def deliver(self, message: EmailMessage) -> None:
        """Hand a mail over; raises Refused or Trouble. After either the next mail begins with a new connection."""
        external()
        handed_over = False
        try:
            async with asyncio.timeout(ALL):
                server = self._server or await self._connect(message)
                await server.send_message(message)
                handed_over = True
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError) as no:
            raise _meaning(no) from no
        except (aiosmtplib.SMTPException, ssl.SSLError, OSError, TimeoutError) as trouble:
            raise Trouble(_words(trouble)) from trouble
        finally:
            if not handed_over:
                self._hang_up()

    async def _connect(self, message: EmailMessage) -> aiosmtplib.SMTP:
        parts = self._parts
        username = unquote(parts.username) if parts.username else None
        self._server = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port,
            username=username,
            password=unquote(parts.password or "") if username else None,
            use_tls=parts.scheme == "smtps",
            start_tls=_start_tls(parts, username),
            local_hostname=parseaddr(str(message["From"]))[1].rpartition("@")[2],
            timeout=STEP,
        )
        await self._server.connect()
        return self._server

    def _hang_up(self) -> None:
        # A mail is taken when DATA was answered; waiting for QUIT could only lose that.
        server, self._server = self._server, None
        if server is not None:
            server.close()


def _start_tls(parts: SplitResult, username: str | None) -> bool | None:
    if parts.scheme == "smtps":
        return False
    return True if username and not _here(parts.hostname or "") else None


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _meaning(no: aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPDataError) -> Exception:
    answers = no.recipients if isinstance(no, aiosmtplib.SMTPRecipientsRefused) else [no]
    if all(answer.code >= PERMANENT for answer in answers):
        return Refused(_words(no))
    return Trouble(_words(no))


def _words(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "; ".join(f"{answer.code} {answer.message}" for answer in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}"
