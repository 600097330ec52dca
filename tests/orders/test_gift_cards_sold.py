"""Gift cards as goods: issued once when they are paid, mailed, taxed when spent, withdrawn with their order."""

import asyncio
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from tests.orders.conftest import Till, refused
from tests.orders.crediting import POLICY, REST, agree, buy, gift, has
from tests.orders.test_interrupted import STEPS, Killed, die

from torg.carts import Cart, Contact, LineWish, add_line, set_contact
from torg.catalog import Kind
from torg.kernel.access import SYSTEM
from torg.kernel.errors import Invalid
from torg.orders import CartIncomplete, OrderState, cancel
from torg.orders.issue_gift_cards import issue_gift_cards
from torg.payments import CreditUsed
from torg.payments.credit import codes, store
from torg.payments.credit.model import CreditAccount, CreditBuysNoCredit, CreditState

WORTH = 50_000


async def sold(till: Till, *, quantity: int = 1) -> Cart:
    """A visitor's cart with gift cards in it."""
    variant = await till.shop.product(price=WORTH, kind=Kind.gift_card, tax_class="voucher", stock={})
    cart = await till.shop.cart(variant)
    if quantity > 1:
        cart = await till.shop.add(cart, variant, quantity - 1)
    contact = Contact(email="kari@example.com", phone=None, name="Kari Nordmann")
    return await till.database.run(lambda tx: set_contact(tx, cart.id, contact, by=till.shop.visitor(cart)))


async def cards(till: Till, cart: Cart) -> list[CreditAccount]:
    """The gift cards that the cart's order has sold."""
    return await till.database.read(lambda tx: store.of_order(tx, cart.id))


async def letters(till: Till, cart: Cart) -> list[str]:
    """The codes in the mails that brought the order's cards."""
    texts = await till.database.read(
        lambda tx: tx.all(
            str,
            "SELECT m.text FROM mails m WHERE m.template = 'payments/gift-card' ORDER BY m.id",
        )
    )
    found = [re.findall(r"\b(?:[0-9B-Z]{4}-){3}[0-9B-Z]{4}\b", text) for text in texts]
    assert all(len(each) == 1 for each in found)
    mine = {card.account_id for card in await cards(till, cart)}
    known = []
    for (code,) in found:
        hashed = codes.hashed(POLICY, code)
        account = await till.database.read(lambda tx, hashed=hashed: store.of_code(tx, hashed))  # type: ignore[misc]  # bound on purpose
        known += [code] if account in mine else []
    return known


async def test_a_bought_gift_card_is_issued_when_it_is_paid_and_mailed_with_a_code_that_pays(
    till: Till,
) -> None:
    cart = await sold(till, quantity=2)
    assert cart.totals.gross == cart.totals.net == 2 * WORTH
    assert cart.totals.tax == 0
    placement = await till.buy(cart)
    assert placement.order.state is OrderState.placed
    assert await cards(till, cart) == []
    await till.settle()
    issued = await cards(till, cart)
    assert [(card.balance, card.currency, card.order_id) for card in issued] == [(WORTH, "NOK", cart.id)] * 2
    found = await letters(till, cart)
    assert len(found) == len(set(found)) == 2
    assert {code[-4:] for code in found} == {card.last_four for card in issued}
    mine = await till.database.read(lambda tx: store.of_code(tx, codes.hashed(POLICY, found[0])))
    assert mine is not None
    goods = await till.cart(await till.shop.product())
    assert (await buy(till, goods, gift(mine), REST)).order.state is OrderState.placed
    assert goods.totals.tax > 0
    await agree(till)


