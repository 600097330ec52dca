"""What is true of the practice retailer's year, reckoned from the database by plain statements.

Each figure has the name under which `docs/practice-retailer.md` tells it. Analyses of the practice retailer must come
to the same figures by their own ways.
"""

from torg.demo.prices import ASKING
from torg.kernel.database import Transaction
from torg.kernel.money import exponent

# Kept for the time of the transaction, so that each is reckoned once, and the planner knows how large they are.
TABLES = {
    "year": """
        SELECT o.*, c.kind FROM orders o JOIN channels c ON c.code = o.channel WHERE o.source = 'practice'""",
    "touches": """
        SELECT y.order_id, y.customer_id, t.place, t.touch ->> 'by' AS by, t.touch ->> 'device' AS device, c.kind
        FROM year y CROSS JOIN jsonb_array_elements(y.journey) WITH ORDINALITY AS t (touch, place)
        JOIN channels c ON c.code = t.touch ->> 'channel'""",
    "buyers": """
        SELECT customer_id, count(DISTINCT kind) AS kinds, bool_and(kind = 'till') AS store_only
        FROM touches WHERE customer_id IS NOT NULL GROUP BY customer_id""",
    "journeys": """
        SELECT order_id, count(DISTINCT device) > 1 AS changes,
               (array_agg(device ORDER BY place))[1] AS begun_on
        FROM touches WHERE by = 'customer' AND order_id IN (
            SELECT order_id FROM touches
            WHERE place = 1 AND by = 'customer' AND kind IN ('web', 'app', 'social', 'chat'))
        GROUP BY order_id""",
}

FIGURES = {
    "customers": "SELECT count(*) FROM customers WHERE source = 'practice'",
    "orders": "SELECT count(*) FROM year",
    "orders-of-nobody-known": "SELECT count(*) FROM year WHERE customer_id IS NULL",
    "uses-several-channels": "SELECT 100.0 * avg((kinds > 1)::int) FROM buyers",
    "store-only": "SELECT 100.0 * avg((kinds = 1 AND store_only)::int) FROM buyers",
    "online-only": "SELECT 100.0 * avg((kinds = 1 AND NOT store_only)::int) FROM buyers",
    "changes-device": "SELECT 100.0 * avg(changes::int) FROM journeys",
    "begins-on-phone": "SELECT 100.0 * avg((begun_on = 'phone')::int) FROM journeys",
    "orders-a-year-several": "SELECT count(*)::numeric / count(DISTINCT customer_id)"
    " FROM year JOIN buyers USING (customer_id) WHERE kinds > 1",
    "orders-a-year-one": "SELECT count(*)::numeric / count(DISTINCT customer_id)"
    " FROM year JOIN buyers USING (customer_id) WHERE kinds = 1",
    "picked-up": 'SELECT 100.0 * avg((deliveries @> \'[{"intent": "pick_up"}]\')::int) FROM year'
    " WHERE kind IN ('web', 'app', 'social', 'chat')",
    "cancelled": "SELECT 100.0 * avg((state = 'cancelled')::int) FROM year"
    " WHERE kind <> 'till' AND deliveries @> '[{\"intent\": \"ship\"}]'",
    "begun-online-finished-in-store": "SELECT 100.0 * avg((t.kind <> 'till')::int) FROM year y"
    " JOIN buyers u USING (customer_id) JOIN touches t ON t.order_id = y.order_id AND t.place = 1"
    " WHERE y.kind = 'till' AND u.kinds > 1",
    "saturday-in-store": "SELECT 100.0 * avg((extract(isodow FROM placed_at AT TIME ZONE time_zone) = 6)::int)"
    " FROM year WHERE kind = 'till'",
    "november-december": "SELECT 100.0 * avg((extract(month FROM placed_at AT TIME ZONE time_zone) >= 11)::int)"
    " FROM year",
    "days-between-orders-several": """
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FROM (
            SELECT extract(epoch FROM placed_at - lag(placed_at) OVER (PARTITION BY customer_id ORDER BY placed_at))
                   / 86400 AS gap
            FROM year JOIN buyers USING (customer_id) WHERE kinds > 1) gaps""",
    "back-to-a-store": "SELECT 100.0 * avg((r.store IS NOT NULL)::int) FROM returns r JOIN year y USING (order_id)"
    " WHERE y.kind <> 'till'",
}
SHARE_OF_KIND = "SELECT kind, 100.0 * count(*) / sum(count(*)) OVER () AS share FROM year GROUP BY kind"
CASH = """
SELECT market, 100.0 * avg((p.tender = 'cash')::int) AS share FROM year JOIN payments p USING (order_id)
WHERE kind = 'till' GROUP BY market
"""
RETURNED = """
SELECT y.kind, 100.0 * count(r.line_id) / count(*) AS share
FROM year y JOIN order_lines l USING (order_id)
LEFT JOIN return_lines r ON r.order_id = l.order_id AND r.line_id = l.id
WHERE y.state = 'placed' AND l.gone > 0 AND y.placed_at < (SELECT max(placed_at) FROM year) - interval '35 days'
GROUP BY y.kind
"""
WORTH = """
SELECT u.kinds > 1 AS several, y.currency, y.customer_id, sum(y.net)::bigint AS net
FROM year y JOIN buyers u USING (customer_id) WHERE y.state = 'placed' GROUP BY 1, 2, 3
"""


async def figures(tx: Transaction) -> dict[str, float]:
    """Every figure by its name; shares in percent. Makes temporary tables, so it needs a transaction that may write."""
    for name, rows in TABLES.items():
        await tx.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {rows}")
        await tx.execute(f"ANALYZE {name}")
    found = {name: float(*(await tx.one(dict, sql)).values()) for name, sql in FIGURES.items()}
    for row in await tx.all(dict, SHARE_OF_KIND):
        found[f"orders-by-{row['kind']}"] = float(row["share"])
    for row in await tx.all(dict, CASH):
        found[f"cash-{row['market']}"] = float(row["share"])
    for row in await tx.all(dict, RETURNED):
        found[f"returned-{row['kind']}"] = float(row["share"])
    return found | {"worth-of-several": await _worth(tx)}


async def _worth(tx: Transaction) -> float:
    """How many times as much a customer of several channels buys for in the year, in kroner at the lists' own rates."""
    rate = {one.currency: 1000 / one.worth / 10 ** exponent(one.currency) for one in ASKING}
    sums: dict[bool, list[float]] = {True: [], False: []}
    for row in await tx.all(dict, WORTH):
        sums[row["several"]].append(row["net"] * rate[row["currency"]])
    several, one = (sum(sums[which]) / len(sums[which]) for which in (True, False))
    return several / one
