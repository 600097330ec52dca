"""Writing a mail: from a template and facts to subject, HTML and text, and from those to the bytes that are
sent.

The bytes depend on nothing but the mail's row: the same Message-ID, date and boundary every time, so that a
second delivery is recognised as the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment

from torg.kernel import templates
from torg.kernel.i18n import Words
from torg.kernel.mail.model import BadRecipient, Mail

LONGEST_SUBJECT = 200
LONGEST_ADDRESS = 254
_UNFIT = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


class Letter(NamedTuple):
    """What the reader gets."""

    subject: str
    html: str
    text: str


@cache
def environment() -> Environment:
    """The Jinja environment of all mails; `.html` is escaped, `.txt` is not."""
    return templates.environment("mails", escape=lambda name: name is not None and name.endswith(".html"))


def write(template: str, words: Words, facts: Mapping[str, Any]) -> Letter:
    """The mail in the reader's words. The subject is one line whatever the facts hold."""
    package, _, name = template.partition("/")
    subject = words.text(f"mail.{package}.{name}.subject", **facts)
    known = {
        **facts,
        "t": words.text,
        "html": words.html,
        "words": words,
        "subject": _one_line(subject),
    }
    page = environment().get_template(f"{template}.html").render(known)
    text = environment().get_template(f"{template}.txt").render(known)
    return Letter(_one_line(subject), page, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")


def _one_line(text: str) -> str:
    return _UNFIT.sub(" ", text).strip()[:LONGEST_SUBJECT]


def recipient(address: str) -> str:
    """The address as it may stand in a header; `BadRecipient` for everything else, line breaks above all."""
    if len(address) > LONGEST_ADDRESS or _UNFIT.search(address):
        raise BadRecipient()
    try:
        local, at, domain = address.rpartition("@")
        found = Address(addr_spec=f"{local}{at}{domain.encode('idna').decode()}")
    except (HeaderParseError, UnicodeError, ValueError, IndexError) as wrong:
        raise BadRecipient() from wrong
    if not found.domain or not found.username or "@" in found.username:
        raise BadRecipient()
    return found.addr_spec


def message(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it is sent, always the same bytes."""
    made = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    made["From"] = Address(display_name=name, addr_spec=address)
    made["To"] = Address(addr_spec=mail.recipient)
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(mail.queued_at)
    made["Message-ID"] = f"<{mail.id.hex}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    made.set_boundary(f"=_{mail.id.hex}")
    made["Content-Language"] = mail.language
    return made
