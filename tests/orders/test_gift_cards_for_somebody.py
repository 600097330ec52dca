"""Gift cards of an amount that is chosen, for somebody else, on a day: refused, issued and mailed as wished."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.orders.conftest import Till, refused
from tests.orders.crediting import POLICY, REST, agree, buy, gift

from torg import carts, catalog, payments
from torg.carts import Cart, LineCard, LineChange, LineWish
from torg.catalog import CardAmounts, Kind, ProductChange
from torg.kernel.access import SYSTEM
from torg.kernel.errors import Invalid
from torg.kernel.ids import new_id
from torg.kernel.mail import Mail
from torg.kernel.money import Money
from torg.orders import CartIncomplete, OrderState
from torg.orders.issue_gift_cards import issue_gift_cards
from torg.orders.returns import Return
from torg.orders.returns.model import NotReturnable, PaidBack
from torg.orders.returns.without_goods import Part
from torg.orders.take_back_gift_cards import take_back_gift_cards
from torg.payments import CreditUsed
from torg.payments.credit import store
from torg.payments.credit.model import CreditAccount

PRICE = 50_000
LEAST, MOST = 10_000, 200_000


def kroner(amount: int, currency: str = "NOK") -> Money:
    return Money(amount * 100, currency)


async def goods(till: Till, *, amounts: bool = True) -> UUID:
    """A gift card that may be worth what its buyer chooses, unless that is fixed."""
    made = await till.shop.made(PRICE, 5_000, {}, Kind.gift_card, "voucher", 0, ("NO", "JP"))
    if amounts:
        bounds = (CardAmounts("NOK", LEAST, MOST), CardAmounts("JPY", 1_000, 20_000))
        change = ProductChange(version=made.version, card_amounts=bounds)
        await till.database.run(lambda tx: catalog.change(tx, made.id, change, by=SYSTEM))
    return made.variants[0].id


async def put(till: Till, cart: Cart, variant: UUID, card: LineCard | None, quantity: int = 1) -> Cart:
    wish = LineWish(variant, quantity, card=card)
    return await till.database.run(lambda tx: carts.add_line(tx, cart.id, wish, by=till.shop.visitor(cart)))


async def basket(till: Till, *cards: LineCard) -> tuple[Cart, UUID]:
    """A cart that lacks nothing, with one line of gift cards for each wish."""
    variant = await goods(till)
    cart = await till.shop.cart()
    for card in cards:
        cart = await put(till, cart, variant, card)
    contact = carts.Contact(email="kari@example.com", phone=None, name="Kari Nordmann")
    by = till.shop.visitor(cart)
    return await till.database.run(lambda tx: carts.set_contact(tx, cart.id, contact, by=by)), variant


async def issued(till: Till, cart: Cart) -> list[CreditAccount]:
    return await till.database.read(lambda tx: store.of_order(tx, cart.id))


async def letters(till: Till, cart: Cart) -> list[Mail]:
    """The mails that brought the order's cards."""
    found = []
    for card in await issued(till, cart):
        found += await till.database.read(
            lambda tx, card=card: tx.all(  # type: ignore[misc]  # bound on purpose
                Mail,
                "SELECT id, recipient, subject, html, text, language, template, secret, status, attempts, reason,"
                " queued_at, ended_at FROM mails WHERE template = 'payments/gift-card' AND text LIKE %(code)s",
                code=f"%-{card.last_four}%",
            )
        )
    return found


async def test_a_card_is_worth_what_was_chosen_and_goes_to_whom_it_is_for_in_her_language(till: Till) -> None:
    wish = LineCard(kroner(123), " Ola  Dunk ", "OLA@example.com", "sv", "Grattis!\n<b>x</b>")
    cart, _ = await basket(till, wish)
    (line,) = cart.lines
    assert line.card == LineCard(kroner(123), "Ola Dunk", "ola@example.com", "sv", "Grattis!\n<b>x</b>")
    assert (cart.totals.gross, cart.totals.tax, line.quote.trace[-1].code) == (12_300, 0, "amount-chosen")  # type: ignore[union-attr]  # it has a price
    assert [one.kind for one in cart.deliveries if one.quote] == []
    await till.buy(cart)
    await till.settle()
    assert [card.balance for card in await issued(till, cart)] == [12_300]
    (mail,) = await letters(till, cart)
    assert (mail.recipient, mail.language, mail.secret) == ("ola@example.com", "sv", True)
    assert all(part in mail.text for part in ("Ola Dunk", "Grattis!\n<b>x</b>", "Kari Nordmann"))
    assert "&lt;b&gt;x&lt;/b&gt;" in mail.html
    kept = (await till.order(cart)).lines
    assert [one.card for one in kept] == [line.card]
    await agree(till)


