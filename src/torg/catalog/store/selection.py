"""Which variants are in categories, say certain things, or are named: for changes of many at once."""

from typing import Final
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction

SELECTED: Final = """
SELECT v.id AS variant_id, p.tax_class FROM variants v JOIN products p ON p.id = v.product_id
WHERE v.status = 'active'
  AND (%(ids)s::uuid[] IS NULL OR v.id = ANY(%(ids)s::uuid[]))
  AND (%(attributes)s::jsonb IS NULL OR p.attributes || v.options @> %(attributes)s::jsonb)
  AND (%(categories)s::text[] IS NULL OR EXISTS (
      SELECT FROM product_categories pc
      JOIN categories c ON c.id = pc.category_id
      JOIN categories above ON starts_with(c.path, above.path)
      WHERE pc.product_id = p.id AND above.code = ANY(%(categories)s::text[])))
ORDER BY v.id
"""


class Selected(Struct, frozen=True):
    """A variant that was selected, with its class of tax."""

    variant_id: UUID
    tax_class: str


async def selected(
    tx: Transaction,
    ids: list[UUID] | None,
    categories: list[str] | None,
    attributes: dict[str, object] | None,
) -> list[Selected]:
    """The variants that fit everything that is asked; what is None is not asked."""
    said = None if attributes is None else Jsonb(attributes)
    return await tx.all(Selected, SELECTED, ids=ids, categories=categories, attributes=said)
