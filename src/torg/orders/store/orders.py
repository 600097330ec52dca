"""Orders and their lines: written, found, moved on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.carts import LineCard
from torg.kernel.database import Transaction
from torg.kernel.spread import together
from torg.orders.model import Order, OrderLine

COLUMNS = """
order_id, state, source, number, channel, market, seller, store, stores, customer_id, token_hash, language, country,
region, time_zone, name, email, phone, address, billing, deliveries, codes, capture, currency, net, tax, gross,
discount, delivery, taxes, units, actor, reason, held_until, check_at, created_at, placed_at, cancelled_at,
updated_at, version, journey, business, purchase_order, quote, tax_basis, promotions, given_back,
exchanged
"""
LINE_COLUMNS = """
id, position, product_id, variant_id, sku, name, options, image, kind, weight_g, intent, store, note, quantity, unit,
tax_included, tax_rate, tax_name, treatment, discount, net, tax, gross, components, promised, expected,
adjustments, gift, price_reason, card, wraps
"""

DOCUMENTS = ("address", "billing", "deliveries", "taxes", "journey", "business", "tax_basis", "promotions")

# A cart that was completed before and lapsed has its order already: it is made anew, under the same id, its old lines
# went when it lapsed. Nothing is written when the order is in any other state.
PREPARE = """
WITH header AS (
    INSERT INTO orders AS o (
        order_id, state, channel, market, seller, store, customer_id, token_hash, language, country, region,
        time_zone, name, email, phone, address, billing, deliveries, codes, capture, currency, net, tax, gross,
        discount, delivery, taxes, units, actor, held_until, check_at, created_at, updated_at, journey,
        business, purchase_order, quote, tax_basis, promotions)
    VALUES (
        %(order_id)s, 'pending', %(channel)s, %(market)s, %(seller)s, %(store)s, %(customer_id)s, %(token_hash)s,
        %(language)s, %(country)s, %(region)s, %(time_zone)s, %(name)s, %(email)s, %(phone)s, %(address)s,
        %(billing)s, %(deliveries)s, %(codes)s, %(capture)s, %(currency)s, %(net)s, %(tax)s, %(gross)s,
        %(discount)s, %(delivery)s, %(taxes)s, %(units)s, %(actor)s, %(held_until)s, %(check_at)s, %(created_at)s,
        %(created_at)s, %(journey)s, %(business)s, %(purchase_order)s, %(quote)s, %(tax_basis)s,
        %(promotions)s)
    ON CONFLICT (order_id) DO UPDATE SET
        state = 'pending', channel = excluded.channel, market = excluded.market, seller = excluded.seller,
        store = excluded.store, customer_id = excluded.customer_id, token_hash = excluded.token_hash,
        language = excluded.language, country = excluded.country, region = excluded.region,
        time_zone = excluded.time_zone, name = excluded.name, email = excluded.email, phone = excluded.phone,
        address = excluded.address, billing = excluded.billing, deliveries = excluded.deliveries,
        codes = excluded.codes, capture = excluded.capture, currency = excluded.currency, net = excluded.net,
        tax = excluded.tax, gross = excluded.gross, discount = excluded.discount, delivery = excluded.delivery,
        taxes = excluded.taxes, units = excluded.units, actor = excluded.actor, reason = NULL,
        held_until = excluded.held_until, check_at = excluded.check_at, created_at = excluded.created_at,
        updated_at = excluded.updated_at, journey = excluded.journey, business = excluded.business,
        purchase_order = excluded.purchase_order, quote = excluded.quote, tax_basis = excluded.tax_basis,
        promotions = excluded.promotions, version = o.version + 1
    WHERE o.state = 'lapsed'
    RETURNING o.order_id, o.version
), written AS (
    INSERT INTO order_lines (
        order_id, id, position, product_id, variant_id, sku, name, options, image, kind, weight_g, intent, store, note,
        quantity, unit, tax_included, tax_rate, tax_name, treatment, discount, net, tax, gross, components, promised,
        expected, adjustments, gift, price_reason, card, wraps)
    SELECT h.order_id, l.id, l.position, l.product_id, l.variant_id, l.sku, l.name, l.options, l.image, l.kind,
           l.weight_g, l.intent, l.store, l.note, l.quantity, l.unit, l.tax_included, l.tax_rate, l.tax_name,
           l.treatment, l.discount, l.net, l.tax, l.gross, l.components, l.promised, l.expected,
           l.adjustments, l.gift, l.price_reason, l.card, l.wraps
    FROM header h CROSS JOIN jsonb_to_recordset(%(lines)s) AS l (
        id uuid, position integer, product_id uuid, variant_id uuid, sku text, name text, options text, image text,
        kind text, weight_g integer, intent text, store text, note text, quantity integer, unit bigint,
        tax_included boolean, tax_rate integer, tax_name text, treatment text, discount bigint, net bigint, tax bigint,
        gross bigint, components jsonb, promised text, expected date, adjustments jsonb, gift text, price_reason text,
        card jsonb, wraps uuid)
)
SELECT version FROM header
"""
FIND = "SELECT " + COLUMNS + " FROM orders WHERE order_id = %(order_id)s"  # noqa: S608  # our own column names
LOCK = FIND + " FOR UPDATE"
OF_MANY = "SELECT " + COLUMNS + " FROM orders WHERE order_id = ANY(%(order_ids)s) ORDER BY order_id"  # noqa: S608  # our own column names
LOCK_MANY = OF_MANY + " FOR UPDATE"
UNSETTLED = """
SELECT order_id FROM orders WHERE order_id = ANY(%(order_ids)s) AND (state <> 'placed' OR check_at IS NOT NULL)
ORDER BY order_id
"""
LINES = (
    "SELECT " + LINE_COLUMNS + ", gone FROM order_lines"  # noqa: S608  # our own column names
    " WHERE order_id = %(order_id)s ORDER BY position, id"
)
LINES_OF_MANY = (
    "SELECT order_id, " + LINE_COLUMNS + ", gone FROM order_lines"  # noqa: S608  # our own column names
    " WHERE order_id = ANY(%(order_ids)s) ORDER BY order_id, position, id"
)
WITH_GIFT_CARDS = """
SELECT l.order_id, l.card, o.time_zone FROM order_lines l JOIN orders o USING (order_id)
WHERE l.order_id = ANY(%(order_ids)s) AND l.kind = 'gift_card' ORDER BY l.order_id, l.id
"""
PLACE = """
UPDATE orders SET
    state = 'placed', number = %(number)s, placed_at = %(now)s, updated_at = %(now)s, check_at = NULL,
    version = version + 1
