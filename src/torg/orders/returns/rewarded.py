"""What an order earned and used goes back with its goods: points in proportion, coupons with the last of them.

The part is that of the goods' worth that came back, so in whatever steps it comes back, all points are gone with the
last unit. What was exchanged is kept, in other goods.
"""

from collections.abc import Sequence
from uuid import UUID

from torg import promotions
from torg.kernel.database import Transaction
from torg.orders.balance import NOTHING, given_back
from torg.orders.returns.decide import Known
from torg.orders.returns.model import ReturnLine


async def take_back(tx: Transaction, here: Known, return_id: UUID, lines: Sequence[ReturnLine] = ()) -> None:
    """Take back what the units that are not kept had earned: those that are known, and `lines`; once for each return.

    With the last unit the codes that she used are hers again.
    """
    order = here.order
    now = {line.line_id: line.quantity for line in lines}
    exchanged = given_back(one for one in here.returns if one.exchanged)
    gone, whole, kept = 0, 0, 0
    for line in here.lines:
        other = exchanged.get(line.id, NOTHING).units
        back = here.stands.back.get(line.id, NOTHING).units + now.get(line.id, 0) - other
        gone += line.gross * back // line.quantity
        whole += line.gross * (line.quantity - other) // line.quantity
        kept += line.quantity - other - back
    part = (gone, whole) if kept and whole else (int(not kept), 1)
    if any(one.points or one.coupons for one in order.earned):
        await promotions.take_back(
            tx, order.order_id, order.customer_id, order.earned, part=part, return_id=return_id
        )
    if not kept:
        await promotions.give_back(tx, order.order_id, order.used)
