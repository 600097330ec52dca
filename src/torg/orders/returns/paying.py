"""In which way money may be given back for a return: as it was paid, as store credit, in cash at a till."""

from typing import TYPE_CHECKING

from torg import payments
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.orders.returns.decide import Decision, Known
from torg.orders.returns.model import CashNotGiven, CreditNeedsCustomer, PaidBack
from torg.payments import Payment, Tender
from torg.permissions import Permission

if TYPE_CHECKING:
    from torg.orders.returns.receive import Reception


async def must_be_possible(
    tx: Transaction, here: Known, decision: Decision, wanted: "Reception", *, by: Actor
) -> None:
    """Refuse a way that is not open: credit that is nobody's, cash where the market gives none for other tenders."""
    if wanted.to is PaidBack.store_credit and not (here.order.customer_id or wanted.customer_id):
        raise CreditNeedsCustomer()
    if wanted.to is not PaidBack.cash:
        return
    if wanted.store is None:
        raise CashNotGiven()
    by.must(Permission.payments_cash, store=wanted.store, channel=here.order.channel)
    paid = await payments.of_order(tx, here.order.order_id)
    otherwise = decision.value.total.gross - _in_cash(paid)
    if otherwise > here.policy.cash:
        raise CashNotGiven()


def _in_cash(paid: list[Payment]) -> int:
    return sum(one.refundable for one in paid if one.tender is Tender.cash)
