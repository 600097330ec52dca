"""The tables of promotions and of their use."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.markets import CodeTaken
from torg.promotions.codes import CodePromotion, UnknownCode

PROMOTION = """
SELECT code, name, percent, amount, currency, markets, channels, valid_from, valid_to, usage_limit,
       usage_per_customer, disabled_at, version,
       (SELECT used FROM promotion_counters c WHERE c.code = p.code) AS used
FROM promotions p WHERE code = %(code)s
"""
LOCK = """
SELECT code, name, percent, amount, currency, markets, channels, valid_from, valid_to, usage_limit,
       usage_per_customer, disabled_at, version,
       (SELECT used FROM promotion_counters c WHERE c.code = p.code) AS used
FROM promotions p WHERE code = %(code)s FOR UPDATE
"""
PROMOTIONS = """
SELECT code, name, percent, amount, currency, markets, channels, valid_from, valid_to, usage_limit,
       usage_per_customer, disabled_at, version,
       (SELECT used FROM promotion_counters c WHERE c.code = p.code) AS used
FROM promotions p WHERE code > %(after)s ORDER BY code LIMIT %(limit)s
"""
ADD = """
INSERT INTO promotions (code, name, percent, amount, currency, markets, channels, valid_from, valid_to,
                        usage_limit, usage_per_customer, disabled_at, version)
VALUES (%(code)s, %(name)s, %(percent)s, %(amount)s, %(currency)s, %(markets)s, %(channels)s, %(valid_from)s,
        %(valid_to)s, %(usage_limit)s, %(usage_per_customer)s, %(disabled_at)s, %(version)s)
ON CONFLICT (code) DO NOTHING
"""
ADD_COUNTER = """
INSERT INTO promotion_counters (code, used, usage_limit) VALUES (%(code)s, 0, %(usage_limit)s)
"""
DISABLE = """
UPDATE promotions SET disabled_at = %(at)s, version = version + 1
WHERE code = %(code)s AND disabled_at IS NULL
"""
CLAIM = """
INSERT INTO promotion_redemptions (code, order_id, customer, at)
VALUES (%(code)s, %(order_id)s, %(customer)s, %(at)s)
ON CONFLICT (code, order_id) DO NOTHING
"""
COUNT = """
UPDATE promotion_counters SET used = used + 1
WHERE code = %(code)s AND (usage_limit IS NULL OR used < usage_limit)
"""
COUNT_CUSTOMER = """
INSERT INTO promotion_customers AS c (code, customer, used) VALUES (%(code)s, %(customer)s, 1)
ON CONFLICT (code, customer) DO UPDATE SET used = c.used + 1
WHERE %(most)s::integer IS NULL OR c.used < %(most)s
"""
UNCLAIM = """
DELETE FROM promotion_redemptions WHERE code = %(code)s AND order_id = %(order_id)s
RETURNING coalesce(customer, '') AS customer
"""
UNCOUNT = "UPDATE promotion_counters SET used = used - 1 WHERE code = %(code)s AND used > 0"
UNCOUNT_CUSTOMER = """
UPDATE promotion_customers SET used = used - 1
WHERE code = %(code)s AND customer = %(customer)s AND used > 0
"""
USED_BY = "SELECT used FROM promotion_customers WHERE code = %(code)s AND customer = %(customer)s"


async def promotion(tx: Transaction, code: str, *, lock: bool = False) -> CodePromotion:
    """The promotion with this code, with how often it was used."""
    found = await tx.find(CodePromotion, LOCK if lock else PROMOTION, code=code)
    if found is None:
        raise UnknownCode(promotion=code[:40])
    return found


async def promotions(tx: Transaction, *, after: str, limit: int) -> list[CodePromotion]:
    """Promotions by code, from behind a code on."""
    return await tx.all(CodePromotion, PROMOTIONS, after=after, limit=limit)


async def add(tx: Transaction, promotion: CodePromotion) -> None:
    """Keep a new promotion and its counter; refuses a code that is in use."""
    row: dict[str, Any] = {name: getattr(promotion, name) for name in promotion.__struct_fields__}
    row |= {
        "name": Jsonb(promotion.name),
        "markets": list(promotion.markets),
        "channels": list(promotion.channels),
    }
    if await tx.execute(ADD, **row) != 1:
        raise CodeTaken(taken=promotion.code)
    await tx.execute(ADD_COUNTER, code=promotion.code, usage_limit=promotion.usage_limit)


async def disable(tx: Transaction, code: str) -> bool:
    """End a promotion; tells whether it was still going on."""
    return await tx.execute(DISABLE, code=code, at=tx.now) == 1


async def claim(tx: Transaction, code: str, order_id: UUID, customer: str | None) -> bool:
    """Write down that an order uses the code; tells whether it did not before."""
    return await tx.execute(CLAIM, code=code, order_id=order_id, customer=customer, at=tx.now) == 1


async def count(tx: Transaction, code: str) -> bool:
    """Count one use, unless the limit is reached."""
    return await tx.execute(COUNT, code=code) == 1


async def count_customer(tx: Transaction, code: str, customer: str, most: int | None) -> bool:
    """Count one use by a customer, unless hers is the last that she may have."""
    return await tx.execute(COUNT_CUSTOMER, code=code, customer=customer, most=most) == 1


async def used_by(tx: Transaction, code: str, customer: str) -> int:
    """How often a customer has used the code."""
    return await tx.find(int, USED_BY, code=code, customer=customer) or 0


async def give_back(tx: Transaction, code: str, order_id: UUID) -> bool:
    """Forget that an order used the code, and uncount it; tells whether it had."""
    customer = await tx.find(str, UNCLAIM, code=code, order_id=order_id)
    if customer is None:
        return False
    await tx.execute(UNCOUNT, code=code)
    if customer:
        await tx.execute(UNCOUNT_CUSTOMER, code=code, customer=customer)
    return True
