"""How often promotions and codes were used, by which orders and whom; every limit is a guard in its statement."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction

# One statement for all promotions of an order. Rows are locked in the order of their keys, and each count is guarded on
# its own row, so whoever waited for another counts on from what that one left. A promotion that was counted for the
# order before is not counted again. What is wanted comes through SELECTs, so that no estimate follows how much it is:
# else this is planned anew at every purchase, which takes longer than doing it.
REDEEM = """
WITH wanted AS MATERIALIZED (
    SELECT promotion, code, limited, most
    FROM jsonb_to_recordset((SELECT %(uses)s::jsonb)) AS u (promotion text, code text, limited boolean, most integer)
), claimed AS (
    INSERT INTO promotion_redemptions (promotion, order_id, code, customer, at)
    SELECT promotion, %(order_id)s, code, nullif(array_to_string(%(customers)s::text[], ' '), ''), %(at)s
    FROM wanted ORDER BY promotion
    ON CONFLICT (promotion, order_id) DO NOTHING
    RETURNING promotion
), locked AS MATERIALIZED (
    SELECT promotion FROM promotion_counters
    WHERE promotion = ANY (SELECT w.promotion FROM wanted w JOIN claimed USING (promotion) WHERE w.limited)
    ORDER BY promotion FOR UPDATE
), counted AS (
    UPDATE promotion_counters c SET used = c.used + 1 FROM locked l
    WHERE c.promotion = l.promotion AND c.used < c.usage_limit
    RETURNING c.promotion
), customers AS (
    INSERT INTO promotion_customers AS c (promotion, customer, used)
    SELECT w.promotion, n.customer, 1 FROM wanted w JOIN claimed USING (promotion)
    CROSS JOIN unnest((SELECT %(customers)s::text[])) AS n (customer)
    WHERE w.most IS NOT NULL ORDER BY w.promotion, n.customer
    ON CONFLICT (promotion, customer) DO UPDATE SET used = c.used + 1
    WHERE c.used < (SELECT w.most FROM wanted w WHERE w.promotion = c.promotion)
    RETURNING promotion
)
SELECT w.promotion, w.code, d.promotion IS NOT NULL AS claimed,
       d.promotion IS NULL
       OR ((NOT w.limited OR n.promotion IS NOT NULL)
           AND (w.most IS NULL OR coalesce(p.names, 0) = cardinality(%(customers)s::text[]))) AS granted
FROM wanted w
LEFT JOIN claimed d USING (promotion)
LEFT JOIN counted n USING (promotion)
LEFT JOIN (SELECT promotion, count(*) AS names FROM customers GROUP BY promotion) AS p USING (promotion)
ORDER BY w.promotion
"""
REDEEM_CODES = """
WITH locked AS MATERIALIZED (
    SELECT code FROM promotion_codes WHERE code = ANY(%(codes)s) ORDER BY code FOR UPDATE
)
UPDATE promotion_codes c SET used = c.used + 1 FROM locked l
WHERE c.code = l.code AND c.disabled_at IS NULL AND c.used < c.usage_limit
  AND (c.valid_to IS NULL OR c.valid_to > %(at)s)
