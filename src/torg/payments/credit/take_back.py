"""Some of the gift cards that an order bought are given back, and worth nothing any more."""

from uuid import UUID

from torg.kernel.access import Actor, Policy
from torg.kernel.database import Transaction
from torg.payments.credit import ledger, store
from torg.payments.credit.change import WITHDRAWN, unused, withdraw_card
from torg.payments.credit.issue import Sold, issue_unsent
from torg.payments.credit.model import CreditUsed


async def take_back_sold(
    tx: Transaction,
    policy: Policy,
    order_id: UUID,
    line: Sold,
    units: int,
    *,
    currency: str,
    market: str,
    by: Actor,
) -> None:
    """Void so many unused gift cards of a line of a locked order; `CreditUsed` when fewer are unused.

    Those that have not been issued go first: they are issued to nobody and voided, so that they never will be.
    """
    known = {card.account_id for card in await store.of_order(tx, order_id)}
    unsent = [id for id in line.cards if id not in known][:units]
    if unsent:
        await issue_unsent(tx, policy, order_id, unsent, line.amount, currency=currency, market=market, by=by)
    wanted = unsent if len(unsent) == units else line.cards
    voided, last_four = 0, ""
    for card in (await ledger.locked(tx, [id for id in wanted if id in known or id in unsent])).values():
        if voided == units or await store.entered(tx, card.account_id, WITHDRAWN):
            continue
        if await unused(tx, card):
            await withdraw_card(tx, card, order_id, by=by)
            voided += 1
        else:
            last_four = card.last_four or ""
    if voided < units:
        raise CreditUsed(last_four=last_four)
