"""The addresses of all products that a channel shows in a language, part by part."""

from torg.catalog.browse import places
from torg.catalog.store import addresses as store
from torg.kernel.database import Transaction
from torg.markets import Channel


async def addresses(
    tx: Transaction, *, channel: Channel, language: str, skip: int = 0, limit: int = 40_000
) -> list[str]:
    """Public, like the products themselves."""
    return await store.addresses(tx, language=language, skip=skip, limit=limit, **places(tx, channel))


async def shown_products(tx: Transaction, *, channel: Channel, language: str) -> int:
    """How many products the channel shows."""
    return await store.how_many(tx, language=language, **places(tx, channel))
