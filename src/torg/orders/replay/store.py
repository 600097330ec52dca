"""What was sent, by whom: SQL in, routing's words out."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from torg.inventory import Destination, Sent, SentPart
from torg.kernel.database import Transaction

SENT = """
SELECT o.order_id, coalesce(o.placed_at, o.created_at) AS at, coalesce(o.address ->> 'country', o.country) AS country,
       o.address ->> 'region' AS region, o.address ->> 'postal_code' AS postal_code, d.method, d.latest,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'line_id', l.line_id, 'variant_id', l.variant_id, 'location', f.location, 'quantity', l.quantity,
                'value', x.gross * l.quantity / x.quantity, 'weight_g', x.weight_g * l.quantity)
                ORDER BY l.line_id, l.variant_id, f.location), '[]')
        FROM fulfilments f
        JOIN fulfilment_lines l ON l.order_id = f.order_id AND l.fulfilment_id = f.id
        JOIN order_lines x ON x.order_id = l.order_id AND x.id = l.line_id
        WHERE f.order_id = o.order_id AND f.kind = 'ship' AND f.state <> 'cancelled') AS parts
FROM orders o
CROSS JOIN LATERAL (
    SELECT s.method, s.latest FROM jsonb_to_recordset(o.deliveries) AS s (intent text, method text, latest date)
    WHERE s.intent = 'ship' LIMIT 1) AS d
WHERE o.channel = %(channel)s AND o.state = 'placed'
ORDER BY o.created_at DESC, o.order_id DESC
LIMIT %(most)s
"""


class _Row(Struct, frozen=True):
    order_id: UUID
    at: datetime
    country: str
    region: str | None
    postal_code: str | None
    method: str
    latest: date | None
    parts: tuple[SentPart, ...]


async def sent(tx: Transaction, channel: str, most: int) -> list[Sent]:
    """The channel's last orders of which something was sent, the oldest of them first."""
    rows = await tx.all(_Row, SENT, channel=channel, most=most)
    return [_sent(row) for row in reversed(rows) if row.parts]


def _sent(row: _Row) -> Sent:
    promised = (row.latest - row.at.date()).days if row.latest else None
    to = Destination(row.country, row.region, row.postal_code, row.method, promised)
    return Sent(row.order_id, row.at, to, row.parts)