WHERE order_id = %(order_id)s AND state = 'pending'
"""
DELIVER_ANEW = "UPDATE orders SET deliveries = %(deliveries)s WHERE order_id = %(order_id)s"
LAPSE = """
WITH moved AS (
    UPDATE orders SET
        state = 'lapsed', reason = %(reason)s, updated_at = %(now)s, check_at = %(check_at)s, version = version + 1
    WHERE order_id = %(order_id)s AND state = 'pending'
    RETURNING order_id
), dropped AS (
    DELETE FROM order_lines l USING moved m WHERE l.order_id = %(order_id)s AND l.order_id = m.order_id
)
SELECT order_id FROM moved
"""
CANCEL = """
UPDATE orders SET
    state = 'cancelled', reason = %(reason)s, cancelled_at = %(now)s, updated_at = %(now)s, check_at = %(check_at)s,
    version = version + 1
WHERE order_id = %(order_id)s AND state = 'placed'
"""
WATCH = "UPDATE orders SET check_at = %(check_at)s, held_until = %(held_until)s WHERE order_id = %(order_id)s"
DELIVER = """
UPDATE orders o SET stores = d.stores
FROM jsonb_to_recordset(%(delivering)s) AS d (order_id uuid, stores text[])
WHERE o.order_id = d.order_id AND o.order_id = ANY(%(order_ids)s)
"""
POSTPONE = "UPDATE orders SET check_at = %(check_at)s WHERE order_id = %(order_id)s AND check_at <= %(now)s"
OWE = """
UPDATE orders SET exchanged = exchanged - %(amount)s, updated_at = %(now)s, version = version + 1
WHERE order_id = %(order_id)s
"""
GONE = """
UPDATE order_lines l SET gone = g.units
FROM unnest(%(ids)s::uuid[], %(units)s::int[]) AS g (id, units)
WHERE l.order_id = %(order_id)s AND l.id = g.id AND g.units > l.gone
"""
CLAIM = """
INSERT INTO order_number_claims (number, order_id) VALUES (%(number)s, %(order_id)s)
ON CONFLICT (number) DO UPDATE SET number = excluded.number
WHERE order_number_claims.order_id = excluded.order_id
RETURNING number
"""
CLAIMED = "SELECT order_id FROM order_number_claims WHERE number = %(number)s"
DUE = "SELECT order_id FROM orders WHERE check_at <= %(now)s ORDER BY check_at LIMIT %(limit)s"


class _LineOf(OrderLine, frozen=True, kw_only=True):
    order_id: UUID


def as_json(value: Any) -> Jsonb | None:
    """A value as a document, or nothing."""
    return None if value is None else Jsonb(msgspec.to_builtins(value))


class CardsWanted(Struct, frozen=True):
    """What an order wants of gift cards in one line, and by whose clock."""

    order_id: UUID
    card: LineCard | None
    time_zone: str

    @property
    def sent_at(self) -> datetime | None:
        """When they are sent, if that is not as soon as they are paid."""
        return self.card.sent_at(self.time_zone) if self.card else None


async def prepare(tx: Transaction, order: Order, lines: Sequence[OrderLine]) -> int | None:
    """Write a pending order with its lines, anew when it had lapsed; its version, None when it is in another state."""
    row = msgspec.structs.asdict(order)
    row["codes"] = list(order.codes)
    row |= {name: as_json(row[name]) for name in DOCUMENTS}
    return await tx.find(int, PREPARE, **row, lines=as_json(lines))


async def find(tx: Transaction, order_id: UUID, *, lock: bool = False) -> Order | None:
    """One order, or nothing."""
    return await tx.find(Order, LOCK if lock else FIND, order_id=order_id)


async def find_many(tx: Transaction, order_ids: Sequence[UUID], *, lock: bool = False) -> list[Order]:
    """Those of these orders that there are, in the order of their ids, in which they are locked."""
    if not lock:
        return await tx.all(Order, OF_MANY, order_ids=list(order_ids)) if order_ids else []
    groups = await together(tx, order_ids)
    return [order for group in groups for order in await tx.all(Order, LOCK_MANY, order_ids=group)]


async def unsettled(tx: Transaction, order_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these orders that are not placed, or that somebody has to look at again."""
    return await tx.all(UUID, UNSETTLED, order_ids=list(order_ids))


