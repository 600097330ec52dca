"""The SQL of carts: a cart is one row with its lines in it, so what is read under its lock is of one moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct, to_builtins
from msgspec.structs import asdict
from psycopg.types.json import Jsonb

from torg.carts.hands.model import Offered, ParkedCart
from torg.carts.model import CartState, CartSummary, Merger, StoredCart
from torg.customers import Address
from torg.kernel.database import Transaction

FIND = """
SELECT order_id AS id, state, version, customer_id, token_hash, channel, market, language, currency, country, email,
       phone, name, address, billing_address, business, purchase_order, ship_method, pick_up_method, codes,
       created_by, created_at, changed_at, journey, lines, merger, offered, openers, parked,
       agreed AS "then"
FROM carts WHERE order_id = %(id)s
"""

LOCK = FIND + " FOR NO KEY UPDATE"

ADD = """
INSERT INTO carts (order_id, customer_id, token_hash, channel, market, language, currency, country, email, phone,
                   name, created_by, created_at, changed_at, journey, lines)
VALUES (%(id)s, %(customer_id)s, %(token_hash)s, %(channel)s, %(market)s, %(language)s, %(currency)s, %(country)s,
        %(email)s, %(phone)s, %(name)s, %(created_by)s, %(created_at)s, %(changed_at)s, %(journey)s, %(lines)s)
"""

# The cart is locked: it is at the version that was read.
SAVE = """
UPDATE carts
SET version = version + 1, customer_id = %(customer_id)s, token_hash = %(token_hash)s, email = %(email)s,
    phone = %(phone)s, name = %(name)s, address = %(address)s, billing_address = %(billing_address)s,
    business = %(business)s, purchase_order = %(purchase_order)s,
    ship_method = %(ship_method)s, pick_up_method = %(pick_up_method)s, codes = %(codes)s, changed_at = %(changed_at)s,
    journey = %(journey)s, lines = %(lines)s
WHERE order_id = %(id)s
"""

# Only an empty cart, or one whose customer asks for it, changes the context of its prices.
MOVE_CONTEXT = """
UPDATE carts
SET channel = %(channel)s, market = %(market)s, language = %(language)s, currency = %(currency)s, country = %(country)s
WHERE order_id = %(id)s
"""

HAND_ON = """
UPDATE carts
SET offered = %(offered)s, openers = %(openers)s, parked = %(parked)s, token_hash = %(token_hash)s,
    journey = %(journey)s
WHERE order_id = %(id)s
"""

# A code that nobody can use any more may be another cart's.
KEEP_CODE = """
INSERT INTO cart_codes (code_hash, order_id, offer, expires_at)
VALUES (%(code_hash)s, %(order_id)s, %(offer)s, %(until)s)
ON CONFLICT (code_hash) DO UPDATE
SET order_id = excluded.order_id, offer = excluded.offer, expires_at = excluded.expires_at
WHERE cart_codes.expires_at <= %(at)s
RETURNING code_hash
"""

FIND_CODE = """
SELECT order_id, offer FROM cart_codes WHERE code_hash = %(code_hash)s AND expires_at > %(at)s
"""

FORGET_CODES = "DELETE FROM cart_codes WHERE expires_at <= %(at)s"

PARKED = """
SELECT order_id AS id, version, channel, currency, customer_id, parked, jsonb_array_length(lines) AS lines,
       (SELECT coalesce(sum(l.quantity), 0) FROM jsonb_to_recordset(lines) AS l (quantity int)) AS units
FROM carts
WHERE parked->>'store' = %(store)s AND state = 'open' AND (parked->>'until')::timestamptz > %(at)s
ORDER BY order_id DESC LIMIT %(most)s
"""

MERGE = """
UPDATE carts
SET state = 'merged', version = version + 1, merger = %(merger)s, lines = %(lines)s, journey = %(journey)s,
    changed_at = %(at)s, offered = NULL, parked = NULL