async def test_no_code_stands_anywhere_in_the_database_but_in_the_mail(till: Till) -> None:
    cart = await sold(till)
    await till.buy(cart)
    await till.settle()
    (code,) = await letters(till, cart)
    tables = await till.database.read(
        lambda tx: tx.all(
            str, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    )
    telling = []
    for table in tables:
        for text in (code, codes.plain(code)):
            found = await till.database.read(
                lambda tx, table=table, text=text: tx.one(  # type: ignore[misc]  # bound on purpose
                    bool,
                    f'SELECT EXISTS (SELECT FROM "{table}" t WHERE strpos(t::text, %(text)s) > 0)',
                    text=text,
                )
            )
            telling += [table] if found else []
    assert telling == ["mails"]
    secret = await till.database.read(
        lambda tx: tx.one(bool, "SELECT bool_and(secret) FROM mails WHERE template = 'payments/gift-card'")
    )
    assert secret


async def test_a_card_whose_payment_is_only_promised_is_not_issued(till: Till) -> None:
    cart = await sold(till)
    await till.buy(cart)
    assert await issue_gift_cards(till.database, POLICY, cart.id) == 0
    assert await cards(till, cart) == []
    await till.settle()
    assert len(await cards(till, cart)) == 1


async def test_a_card_that_nobody_pays_is_never_issued(till: Till) -> None:
    cart = await sold(till)
    await refused(till.buy(cart, "decline"))
    await till.settle()
    await till.pass_time(minutes=30)
    assert await cards(till, cart) == []


async def test_a_card_is_issued_and_mailed_once_however_often_and_at_once_it_is_asked_for(till: Till) -> None:
    cart = await sold(till, quantity=3)
    await till.buy(cart)
    await till.settle()
    done = await asyncio.gather(*(issue_gift_cards(till.database, POLICY, cart.id) for _ in range(16)))
    assert sum(done) == 0
    assert len(await cards(till, cart)) == len(await letters(till, cart)) == 3
    await agree(till)


async def test_sixteen_issuers_at_once_issue_each_card_once(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = await sold(till, quantity=3)
    await till.buy(cart)

    async def nothing(*_: Any) -> int:
        return 0

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("torg.orders.jobs.issue", nothing)
        await till.settle()
    assert await cards(till, cart) == []
    done = await asyncio.gather(*(issue_gift_cards(till.database, POLICY, cart.id) for _ in range(16)))
    assert sorted(done) == [0] * 15 + [3]
    assert len(await letters(till, cart)) == 3
    await agree(till)


@pytest.mark.parametrize("step", STEPS)
async def test_a_purchase_that_dies_issues_its_card_once_all_the_same(
    till: Till, step: Callable[..., None]
) -> None:
    cart = await sold(till)
    await die(till, cart, step)
    await till.pass_time(seconds=31)
    await till.pass_time(minutes=2)
    assert (await till.order(cart)).order.state is OrderState.placed
    assert len(await cards(till, cart)) == len(await letters(till, cart)) == 1
    await agree(till)


async def test_an_issuer_that_dies_after_its_mail_was_written_leaves_nothing_and_the_next_one_issues(
    till: Till,
) -> None:
    cart = await sold(till)
    await till.buy(cart)

    async def dies(*_: Any, **__: Any) -> UUID:
        raise Killed

    async def nothing(*_: Any) -> int:
        return 0

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("torg.orders.jobs.issue", nothing)
        await till.settle()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("torg.kernel.mail.send", dies)
        with pytest.raises(Killed):
            await issue_gift_cards(till.database, POLICY, cart.id)
    assert await cards(till, cart) == []
    assert await issue_gift_cards(till.database, POLICY, cart.id) == 1
    assert len(await letters(till, cart)) == 1


async def test_with_money_taken_at_shipment_a_card_is_paid_and_issued_before_goods_leave(till: Till) -> None:
    variant = await till.shop.product(price=WORTH, kind=Kind.gift_card, tax_class="voucher", stock={})
    cart = await till.cart(await till.shop.product())
    wish = LineWish(variant)
    cart = await till.database.run(lambda tx: add_line(tx, cart.id, wish, by=till.shop.visitor(cart)))
    placement = await till.buy(cart)
    await till.database.run(
        lambda tx: tx.execute("UPDATE orders SET capture = 'shipment' WHERE order_id = %(id)s", id=cart.id)
    )
    await till.settle()
    taken = (await till.order(cart)).payments[0].captured
    assert taken == WORTH < placement.order.gross
    assert len(await cards(till, cart)) == 1


async def test_a_gift_card_needs_an_address_to_be_mailed_to_and_cannot_be_bought_with_credit(
    till: Till,
) -> None:
    cart = await sold(till)
    other = await till.database.run(
        lambda tx: set_contact(
            tx, cart.id, Contact(email=None, phone="+47 22 33 44 55", name="K"), by=till.shop.visitor(cart)
        )
    )
    error = await refused(till.buy(other))
    assert isinstance(error, CartIncomplete)
    assert [problem.field for problem in error.problems] == ["contact.email"]
    cart, bought = await sold(till), await sold(till)
    await till.buy(bought)
    await till.settle()
    (mine,) = await cards(till, bought)
    assert isinstance(await refused(buy(till, cart, gift(mine.account_id), REST)), CreditBuysNoCredit)
    assert await has(till, mine.account_id) == (WORTH, 0)


async def test_cancelling_withdraws_unspent_cards_and_is_refused_once_one_was_used(till: Till) -> None:
    cart = await sold(till, quantity=2)
    await till.buy(cart)
    await till.settle()
    one, two = await cards(till, cart)
    await till.database.run(lambda tx: cancel(tx, cart.id, reason="test", by=SYSTEM))
    await till.settle()
    for card in (one, two):
        assert await has(till, card.account_id) == (0, 0)
    assert {card.state for card in await cards(till, cart)} == {CreditState.blocked}
    assert till.gateway.live_money() == 0
    spent = await sold(till)
    await till.buy(spent)
    await till.settle()
    (mine,) = await cards(till, spent)
    await buy(till, await till.cart(await till.shop.product()), gift(mine.account_id, 100), REST)
    left = await has(till, mine.account_id)
    error = await refused(till.database.run(lambda tx: cancel(tx, spent.id, reason="test", by=SYSTEM)))
    assert isinstance(error, CreditUsed)
    assert await has(till, mine.account_id) == left
    assert (await till.order(spent)).order.state is OrderState.placed
    await agree(till)


async def test_cancelling_before_a_card_is_issued_leaves_none(till: Till) -> None:
    cart = await sold(till)
    await till.buy(cart)
    await till.database.run(lambda tx: cancel(tx, cart.id, reason="test", by=SYSTEM))
    await till.settle()
    assert await cards(till, cart) == []
    assert till.gateway.live_money() == 0


async def test_gift_cards_and_nothing_else_have_the_tax_class_voucher(till: Till) -> None:
    for kind, tax_class in ((Kind.gift_card, "food"), (Kind.physical, "voucher")):
        error = await refused(till.shop.product(kind=kind, tax_class=tax_class, stock={}))
        assert isinstance(error, Invalid)
        assert [problem.code for problem in error.problems] == ["voucher-tax"]
