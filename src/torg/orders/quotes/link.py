"""The token in a quote's link: it opens this quote alone, and needs the installation's secret to be made."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from torg.kernel.access import Policy
from torg.kernel.access.tokens import digest
from torg.kernel.ids import UnknownId, parse, public

PURPOSE: Final = "opening a quote"
OPENS: Final = timedelta(days=400)


def token(policy: Policy, order_id: UUID) -> str:
    """What opens this quote, sent as `Torg-Token`."""
    return f"{public('quo', order_id)}.{policy.vault.seal(order_id.hex, purpose=PURPOSE)}"


def hashed(policy: Policy, order_id: UUID) -> bytes:
    """What is kept of its token."""
    return digest(token(policy, order_id))


def link(policy: Policy, order_id: UUID) -> str:
    """The full address of its page."""
    return f"{policy.origin}/quote/{token(policy, order_id)}"


def opened(policy: Policy, given: str) -> UUID | None:
    """The quote that a token opens; None for one that is not ours."""
    name, _, seal = given.partition(".")
    try:
        order_id = parse("quo", name)
    except UnknownId:
        return None
    return order_id if policy.vault.is_sealed(order_id.hex, seal, purpose=PURPOSE) else None
