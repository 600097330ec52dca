"""Pay one total with several tenders: gift cards and store credit first, the rest in cash or through a gateway.

Everything is written down in the caller's transaction; what a gateway must be asked comes back as its errand.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.payments import rules, spend
from torg.payments.begin import begin
from torg.payments.credit import ledger
from torg.payments.credit.model import (
    CreditAccount,
    CreditKind,
    CreditNotUsable,
    CreditOtherCurrency,
    NoCustomerForCredit,
)
from torg.payments.errands import Errand
from torg.payments.gateway import Gateways
from torg.payments.invoices import owe
from torg.payments.model import Payment, PaymentState, Purchase, Tender, TenderChoice
from torg.permissions import Permission


async def tender(
    tx: Transaction,
    choices: Sequence[TenderChoice],
    total: Money,
    purchase: Purchase,
    *,
    gateways: Gateways,
    by: Actor,
) -> tuple[list[Payment], Errand | None]:
    """Write down the payments that together pay a total; `TotalNotCovered` when they do not.

    Gift cards and store credit are held at once. One that has nothing to pay is left out.
    """
    _may_be_mixed(choices)
    meant = [_meant(choice, purchase, total.currency, by) for choice in choices]
    known = await _accounts(tx, meant, purchase, total.currency, by)
    spendable = {id: account.spendable(tx.now) for id, account in known.items()}
    payments, errand = [], None
    for choice, amount in rules.shares(meant, total, spendable):
        if choice.account_id is not None:
            made = _from_credit(tx, choice, Money(amount, total.currency), known[choice.account_id], purchase)
            payments.append(await spend.hold(tx, made, known[choice.account_id], by=by))
        elif choice.tender is Tender.invoice:
            payments.append(await owe.hold(tx, Money(amount, total.currency), purchase, by=by))
        else:
            paid, asked = await begin(
                tx, choice, Money(amount, total.currency), purchase, gateways=gateways, by=by
            )
            payments.append(paid)
            errand = errand or asked
    return payments, errand


def _may_be_mixed(choices: Sequence[TenderChoice]) -> None:
    kinds = [choice.account_id or choice.tender for choice in choices]
    for place, kind in enumerate(kinds):
        if kind in kinds[:place]:
            problem = FieldProblem(f"payments.{place}", "given-twice", "This is given twice.")
            raise Invalid.of(problem)


def _meant(choice: TenderChoice, purchase: Purchase, currency: str, by: Actor) -> TenderChoice:
    """The choice with the account that it is about."""
    if choice.tender is not Tender.store_credit:
        return choice
    if purchase.customer_id is None:
        raise NoCustomerForCredit()
    if by.customer_id != purchase.customer_id:
        by.must(Permission.credit_spend, store=purchase.store, channel=purchase.channel)
    return replace(choice, account_id=ledger.account_of_customer(purchase.customer_id, currency))


async def _accounts(
    tx: Transaction, choices: Iterable[TenderChoice], purchase: Purchase, currency: str, by: Actor
) -> Mapping[UUID, CreditAccount]:
    """The accounts that are to pay, locked; refused when one of them cannot."""
    wanted = [choice.account_id for choice in choices if choice.account_id is not None]
    if not wanted:
        return {}
    if (
        purchase.customer_id is not None
        and ledger.account_of_customer(purchase.customer_id, currency) in wanted
    ):
        await ledger.open_for(tx, purchase.customer_id, currency, actor=str(by))
    known = await ledger.locked(tx, wanted)
    for account in known.values():
        if account.currency != currency:
            raise CreditOtherCurrency(currency=account.currency)
        if not account.usable(tx.now):
            raise CreditNotUsable(last_four=account.last_four or "")
    return known


def _from_credit(
    tx: Transaction, choice: TenderChoice, amount: Money, account: CreditAccount, purchase: Purchase
) -> Payment:
    card = account.kind is CreditKind.gift_card
    return Payment(
        order_id=purchase.order_id,
        id=new_id(),
        tender=Tender.gift_card if card else Tender.store_credit,
        gateway=None,
        method=account.last_four,
        state=PaymentState.authorised,
        currency=amount.currency,
        amount=amount.amount,
        channel=purchase.channel,
        store=purchase.store,
        language=purchase.language,
        return_url=None,
        expires_at=None,
        created_at=tx.now,
        updated_at=tx.now,
        authorised=amount.amount,
        account_id=choice.account_id,
        customer_id=purchase.customer_id,
    )
