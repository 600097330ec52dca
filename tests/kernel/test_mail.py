"""Mail leaves after its reason was committed, is sent once, and fares as the server says."""

import asyncio
import datetime as dt
import shutil
import socket
import ssl
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jinja2 import TemplateNotFound, UndefinedError

from torg.kernel import mail, templates
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, InsideTransaction, Transaction
from torg.kernel.drain import drain
from torg.kernel.i18n import NoSuchText, Texts, Words
from torg.kernel.i18n.messages import PACKAGE
from torg.kernel.ids import new_id
from torg.kernel.mail import Mail, MailStatus, compose, smtp
from torg.kernel.mail.deliver import BeingSent, deliver_mail, give_up
from torg.kernel.money import Money
from torg.settings import Settings

from .smtp_server import smtp_server

FACTS = {"name": "Kari <b>", "price": Money(19900, "NOK"), "href": "https://torg.test/x?a=1&b=2"}
COUNT = "SELECT count(*) FROM mails WHERE recipient = %(to)s"


@pytest.fixture(autouse=True)
def hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package `shop` with one mail."""
    shop = tmp_path / "shop"
    (shop / "mails").mkdir(parents=True)
    (shop / "texts").mkdir()
    shutil.copytree(PACKAGE / "kernel" / "mail" / "mails", tmp_path / "mail" / "mails")
    (shop / "mails" / "hello.html").write_text(
        '{% extends "mail/layout.html" %}{% import "mail/parts.html" as parts with context %}'
        '{% block content %}<p>{{ t("shop.hi", name=name) }} {{ words.money(price) }}</p>'
        '{{ parts.button("Se", href) }}{% endblock %}'
    )
    (shop / "mails" / "hello.txt").write_text(
        '{% extends "mail/layout.txt" %}{% block content %}{{ t("shop.hi", name=name) }}'
        "\n\n\n\n{{ href }}{% endblock %}"
    )
    (shop / "texts" / "en.toml").write_text(
        '[shop]\nhi = "Hei {name}"\n[mail.shop.hello]\nsubject = "Hei {name}: {price}"\n'
    )
    texts = Texts(PACKAGE, tmp_path)
    made = templates.environment("mails", lambda name: (name or "").endswith(".html"), root=tmp_path)
    monkeypatch.setattr(compose, "environment", lambda: made)
    monkeypatch.setattr(
        "torg.kernel.mail.enqueue.words", lambda language, region, zone: Words(language, region, zone, texts)
    )


@pytest_asyncio.fixture(autouse=True)
async def empty(database: Database) -> None:
    """No mails and no jobs of the test before."""
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM mails")
        await tx.execute("DELETE FROM procrastinate_jobs")


def to_server(port: int, user: str = "") -> Settings:
    return Settings(mail=f"smtp://{user}127.0.0.1:{port}", mail_from="Torget på hjørnet <post@torg.test>")


async def ask(database: Database, to: str = "", **options: object) -> Mail:
    """Send the mail of the package `shop`, to a recipient of its own."""
    to = to or f"{new_id().hex}@example.org"
    known = {"template": "shop/hello", "language": "nb", "facts": FACTS} | options
    id = await database.run(lambda tx: mail.send(tx, to=to, **known))
    return await seen(database, id)


async def seen(database: Database, id: UUID) -> Mail:
    return await database.read(lambda tx: mail.find(tx, id))


async def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def test_a_mail_is_sent_when_its_transaction_has_committed(database: Database, clock: FixedClock):
    async with smtp_server() as (server, port):
        asked = await ask(database)
        assert (asked.status, server.taken) == (MailStatus.queued, [])
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
    [taken] = server.taken
    assert server.recipients == [asked.recipient]
    assert taken["Subject"] == "Hei Kari <b>: 199,00\N{NO-BREAK SPACE}kr"
    assert taken["From"] == "Torget på hjørnet <post@torg.test>"
    assert taken["To"] == asked.recipient
    assert taken["Message-ID"] == f"<{asked.id.hex}@torg.test>"
    assert taken["Date"].datetime == clock.now().replace(microsecond=0)
    assert taken["Content-Language"] == "nb"
    page = taken.get_body(("html",)).get_content()
    assert "<p>Hei Kari &lt;b&gt; 199,00" in page
    assert 'href="https://torg.test/x?a=1&amp;b=2"' in page
    plain = taken.get_body(("plain",)).get_content().replace("\r", "")
    assert "Hei Kari <b>\n\nhttps://torg.test/x?a=1&b=2\n" in plain
    sent = await seen(database, asked.id)
    assert (sent.status, sent.attempts, sent.reason) == (MailStatus.sent, 1, None)
    assert sent.ended_at == clock.now()


async def test_a_mail_whose_transaction_is_rolled_back_is_never_sent(database: Database):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await mail.send(tx, to="gone@example.org", template="shop/hello", language="nb", facts=FACTS)
            raise ZeroDivisionError
    async with smtp_server() as (server, port):
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
    assert server.taken == []
    assert await database.read(lambda tx: tx.one(int, COUNT, to="gone@example.org")) == 0


async def test_the_same_reason_sends_one_mail(database: Database):
    async with smtp_server() as (server, port):
        first = await ask(database, to="once@example.org", dedupe="order 1 placed")
        again = await ask(
            database, to="once@example.org", dedupe="order 1 placed", facts=FACTS | {"name": "Ola"}
        )
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
        await ask(database, to="once@example.org", dedupe="order 1 placed")
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
    assert first.id == again.id
    assert len(server.taken) == 1
    assert "Kari" in server.taken[0]["Subject"]


async def test_a_server_that_is_busy_gets_the_same_bytes_later(database: Database, clock: FixedClock):
    async with smtp_server() as (server, port):
        server.answer_data = "451 4.7.1 greylisted"
        asked = await ask(database)
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port), tolerant=True)
        waiting = await seen(database, asked.id)
        assert (waiting.status, waiting.attempts) == (MailStatus.queued, 1)
        assert waiting.reason is not None
        assert "451" in waiting.reason
        server.answer_data = "250 OK"
        clock.move(minutes=5)
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
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
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
        clock.move(days=1)
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
    ended = await seen(database, asked.id)
    assert (ended.status, ended.attempts, ended.reason) == (MailStatus.failed, 1, answer)
    assert (ended.html, ended.text) == ("", "")
    assert server.taken == []


async def test_a_content_that_the_server_refuses_for_good_ends_the_mail(database: Database):
    async with smtp_server() as (server, port):
        server.answer_data = "554 5.7.1 looks like spam"
        asked = await ask(database)
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
    ended = await seen(database, asked.id)
    assert (ended.status, ended.reason) == (MailStatus.failed, "554 5.7.1 looks like spam")


async def test_a_connection_lost_after_the_data_sends_the_same_mail_again(
    database: Database, clock: FixedClock
):
    async with smtp_server() as (server, port):
        server.hang_up = True
        asked = await ask(database)
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port), tolerant=True)
        assert (await seen(database, asked.id)).status is MailStatus.queued
        clock.move(hours=1)
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
    first, second = server.raw
    assert first == second
    assert [taken["Message-ID"] for taken in server.taken] == [f"<{asked.id.hex}@torg.test>"] * 2
    assert (await seen(database, asked.id)).status is MailStatus.sent


async def test_a_server_that_is_away_is_tried_until_the_last_attempt(database: Database):
    settings = to_server(await free_port())
    asked = await ask(database)
    with pytest.raises(smtp.Trouble):
        await deliver_mail(database, settings, asked.id)
    assert (await seen(database, asked.id)).status is MailStatus.queued
    await deliver_mail(database, settings, asked.id, last=True)
    ended = await seen(database, asked.id)
    assert (ended.status, ended.attempts) == (MailStatus.failed, 2)


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
        with pytest.raises(smtp.Trouble, match="TimeoutError"):
            await deliver_mail(database, to_server(server.sockets[0].getsockname()[1]), asked.id)
        for writer in held:
            writer.close()
    assert (await seen(database, asked.id)).status is MailStatus.queued


async def test_a_wrong_password_of_ours_loses_no_mail(database: Database):
    async with smtp_server(auth_require_tls=False) as (server, port):
        asked = await ask(database)
        with pytest.raises(smtp.Trouble, match="535"):
            await deliver_mail(database, to_server(port, "torg:wrong@"), asked.id)
        assert (await seen(database, asked.id)).status is MailStatus.queued
        await deliver_mail(database, to_server(port, "torg:right@"), asked.id)
    assert server.signed_in[-1] == (b"torg", b"right")
    assert len(server.taken) == 1


async def test_a_password_is_not_sent_in_the_clear(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "_here", lambda host: False)
    async with smtp_server(auth_require_tls=False) as (server, port):
        asked = await ask(database)
        with pytest.raises(smtp.Trouble):
            await deliver_mail(database, to_server(port, "torg:right@"), asked.id)
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
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str
):
    monkeypatch.setattr(smtp, "_here", lambda host: False)
    file, context = certificate(tmp_path)
    options = {"tls": context, "auth_require_tls": False} if scheme == "smtps" else {"tls_context": context}
    async with smtp_server(**options) as (server, port):
        settings = Settings(mail=f"{scheme}://torg:right@localhost:{port}")
        asked = await ask(database)
        with pytest.raises(smtp.Trouble, match="certificate"):
            await deliver_mail(database, settings, asked.id)
        assert server.signed_in == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        await deliver_mail(database, settings, asked.id)
    assert (server.signed_in, len(server.taken)) == ([(b"torg", b"right")], 1)


async def test_a_process_that_died_while_sending_is_followed_by_another(
    database: Database, clock: FixedClock
):
    async with smtp_server() as (server, port):
        asked = await ask(database)
        await database.run(lambda tx: mail.store.claim(tx, asked.id))
        with pytest.raises(BeingSent):
            await deliver_mail(database, to_server(port), asked.id)
        assert server.taken == []
        clock.move(minutes=4)
        await deliver_mail(database, to_server(port), asked.id)
    assert (await seen(database, asked.id)).status is MailStatus.sent
    assert len(server.taken) == 1


async def test_a_process_that_was_given_up_cannot_end_the_mail_of_another(
    database: Database, clock: FixedClock
):
    asked = await ask(database)
    await database.run(lambda tx: mail.store.claim(tx, asked.id))
    clock.move(minutes=4)
    await database.run(lambda tx: mail.store.claim(tx, asked.id))
    assert not await database.run(lambda tx: mail.store.mark_sent(tx, asked.id, 1, keep=False))
    assert not await database.run(lambda tx: mail.store.release(tx, asked.id, 1, "late"))
    assert (await seen(database, asked.id)).status is MailStatus.sending


async def test_two_processes_at_once_send_one_mail(database: Database):
    async with smtp_server() as (server, port):
        asked = await ask(database)
        outcomes = await asyncio.gather(
            *(deliver_mail(database, to_server(port), asked.id) for _ in range(5)), return_exceptions=True
        )
    assert len(server.taken) == 1
    assert all(outcome is None or isinstance(outcome, BeingSent) for outcome in outcomes)


async def test_a_secret_is_wiped_when_it_has_left(database: Database):
    async with smtp_server() as (server, port):
        asked = await ask(database, secret=True)
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
    sent = await seen(database, asked.id)
    assert (sent.html, sent.text, sent.subject) == ("", "", asked.subject)
    assert len(server.taken) == 1


async def test_in_the_demo_mails_stay_in_the_mailbox_and_can_be_read(database: Database):
    asked = await ask(database, secret=True)
    await drain(database, mail.SUBSCRIPTIONS, settings=Settings(mail="mailbox"))
    kept = await seen(database, asked.id)
    assert (kept.status, kept.html, kept.text) == (MailStatus.sent, asked.html, asked.text)
    found = await database.read(lambda tx: mail.newest(tx, to=asked.recipient.upper()))
    assert [one.id for one in found] == [asked.id]


async def test_the_mailbox_shows_the_newest_first_and_goes_on_behind_the_last(
    database: Database, clock: FixedClock
):
    sent = []
    for _ in range(5):
        sent.append((await ask(database, to="many@example.org")).id)
        clock.move(seconds=1)
    first = await database.read(lambda tx: mail.newest(tx, to="many@example.org", limit=3))
    rest = await database.read(lambda tx: mail.newest(tx, to="many@example.org", after=first[-1], limit=3))
    assert [one.id for one in [*first, *rest]] == sent[::-1]


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: all@example.org",
        "a@example.org\nX: y",
        "a@example.org, b@example.org",
        "a@example.org b@example.org",
        "Kari <a@example.org>",
        "a@b@example.org",
        "a@",
        "@example.org",
        "nobody",
        "",
        "a\x00@example.org",
        "a@exam\u2028ple.org",
        "a@" + "x" * 300 + ".org",
        "<a@example.org>",
        "a@example.org;b@example.org",
        "a@.org",
    ],
)
async def test_an_address_that_would_break_a_header_is_refused_and_nothing_is_kept(
    tx: Transaction, address: str
):
    before = await tx.one(int, "SELECT count(*) FROM mails")
    with pytest.raises(mail.BadRecipient):
        await mail.send(tx, to=address, template="shop/hello", language="nb", facts=FACTS)
    assert await tx.one(int, "SELECT count(*) FROM mails") == before
    assert tx.recorded == ()


async def test_a_domain_with_other_letters_is_written_as_the_net_knows_it(tx: Transaction):
    id = await mail.send(tx, to="kari@blåbær.no", template="shop/hello", language="nb", facts=FACTS)
    assert (await mail.find(tx, id)).recipient == "kari@xn--blbr-roah.no"


async def test_a_fact_with_line_breaks_stays_in_the_subject_line(database: Database):
    async with smtp_server() as (server, port):
        await ask(database, facts=FACTS | {"name": "Kari\r\nBcc: all@example.org\r\n\r\n<h1>"})
        await drain(database, mail.SUBSCRIPTIONS, settings=to_server(port))
    [taken] = server.taken
    assert taken["Bcc"] is None
    assert taken["Subject"].startswith("Hei Kari Bcc: all@example.org <h1>: ")
    assert len(server.recipients) == 1


async def test_a_mail_that_lacks_a_fact_or_a_template_is_refused_at_once(tx: Transaction):
    before = await tx.one(int, "SELECT count(*) FROM mails")
    for template, facts, error in (
        ("shop/hello", {"name": "x"}, KeyError),
        ("shop/hello", {"name": "x", "price": Money(1, "NOK")}, UndefinedError),
        ("shop/nothing", FACTS, NoSuchText),
        ("shop/../../../etc/passwd", FACTS, (NoSuchText, TemplateNotFound)),
    ):
        with pytest.raises(error):
            await mail.send(tx, to="a@example.org", template=template, language="nb", facts=facts)
    assert await tx.one(int, "SELECT count(*) FROM mails") == before


async def test_nothing_is_sent_while_a_transaction_is_open(tx: Transaction):
    id = await mail.send(tx, to="a@example.org", template="shop/hello", language="nb", facts=FACTS)
    with pytest.raises(InsideTransaction):
        await smtp.deliver("smtp://127.0.0.1:1", compose.message(await mail.find(tx, id), "a@b.test"))


async def test_a_mail_that_no_job_sends_any_more_is_given_up_and_an_old_one_forgotten(
    database: Database, clock: FixedClock
):
    asked = await ask(database, secret=True)
    clock.move(days=3)
    fresh = await ask(database)
    assert await give_up(database) >= 1
    ended = await seen(database, asked.id)
    assert (ended.status, ended.reason, ended.text) == (MailStatus.failed, "nobody sent it", "")
    assert (await seen(database, fresh.id)).status is MailStatus.queued
    clock.move(days=88)
    await database.run(lambda tx: mail.store.forget(tx, tx.now - timedelta(days=90)))
    with pytest.raises(mail.model.UnknownMail):
        await seen(database, asked.id)
    assert (await seen(database, fresh.id)).status is MailStatus.queued
