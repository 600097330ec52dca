"""Issue credit: gift cards by hand, by the batch or because they were bought; store credit to a customer.

A code exists only here, in the answer or the mail: what is kept is its hash. A card that is bought has an id that
follows from its order's line, so that it is issued once, whoever dies in between.
"""

from collections.abc import Sequence
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from torg.customers import find_customer
from torg.kernel import audit
from torg.kernel.access import SYSTEM, Actor, Policy, email_address
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import new_id, public
from torg.kernel.money import Money
from torg.markets import load_atlas
from torg.payments.credit import codes, ledger, store
from torg.payments.credit.events import CreditIssued
from torg.payments.credit.letters import Recipient, send_card
from torg.payments.credit.model import (
    MOST_IN_BATCH,
    Because,
    Cause,
    CreditAccount,
    CreditKind,
    Issued,
)
from torg.payments.credit.store import Card
from torg.payments.credit.terms import end_of
from torg.permissions import Permission


class Sold(Struct, frozen=True):
    """Gift cards that somebody bought: so many of one amount, in one line of an order, for one recipient."""

    line_id: UUID
    quantity: int
    amount: int
    recipient: Recipient

    @property
    def cards(self) -> list[UUID]:
        """Their ids, which follow from the line: so each is issued once."""
        return [uuid5(self.line_id, str(unit)) for unit in range(self.quantity)]


async def issue_cards(
    tx: Transaction,
    policy: Policy,
    value: Money,
    count: int,
    *,
    market: str,
    reason: str,
    by: Actor,
    recipient: Recipient | None = None,
) -> tuple[UUID | None, list[Issued]]:
    """Issue gift cards by hand, for a reason; several are a batch. Tells the batch and the cards with their codes.

    With a recipient the one card is mailed to her, and its code is told to nobody else.
    """
    by.must(Permission.credit_issue)
    await _must_be_possible(tx, value, count, market)
    batch = new_id() if count > 1 else None
    ids = [new_id() for _ in range(count)]
    why = Because("issued", str(by), document=public("bat", batch) if batch else None, reason=reason)
    like = await _like(tx, value.currency, market, by)
    issued = await _issue(
        tx, policy, replace(like, batch_id=batch), [(id, value.amount) for id in ids], Cause.granted, why
    )
    await audit.write(
        tx,
        by,
        "gift_cards.issued",
        public("bat", batch) if batch else public("gft", ids[0]),
        count=count,
        amount=value.amount,
        currency=value.currency,
        reason=reason,
    )
    if recipient is not None:
        to = replace(recipient, email=email_address.normalise(recipient.email, "recipient.email"))
        for one in issued:
            await send_card(tx, one, to)
        issued = [replace(one, code="") for one in issued]
    return batch, issued


async def _must_be_possible(tx: Transaction, value: Money, count: int, market: str) -> None:
    known = (await load_atlas(tx)).market(market)
    wrong = []
    if value.amount < 1:
        wrong.append(FieldProblem("amount.amount", "out-of-range", "This is too small or too large."))
    if not 0 < count <= MOST_IN_BATCH:
        wrong.append(FieldProblem("count", "out-of-range", "This is too small or too large."))
    if known.currency != value.currency:
        wrong.append(
            FieldProblem("amount.currency", "unknown-value", "The market sells in another currency.")
        )
    if wrong:
        raise Invalid.of(*wrong)


async def issue_sold(
    tx: Transaction,
    policy: Policy,
    order_id: UUID,
    sold: Sequence[Sold],
    *,
    currency: str,
    market: str,
    by: Actor,
) -> int:
    """Issue the gift cards that an order has bought and paid, and mail them; what was issued before stays as it is.

    Tells how many are new.
    """
    wanted = {id: line for line in sold for id in line.cards}
    if not wanted:
        return 0
    like = replace(await _like(tx, currency, market, by), order_id=order_id)
    why = Because("issued", str(by), document=public("ord", order_id))
    amounts = [(id, line.amount) for id, line in wanted.items()]
    issued = await _issue(tx, policy, like, amounts, Cause.sold, why)
    for one in issued:
        await send_card(tx, one, wanted[one.account.account_id].recipient)
    return len(issued)


async def issue_unsent(
    tx: Transaction,
    policy: Policy,
    order_id: UUID,
    ids: Sequence[UUID],
    amount: int,
    *,
    currency: str,
    market: str,
    by: Actor,
) -> None:
    """Issue cards that an order has bought to nobody: their codes are told to none, so that they can be voided."""
    like = replace(await _like(tx, currency, market, by), order_id=order_id)
    why = Because("issued", str(by), document=public("ord", order_id))
    await _issue(tx, policy, like, [(id, amount) for id in ids], Cause.sold, why)


async def grant(tx: Transaction, customer_id: UUID, value: Money, *, reason: str, by: Actor) -> CreditAccount:
    """Give a customer store credit, for a reason."""
    by.must(Permission.credit_issue)
    if value.amount < 1:
        raise Invalid.of(FieldProblem("amount.amount", "out-of-range", "This is too small or too large."))
    await find_customer(tx, customer_id, by=SYSTEM)
    account = await ledger.store_credit(tx, customer_id, value.currency, actor=str(by))
    why = Because(f"granted:{new_id()}", str(by), reason=reason)
    account = await ledger.move(tx, account, Cause.granted, value.amount, why)
    tx.record(CreditIssued.of(account, value.amount, balance=account.balance))
    target = public("cus", customer_id)
    await audit.write(
        tx, by, "store_credit.granted", target, amount=value.amount, currency=value.currency, reason=reason
    )
    return account


async def _like(tx: Transaction, currency: str, market: str, by: Actor) -> CreditAccount:
    """What new cards of a market have in common."""
    return CreditAccount(
        account_id=UUID(int=0),
        kind=CreditKind.gift_card,
        currency=currency,
        market=market,
        expires_at=end_of(await store.terms(tx, market), tx.now),
        actor=str(by),
        created_at=tx.now,
        updated_at=tx.now,
    )


async def _issue(
    tx: Transaction,
    policy: Policy,
    like: CreditAccount,
    wanted: Sequence[tuple[UUID, int]],
    cause: Cause,
    why: Because,
) -> list[Issued]:
    made = [
        Issued(replace(like, account_id=id, balance=amount, entries=1, last_four=codes.last_four(code)), code)
        for id, amount in wanted
        for code in (codes.new_code(),)
    ]
    cards = [
        Card(
            one.account.account_id,
            one.account.balance,
            one.account.last_four or "",
            codes.hashed(policy, one.code),
        )
        for one in made
    ]
    new = await store.issue(tx, like, cards, cause, why)
    issued = [one for one in made if one.account.account_id in new]
    for one in issued:
        amount = one.account.balance
        tx.record(CreditIssued.of(one.account, amount, balance=amount, order_id=like.order_id))
    return issued
