"""The tables of returns: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.returns.model import Return
from torg.orders.store import Place

SELECT = """
SELECT CASE WHEN r.receipt THEN r.order_id END AS order_id, r.id, r.source, r.number, r.channel, r.market, r.seller,
       r.store, r.customer_id, r.currency, r.net, r.tax, r.gross, r.delivery, r.units, r.reason, r.actor,
       r.returned_at, r.created_at, r.version,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', l.id, 'position', l.position, 'line_id', l.line_id, 'product_id', l.product_id,
                'variant_id', l.variant_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity,
                'net', l.net, 'tax', l.tax, 'gross', l.gross) ORDER BY l.position, l.id), '[]')
        FROM return_lines l WHERE l.order_id = r.order_id AND l.return_id = r.id) AS lines
FROM returns r
"""
OF_ORDER = SELECT + "WHERE r.order_id = %(order_id)s AND r.receipt ORDER BY r.returned_at, r.id"
OF_ORDERS = (
    SELECT + "WHERE r.order_id = ANY(%(order_ids)s) AND r.receipt ORDER BY r.order_id, r.returned_at, r.id"
)
LIST = (
    SELECT  # noqa: S608  # our own column names
    + """
WHERE (%(channel)s::text IS NULL OR r.channel = %(channel)s)
  AND (%(store)s::text IS NULL OR r.store = %(store)s)
  AND (%(places)s::jsonb IS NULL OR EXISTS (
         SELECT FROM jsonb_to_recordset(%(places)s) AS g (stores jsonb, channels jsonb)
         WHERE (g.stores IS NULL OR g.stores ? r.store) AND (g.channels IS NULL OR g.channels ? r.channel)))
  AND (%(since)s::timestamptz IS NULL OR r.returned_at >= %(since)s)
  AND (%(after_at)s::timestamptz IS NULL OR (r.returned_at, r.id) < (%(after_at)s, %(after_id)s))
ORDER BY r.returned_at DESC, r.id DESC
LIMIT %(limit)s
"""
)
ADD = """
INSERT INTO returns (order_id, id, receipt, source, number, channel, market, seller, store, customer_id, currency, net,
                     tax, gross, delivery, units, reason, actor, returned_at, created_at)
SELECT coalesce(r.order_id, r.id), r.id, r.order_id IS NOT NULL, r.source, r.number, r.channel, r.market, r.seller,
       r.store, r.customer_id, r.currency, r.net, r.tax, r.gross, r.delivery, r.units, r.reason, r.actor,
       r.returned_at, r.created_at
FROM jsonb_to_recordset(%(returns)s) AS r (
    order_id uuid, id uuid, source text, number text, channel text, market text, seller text, store text,
    customer_id uuid, currency text, net bigint, tax bigint, gross bigint, delivery bigint, units integer, reason text,
    actor text, returned_at timestamptz, created_at timestamptz)
ON CONFLICT DO NOTHING
RETURNING id
"""
ADD_LINES = """
INSERT INTO return_lines (order_id, return_id, id, position, line_id, product_id, variant_id, sku, name, quantity, net,
                          tax, gross)
SELECT coalesce(r.order_id, r.id), r.id, l.id, l.position, l.line_id, l.product_id, l.variant_id, l.sku, l.name,
       l.quantity, l.net, l.tax, l.gross
FROM jsonb_to_recordset(%(returns)s) AS r (order_id uuid, id uuid, lines jsonb)
CROSS JOIN jsonb_to_recordset(r.lines) AS l (
    id uuid, position integer, line_id uuid, product_id uuid, variant_id uuid, sku text, name text, quantity integer,
    net bigint, tax bigint, gross bigint)
"""


async def add(tx: Transaction, returns: Sequence[Return]) -> int:
    """Write returns with their lines; those that are there stay as they are. How many were new."""
    if not returns:
        return 0
    new = set(await tx.all(UUID, ADD, returns=Jsonb([_header(one) for one in returns])))
    if new:
        await tx.execute(ADD_LINES, returns=Jsonb([one for one in returns if one.id in new]))
    return len(new)


def _header(one: Return) -> Return:
    return msgspec.structs.replace(one, lines=())


async def of_order(tx: Transaction, order_id: UUID) -> list[Return]:
    """The returns of an order, the oldest first."""
    return await tx.all(Return, OF_ORDER, order_id=order_id)


async def of_orders(tx: Transaction, order_ids: Sequence[UUID]) -> list[Return]:
    """The returns of these orders, each order's the oldest first."""
    return await tx.all(Return, OF_ORDERS, order_ids=list(order_ids))


async def listed(
    tx: Transaction,
    *,
    channel: str | None,
    store: str | None,
    since: datetime | None,
    places: list[Place] | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Return]:
    """Returns, the newest first."""
    return await tx.all(
        Return,
        LIST,
        channel=channel,
        store=store,
        since=since,
        places=Jsonb(places) if places is not None else None,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )
