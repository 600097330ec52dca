"""Counting the uses of promotions and codes when an order is made, so that a limit holds whoever comes at once."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from torg.kernel.database import Transaction
from torg.promotions.events import CodeGivenBack, CodeRedeemed
from torg.promotions.store import usage
from torg.promotions.words import CodeUsedUp, PromotionUsedUp, Use


def buyer_names(customer_id: UUID | None, email: str | None) -> tuple[str, ...]:
    """By what somebody is counted: her account and her address; without either she cannot be told from others.

    An address is one whatever is behind a plus in it, as that leads to the same letter box (RFC 5233).

    >>> buyer_names(None, "Ann@Example.org") == buyer_names(None, " ann+again@example.org")
    True
    """
    names = [str(customer_id)] if customer_id is not None else []
    if email:
        box, at, domain = email.strip().lower().rpartition("@")
        address = f"{box.partition('+')[0] or box}{at}{domain}"
        names.append(f"email:{hashlib.sha256(address.encode()).hexdigest()[:40]}")
    return tuple(names)


async def redeem(tx: Transaction, order_id: UUID, uses: Sequence[Use], *, buyers: Sequence[str] = ()) -> None:
    """Count what an order uses; for the same order once, however often it is called. A limit for each customer is
    counted by each of her names, so it holds also when she buys once with her account and once without.

    Raises CodeUsedUp or PromotionUsedUp when one has been used as often as it may; the transaction must then be given
    up, which counts nothing. One statement for all promotions, one more where a code has a limit of its own; each
    count is guarded on its own row, so a thousand at once never get past a limit.
    """
    if not uses:
        return
    counted = await usage.redeem(tx, order_id, uses, buyers)
    for one in counted:
        if not one.granted:
            raise _used_up(one.promotion, one.code)
    own = {use.code for use in uses if use.own_limit}
    new = [one.code for one in counted if one.claimed and one.code is not None]
    limited = sorted(code for code in new if code in own)
    if missing := sorted(set(limited) - await usage.redeem_codes(tx, limited)):
        raise CodeUsedUp(promotion=missing[0])
    tx.record(
        *(
            CodeRedeemed(promotion=one.promotion, code=one.code, order_id=order_id)
            for one in counted
            if one.claimed and one.code is not None
        )
    )


async def give_back(tx: Transaction, order_id: UUID, promotions: Sequence[str]) -> None:
    """Uncount what an order used that came to nothing; once, however often it is called."""
    if not promotions:
        return
    tx.record(
        *(
            CodeGivenBack(promotion=one.promotion, code=one.code, order_id=order_id)
            for one in await usage.give_back(tx, order_id, promotions)
            if one.code is not None
        )
    )


async def count_buyers(tx: Transaction, orders: Sequence[tuple[UUID | None, str | None, int]]) -> None:
    """Orders were placed (1) or came to nothing (-1): who bought counts as a customer who has bought, or no longer."""
    await usage.note_buyers(
        tx, [(name, step) for customer_id, email, step in orders for name in buyer_names(customer_id, email)]
    )


def _used_up(promotion: str, code: str | None) -> CodeUsedUp | PromotionUsedUp:
    return CodeUsedUp(promotion=code) if code is not None else PromotionUsedUp(promotion=promotion)
