"""What customs and carriers want to know of goods."""

from collections.abc import Collection
from uuid import UUID

from torg.catalog.store import customs as store
from torg.catalog.store.customs import Customs
from torg.kernel.database import Transaction


async def customs(tx: Transaction, variant_ids: Collection[UUID]) -> dict[UUID, Customs]:
    """Weight, HS code and origin of variants; those that are not known are left out."""
    return {one.variant_id: one for one in await store.of(tx, variant_ids)}
