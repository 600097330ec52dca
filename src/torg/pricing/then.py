"""What something cost at a moment in the past, by the history of prices: orders are changed at the prices of their day.

The amounts, their windows and what was entered since are those of that moment. Of price lists themselves only the
windows are: who they are for, and which comes first, is as it is today.
"""

from collections.abc import Sequence
from uuid import UUID

from torg.kernel.database import Transaction
from torg.pricing.context import PriceContext
from torg.pricing.model import Candidate
from torg.pricing.store.then import candidates_then as found_then


async def candidates_then(
    tx: Transaction, context: PriceContext, variants: Sequence[UUID]
) -> dict[UUID, list[Candidate]]:
    """Every price of each variant that may have held at the context's moment, which is past; one statement."""
    found: dict[UUID, list[Candidate]] = {}
    for candidate in await found_then(tx, context, variants, context.at) if variants else ():
        found.setdefault(candidate.variant_id, []).append(candidate)
    return found
