"""The link by which a customer follows an order without signing in: the order's id, sealed with the installation's
secret, so that nobody can make one or guess another's.
"""

from typing import Final
from uuid import UUID

from torg.kernel.access import Policy
from torg.kernel.ids import UnknownId, parse, public

PURPOSE: Final = "following an order"


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
