"""The SQL of carts: one statement reads a cart with its lines, one writes what has changed of both."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from torg.carts.model import CartState, CartSummary, StoredCart, StoredLine
from torg.customers import Address
from torg.kernel.database import Transaction

FIND = """
SELECT c.order_id AS id, c.state, c.version, c.customer_id, c.token_hash, c.channel, c.market, c.language, c.currency,
       c.country, c.email, c.phone, c.name, c.address, c.billing_address, c.ship_method, c.pick_up_method, c.codes,
       c.created_by, c.created_at, c.changed_at, c.journey, c.version AS seen,
       coalesce((SELECT json_agg(json_build_object('id', l.id, 'variant_id', l.variant_id, 'quantity', l.quantity,
                                                   'intent', l.intent, 'store', l.store, 'note', l.note,
                                                   'channel', l.channel, 'added_at', l.added_at) ORDER BY l.id)
                 FROM cart_lines l WHERE l.order_id = c.order_id), '[]') AS lines
FROM carts c WHERE c.order_id = %(id)s
"""

# The lines are read as they were when the statement began, the cart as it is once the lock is had. `seen` is the
# version that goes with the lines: when somebody changed the cart while we waited, the two differ.
LOCK = """
SELECT c.order_id AS id, c.state, c.version, c.customer_id, c.token_hash, c.channel, c.market, c.language, c.currency,
       c.country, c.email, c.phone, c.name, c.address, c.billing_address, c.ship_method, c.pick_up_method, c.codes,
       c.created_by, c.created_at, c.changed_at, c.journey,
       (SELECT s.version FROM carts s WHERE s.order_id = c.order_id) AS seen,
       coalesce((SELECT json_agg(json_build_object('id', l.id, 'variant_id', l.variant_id, 'quantity', l.quantity,
                                                   'intent', l.intent, 'store', l.store, 'note', l.note,
                                                   'channel', l.channel, 'added_at', l.added_at) ORDER BY l.id)
                 FROM cart_lines l WHERE l.order_id = c.order_id), '[]') AS lines
FROM carts c WHERE c.order_id = %(id)s FOR NO KEY UPDATE OF c
"""

ADD = """
WITH cart AS (
    INSERT INTO carts (order_id, customer_id, token_hash, channel, market, language, currency, country, email, phone,
                       name, created_by, created_at, changed_at, journey)
    VALUES (%(id)s, %(customer_id)s, %(token_hash)s, %(channel)s, %(market)s, %(language)s, %(currency)s, %(country)s,
            %(email)s, %(phone)s, %(name)s, %(created_by)s, %(created_at)s, %(changed_at)s, %(journey)s)
)
INSERT INTO cart_lines (order_id, id, variant_id, quantity, intent, store, note, channel, added_at)
SELECT %(id)s, p.* FROM unnest(%(put_ids)s::uuid[], %(put_variants)s::uuid[], %(put_quantities)s::int[],
                               %(put_intents)s::text[], %(put_stores)s::text[], %(put_notes)s::text[],
                               %(put_channels)s::text[], %(put_added)s::timestamptz[]) AS p
"""

SAVE = """
WITH cart AS (
    UPDATE carts
    SET version = version + 1, customer_id = %(customer_id)s, token_hash = %(token_hash)s, email = %(email)s,
        phone = %(phone)s, name = %(name)s, address = %(address)s, billing_address = %(billing_address)s,
        ship_method = %(ship_method)s, pick_up_method = %(pick_up_method)s, codes = %(codes)s,
        changed_at = %(changed_at)s, journey = %(journey)s
    WHERE order_id = %(id)s AND version = %(version)s
    RETURNING version
), gone AS (
    DELETE FROM cart_lines WHERE order_id = %(id)s AND id = ANY(%(gone)s)
), put AS (
    INSERT INTO cart_lines AS l (order_id, id, variant_id, quantity, intent, store, note, channel, added_at)
    SELECT %(id)s, p.* FROM unnest(%(put_ids)s::uuid[], %(put_variants)s::uuid[], %(put_quantities)s::int[],
                                   %(put_intents)s::text[], %(put_stores)s::text[], %(put_notes)s::text[],
                                   %(put_channels)s::text[], %(put_added)s::timestamptz[]) AS p
    ON CONFLICT (order_id, id) DO UPDATE
    SET quantity = excluded.quantity, intent = excluded.intent, store = excluded.store, note = excluded.note
)
SELECT version FROM cart
"""

OF_CUSTOMER = """
SELECT c.order_id AS id, c.version, c.channel, c.market, c.currency, c.changed_at,
       count(l.id) AS lines, coalesce(sum(l.quantity), 0) AS units
