"""Delivery rates in the database."""

from typing import Any

from msgspec.structs import asdict
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.markets import CodeTaken
from torg.pricing.model import DeliveryRate, UnknownDeliveryRate

DELIVERY_RATES = """
SELECT code, name, method, market, countries, postal_prefixes, steps, free_from, tax_included, valid_from,
       valid_to, version
FROM delivery_rates ORDER BY code
"""
LOCK_DELIVERY_RATE = """
SELECT code, name, method, market, countries, postal_prefixes, steps, free_from, tax_included, valid_from,
       valid_to, version
FROM delivery_rates WHERE code = %(code)s FOR UPDATE
"""
ADD_DELIVERY_RATE = """
INSERT INTO delivery_rates (code, name, method, market, countries, postal_prefixes, steps, free_from,
                            tax_included, valid_from, valid_to, version)
VALUES (%(code)s, %(name)s, %(method)s, %(market)s, %(countries)s, %(postal_prefixes)s, %(steps)s,
        %(free_from)s, %(tax_included)s, %(valid_from)s, %(valid_to)s, %(version)s)
ON CONFLICT (code) DO NOTHING
"""
SAVE_DELIVERY_RATE = """
UPDATE delivery_rates
SET name = %(name)s, countries = %(countries)s, postal_prefixes = %(postal_prefixes)s, steps = %(steps)s,
    free_from = %(free_from)s, tax_included = %(tax_included)s, valid_from = %(valid_from)s,
    valid_to = %(valid_to)s, version = version + 1
WHERE code = %(code)s AND version = %(version)s
"""


async def delivery_rates(tx: Transaction) -> list[DeliveryRate]:
    """Every delivery rate."""
    return await tx.all(DeliveryRate, DELIVERY_RATES)


async def lock_delivery_rate(tx: Transaction, code: str) -> DeliveryRate:
    """The delivery rate, held against other changes until the transaction ends."""
    found = await tx.find(DeliveryRate, LOCK_DELIVERY_RATE, code=code)
    if found is None:
        raise UnknownDeliveryRate(delivery_rate=code[:80])
    return found


async def add_delivery_rate(tx: Transaction, rate: DeliveryRate) -> None:
    """Keep a new delivery rate; refuses a code that is in use."""
    if await tx.execute(ADD_DELIVERY_RATE, **_rate_row(rate)) != 1:
        raise CodeTaken(taken=rate.code)


async def save_delivery_rate(tx: Transaction, rate: DeliveryRate) -> None:
    """Keep a locked delivery rate's changes under the next version."""
    if await tx.execute(SAVE_DELIVERY_RATE, **_rate_row(rate)) != 1:
        raise LookupError(f"delivery rate {rate.code} was not locked")


def _rate_row(rate: DeliveryRate) -> dict[str, Any]:
    return asdict(rate) | {
        "countries": list(rate.countries),
        "postal_prefixes": list(rate.postal_prefixes),
        "steps": Jsonb(rate.steps),
    }