WHERE order_id = %(id)s
"""

# The row is locked until the transaction ends, so that of two carts that she begins at once one is hers.
CURRENT = """
INSERT INTO customer_carts (customer_id, order_id, since) VALUES (%(customer_id)s, %(order_id)s, %(at)s)
ON CONFLICT (customer_id) DO UPDATE SET since = customer_carts.since
RETURNING order_id
"""

FOLLOW = (
    "UPDATE customer_carts SET order_id = %(order_id)s, since = %(at)s WHERE customer_id = %(customer_id)s"
)

CURRENT_OF = "SELECT order_id FROM customer_carts WHERE customer_id = %(customer_id)s"

OF_CUSTOMER = """
SELECT order_id AS id, version, channel, market, currency, changed_at, jsonb_array_length(lines) AS lines,
       (SELECT coalesce(sum(l.quantity), 0) FROM jsonb_to_recordset(lines) AS l (quantity int)) AS units
FROM carts
WHERE customer_id = %(customer_id)s AND state NOT IN ('ordered', 'merged', 'quoted')
ORDER BY order_id DESC LIMIT %(most)s
"""

# A quote that is not bought is a quote again.
MOVE = """
UPDATE carts
SET state = CASE WHEN %(to)s = 'open' AND agreed IS NOT NULL THEN 'quoted' ELSE %(to)s END,
    changed_at = %(at)s
WHERE order_id = %(id)s AND state = ANY(%(from)s)
"""

QUOTE = """
UPDATE carts
SET state = 'quoted', version = version + 1, agreed = %(then)s, lines = %(lines)s, openers = %(openers)s,
    journey = %(journey)s, changed_at = %(changed_at)s, email = %(email)s, name = %(name)s,
    offered = NULL, parked = NULL
WHERE order_id = %(id)s
"""

UNKEEP = """
UPDATE carts
SET lines = (SELECT jsonb_agg(l.line - 'kept' - 'kept_until' ORDER BY l.number)
             FROM jsonb_array_elements(lines) WITH ORDINALITY AS l (line, number))
WHERE order_id = %(id)s AND lines <> '[]'
"""

JSON: Final = ("address", "billing_address", "business", "journey", "lines")


# A later look takes the place of an earlier one, whatever the order in which they are told.
LOOK_LATER = """
INSERT INTO idle_carts (order_id, look_at)
SELECT i.order_id, i.look_at FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS i (order_id, look_at)
ORDER BY i.order_id
ON CONFLICT (order_id) DO UPDATE SET look_at = greatest(idle_carts.look_at, excluded.look_at)
"""
IDLE = "SELECT order_id FROM idle_carts WHERE look_at <= %(at)s ORDER BY look_at LIMIT %(most)s"
TAKE_IDLE = "DELETE FROM idle_carts WHERE order_id = %(id)s AND look_at <= %(at)s"


class CodeOf(Struct, frozen=True):
    """Which cart a code hands over, by which offer of it."""

    order_id: UUID
    offer: UUID


async def find(tx: Transaction, id: UUID, *, lock: bool) -> StoredCart | None:
    """The cart with its lines; locked, it stays so until the transaction ends."""
    return await tx.find(StoredCart, LOCK if lock else FIND, id=id)


def add(tx: Transaction, cart: StoredCart) -> None:
    """Write a new cart."""
    tx.send(ADD, **_row(cart))


def save(tx: Transaction, cart: StoredCart) -> int:
    """Write a cart that this transaction has locked; tells its new version."""
    tx.send(SAVE, **_row(cart))
    return cart.version + 1


def move_context(tx: Transaction, cart: StoredCart) -> None:
    """Write in which context a cart that this transaction has locked is priced from now on."""
    names = ("id", "channel", "market", "language", "currency", "country")
    tx.send(MOVE_CONTEXT, **{name: getattr(cart, name) for name in names})


def merge(tx: Transaction, cart: StoredCart, merger: Merger) -> None:
    """Write that a cart that this transaction has locked has gone into another; its lines stay to be looked up."""
    row = _row(cart)
    names = ("id", "journey", "lines")
    tx.send(MERGE, merger=Jsonb(merger), at=merger.at, **{name: row[name] for name in names})


def hand_on(tx: Transaction, cart: StoredCart) -> None:
    """Write who may open a cart that this transaction has locked, whether it is offered, and whether it waits."""
    row = _row(cart)
    given = {
        name: Jsonb(getattr(cart, name)) if getattr(cart, name) else None for name in ("offered", "parked")
    }
    given |= {"openers": Jsonb(cart.openers)}
    tx.send(HAND_ON, **given, **{name: row[name] for name in ("id", "token_hash", "journey")})


async def keep_code(tx: Transaction, code_hash: str, cart_id: UUID, offered: Offered) -> bool:
    """Remember a code of an offer; tells whether nobody else's is the same."""
    given = {"order_id": cart_id, "offer": offered.id, "until": offered.until}
    return await tx.find(str, KEEP_CODE, code_hash=code_hash, at=tx.now, **given) is not None


