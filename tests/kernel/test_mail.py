"""Mail leaves after its reason was committed, is sent once, and says what it was asked to say."""

import asyncio
from datetime import timedelta
from email.message import EmailMessage

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from torg.kernel import mail
from torg.kernel.clock import FixedClock
from torg.kernel.database import Database, InsideTransaction, Transaction
from torg.kernel.i18n import NoSuchText
from torg.kernel.jobs import Work
from torg.kernel.mail import MailStatus, compose, smtp
from torg.kernel.mail.deliver import Postman, give_up
from torg.kernel.money import Money
from torg.kernel.ports import Ports
from torg.settings import Settings

from .mails import FACTS, POLICY, ask, empty, hello, post, seen, to_server  # noqa: F401  # two of them are fixtures
from .smtp_server import smtp_server

COUNT = "SELECT count(*) FROM mails WHERE recipient = %(to)s"


def body(taken: EmailMessage, kind: str) -> str:
    part = taken.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_a_mail_is_sent_when_its_transaction_has_committed(database: Database, clock: FixedClock):
    async with smtp_server() as (server, port):
        asked = await ask(database)
        assert (asked.status, server.taken) == (MailStatus.queued, [])
        await post(database, to_server(port))
    [taken] = server.taken
    assert server.recipients == [asked.recipient]
    assert taken["Subject"] == "Hei Kari <b>: 199,00\N{NO-BREAK SPACE}kr"
    assert taken["From"] == "Torget på hjørnet <post@torg.test>"
    assert taken["To"] == asked.recipient
    assert taken["Message-ID"] == f"<{asked.id.hex}@torg.test>"
    assert taken["Date"].datetime == clock.now().replace(microsecond=0)
    assert taken["Content-Language"] == "nb"
    page = body(taken, "html")
    assert "<p>Hei Kari &lt;b&gt; 199,00" in page
    assert 'href="https://torg.test/x?a=1&amp;b=2"' in page
    plain = body(taken, "plain").replace("\r", "")
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
        await post(database, to_server(port))
    assert server.taken == []
    assert await database.read(lambda tx: tx.one(int, COUNT, to="gone@example.org")) == 0


async def test_the_same_reason_sends_one_mail(database: Database):
    async with smtp_server() as (server, port):
        first = await ask(database, to="once@example.org", dedupe="order 1 placed")
        again = await ask(
            database, to="once@example.org", dedupe="order 1 placed", facts=FACTS | {"name": "Ola"}
        )
        await post(database, to_server(port))
        await ask(database, to="once@example.org", dedupe="order 1 placed")
        await post(database, to_server(port))
    assert first.id == again.id
    assert len(server.taken) == 1
    assert "Kari" in server.taken[0]["Subject"]


async def test_a_process_that_died_while_sending_is_followed_by_another(
    database: Database, clock: FixedClock
):
    async with smtp_server() as (server, port):
        asked = await ask(database)
        [claimed] = await database.run(lambda tx: mail.store.claim(tx, 10))
        assert claimed.id == asked.id
        assert await post(database, to_server(port)) == 0
        assert server.taken == []
        clock.move(minutes=4)
        assert await post(database, to_server(port)) == 1
    assert (await seen(database, asked.id)).status is MailStatus.sent
    assert len(server.taken) == 1


async def test_a_process_that_was_given_up_cannot_end_the_mail_of_another(
    database: Database, clock: FixedClock
):
    asked = await ask(database)
    [first] = await database.run(lambda tx: mail.store.claim(tx, 10))
    clock.move(minutes=4)
    [second] = await database.run(lambda tx: mail.store.claim(tx, 10))
    assert (first.id, first.attempts, second.id, second.attempts) == (asked.id, 1, asked.id, 2)
    assert not await database.run(lambda tx: mail.store.mark_sent(tx, [first]))
    assert not await database.run(lambda tx: mail.store.release(tx, first.id, 1, "late", tx.now))
    await database.run(lambda tx: mail.store.put_back(tx, [first]))
    assert (await seen(database, asked.id)).status is MailStatus.sending


async def test_processes_at_once_send_each_mail_once(database: Database):
    async with smtp_server() as (server, port):
        asked = [await ask(database) for _ in range(30)]
        tried = await asyncio.gather(*(post(database, to_server(port)) for _ in range(5)))
    assert sum(tried) == len(asked)
    assert sorted(server.recipients) == sorted(one.recipient for one in asked)


async def test_a_postman_who_is_stopped_puts_back_what_he_has_not_begun(database: Database):
    stop = asyncio.Event()
    async with smtp_server() as (server, port):
        asked = [await ask(database) for _ in range(20)]
        postman = Postman(Work(database, to_server(port), Ports()))
        working = asyncio.create_task(postman.run(stop))
        await asyncio.wait_for(server.heard.wait(), 10)
        stop.set()
        await asyncio.wait_for(working, 10)
        ended = [await seen(database, one.id) for one in asked]
        assert {(one.status, one.attempts) for one in ended} == {(MailStatus.sent, 1), (MailStatus.queued, 0)}
        await post(database, to_server(port))
    assert sorted(server.recipients) == sorted(one.recipient for one in asked)


async def test_a_secret_is_wiped_when_it_has_left(database: Database):
    async with smtp_server() as (server, port):
        asked = await ask(database, secret=True)
        await post(database, to_server(port))
    sent = await seen(database, asked.id)
    assert (sent.html, sent.text, sent.subject) == ("", "", asked.subject)
    assert len(server.taken) == 1


async def test_a_sealed_link_stands_in_the_mail_that_leaves_and_opens_nothing_as_it_is_kept(
    database: Database,
):
    link = mail.SealedLink("/papers", "ord_1.20271231", "reading papers")
    seal = POLICY.vault.seal(link.name, purpose=link.purpose)
    made = f"http://torg.test/papers/{link.name}.{seal}"
    async with smtp_server() as (server, port):
        asked = await ask(database, facts=FACTS | {"href": link, "name": "https://0.invalid/"})
        await post(database, to_server(port))
    [taken] = server.taken
    assert f'href="{made}"' in body(taken, "html")
    assert made in body(taken, "plain")
    assert "https://0.invalid/" in body(taken, "plain")
    kept = await database.read(
        lambda tx: tx.one(str, "SELECT row_to_json(m)::text FROM mails m WHERE id = %(id)s", id=asked.id)
    )
    assert link.name in kept and seal not in kept
    token = made.rpartition("/")[2]
    assert mail.named(POLICY, token, purpose=link.purpose) == link.name
    assert mail.named(POLICY, token, purpose="reading something else") is None
    assert mail.named(POLICY, token.replace("ord_1", "ord_2"), purpose=link.purpose) is None


async def test_in_the_demo_mails_stay_in_the_mailbox_and_can_be_read(database: Database):
    asked = await ask(database, secret=True)
    await post(database, Settings(mail="mailbox"))
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
        await post(database, to_server(port))
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
        await smtp.Carrier("smtp://127.0.0.1:1").deliver(compose.message(await mail.find(tx, id), "a@b.test"))


async def test_a_mail_that_nobody_sends_any_more_is_given_up_and_an_old_one_forgotten(
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
