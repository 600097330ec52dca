"""Buying on invoice: limits, what is billed and owed, what is received, and what goes back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.orders.conftest import Till, refused
from tests.orders.invoicing import account, agree, basket, buy, buyer, company, debt, stands

from torg import orders, payments
from torg.carts import Cart, CartState
from torg.commands.payments import differences
from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders import OrderState
from torg.orders.collect_money import collect_money
from torg.orders.payment_choices import PaymentOption, payment_choices
from torg.payments import (
    CreditLimitReached,
    Destination,
    InvoiceNotOffered,
    PaymentState,
    RefundState,
    Tender,
    TenderChoice,
)
from torg.payments.invoices import BankEntry
from torg.payments.invoices.model import BankReferenceTaken, EntryHasOwner, NotSpare
from torg.payments.invoices.overdue import tell_overdue
from torg.payments.invoices.receive import assign as assign_entry
from torg.payments.invoices.receive import pay_out
from torg.payments.invoices.receive import receive as book
from torg.payments.invoices.rules import read_reference
from torg.payments.invoices.see import owed


def entry(
    till: Till, amount: int, message: str | None = None, *, company_id: UUID | None = None
) -> BankEntry:
    """What a bank tells of money that came in."""
    now = till.clock.now()
    return BankEntry(new_id().hex, amount, "NOK", now.date(), message, None, company_id, 0, "", now)


async def receive(till: Till, told: BankEntry) -> BankEntry:
    return await till.database.run(lambda tx: book(tx, told, by=SYSTEM))


async def billed(till: Till, company_id: UUID) -> tuple[Cart, int]:
    """An order on invoice whose money was taken: it is to be paid."""
    she = await buyer(till, company_id)
    cart = await basket(till, she)
    await buy(till, cart, she)
    order = (await till.order(cart)).order
    payment = (await payments_of(till, cart.id))[0]
    await till.database.run(
        lambda tx: payments.claim_capture(tx, order.order_id, payment.id, None, by=SYSTEM)
    )
    return cart, order.gross


async def payments_of(till: Till, order_id: UUID) -> list[payments.Payment]:
    return await till.database.read(lambda tx: payments.of_order(tx, order_id))


async def test_an_order_on_invoice_is_placed_at_once_and_owed_when_it_is_billed(till: Till) -> None:
    firm = await company(till, days=14)
    she = await buyer(till, firm)
    cart = await basket(till, she)
    placement = await buy(till, cart, she)
    total = cart.totals.gross
    assert placement.order.state is OrderState.placed
    assert [(p.tender, p.state, p.authorised) for p in placement.payments] == [
        (Tender.invoice, PaymentState.authorised, total)
    ]
    assert till.gateway.asked == []
    assert await stands(till, firm) == (total, 0, 0)
    payment = placement.payments[0]
    await till.database.run(lambda tx: payments.claim_capture(tx, cart.id, payment.id, 1_000, by=SYSTEM))
    till.clock.move(days=3)
    await till.database.run(lambda tx: payments.claim_capture(tx, cart.id, payment.id, None, by=SYSTEM))
    assert await stands(till, firm) == (0, total, 0)
    mine = await debt(till, cart)
    today = till.clock.now().date()
    assert [(bill.amount, bill.due_on) for bill in mine.bills] == [
        (1_000, today + timedelta(days=11)),
        (total - 1_000, today + timedelta(days=14)),
    ]
    assert mine.due_on == today + timedelta(days=11)
    assert read_reference(mine.reference) == mine.reference == payment.reference
    await agree(till)


async def test_goods_that_leave_are_billed_under_the_orders_number(till: Till) -> None:
    firm = await company(till)
    she = await buyer(till, firm)
    cart = await basket(till, she)
    await buy(till, cart, she)
    await till.settle()
    order = (await till.order(cart)).order
    await till.database.run(
        lambda tx: tx.execute("UPDATE orders SET capture = 'placement' WHERE order_id = %(id)s", id=cart.id)
    )
    await collect_money(till.database, till.gateways, [cart.id])
    assert (await debt(till, cart)).number == order.number
    assert await stands(till, firm) == (0, order.gross, 0)


async def test_who_has_no_terms_cannot_buy_on_invoice_and_keeps_her_cart(till: Till) -> None:
    for firm in (None, await company(till, limit=0)):
        she = await buyer(till, firm)
        cart = await basket(till, she)
        error = await refused(buy(till, cart, she))
        assert isinstance(error, InvoiceNotOffered if firm is None else CreditLimitReached)
        assert (await till.cart_now(cart)).state is CartState.open
        assert await payments_of(till, cart.id) == []


async def test_a_visitor_cannot_buy_on_a_companys_invoice(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    assert isinstance(await refused(buy(till, cart, till.shop.visitor(cart))), InvoiceNotOffered)


async def test_ten_colleagues_at_once_never_pass_the_limit(till: Till) -> None:
    firm = await company(till, limit=0)
    people = [await buyer(till, firm) for _ in range(10)]
    baskets = [await basket(till, one) for one in people]
    price = baskets[0].totals.gross
    await till.database.run(
        lambda tx: tx.execute("UPDATE invoice_accounts SET credit_limit = %(limit)s", limit=price * 3 + 1)
    )
    ends = await asyncio.gather(
        *(buy(till, cart, one) for cart, one in zip(baskets, people, strict=True)), return_exceptions=True
    )
    assert sum(isinstance(end, CreditLimitReached) for end in ends) == 7
    assert await stands(till, firm) == (price * 3, 0, 0)
    await agree(till)


async def test_the_same_purchase_twice_at_once_is_held_once(till: Till) -> None:
    firm = await company(till)
    she = await buyer(till, firm)
    cart = await basket(till, she)
    one, two = await asyncio.gather(buy(till, cart, she), buy(till, cart, she))
    assert one.order.number == two.order.number
    assert await stands(till, firm) == (cart.totals.gross, 0, 0)


async def test_a_declined_card_beside_it_lets_go_of_what_was_held(till: Till) -> None:
    firm = await company(till)
    she = await buyer(till, firm)
    cart = await basket(till, she)
    card = TenderChoice(Tender.gateway, "sim", "decline", "https://shop.test/back")
    part = TenderChoice(Tender.invoice, amount=1_000)
    assert isinstance(await refused(buy(till, cart, she, part, card)), payments.PaymentDeclined)
    assert await stands(till, firm) == (0, 0, 0)
    await agree(till)


async def test_a_cancelled_order_is_not_owed(till: Till) -> None:
    firm = await company(till)
    she = await buyer(till, firm)
    cart = await basket(till, she)
    await buy(till, cart, she)
    await till.settle()
    payment = (await payments_of(till, cart.id))[0]
    if not payment.captured:
        await till.database.run(lambda tx: payments.claim_capture(tx, cart.id, payment.id, 500, by=SYSTEM))
    await till.database.run(lambda tx: orders.cancel(tx, cart.id, reason="regret", by=SYSTEM))
    await till.settle()
    await till.pass_time(minutes=2)
    assert await stands(till, firm) == (0, 0, 0)
    assert (await payments_of(till, cart.id))[0].secured == 0
    await agree(till)


async def test_a_payment_is_set_against_the_debt_that_it_names_and_counts_once(till: Till) -> None:
    firm = await company(till)
    (_, first), (cart, gross) = await billed(till, firm), await billed(till, firm)
    named = await debt(till, cart)
    spaced = " ".join(named.reference[i : i + 4] for i in range(0, len(named.reference), 4))
    told = entry(till, gross - 100, f"Invoice {spaced}, thanks")
    one, two = await asyncio.gather(receive(till, told), receive(till, told))
    assert one == two
    assert (one.company_id, one.applied) == (firm, gross - 100)
    assert (await debt(till, cart)).owed == 100
    assert await stands(till, firm) == (0, first + 100, 0)
    other = await refused(receive(till, replace(told, amount=gross)))
    assert isinstance(other, BankReferenceTaken)
    await agree(till)


async def test_too_much_pays_what_else_is_due_then_the_next_bill_and_is_paid_back_out(till: Till) -> None:
    firm = await company(till)
    _, gross = await billed(till, firm)
    got = await receive(till, entry(till, 2 * gross + 300, company_id=firm))
    assert (got.applied, await stands(till, firm)) == (gross, (0, 0, gross + 300))
    assert (await account(till, firm)).left == 1_000_000 + gross + 300
    await billed(till, firm)
    assert await stands(till, firm) == (0, 0, 300)

    reference = new_id().hex

    def out(amount: int) -> BankEntry:
        now = till.clock.now()
        return BankEntry(reference, -amount, "NOK", now.date(), None, None, firm, 0, "", now)

    async def pay(amount: int) -> BankEntry:
        return await till.database.run(lambda tx: pay_out(tx, out(amount), by=SYSTEM))

    assert isinstance(await refused(pay(301)), NotSpare)
    await pay(300)
    await pay(300)
    assert await stands(till, firm) == (0, 0, 0)
    await agree(till)


async def test_a_payment_that_names_nobody_waits_until_somebody_says_whose_it_is(till: Till) -> None:
    firm = await company(till)
    cart, gross = await billed(till, firm)
    told = await receive(till, entry(till, gross, "thanks"))
    assert (told.company_id, await stands(till, firm)) == (None, (0, gross, 0))

    async def assign() -> BankEntry:
        return await till.database.run(
            lambda tx: assign_entry(tx, told.bank_reference, firm, None, by=SYSTEM)
        )

    ends = await asyncio.gather(assign(), assign(), return_exceptions=True)
    assert sum(isinstance(end, EntryHasOwner) for end in ends) == 1
    assert (await debt(till, cart)).owed == 0
    await agree(till)


@pytest.mark.parametrize("to", list(Destination))
async def test_a_refund_lowers_what_is_owed_and_what_was_paid_is_to_spare(
    till: Till, to: Destination
) -> None:
    firm = await company(till)
    cart, gross = await billed(till, firm)

    async def back(amount: int) -> None:
        refunds = await payments.refund_order(
            till.database,
            till.gateways,
            cart.id,
            amount,
            to=to,
            customer_id=None,
            reason="broken",
            by=SYSTEM,
        )
        assert [one.state for one in refunds] == [RefundState.done]

    await back(1_000)
    assert await stands(till, firm) == (0, gross - 1_000, 0)
    await receive(till, entry(till, gross - 1_000, (await debt(till, cart)).reference))
    await back(400)
    assert await stands(till, firm) == (0, 0, 400)
    await agree(till)


async def test_what_is_due_the_longest_comes_first_in_the_list_of_what_is_overdue(till: Till) -> None:
    firm = await company(till, days=10)
    one, gross = await billed(till, firm)
    till.clock.move(days=5)
    await billed(till, firm)
    till.clock.move(days=7)

    async def overdue(before: date) -> list[tuple[UUID, int]]:
        found = await till.database.read(
            lambda tx: owed(tx, before=before, company_id=firm, after=None, limit=10, by=SYSTEM)
        )
        return [(debt.order_id, debt.owed) for debt in found]

    assert await overdue(till.clock.now().date()) == [(one.id, gross)]


async def test_what_is_overdue_is_told_once_a_due_day(till: Till) -> None:
    firm = await company(till, days=10)
    cart, gross = await billed(till, firm)

    async def told() -> int:
        events = "SELECT FROM outbox WHERE type = 'invoice.overdue' AND key = %(key)s"
        await tell_overdue(till.database)
        return await till.database.run(lambda tx: tx.execute(events, key=str(cart.id)))

    till.clock.move(days=10)
    assert await told() == 0
    till.clock.move(days=1)
    assert (await told(), await told()) == (1, 1)
    await receive(till, entry(till, gross, (await debt(till, cart)).reference))
    await agree(till)


async def test_what_other_hands_have_changed_in_the_accounts_is_named(till: Till) -> None:
    firm = await company(till)

    def done(statement: str) -> Callable[[Transaction], Awaitable[int]]:
        return lambda tx: tx.execute(statement, id=firm)

    _, gross = await billed(till, firm)
    await receive(till, entry(till, gross + 7, company_id=firm))
    await agree(till)
    for statement, told in (
        (
            "UPDATE invoice_accounts SET spare = 8 WHERE company_id = %(id)s",
            "spare is 8, the books beside it say 7",
        ),
        (
            "UPDATE invoice_accounts SET owed = 3 WHERE company_id = %(id)s",
            "owed is 3, the books beside it say 0",
        ),
        ("UPDATE debts SET held = 5 WHERE company_id = %(id)s", "held is 5, the books beside it say 0"),
        ("UPDATE debts SET credited = 0, received = 1 WHERE company_id = %(id)s", "owed is 3, "),
    ):
        await till.database.run(done(statement))
        assert any(told in line for line in await differences(till.database, till.gateways))
    await till.database.run(
        lambda tx: tx.execute(
            "UPDATE invoice_accounts SET spare = 7, owed = 0 WHERE company_id = %(id)s", id=firm
        )
    )
    await till.database.run(
        lambda tx: tx.execute(
            "UPDATE debts SET held = 0, received = billed WHERE company_id = %(id)s", id=firm
        )
    )
    await agree(till)


async def test_invoice_is_offered_only_to_who_has_terms(till: Till) -> None:
    firm = await company(till, limit=50_000, days=20)

    async def offered(by: Actor, cart: Cart) -> list[PaymentOption]:
        found = await till.database.read(lambda tx: payment_choices(tx, cart.id, till.gateways, by=by))
        assert next(one.gateway for one in found if one.tender is Tender.gateway) == "sim"
        return [one for one in found if one.tender is Tender.invoice]

    she = await buyer(till, firm)
    (option,) = await offered(she, await basket(till, she))
    assert (option.days, option.left) == (20, Money(50_000, "NOK"))
    other = await buyer(till, None)
    assert await offered(other, await basket(till, other)) == []
    cart = await till.cart(await till.shop.product())
    assert await offered(till.shop.visitor(cart), cart) == []


async def test_what_a_cheaper_order_is_not_billed_for_can_be_bought_for_again(till: Till) -> None:
    firm = await company(till)
    she = await buyer(till, firm)
    cart = await basket(till, she)
    await buy(till, cart, she)
    await till.database.run(
        lambda tx: tx.execute(
            "UPDATE orders SET capture = 'placement', gross = gross - 500, net = net - 500 WHERE order_id = %(id)s",
            id=cart.id,
        )
    )
    for _ in range(2):
        await collect_money(till.database, till.gateways, [cart.id])
    assert await stands(till, firm) == (0, cart.totals.gross - 500, 0)
    assert (await payments_of(till, cart.id))[0].released == 500
    await agree(till)