FROM carts c LEFT JOIN cart_lines l ON l.order_id = c.order_id
WHERE c.customer_id = %(customer_id)s AND c.state <> 'ordered'
GROUP BY c.order_id ORDER BY c.order_id DESC LIMIT %(most)s
"""

MOVE = """
UPDATE carts SET state = %(to)s, changed_at = %(at)s WHERE order_id = %(id)s AND state = ANY(%(from)s)
"""


class _Found(StoredCart, frozen=True, kw_only=True):
    seen: int


async def find(tx: Transaction, id: UUID, *, lock: bool) -> StoredCart | None:
    """The cart with its lines; locked, it and its lines are of one moment and stay so until the transaction ends."""
    found = await tx.find(_Found, LOCK if lock else FIND, id=id)
    if found is not None and found.seen != found.version:
        found = await tx.find(_Found, LOCK, id=id)
    return found


async def add(tx: Transaction, cart: StoredCart) -> None:
    """Write a new cart."""
    await tx.execute(ADD, **_cart(cart), **_put(cart.lines))


async def save(tx: Transaction, before: StoredCart, after: StoredCart) -> int:
    """Write what has changed of a cart that is locked; tells its new version."""
    known = {line.id: line for line in before.lines}
    put = [line for line in after.lines if known.get(line.id) != line]
    gone = list(known.keys() - {line.id for line in after.lines})
    return await tx.one(
        int,
        SAVE,
        **_cart(after),
        **_put(put),
        gone=gone,
        version=before.version,
        address=_json(after.address),
        billing_address=_json(after.billing_address),
        ship_method=after.ship_method,
        pick_up_method=after.pick_up_method,
        codes=list(after.codes),
    )


async def of_customer(tx: Transaction, customer_id: UUID, most: int) -> list[CartSummary]:
    """The customer's carts that are not orders yet, the newest first."""
    return await tx.all(CartSummary, OF_CUSTOMER, customer_id=customer_id, most=most)


async def move(tx: Transaction, id: UUID, *, came: Sequence[CartState], to: CartState) -> bool:
    """Move the cart's state, unless it has left those that it may come from; tells whether it moved."""
    states = [state.value for state in came]
    return await tx.execute(MOVE, id=id, at=tx.now, to=to.value, **{"from": states}) == 1


def _cart(cart: StoredCart) -> dict[str, Any]:
    names = (
        "id",
        "customer_id",
        "token_hash",
        "channel",
        "market",
        "language",
        "currency",
        "country",
        "email",
    )
    more = ("phone", "name", "created_by", "created_at", "changed_at")
    kept: dict[str, Any] = {name: getattr(cart, name) for name in names + more}
    return kept | {"journey": Jsonb(cart.journey)}


def _put(lines: Sequence[StoredLine]) -> dict[str, Any]:
    return {
        "put_ids": [line.id for line in lines],
        "put_variants": [line.variant_id for line in lines],
        "put_quantities": [line.quantity for line in lines],
        "put_intents": [line.intent.value for line in lines],
        "put_stores": [line.store for line in lines],
        "put_notes": [line.note for line in lines],
        "put_channels": [line.channel for line in lines],
        "put_added": [line.added_at for line in lines],
    }


def _json(address: Address | None) -> Jsonb | None:
    return None if address is None else Jsonb(address)
