"""Prices as they were: what the history says of a moment, for orders that are changed later."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from torg.kernel.database import Transaction
from torg.pricing.context import PriceContext
from torg.pricing.model import Candidate

# A price is taken as it was before the first change that was made of it later; what was entered later was not there.
CANDIDATES_THEN = """
WITH undone AS (
    SELECT DISTINCT ON (variant_id, price_list, valid_from, from_quantity)
           variant_id, price_list, valid_from, from_quantity, amount_before, valid_to_before
    FROM price_changes WHERE variant_id = ANY(%(variants)s) AND at > %(at)s
    ORDER BY variant_id, price_list, valid_from, from_quantity, id
), p AS (
    SELECT variant_id, price_list, valid_from, valid_to, amount, from_quantity, converted FROM prices c
    WHERE variant_id = ANY(%(variants)s) AND NOT EXISTS (
        SELECT FROM undone u
        WHERE u.variant_id = c.variant_id AND u.price_list = c.price_list AND u.valid_from = c.valid_from
          AND u.from_quantity = c.from_quantity)
    UNION ALL
    SELECT variant_id, price_list, valid_from, valid_to_before, amount_before, from_quantity, NULL FROM undone
    WHERE amount_before IS NOT NULL
)
SELECT coalesce(json_agg(json_build_array(
    p.variant_id, p.amount, p.valid_from, p.valid_to, p.price_list, l.currency, l.tax_included, l.market, l.channel,
    l.priority, l.valid_from, l.valid_to, p.from_quantity, l.kind, l.store, l.customer_group, l.company,
    p.converted))::text, '[]')
FROM p JOIN price_lists l ON l.code = p.price_list
WHERE p.valid_from <= %(at)s AND (p.valid_to IS NULL OR p.valid_to > %(at)s)
  AND l.currency = %(currency)s AND l.kind <> 'cost'
"""
_candidates = msgspec.json.Decoder(list[Candidate])


async def candidates_then(
    tx: Transaction, context: PriceContext, variants: Sequence[UUID], at: datetime
) -> list[Candidate]:
    """Every price of these variants in the context's currency as it stood at a moment."""
    found = await tx.one(str, CANDIDATES_THEN, variants=list(variants), at=at, currency=context.currency)
    return _candidates.decode(found)
