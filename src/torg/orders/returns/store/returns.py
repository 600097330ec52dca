"""The tables of returns: SQL in, model out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.returns.model import Return, ReturnState
from torg.orders.store import Place

SELECT = """
SELECT CASE WHEN r.receipt THEN r.order_id END AS order_id, r.id, r.kind, r.state, r.source, r.number, r.channel,
       r.market, r.seller, r.store, r.location, r.customer_id, r.currency, r.net, r.tax, r.gross, r.delivery,
       r.delivery_tax, r.fee, r.fee_tax, r.withdrawal, r.destination, r.refunded, r.tries, r.overruled, r.claim_id,
       r.change_id, r.exchanged,
       r.units, r.reason, r.actor, r.returned_at, r.created_at, r.expires_at, r.received_at, r.settled_at, r.check_at,
       r.version,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', l.id, 'position', l.position, 'line_id', l.line_id, 'product_id', l.product_id,
                'variant_id', l.variant_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity,
                'net', l.net, 'tax', l.tax, 'gross', l.gross, 'announced', l.announced, 'reason', l.reason,
                'note', l.note, 'condition', l.condition, 'restock', l.restock, 'rejected', l.rejected,
                'rejection', l.rejection, 'fee', l.fee, 'fee_tax', l.fee_tax) ORDER BY l.position, l.id), '[]')
        FROM return_lines l WHERE l.order_id = r.order_id AND l.return_id = r.id) AS lines
FROM returns r
"""
OF_ORDER = SELECT + "WHERE r.order_id = %(order_id)s AND r.receipt ORDER BY r.returned_at, r.id"
OF_ORDERS = (
    SELECT + "WHERE r.order_id = ANY(%(order_ids)s) AND r.receipt ORDER BY r.order_id, r.returned_at, r.id"
)
FIND = SELECT + "WHERE r.order_id = %(key)s AND r.id = %(id)s"
LOCK = FIND + " FOR UPDATE OF r"
LIST = (
    SELECT  # noqa: S608  # our own column names
    + """
WHERE (%(channel)s::text IS NULL OR r.channel = %(channel)s)
  AND (%(store)s::text IS NULL OR r.store = %(store)s)
  AND (%(state)s::text IS NULL OR r.state = %(state)s)
  AND (%(places)s::jsonb IS NULL OR EXISTS (
         SELECT FROM jsonb_to_recordset(%(places)s) AS g (stores jsonb, channels jsonb)
         WHERE (g.stores IS NULL OR g.stores ? r.store) AND (g.channels IS NULL OR g.channels ? r.channel)))
  AND (%(since)s::timestamptz IS NULL OR r.returned_at >= %(since)s)
  AND (%(after_at)s::timestamptz IS NULL OR (r.returned_at, r.id) < (%(after_at)s, %(after_id)s))
ORDER BY r.returned_at DESC, r.id DESC
LIMIT %(limit)s
"""
)
_HEADER = """
FROM jsonb_to_recordset(%(returns)s) AS r (
    order_id uuid, id uuid, kind text, state text, source text, number text, channel text, market text, seller text,
    store text, location text, customer_id uuid, currency text, net bigint, tax bigint, gross bigint, delivery bigint,
    delivery_tax bigint, fee bigint, fee_tax bigint, withdrawal boolean, destination text, refunded bigint,
    tries integer, overruled text, claim_id uuid, change_id uuid, exchanged bigint, units integer, reason text,
    actor text, returned_at timestamptz,
    created_at timestamptz, expires_at timestamptz, received_at timestamptz, settled_at timestamptz,
    check_at timestamptz)
"""
ADD = (
    """
INSERT INTO returns (order_id, id, receipt, kind, state, source, number, channel, market, seller, store, location,
                     customer_id, currency, net, tax, gross, delivery, delivery_tax, fee, fee_tax, withdrawal,
                     destination, refunded, tries, overruled, claim_id, change_id, exchanged, units, reason, actor,
                     returned_at, created_at, expires_at, received_at, settled_at, check_at)
SELECT coalesce(r.order_id, r.id), r.id, r.order_id IS NOT NULL, r.kind, r.state, r.source, r.number, r.channel,
       r.market, r.seller, r.store, r.location, r.customer_id, r.currency, r.net, r.tax, r.gross, r.delivery,
       r.delivery_tax, r.fee, r.fee_tax, r.withdrawal, r.destination, r.refunded, r.tries, r.overruled, r.claim_id,
       r.change_id, r.exchanged, r.units, r.reason, r.actor, r.returned_at, r.created_at, r.expires_at,
       r.received_at, r.settled_at, r.check_at
"""
    + _HEADER
    + """
ON CONFLICT DO NOTHING
RETURNING id
"""
)
SAVE = (
    """
UPDATE returns o SET
    state = r.state, store = r.store, location = r.location, net = r.net, tax = r.tax, gross = r.gross,
    delivery = r.delivery, delivery_tax = r.delivery_tax, fee = r.fee, fee_tax = r.fee_tax, withdrawal = r.withdrawal,
    destination = r.destination, refunded = r.refunded, tries = r.tries, overruled = r.overruled,
    exchanged = r.exchanged, units = r.units, reason = r.reason, actor = r.actor, returned_at = r.returned_at,
    received_at = r.received_at, customer_id = r.customer_id, settled_at = r.settled_at,
    check_at = r.check_at, version = o.version + 1
