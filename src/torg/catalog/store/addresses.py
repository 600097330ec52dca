# the statements are composed of constants
"""The addresses of everything that a channel shows, for who wants to know them all: search engines."""

from typing import Any, Final

from torg.catalog.store.shelf import _SHOWN
from torg.kernel.database import Transaction

_ALL: Final = f"""
FROM faces p WHERE p.language = %(language)s AND {_SHOWN}
"""

ADDRESSES: Final = f"SELECT p.slug {_ALL} ORDER BY p.product_id LIMIT %(limit)s OFFSET %(skip)s"

HOW_MANY: Final = f"SELECT count(*) {_ALL}"


async def addresses(tx: Transaction, **asked: Any) -> list[str]:
    """A part of them, in the order in which the products were made."""
    return await tx.all(str, ADDRESSES, **asked)


async def how_many(tx: Transaction, **asked: Any) -> int:
    """How many there are."""
    return await tx.one(int, HOW_MANY, **asked)