async def test_everything_that_is_wrong_is_named_and_nothing_is_changed(till: Till) -> None:
    variant, fixed, mug = await goods(till), await goods(till, amounts=False), await till.shop.product()
    cart = await till.shop.cart(variant)
    today = till.clock.now().date()
    wrong = LineCard(kroner(500, "SEK"), None, "nobody", "xx", None, today - timedelta(days=3))
    wishes = [
        (variant, wrong, {"card.amount.currency", "card.email", "card.language", "card.send_on"}),
        (variant, LineCard(Money(LEAST - 1, "NOK")), {"card.amount.amount"}),
        (variant, LineCard(Money(MOST + 1, "NOK")), {"card.amount.amount"}),
        (variant, LineCard(send_on=today + timedelta(days=400)), {"card.send_on"}),
        (fixed, LineCard(kroner(500)), {"card.amount"}),
        (mug, LineCard(name="Ola"), {"card"}),
    ]
    for goods_wanted, card, fields in wishes:
        error = await refused(put(till, cart, goods_wanted, card))
        assert isinstance(error, Invalid)
        assert {one.field for one in error.problems} == fields
    line, by = cart.lines[0], till.shop.visitor(cart)
    error = await refused(
        till.database.run(lambda tx: carts.change_line(tx, cart.id, line.id, LineChange(card=wrong), by=by))
    )
    assert isinstance(error, Invalid)
    now = await till.cart_now(cart)
    assert (now.version, now.lines) == (cart.version, cart.lines)


async def test_a_cart_that_begins_with_wrong_cards_names_the_fields_of_each(till: Till) -> None:
    variant = await goods(till)
    cards = [LineCard(Money(LEAST - 1, "NOK")), LineCard(name="Ola"), LineCard(email="nobody", language="xx")]
    wishes = [LineWish(variant, card=card) for card in cards]
    error = await refused(
        till.database.run(lambda tx: carts.create(tx, channel="web-no", by=SYSTEM, lines=wishes))
    )
    assert isinstance(error, Invalid)
    assert {one.field for one in error.problems} == {
        "lines.0.card.amount.amount",
        "lines.2.card.email",
        "lines.2.card.language",
    }


async def test_cards_for_others_are_lines_of_their_own_and_more_of_the_same_are_one(till: Till) -> None:
    ola, kari = (
        LineCard(kroner(200), email="ola@example.com"),
        LineCard(kroner(300), email="kari@example.com"),
    )
    cart, _ = await basket(till, ola, kari, ola)
    assert [(line.quantity, line.card) for line in cart.lines] == [(2, ola), (1, kari)]
    assert cart.totals.gross == 70_000
    by = till.shop.visitor(cart)
    change = LineChange(card=None)
    cart = await till.database.run(lambda tx: carts.change_line(tx, cart.id, cart.lines[1].id, change, by=by))
    assert (cart.lines[1].card, cart.totals.gross) == (None, 40_000 + PRICE)


async def test_an_amount_that_can_no_longer_be_chosen_is_told_and_not_bought(till: Till) -> None:
    cart, variant = await basket(till, LineCard(kroner(1_500)))
    await till.database.run(
        lambda tx: tx.execute(
            'UPDATE products SET card_amounts = \'[{"currency": "NOK", "least": 1, "most": 100000}]\''
            " WHERE id = (SELECT product_id FROM variants WHERE id = %(id)s)",
            id=variant,
        )
    )
    now = await till.cart_now(cart)
    assert [(one.code.value, one.line_id) for one in now.warnings] == [("no-price", cart.lines[0].id)]
    assert isinstance(await refused(till.buy(cart)), CartIncomplete)
    await till.settle()
    assert await issued(till, cart) == []


async def test_a_card_for_later_is_issued_on_its_day_once_however_many_are_at_it(till: Till) -> None:
    day = till.clock.now().date() + timedelta(days=5)
    cart, _ = await basket(
        till, LineCard(kroner(200), email="ola@example.com"), LineCard(kroner(300), send_on=day)
    )
    await till.buy(cart)
    await till.settle()
    assert [card.balance for card in await issued(till, cart)] == [20_000]
    waiting = await till.database.read(
        lambda tx: tx.all(
            str,
            "SELECT (scheduled_at AT TIME ZONE 'Europe/Oslo')::text FROM procrastinate_jobs"
            " WHERE task_name = 'orders.issue_gift_cards' AND status = 'todo' AND args ->> 'once' LIKE %(once)s",
            once=f"%{cart.id.hex}%",
        )
    )
    assert waiting == [f"{day} 08:00:00"]
    till.clock.move(days=4)
    assert await issue_gift_cards(till.database, POLICY, cart.id) == 0
    till.clock.move(days=1)
    done = await asyncio.gather(*(issue_gift_cards(till.database, POLICY, cart.id) for _ in range(8)))
    assert sorted(done) == [0] * 7 + [1]
    assert sorted(card.balance for card in await issued(till, cart)) == [20_000, 30_000]
    assert sorted(mail.recipient for mail in await letters(till, cart)) == [
        "kari@example.com",
        "ola@example.com",
    ]
    await agree(till)


