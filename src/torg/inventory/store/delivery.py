"""The SQL of delivery methods, which are reference data: few rows, read as a whole, changed by hand."""

from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from torg.inventory.model import DeliveryMethod
from torg.kernel.database import Transaction
from torg.markets import UnknownStore

TABLES = ("delivery_methods", "delivery_zones", "delivery_stores")
METHODS = """
SELECT m.code, m.kind, m.name, m.cut_off, m.preparation_minutes, m.place, m.active, m.version,
       coalesce((SELECT jsonb_agg(jsonb_build_object('country', z.country, 'postal_prefix', z.postal_prefix,
                                                     'days_from', z.days_from, 'days_to', z.days_to)
                                  ORDER BY z.country, z.postal_prefix)
                 FROM delivery_zones z WHERE z.method = m.code), '[]') AS zones,
       coalesce((SELECT jsonb_agg(s.store ORDER BY s.store) FROM delivery_stores s WHERE s.method = m.code), '[]')
           AS stores
FROM delivery_methods m
ORDER BY m.place, m.code
"""

PUT = """
INSERT INTO delivery_methods AS m (code, kind, name, cut_off, preparation_minutes, place, active)
VALUES (%(code)s, %(kind)s, %(name)s, %(cut_off)s, %(preparation_minutes)s, %(place)s, %(active)s)
ON CONFLICT (code) DO UPDATE
SET kind = excluded.kind, name = excluded.name, cut_off = excluded.cut_off,
    preparation_minutes = excluded.preparation_minutes, place = excluded.place, active = excluded.active,
    version = m.version + 1
WHERE %(given)s::int IS NULL OR m.version = %(given)s
RETURNING version
"""

VERSION = "SELECT version FROM delivery_methods WHERE code = %(code)s"

CLEAR_ZONES = "DELETE FROM delivery_zones WHERE method = %(code)s"

CLEAR_STORES = "DELETE FROM delivery_stores WHERE method = %(code)s"

ZONES = """
INSERT INTO delivery_zones (method, country, postal_prefix, days_from, days_to)
SELECT %(code)s, z.* FROM unnest(%(countries)s::text[], %(prefixes)s::text[], %(from)s::int[], %(to)s::int[]) AS z
"""

STORES = "INSERT INTO delivery_stores (method, store) SELECT %(code)s, unnest(%(stores)s::text[])"


async def methods(tx: Transaction) -> list[DeliveryMethod]:
    """All delivery methods, in the order in which they are offered."""
    return await tx.all(DeliveryMethod, METHODS)


async def version(tx: Transaction, code: str) -> int | None:
    """The present version of a method."""
    return await tx.find(int, VERSION, code=code)


async def put(tx: Transaction, method: DeliveryMethod, given: int | None) -> int | None:
    """Write a method as a whole; None when `given` is not its present version."""
    written = await tx.find(
        int,
        PUT,
        code=method.code,
        kind=method.kind.value,
        name=Jsonb(method.name),
        cut_off=method.cut_off,
        preparation_minutes=method.preparation_minutes,
        place=method.place,
        active=method.active,
        given=given,
    )
    if written is None:
        return None
    await tx.execute(CLEAR_ZONES, code=method.code)
    await tx.execute(CLEAR_STORES, code=method.code)
    zones = {
        "countries": [zone.country for zone in method.zones],
        "prefixes": [zone.postal_prefix for zone in method.zones],
        "from": [zone.days_from for zone in method.zones],
        "to": [zone.days_to for zone in method.zones],
    }
    await tx.execute(ZONES, code=method.code, **zones)
    try:
        await tx.execute(STORES, code=method.code, stores=list(method.stores))
    except ForeignKeyViolation as unknown:
        raise UnknownStore(store=", ".join(method.stores)) from unknown
    return written