RETURNING c.code
"""
# What an order counted is uncounted, whatever the limits have become since.
GIVE_BACK = """
WITH gone AS (
    DELETE FROM promotion_redemptions WHERE promotion = ANY(%(promotions)s) AND order_id = %(order_id)s
    RETURNING promotion, code, customer
), counters AS MATERIALIZED (
    SELECT promotion FROM promotion_counters WHERE promotion IN (SELECT promotion FROM gone)
    ORDER BY promotion FOR UPDATE
), uncounted AS (
    UPDATE promotion_counters c SET used = c.used - 1 FROM counters l
    WHERE c.promotion = l.promotion AND c.usage_limit IS NOT NULL AND c.used > 0
), customers AS (
    UPDATE promotion_customers c SET used = c.used - 1 FROM gone g
    WHERE c.promotion = g.promotion AND c.customer = ANY (string_to_array(g.customer, ' ')) AND c.used > 0
), codes AS MATERIALIZED (
    SELECT code FROM promotion_codes WHERE code IN (SELECT code FROM gone) ORDER BY code FOR UPDATE
), returned AS (
    UPDATE promotion_codes c SET used = c.used - 1 FROM codes l
    WHERE c.code = l.code AND c.usage_limit IS NOT NULL AND c.used > 0
)
SELECT promotion, code FROM gone ORDER BY promotion
"""
USED_UP = "SELECT promotion FROM promotion_counters WHERE used >= usage_limit"
# Both on one journey: how often somebody has used promotions that have a limit for each, and whether she has bought.
USED_BY = """
SELECT promotion, max(used) AS used FROM promotion_customers
WHERE promotion = ANY(%(promotions)s) AND customer = ANY(%(buyers)s) GROUP BY promotion
"""
BOUGHT = "SELECT EXISTS (SELECT FROM promotion_buyers WHERE customer = ANY(%(buyers)s) AND orders > 0)"
NOTE_BUYERS = """
INSERT INTO promotion_buyers AS b (customer, orders)
SELECT customer, sum(orders)::integer FROM jsonb_to_recordset(%(orders)s) AS o (customer text, orders integer)
GROUP BY customer ORDER BY customer
ON CONFLICT (customer) DO UPDATE SET orders = b.orders + excluded.orders
"""


class Counted(Struct, frozen=True):
    """What became of one use: newly written down for the order or known before, and within the limits or not."""

    promotion: str
    code: str | None
    claimed: bool
    granted: bool


class Returned(Struct, frozen=True):
    """A use that is no longer counted."""

    promotion: str
    code: str | None


class UsedBy(Struct, frozen=True):
    """How often somebody used a promotion."""

    promotion: str
    used: int


async def redeem(
    tx: Transaction, order_id: UUID, uses: Sequence[Struct], customers: Sequence[str]
) -> list[Counted]:
    """Count the uses of an order, for each name of who buys; what is not granted must not be kept."""
    return await tx.all(
        Counted, REDEEM, uses=Jsonb(list(uses)), order_id=order_id, customers=list(customers), at=tx.now
    )


async def redeem_codes(tx: Transaction, codes: Sequence[str]) -> set[str]:
    """Count one use of each of these codes that have a limit of their own; tells which were left."""
    return set(await tx.all(str, REDEEM_CODES, codes=list(codes), at=tx.now)) if codes else set()


async def give_back(tx: Transaction, order_id: UUID, promotions: Sequence[str]) -> list[Returned]:
    """Forget that an order used these promotions; tells which it had used."""
    return await tx.all(Returned, GIVE_BACK, order_id=order_id, promotions=sorted(promotions))


async def used_up(tx: Transaction) -> frozenset[str]:
    """The promotions that have been used as often as they may."""
    return frozenset(await tx.all(str, USED_UP))


async def used_by(tx: Transaction, promotions: Sequence[str], buyers: Sequence[str]) -> dict[str, int]:
    """How often somebody, by any of her names, has used these promotions."""
    found = await tx.all(UsedBy, USED_BY, promotions=list(promotions), buyers=list(buyers))
    return {one.promotion: one.used for one in found}


async def bought(tx: Transaction, buyers: Sequence[str]) -> bool:
    """Whether somebody, by any of her names, has bought before."""
    return await tx.one(bool, BOUGHT, buyers=list(buyers))


async def note_buyers(tx: Transaction, orders: Sequence[tuple[str, int]]) -> None:
    """Count orders, or take them back, by who bought."""
    if orders:
        rows = [{"customer": customer, "orders": number} for customer, number in orders]
        await tx.execute(NOTE_BUYERS, orders=Jsonb(rows))
