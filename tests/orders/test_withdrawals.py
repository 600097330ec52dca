"""A consumer withdraws: her statement does what the law lets it, and tells strangers nothing."""

from typing import Any

from tests.orders.conftest import Till, refused
from tests.orders.returning import books_agree, bought, came, returned, sent

from torg.carts import Cart
from torg.kernel.access import Actor, ActorKind
from torg.kernel.access.model import TooManyTries
from torg.kernel.ids import new_id
from torg.orders import OrderState
from torg.orders.returns import ReturnState
from torg.orders.withdrawals.model import Outcome, Statement, Withdrawal
from torg.orders.withdrawals.withdraw import PER_EMAIL, state

NOBODY = Actor(ActorKind.visitor)


async def stated(till: Till, cart: Cart, **more: Any) -> Withdrawal:
    number = more.pop("number", None) or till.number((await till.order(cart)).order)
    said = Statement(
        number=number,
        name="Kari Nordmann",
        email=more.pop("email", "KARI@example.com "),
        language="nb",
        market="NO",
    )
    return await state(
        till.database, said, id=more.pop("id", None) or new_id(), address=new_id().hex, by=NOBODY
    )


async def test_what_was_delivered_is_announced_and_what_was_paid_goes_back_with_the_delivery(
    till: Till,
) -> None:
    cart = await bought(till, await till.shop.product(), quantity=2)
    order = (await till.order(cart)).order
    id = new_id()
    one = await stated(till, cart, id=id)
    assert await stated(till, cart, id=id) == one
    assert one.outcome is Outcome.announced
    (told,) = (await till.order(cart)).returns
    assert (told.state, told.withdrawal, told.lines[0].announced) == (ReturnState.announced, True, 2)
    back = await returned(till, cart, came(cart, 2), id=told.id, announced=True)
    assert back.gross == order.gross
    assert back.delivery == order.delivery > 0
    await till.settle()
    assert len(await till.mails("withdrawals/acknowledged", till.number(order))) == 1
    await books_agree(till, cart)


async def test_an_order_of_which_nothing_has_left_is_cancelled_and_one_that_has_just_left_is_not(
    till: Till,
) -> None:
    cart = await till.cart(await till.shop.product())
    await till.buy(cart)
    await till.settle()
    assert (await stated(till, cart)).outcome is Outcome.cancelled
    assert (await till.order(cart)).order.state is OrderState.cancelled
    assert (await stated(till, cart)).outcome is Outcome.nothing_left
    other = await till.cart(await till.shop.product())
    await till.buy(other)
    await till.settle()
    await sent(till, other, told=False)
    assert (await stated(till, other)).outcome is Outcome.announced
    await till.settle()
    assert (await till.order(other)).order.state is OrderState.placed


async def test_a_stranger_learns_nothing_and_cannot_mail_without_end(till: Till) -> None:
    cart = await bought(till, await till.shop.product())
    wrong = await stated(till, cart, email="eve@example.com")
    unknown = await stated(till, cart, number="NO-000000", email="eve@example.com")
    assert {wrong.outcome, unknown.outcome} == {Outcome.not_found}
    assert wrong.order_id is unknown.order_id is None
    assert (await till.order(cart)).returns == []
    for _ in range(PER_EMAIL.burst - 2):
        await stated(till, cart, email="eve@example.com")
    assert isinstance(await refused(stated(till, cart, email="eve@example.com")), TooManyTries)


async def test_after_the_time_of_the_law_a_statement_is_taken_and_does_nothing(till: Till) -> None:
    cart = await bought(till, await till.shop.product())
    till.clock.move(days=40)
    assert (await stated(till, cart)).outcome is Outcome.too_late
    assert (await till.order(cart)).returns == []