async def test_a_card_whose_money_went_back_before_its_day_is_never_issued(till: Till) -> None:
    day = till.clock.now().date() + timedelta(days=5)
    cart, _ = await basket(till, LineCard(kroner(300), send_on=day))
    await till.buy(cart)
    await till.settle()
    seen = await till.order(cart)
    assert (seen.order.state, seen.payments[0].captured) == (OrderState.placed, 30_000)
    await payments.refund_order(
        till.database,
        till.gateways,
        cart.id,
        None,
        to=payments.Destination.original,
        customer_id=None,
        reason="test",
        by=SYSTEM,
    )
    till.clock.move(days=6)
    assert await issue_gift_cards(till.database, POLICY, cart.id) == 0
    assert await issued(till, cart) == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"card_amounts": (CardAmounts("NOK", 5, 4),)}, "card_amounts.0.most", "most-below-least"),
        ({"card_amounts": (CardAmounts("NOK", 1, 2),) * 2}, "card_amounts.1.currency", "twice"),
    ],
)
async def test_amounts_of_a_product_that_make_no_sense_are_refused(
    till: Till, change: dict[str, Any], field: str, code: str
) -> None:
    made = await till.shop.made(PRICE, 5_000, {}, Kind.gift_card, "voucher", 0, ("NO",))
    wish = ProductChange(version=made.version, **change)
    error = await refused(till.database.run(lambda tx: catalog.change(tx, made.id, wish, by=SYSTEM)))
    assert isinstance(error, Invalid)
    assert [(one.field, one.code) for one in error.problems] == [(field, code)]
    mug = await till.shop.made(PRICE, 5_000, {}, Kind.physical, "standard", 0, ("NO",))
    wish = ProductChange(version=mug.version, card_amounts=(CardAmounts("NOK", 1, 2),))
    error = await refused(till.database.run(lambda tx: catalog.change(tx, mug.id, wish, by=SYSTEM)))
    assert isinstance(error, Invalid)
    assert [(one.field, one.code) for one in error.problems] == [("card_amounts", "amounts-not-a-card")]


async def back(till: Till, cart: Cart, line: int, units: int, *, id: UUID | None = None) -> Return:
    """Some gift cards of a line of the cart's order are given back."""
    part = Part(cart.lines[line].id, units)
    key = id or new_id()
    return await till.database.run(
        lambda tx: take_back_gift_cards(
            tx, POLICY, cart.id, [part], id=key, to=PaidBack.original, reason="test", by=SYSTEM
        )
    )


async def test_unused_cards_are_given_back_with_their_money_once_and_those_that_wait_are_never_sent(
    till: Till,
) -> None:
    day = till.clock.now().date() + timedelta(days=5)
    ola = LineCard(kroner(200), email="ola@example.com")
    cart, _ = await basket(till, ola, ola, LineCard(kroner(300), send_on=day), LineCard(kroner(400)))
    await till.buy(cart)
    await till.settle()
    first = next(card for card in await issued(till, cart) if card.balance == 20_000)
    await buy(till, await till.cart(await till.shop.product()), gift(first.account_id, 100), REST)
    key = new_id()
    given = await asyncio.gather(*(back(till, cart, 0, 1, id=key) for _ in range(4)))
    assert {one.gross for one in given} == {20_000}
    assert isinstance(await refused(back(till, cart, 0, 1)), CreditUsed)
    assert isinstance(await refused(back(till, cart, 0, 2)), NotReturnable)
    await back(till, cart, 1, 1)
    await till.settle()
    seen = await till.order(cart)
    assert (seen.payments[0].refunded, seen.order.state) == (50_000, OrderState.placed)
    till.clock.move(days=6)
    assert await issue_gift_cards(till.database, POLICY, cart.id) == 0
    cards = await issued(till, cart)
    assert sorted(card.balance for card in cards) == [0, 0, 19_900, 40_000]
    assert sorted(mail.recipient for mail in await letters(till, cart)) == [
        "kari@example.com",
        "ola@example.com",
        "ola@example.com",
    ]
    await agree(till)