"""
    + _HEADER
    + "WHERE o.order_id = %(key)s AND o.id = r.id AND o.version = %(version)s"
)
KEEP_LINES = """
INSERT INTO return_lines (order_id, return_id, id, position, line_id, product_id, variant_id, sku, name, quantity, net,
                          tax, gross, announced, reason, note, condition, restock, rejected, rejection, fee, fee_tax)
SELECT coalesce(r.order_id, r.id), r.id, l.id, l.position, l.line_id, l.product_id, l.variant_id, l.sku, l.name,
       l.quantity, l.net, l.tax, l.gross, l.announced, l.reason, l.note, l.condition, l.restock, l.rejected,
       l.rejection, l.fee, l.fee_tax
FROM jsonb_to_recordset(%(returns)s) AS r (order_id uuid, id uuid, lines jsonb)
CROSS JOIN jsonb_to_recordset(r.lines) AS l (
    id uuid, position integer, line_id uuid, product_id uuid, variant_id uuid, sku text, name text, quantity integer,
    net bigint, tax bigint, gross bigint, announced integer, reason text, note text, condition text, restock boolean,
    rejected integer, rejection text, fee bigint, fee_tax bigint)
ON CONFLICT (order_id, return_id, id) DO UPDATE SET
    quantity = excluded.quantity, net = excluded.net, tax = excluded.tax, gross = excluded.gross,
    reason = excluded.reason, note = excluded.note, condition = excluded.condition, restock = excluded.restock,
    rejected = excluded.rejected, rejection = excluded.rejection, fee = excluded.fee, fee_tax = excluded.fee_tax
"""
CLAIM = """
INSERT INTO return_numbers (number, order_id, return_id) VALUES (%(number)s, %(key)s, %(id)s)
ON CONFLICT (number) DO UPDATE SET number = excluded.number
WHERE return_numbers.return_id = excluded.return_id
RETURNING number
"""
CLAIMED = "SELECT order_id AS key, return_id AS id FROM return_numbers WHERE number = %(number)s"
EXCHANGED = """
UPDATE returns SET exchanged = %(exchanged)s, check_at = CASE WHEN state = 'received' THEN %(now)s ELSE check_at END,
                   version = version + 1
WHERE order_id = %(key)s AND id = %(id)s AND exchanged IS NULL
"""
DUE = """
SELECT order_id AS key, id, state FROM returns WHERE check_at <= %(now)s ORDER BY check_at LIMIT %(limit)s
"""
POSTPONE = """
UPDATE returns SET check_at = %(later)s WHERE order_id = %(key)s AND id = %(id)s AND check_at <= %(now)s
"""


class Named(Struct, frozen=True):
    """Where a return stands."""

    key: UUID
    id: UUID


class Due(Struct, frozen=True):
    """A return that somebody must look at now."""

    key: UUID
    id: UUID
    state: ReturnState


async def add(tx: Transaction, returns: Sequence[Return]) -> int:
    """Write returns with their lines; those that are there stay as they are. How many were new."""
    if not returns:
        return 0
    new = set(await tx.all(UUID, ADD, returns=Jsonb([_header(one) for one in returns])))
    if new:
        await tx.execute(KEEP_LINES, returns=Jsonb([one for one in returns if one.id in new]))
    return len(new)


def _header(one: Return) -> Return:
    return msgspec.structs.replace(one, lines=())


async def save(tx: Transaction, present: Return) -> bool:
    """Write a return that was read before, with its lines; False when somebody else moved it."""
    saved = await tx.execute(
        SAVE, returns=Jsonb([_header(present)]), key=present.key, version=present.version
    )
    if saved and present.lines:
        await tx.execute(KEEP_LINES, returns=Jsonb([present]))
    return saved == 1


async def exchanged(tx: Transaction, key: UUID, id: UUID, amount: int) -> bool:
    """So much of a return has paid for other goods, and the rest can go back; False when that was decided before."""
    return await tx.execute(EXCHANGED, key=key, id=id, exchanged=amount, now=tx.now) == 1


async def find(tx: Transaction, key: UUID, id: UUID, *, lock: bool = False) -> Return | None:
    """One return of an order (or, without a receipt, under its own id), or nothing."""
    return await tx.find(Return, LOCK if lock else FIND, key=key, id=id)


async def of_order(tx: Transaction, order_id: UUID) -> list[Return]:
    """The returns of an order, the oldest first."""
    return await tx.all(Return, OF_ORDER, order_id=order_id)


async def of_orders(tx: Transaction, order_ids: Sequence[UUID]) -> list[Return]:
    """The returns of these orders, each order's the oldest first."""
    return await tx.all(Return, OF_ORDERS, order_ids=list(order_ids))


async def claim_number(tx: Transaction, number: str, key: UUID, id: UUID) -> bool:
    """Take a number for a return; False when another return has it."""
    return await tx.find(str, CLAIM, number=number, key=key, id=id) is not None


async def numbered(tx: Transaction, number: str) -> Named | None:
    """The return that has a number, or nothing."""
    return await tx.find(Named, CLAIMED, number=number)


async def due(tx: Transaction, limit: int) -> list[Due]:
    """Returns that somebody must look at now, the longest waiting first."""
    return await tx.all(Due, DUE, now=tx.now, limit=limit)


async def postpone(tx: Transaction, key: UUID, id: UUID, later: datetime) -> None:
    """Look at a return later that is due now."""
    await tx.execute(POSTPONE, key=key, id=id, later=later, now=tx.now)


async def listed(
    tx: Transaction,
    *,
    channel: str | None,
    store: str | None,
    state: ReturnState | None,
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
        state=state,
        since=since,
        places=Jsonb(places) if places is not None else None,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )
