"""Facts for carriers and customs: SQL in, model out."""

from collections.abc import Collection
from uuid import UUID

from msgspec import Struct

from torg.kernel.database import Transaction

OF = """
SELECT v.id AS variant_id, nullif(v.weight_g, 0) AS weight_g, p.hs_code, p.origin
FROM variants v JOIN products p ON p.id = v.product_id WHERE v.id = ANY(%(ids)s)
"""


class Customs(Struct, frozen=True):
    """What one unit of a variant weighs, its code in the Harmonised System, and the country that it was made in."""

    variant_id: UUID
    weight_g: int | None
    hs_code: str | None
    origin: str | None


async def of(tx: Transaction, variant_ids: Collection[UUID]) -> list[Customs]:
    """The facts of these variants."""
    return await tx.all(Customs, OF, ids=list(variant_ids)) if variant_ids else []
