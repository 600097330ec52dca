"""A package with one mail, and a way to ask for it: what the tests of mail stand on."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from torg.kernel import mail, templates
from torg.kernel.access import Policy
from torg.kernel.database import Database
from torg.kernel.i18n import Texts, Words
from torg.kernel.i18n.messages import PACKAGE
from torg.kernel.ids import new_id
from torg.kernel.jobs import Work
from torg.kernel.mail import Mail, compose
from torg.kernel.mail.deliver import Postman
from torg.kernel.money import Money
from torg.kernel.ports import Ports
from torg.settings import Settings

POLICY = Policy.of(secret="x" * 40, origin="http://torg.test")
FACTS = {"name": "Kari <b>", "price": Money(19900, "NOK"), "href": "https://torg.test/x?a=1&b=2"}


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
    known: dict[str, Any] = {"template": "shop/hello", "language": "nb", "facts": FACTS} | options
    id = await database.run(lambda tx: mail.send(tx, to=to, **known))
    return await seen(database, id)


async def post(database: Database, settings: Settings) -> int:
    """Try every mail that is due, as a worker does; tells how many."""
    ports = Ports()
    ports.add(Policy, POLICY)
    return await Postman(Work(database, settings, ports)).deliver_some()


async def seen(database: Database, id: UUID) -> Mail:
    return await database.read(lambda tx: mail.find(tx, id))
