"""The links in mails by which a customer follows an order, or reads its documents, without signing in: the order's id,
sealed with the installation's secret, so that nobody can make one or guess another's.

The link to documents, which say what was paid and where she lives, is good for so many days only; the next mail about
the order brings a new one.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from torg.kernel.access import Policy
from torg.kernel.ids import UnknownId, parse, public
from torg.kernel.mail import SealedLink, named

PURPOSE: Final = "following an order"
DOCUMENTS: Final = "reading the documents of an order"
GOOD_FOR: Final = timedelta(days=400)


def follow_link(policy: Policy, order_id: UUID) -> str:
    """The full address of the page."""
    return f"{policy.origin}/follow/{token(policy, order_id)}"


def token(policy: Policy, order_id: UUID) -> str:
    """What opens the page of this order, and of no other."""
    return f"{public('ord', order_id)}.{policy.vault.seal(order_id.hex, purpose=PURPOSE)}"


def opened(policy: Policy, given: str) -> UUID | None:
    """The order that a token opens; None for one that is not ours."""
    name, _, seal = given.partition(".")
    try:
        order_id = parse("ord", name)
    except UnknownId:
        return None
    return order_id if policy.vault.is_sealed(order_id.hex, seal, purpose=PURPOSE) else None


def documents_link(order_id: UUID, at: datetime) -> SealedLink:
    """The link to the documents of an order, for a mail that is written at this moment."""
    last = (at.astimezone(UTC) + GOOD_FOR).date()
    return SealedLink("/documents", f"{public('ord', order_id)}.{last:%Y%m%d}", DOCUMENTS)


def opened_documents(policy: Policy, given: str, at: datetime) -> UUID | None:
    """The order whose documents a token opens; None for one that is not ours, or has had its time."""
    name = named(policy, given, purpose=DOCUMENTS)
    if name is None:
        return None
    order, _, last = name.partition(".")
    still = at.astimezone(UTC).date() <= date.fromisoformat(last)
    return parse("ord", order) if still else None
