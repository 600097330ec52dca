"""What a change means for money. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from torg.orders.model import Order
from torg.payments import Payment


class Difference(Struct, frozen=True):
    """What is to be paid more before the order is changed, or goes back once it is; goods that come back pay for
    `exchanged` of it.
    """

    collect: int = 0
    give_back: int = 0
    exchanged: int = 0


def difference(order: Order, gross: int, payments: Sequence[Payment], credit: int = 0) -> Difference:
    """What it takes for an order that was paid like this to cost so much.

    What was, or is being, taken above that goes back; what is only authorised is not taken, and pays for more before
    anybody is asked. What was given back before for other reasons (goods returned, goodwill) stays given. Of
    the `credit` of goods that come back so much pays as the order becomes dearer.
    """
    exchanged = min(credit, max(0, gross - order.gross))
    taken = sum(one.capture_claimed for one in payments) - order.given_back + order.exchanged + exchanged
    authorised = sum(one.capturable for one in payments)
    if gross <= taken:
        return Difference(give_back=taken - gross, exchanged=exchanged)
    return Difference(collect=max(0, gross - taken - authorised), exchanged=exchanged)