async def lines_of(tx: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    """The lines of these orders, each in the order of its cart."""
    found: dict[UUID, list[OrderLine]] = {order_id: [] for order_id in order_ids}
    for line in await tx.all(_LineOf, LINES_OF_MANY, order_ids=list(order_ids)) if order_ids else []:
        found[line.order_id].append(line)
    return found


async def lines(tx: Transaction, order_id: UUID) -> list[OrderLine]:
    """The lines of an order in the order of the cart."""
    return await tx.all(OrderLine, LINES, order_id=order_id)


async def place(tx: Transaction, order_id: UUID, number: str) -> bool:
    """Pending to placed; False when somebody else moved it."""
    return await tx.execute(PLACE, order_id=order_id, number=number, now=tx.now) == 1


def deliver_anew(tx: Transaction, order: Order) -> None:
    """Keep what a locked order was promised anew."""
    tx.send(DELIVER_ANEW, order_id=order.order_id, deliveries=as_json(order.deliveries))


async def lapse(tx: Transaction, order_id: UUID, reason: str, check_at: datetime) -> bool:
    """Pending to lapsed, without its lines; False when somebody else moved it."""
    moved = await tx.find(UUID, LAPSE, order_id=order_id, reason=reason, check_at=check_at, now=tx.now)
    return moved is not None


async def cancel(tx: Transaction, order: Order) -> bool:
    """Placed to cancelled; False when somebody else moved it."""
    moved = await tx.execute(
        CANCEL, order_id=order.order_id, reason=order.reason, check_at=order.check_at, now=tx.now
    )
    return moved == 1


async def watch(tx: Transaction, order: Order, check_at: datetime | None, held_until: datetime) -> None:
    """When somebody has to look at the order again, and how long its goods are held."""
    await tx.execute(WATCH, order_id=order.order_id, check_at=check_at, held_until=held_until)


async def postpone(tx: Transaction, order_id: UUID, check_at: datetime) -> None:
    """Look at an order later that is due now."""
    await tx.execute(POSTPONE, order_id=order_id, check_at=check_at, now=tx.now)


async def delivered_by(tx: Transaction, stores: Mapping[UUID, Sequence[str]]) -> None:
    """These stores hand over or send some of these orders."""
    if stores:
        delivering = [{"order_id": order_id, "stores": codes} for order_id, codes in stores.items()]
        await tx.execute(DELIVER, delivering=as_json(delivering), order_ids=list(stores))


async def owe(tx: Transaction, order_id: UUID, amount: int) -> None:
    """So much of what goods were to pay for an exchange is open again: they did not come, or were worth less."""
    await tx.execute(OWE, order_id=order_id, amount=amount, now=tx.now)


async def mark_gone(tx: Transaction, order_id: UUID, units: dict[UUID, int]) -> None:
    """So many units of these lines have left."""
    await tx.execute(GONE, order_id=order_id, ids=list(units), units=list(units.values()))


async def claim_number(tx: Transaction, number: str, order_id: UUID) -> bool:
    """Take a number for an order; False when another order has it."""
    return await tx.find(str, CLAIM, number=number, order_id=order_id) is not None


async def with_gift_cards(tx: Transaction, order_ids: Sequence[UUID]) -> list[CardsWanted]:
    """The gift cards that some of the orders have bought, line by line."""
    return await tx.all(CardsWanted, WITH_GIFT_CARDS, order_ids=list(order_ids))


async def claimed(tx: Transaction, number: str) -> UUID | None:
    """The order that has a number, or nothing."""
    return await tx.find(UUID, CLAIMED, number=number)


async def due(tx: Transaction, limit: int) -> list[UUID]:
    """Orders that somebody must look at now, the longest waiting first."""
    return await tx.all(UUID, DUE, now=tx.now, limit=limit)
