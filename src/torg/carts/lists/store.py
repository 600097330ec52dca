"""The SQL of saved lists: a list is one row of its customer with its goods in it."""

from typing import Final
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.carts.lists.model import SavedList
from torg.kernel.database import Transaction

OF_CUSTOMER = """
SELECT customer_id, id, name, version, created_at, changed_at, items, share_hash
FROM saved_lists WHERE customer_id = %(customer_id)s ORDER BY id
"""

FIND = """
SELECT customer_id, id, name, version, created_at, changed_at, items, share_hash
FROM saved_lists WHERE customer_id = %(customer_id)s AND id = %(id)s
"""

LOCK: Final = FIND + " FOR UPDATE"

# Whoever makes lists at once for one customer waits here, so that none is above the most.
LOCK_ALL = "SELECT id FROM saved_lists WHERE customer_id = %(customer_id)s ORDER BY id FOR UPDATE"

ADD = """
INSERT INTO saved_lists (customer_id, id, name, created_at, changed_at)
VALUES (%(customer_id)s, %(id)s, %(name)s, %(at)s, %(at)s)
"""

SAVE = """
UPDATE saved_lists
SET name = %(name)s, items = %(items)s, share_hash = %(share_hash)s, version = version + 1, changed_at = %(at)s
WHERE customer_id = %(customer_id)s AND id = %(id)s
"""

REMOVE = "DELETE FROM saved_lists WHERE customer_id = %(customer_id)s AND id = %(id)s"

SHARE = """
INSERT INTO list_shares (token_hash, customer_id, list_id) VALUES (%(token_hash)s, %(customer_id)s, %(list_id)s)
"""

UNSHARE = "DELETE FROM list_shares WHERE token_hash = %(token_hash)s"

SHARED = "SELECT customer_id, list_id FROM list_shares WHERE token_hash = %(token_hash)s"


class Shared(Struct, frozen=True):
    """Which list a link shows."""

    customer_id: UUID
    list_id: UUID


async def of_customer(tx: Transaction, customer_id: UUID) -> list[SavedList]:
    """Her lists, the oldest first."""
    return await tx.all(SavedList, OF_CUSTOMER, customer_id=customer_id)


async def count(tx: Transaction, customer_id: UUID) -> int:
    """How many lists she has; they stay as they are until the end."""
    return len(await tx.all(UUID, LOCK_ALL, customer_id=customer_id))


async def find(tx: Transaction, customer_id: UUID, id: UUID, *, lock: bool = False) -> SavedList | None:
    """One of her lists."""
    return await tx.find(SavedList, LOCK if lock else FIND, customer_id=customer_id, id=id)


def add(tx: Transaction, customer_id: UUID, id: UUID, name: str) -> None:
    """Write a new list."""
    tx.send(ADD, customer_id=customer_id, id=id, name=name, at=tx.now)


def save(tx: Transaction, one: SavedList) -> None:
    """Write a list that this transaction has locked."""
    names = ("customer_id", "id", "name", "share_hash")
    tx.send(SAVE, items=Jsonb(one.items), at=tx.now, **{name: getattr(one, name) for name in names})


def remove(tx: Transaction, one: SavedList) -> None:
    """Forget a list, and the link that showed it."""
    unshare(tx, one)
    tx.send(REMOVE, customer_id=one.customer_id, id=one.id)


def share(tx: Transaction, one: SavedList, token_hash: bytes) -> None:
    """Show a list to whoever has the token."""
    tx.send(SHARE, token_hash=token_hash, customer_id=one.customer_id, list_id=one.id)


def unshare(tx: Transaction, one: SavedList) -> None:
    """Show a list to nobody any more."""
    if one.share_hash is not None:
        tx.send(UNSHARE, token_hash=one.share_hash)


async def shared(tx: Transaction, token_hash: bytes) -> SavedList | None:
    """The list that a link shows."""
    found = await tx.find(Shared, SHARED, token_hash=token_hash)
    return await find(tx, found.customer_id, found.list_id) if found else None
