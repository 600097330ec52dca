"""What a mail server says decides how a mail fares; a password reaches only servers that can be trusted."""

import asyncio
import datetime as dt
import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from torg.kernel.clock import FixedClock
from torg.kernel.database import Database
from torg.kernel.mail import MailStatus, smtp
from torg.kernel.mail.deliver import ATTEMPTS
from torg.settings import Settings

from .mails import ask, empty, hello, post, seen, to_server  # noqa: F401  # two of them are fixtures
from .smtp_server import smtp_server


async def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def test_a_server_that_is_busy_gets_the_same_bytes_later(database: Database, clock: FixedClock):
    async with smtp_server() as (server, port):
        server.answer_data = "451 4.7.1 greylisted"
        asked = await ask(database)
        await post(database, to_server(port))
        waiting = await seen(database, asked.id)
        assert (waiting.status, waiting.attempts) == (MailStatus.queued, 1)
        assert waiting.reason is not None
        assert "451" in waiting.reason
        server.answer_data = "250 OK"
        clock.move(minutes=5)
        await post(database, to_server(port))
    assert len(server.taken) == 1
    assert server.taken[0]["Date"].datetime == asked.queued_at.replace(microsecond=0)
    assert (await seen(database, asked.id)).status is MailStatus.sent


@pytest.mark.parametrize("answer", ["550 5.1.1 nobody here", "553 5.1.3 what is that"])
async def test_a_recipient_who_does_not_exist_ends_the_mail(
    database: Database, clock: FixedClock, answer: str
):
    async with smtp_server() as (server, port):
        server.answer_recipient = answer
        asked = await ask(database, secret=True)
        await post(database, to_server(port))
        clock.move(days=1)
        await post(database, to_server(port))
    ended = await seen(database, asked.id)
    assert (ended.status, ended.attempts, ended.reason) == (MailStatus.failed, 1, answer)
    assert (ended.html, ended.text) == ("", "")
    assert server.taken == []


async def test_a_content_that_the_server_refuses_for_good_ends_the_mail(database: Database):
    async with smtp_server() as (server, port):
        server.answer_data = "554 5.7.1 looks like spam"
        asked = await ask(database)
        await post(database, to_server(port))
    ended = await seen(database, asked.id)
    assert (ended.status, ended.reason) == (MailStatus.failed, "554 5.7.1 looks like spam")


async def test_a_connection_lost_after_the_data_sends_the_same_mail_again(
    database: Database, clock: FixedClock
):
    async with smtp_server() as (server, port):
        server.hang_up = True
        asked = await ask(database)
        await post(database, to_server(port))
        assert (await seen(database, asked.id)).status is MailStatus.queued
        clock.move(hours=1)
        await post(database, to_server(port))
    first, second = server.raw
    assert first == second
    assert [taken["Message-ID"] for taken in server.taken] == [f"<{asked.id.hex}@torg.test>"] * 2
    assert (await seen(database, asked.id)).status is MailStatus.sent


async def test_a_server_that_is_away_is_tried_until_the_last_attempt(database: Database, clock: FixedClock):
    settings = to_server(await free_port())
    asked = await ask(database)
    for tried in range(1, ATTEMPTS):
        assert await post(database, settings) == 1
        assert await post(database, settings) == 0  # not again before its time
        waiting = await seen(database, asked.id)
        assert (waiting.status, waiting.attempts) == (MailStatus.queued, tried)
        clock.move(hours=6)
    assert await post(database, settings) == 1
    ended = await seen(database, asked.id)
    assert (ended.status, ended.attempts) == (MailStatus.failed, ATTEMPTS)


async def test_a_server_that_never_answers_is_left_in_the_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(smtp, "ALL", 0.2)
    held: list[asyncio.StreamWriter] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        asked = await ask(database)
        await post(database, to_server(server.sockets[0].getsockname()[1]))
        for writer in held:
            writer.close()
    waiting = await seen(database, asked.id)
    assert (waiting.status, "TimeoutError" in (waiting.reason or "")) == (MailStatus.queued, True)


async def test_a_wrong_password_of_ours_loses_no_mail(database: Database, clock: FixedClock):
    async with smtp_server(auth_require_tls=False) as (server, port):
        asked = await ask(database)
        await post(database, to_server(port, "torg:wrong@"))
        waiting = await seen(database, asked.id)
        assert (waiting.status, "535" in (waiting.reason or "")) == (MailStatus.queued, True)
        clock.move(minutes=5)
        await post(database, to_server(port, "torg:right@"))
    assert server.signed_in[-1] == (b"torg", b"right")
    assert len(server.taken) == 1


async def test_a_password_is_not_sent_in_the_clear(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "_here", lambda host: False)
    async with smtp_server(auth_require_tls=False) as (server, port):
        asked = await ask(database)
        await post(database, to_server(port, "torg:right@"))
    assert (await seen(database, asked.id)).reason
    assert (server.signed_in, server.taken) == ([], [])


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of its own for 127.0.0.1, as a file to trust and as a server shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_password_goes_through_tls_to_a_server_that_can_be_trusted(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str
):
    monkeypatch.setattr(smtp, "_here", lambda host: False)
    file, context = certificate(tmp_path)
    options = {"tls": context, "auth_require_tls": False} if scheme == "smtps" else {"tls_context": context}
    async with smtp_server(**options) as (server, port):
        settings = Settings(mail=f"{scheme}://torg:right@localhost:{port}")
        asked = await ask(database)
        await post(database, settings)
        assert "certificate" in ((await seen(database, asked.id)).reason or "")
        assert server.signed_in == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        clock.move(minutes=5)
        await post(database, settings)
    assert (server.signed_in, len(server.taken)) == ([(b"torg", b"right")], 1)
