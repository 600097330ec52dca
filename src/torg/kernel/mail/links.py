"""Links in mails that open something without signing in: sealed with the installation's secret when a mail leaves Torg.

Whoever writes a mail need not have the secret, and what is kept of it opens nothing. In the mail stands something in
the link's place that nobody can guess before: so no fact of a mail (a name, a note) can be made into a link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from torg.kernel.mail.model import Mail, StandIn

if TYPE_CHECKING:
    from torg.kernel.access import Policy


class SealedLink(Struct, frozen=True):
    """A link below `path`, by a `name` (of letters, digits, dots and underscores) with the seal of its `purpose`."""

    path: str
    name: str
    purpose: str


def stand_ins(facts: Mapping[str, Any]) -> tuple[dict[str, Any], list[StandIn]]:
    """The facts with something else in the place of each link, and what is to come there."""
    links = {
        key: StandIn(
            instead=f"https://{uuid4().hex}.invalid/", path=fact.path, name=fact.name, purpose=fact.purpose
        )
        for key, fact in facts.items()
        if isinstance(fact, SealedLink)
    }
    return {**facts, **{key: link.instead for key, link in links.items()}}, list(links.values())


def address(policy: Policy, link: SealedLink | StandIn) -> str:
    """The full address of a link."""
    return f"{policy.origin}{link.path}/{link.name}.{policy.vault.seal(link.name, purpose=link.purpose)}"


def named(policy: Policy, token: str, *, purpose: str) -> str | None:
    """The name in what a link brought; None when the seal on it is not ours."""
    name, _, seal = token.rpartition(".")
    return name if policy.vault.is_sealed(name, seal, purpose=purpose) else None


def as_sent(mail: Mail, policy: Policy) -> Mail:
    """The mail as its recipient gets it: the same every time."""
    html, text = _put(policy, mail.links, mail.html), _put(policy, mail.links, mail.text)
    return replace(mail, html=html, text=text)


def _put(policy: Policy, links: Sequence[StandIn], body: str) -> str:
    for link in links:
        body = body.replace(link.instead, address(policy, link))
    return body
