"""Finding a code for a cart, and counting it when an order is placed, so that a limit holds whoever comes at
once.
"""

from datetime import datetime
from uuid import UUID

from torg.kernel.database import Transaction
from torg.markets import Channel, atlas
from torg.promotions import rules, store
from torg.promotions.codes import CodeNotValid, CodePromotion, CodeUsedUp
from torg.promotions.events import CodeGivenBack, CodeRedeemed


async def find_code(
    tx: Transaction, code: str, *, channel: Channel, at: datetime, customer: str | None = None
) -> CodePromotion:
    """The promotion behind a code as a customer wrote it, if it holds in the channel now and is not used up.

    That it is found is no promise: only `redeem` counts. `customer` is whoever the limit per customer is for.
    """
    promotion = await store.promotion(tx, rules.written(code))
    market = (await atlas(tx.database)).market(channel.market)
    if not rules.holds(promotion, channel, market.currency, at):
        raise CodeNotValid(promotion=promotion.code)
    if promotion.usage_limit is not None and promotion.used >= promotion.usage_limit:
        raise CodeUsedUp(promotion=promotion.code)
    most = promotion.usage_per_customer
    if (
        most is not None
        and customer is not None
        and await store.used_by(tx, promotion.code, customer) >= most
    ):
        raise CodeUsedUp(promotion=promotion.code)
    return promotion


async def redeem(tx: Transaction, code: str, order_id: UUID, *, customer: str | None = None) -> None:
    """Count the use of a code by an order; for the same order once, however often it is called.

    Raises CodeUsedUp when it has been used as often as it may, and then nothing is counted. Each count is one
    guarded statement on the code's own row, so a thousand at once never get past the limit.
    """
    promotion = await store.promotion(tx, rules.written(code))
    async with tx.savepoint():
        if not await store.claim(tx, promotion.code, order_id, customer):
            return
        if not await store.count(tx, promotion.code):
            raise CodeUsedUp(promotion=promotion.code)
        most = promotion.usage_per_customer
        if customer is not None and not await store.count_customer(tx, promotion.code, customer, most):
            raise CodeUsedUp(promotion=promotion.code)
        tx.record(CodeRedeemed(promotion=promotion.code, order_id=order_id))


async def give_back(tx: Transaction, code: str, order_id: UUID) -> None:
    """Uncount the use of a code by an order that came to nothing; for the same order once."""
    kept = rules.written(code)
    if await store.give_back(tx, kept, order_id):
        tx.record(CodeGivenBack(promotion=kept, order_id=order_id))