async def find_code(tx: Transaction, code_hash: str) -> CodeOf | None:
    """What a code hands over, until its time has run out."""
    return await tx.find(CodeOf, FIND_CODE, code_hash=code_hash, at=tx.now)


async def forget_codes(tx: Transaction) -> int:
    """Forget the codes whose time has run out."""
    return await tx.execute(FORGET_CODES, at=tx.now)


async def parked(tx: Transaction, store: str, most: int) -> list[ParkedCart]:
    """The carts that wait in a store, the newest first."""
    return await tx.all(ParkedCart, PARKED, store=store, at=tx.now, most=most)


async def look_later(tx: Transaction, times: Mapping[UUID, datetime]) -> None:
    """Have carts looked at then."""
    await tx.execute(LOOK_LATER, ids=list(times), times=list(times.values()))


async def idle(tx: Transaction, most: int) -> list[UUID]:
    """The carts whose time may have come, the longest first."""
    return await tx.all(UUID, IDLE, at=tx.now, most=most)


async def take_idle(tx: Transaction, cart_id: UUID) -> bool:
    """Take a cart out of the list of those to be looked at; tells whether it was due there."""
    return await tx.execute(TAKE_IDLE, id=cart_id, at=tx.now) == 1


async def current(tx: Transaction, customer_id: UUID, proposed: UUID) -> UUID:
    """The customer's own cart, or the proposed one when she has none; nobody else can change that until the end."""
    return await tx.one(UUID, CURRENT, customer_id=customer_id, order_id=proposed, at=tx.now)


def follow(tx: Transaction, customer_id: UUID, order_id: UUID) -> None:
    """Another cart is the customer's own from now on."""
    tx.send(FOLLOW, customer_id=customer_id, order_id=order_id, at=tx.now)


async def current_of(tx: Transaction, customer_id: UUID) -> UUID | None:
    """The cart that was the customer's own last; it may have been bought."""
    return await tx.find(UUID, CURRENT_OF, customer_id=customer_id)


async def of_customer(tx: Transaction, customer_id: UUID, most: int) -> list[CartSummary]:
    """The customer's carts that are not orders yet, the newest first."""
    return await tx.all(CartSummary, OF_CUSTOMER, customer_id=customer_id, most=most)


async def move(tx: Transaction, id: UUID, *, came: Sequence[CartState], to: CartState) -> bool:
    """Move the cart's state, unless it has left those that it may come from; tells whether it moved."""
    states = [state.value for state in came]
    return await tx.execute(MOVE, id=id, at=tx.now, to=to.value, **{"from": states}) == 1


def quote(tx: Transaction, cart: StoredCart) -> int:
    """Write that a cart that this transaction has locked is a quote, and what was agreed; tells its new version."""
    row = _row(cart)
    names = ("id", "lines", "journey", "changed_at", "email", "name")
    given = {"then": Jsonb(to_builtins(cart.then)), "openers": Jsonb(cart.openers)}
    tx.send(QUOTE, **given, **{name: row[name] for name in names})
    return cart.version + 1


def unkeep(tx: Transaction, id: UUID) -> None:
    """Forget what was kept for the lines of a cart that this transaction has locked."""
    tx.send(UNKEEP, id=id)


def _row(cart: StoredCart) -> dict[str, Any]:
    row = asdict(cart)
    row["codes"] = list(cart.codes)
    return row | {name: _json(row[name]) for name in JSON}


def _json(value: Address | Sequence[Any] | None) -> Jsonb | None:
    return None if value is None else Jsonb(value)
