"""Goods that did not come, or not whole, are sent again by whichever place the channel's rules choose."""

from collections.abc import Iterator
from uuid import UUID, uuid5

from torg.inventory import RejectionReason
from torg.kernel.database import Transaction
from torg.orders import store as orders
from torg.orders.claims.model import Claim
from torg.orders.model import Order, OrderLine
from torg.orders.shortfalls.model import Shortfall, ShortfallState
from torg.orders.shortfalls.send import look_elsewhere, send


async def resend(tx: Transaction, order: Order, claim: Claim) -> bool:
    """Allocate the claim's units anew and tell the places; False, and nothing changed, when nobody has all of them."""
    lines = {line.id: line for line in await orders.lines(tx, order.order_id)}
    wanted = [
        one for part in claim.lines for one in _missing(tx, order, claim, lines[part.line_id], part.quantity)
    ]
    found, sent = await look_elsewhere(tx, order, lines, wanted, [])
    if len(sent) < len(wanted):
        return False
    await send(tx, order, lines, found, origin=claim.id, round=1)
    return True


def _missing(tx: Transaction, order: Order, claim: Claim, line: OrderLine, units: int) -> Iterator[Shortfall]:
    """What has to be sent, as routing knows it: a bundle by its components."""
    goods: list[tuple[UUID, int]] = [(one.variant_id, one.quantity) for one in line.components]
    for variant, each in goods or [(line.variant_id, 1)]:
        yield Shortfall(
            order_id=order.order_id,
            id=uuid5(claim.id, f"{line.id}:{variant}"),
            rejection_id=claim.id,
            line_id=line.id,
            variant_id=variant,
            sku=line.sku,
            name=line.name,
            quantity=units * each,
            number=order.number or "",
            channel=order.channel,
            store=line.store,
            intent=line.intent,
            location="",
            reason=RejectionReason.other,
            round=0,
            state=ShortfallState.waiting,
            why=None,
            opened_at=tx.now,
        )
