"""Price lists in the database."""

from msgspec.structs import asdict

from torg.kernel.database import Transaction
from torg.markets import CodeTaken
from torg.pricing.model import PriceList, UnknownPriceList

LISTS = """
SELECT code, name, currency, tax_included, market, channel, priority, valid_from, valid_to, kind, store, customer_group,
       company, version
FROM price_lists ORDER BY code
"""
LIST = """
SELECT code, name, currency, tax_included, market, channel, priority, valid_from, valid_to, kind, store, customer_group,
       company, version
FROM price_lists WHERE code = %(code)s
"""
LOCK_LIST = """
SELECT code, name, currency, tax_included, market, channel, priority, valid_from, valid_to, kind, store, customer_group,
       company, version
FROM price_lists WHERE code = %(code)s FOR NO KEY UPDATE
"""
ADD_LIST = """
INSERT INTO price_lists
    (code, name, currency, tax_included, market, channel, priority, valid_from, valid_to, kind, store, customer_group,
     company, version)
VALUES (%(code)s, %(name)s, %(currency)s, %(tax_included)s, %(market)s, %(channel)s, %(priority)s,
        %(valid_from)s, %(valid_to)s, %(kind)s, %(store)s, %(customer_group)s, %(company)s, %(version)s)
ON CONFLICT (code) DO NOTHING
"""
SAVE_LIST = """
UPDATE price_lists
SET name = %(name)s, priority = %(priority)s, valid_from = %(valid_from)s, valid_to = %(valid_to)s,
    version = version + 1
WHERE code = %(code)s AND version = %(version)s
"""


async def price_lists(tx: Transaction) -> list[PriceList]:
    """Every price list."""
    return await tx.all(PriceList, LISTS)


async def price_list(tx: Transaction, code: str, *, lock: bool = False) -> PriceList:
    """The price list with this code, held against other changes if wished."""
    found = await tx.find(PriceList, LOCK_LIST if lock else LIST, code=code)
    if found is None:
        raise UnknownPriceList(price_list=code[:80])
    return found


async def add_price_list(tx: Transaction, prices: PriceList) -> None:
    """Keep a new price list; refuses a code that is in use."""
    if await tx.execute(ADD_LIST, **asdict(prices)) != 1:
        raise CodeTaken(taken=prices.code)


async def save_price_list(tx: Transaction, prices: PriceList) -> None:
    """Keep a locked price list's changes under the next version."""
    if await tx.execute(SAVE_LIST, **asdict(prices)) != 1:
        raise LookupError(f"price list {prices.code} was not locked")
