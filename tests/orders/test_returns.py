"""Goods come back: announced or not, to any place, each unit once, and the money goes back as it came."""

import asyncio
from collections import Counter
from functools import partial

from tests.orders.conftest import Till, refused
from tests.orders.returning import books_agree, bought, came, clerk, returned, wish

from torg.kernel.access import Actor, ActorKind
from torg.kernel.access.model import RightMissing, SignInNeeded
from torg.kernel.ids import new_id
from torg.orders.model import UnknownOrder
from torg.orders.returns import ReturnState
from torg.orders.returns.announce import announce
from torg.orders.returns.find import find
from torg.orders.returns.model import NotReturnable


async def test_a_line_is_taken_back_in_a_store_and_its_money_goes_back_over_the_tender_that_paid(
    till: Till,
) -> None:
    variant = await till.shop.product()
    cart = await bought(till, variant, quantity=2)
    paid = till.gateway.live_money()
    before = await till.stock(variant)
    back = await returned(till, cart, came(cart, 1))
    line = (await till.order(cart)).lines[0]
    assert back.state is ReturnState.settled
    assert back.gross == back.refunded == line.gross // 2
    assert paid - till.gateway.live_money() == back.gross
    on_hand, *rest = before["oslo"]
    assert (await till.stock(variant))["oslo"] == (on_hand + 1, *rest)
    await books_agree(till, cart)


async def test_the_same_call_twice_takes_back_once(till: Till) -> None:
    variant = await till.shop.product()
    cart = await bought(till, variant, quantity=2)
    id = new_id()
    first = await returned(till, cart, came(cart, 1), id=id)
    again = await returned(till, cart, came(cart, 1), id=id)
    assert first.id == again.id
    assert len((await till.order(cart)).returns) == 1
    await till.settle()
    await till.pass_time(minutes=5)
    await books_agree(till, cart)


async def test_two_stores_at_once_take_back_no_unit_twice(till: Till) -> None:
    variant = await till.shop.product()
    cart = await bought(till, variant, quantity=3)
    tries = [returned(till, cart, came(cart, 2), store=store) for store in ("oslo", "bergen") * 3]
    done = Counter(type(one).__name__ for one in await asyncio.gather(*tries, return_exceptions=True))
    assert done == {"Return": 1, "NotReturnable": 5}
    await returned(till, cart, came(cart, 1), store="bergen")
    assert isinstance(await refused(returned(till, cart, came(cart, 1))), NotReturnable)
    await books_agree(till, cart)
    seen = await till.order(cart)
    assert sum(one.returned for one in seen.payments) == seen.order.gross


async def test_an_announced_return_is_received_elsewhere_in_part(till: Till) -> None:
    variant = await till.shop.product()
    cart = await bought(till, variant, quantity=3)
    by = till.shop.visitor(cart)
    told = await till.database.run(lambda tx: announce(tx, cart.id, [wish(cart, 3)], by=by))
    assert told.state is ReturnState.announced
    assert told.number and told.number.startswith("R-")
    error = await refused(till.database.run(lambda tx: announce(tx, cart.id, [wish(cart, 1)], by=by)))
    assert isinstance(error, NotReturnable)
    part = came(cart, 2, rejected=1, rejection="Worn")
    back = await returned(till, cart, part, store="bergen", id=told.id, announced=True)
    assert (back.state, back.units, back.lines[0].announced) == (ReturnState.settled, 2, 3)
    assert back.number == told.number
    await till.settle()
    assert len(await till.mails("returns/announced", told.number)) == 1
    assert len(await till.mails("returns/settled", told.number)) == 1
    await books_agree(till, cart)


async def test_what_a_guest_bought_is_found_by_the_number_of_her_receipt_and_taken_back_in_any_store(
    till: Till,
) -> None:
    cart = await bought(till, await till.shop.product())
    number, by = till.number((await till.order(cart)).order), clerk("bergen")
    here = await till.database.read(lambda tx: find(tx, f" {number.lower()} ", by=by))
    assert (here.order.order_id, here.order.customer_id) == (cart.id, None)
    back = await returned(till, cart, came(cart), store="bergen", by=by)
    assert (back.state, back.refunded) == (ReturnState.settled, back.gross)
    for asked, who, kind in (
        (number, Actor(ActorKind.visitor), SignInNeeded),
        ("NO-000000", by, UnknownOrder),
    ):
        found = till.database.read(partial(find, number=asked, by=who))
        assert isinstance(await refused(found), kind)
    await books_agree(till, cart)


async def test_nobody_else_announces_and_nobody_without_the_right_takes_back(till: Till) -> None:
    cart = await bought(till, await till.shop.product())
    stranger = Actor(ActorKind.visitor)
    error = await refused(till.database.run(lambda tx: announce(tx, cart.id, [wish(cart)], by=stranger)))
    assert isinstance(error, UnknownOrder)
    error = await refused(returned(till, cart, came(cart), store="oslo", by=clerk("bergen")))
    assert isinstance(error, RightMissing)
    assert (await till.order(cart)).returns == []


async def test_all_that_is_wrong_is_told_at_once_and_nothing_changes(till: Till) -> None:
    cart = await bought(till, await till.shop.product(), await till.shop.product())
    before = till.gateway.live_money()
    stranger = came(cart, 1)
    wrong = [came(cart, 2), came(cart, 9, line=1), came(cart, 1), type(stranger)(new_id(), 1)]
    error = await refused(returned(till, cart, *wrong))
    assert isinstance(error, NotReturnable)
    assert [(one.field, one.code) for one in error.problems] == [
        ("lines.0.quantity", "more-than-delivered"),
        ("lines.1.quantity", "more-than-delivered"),
        ("lines.2.line", "twice"),
        ("lines.3.line", "unknown-line"),
    ]
    assert till.gateway.live_money() == before
    assert (await till.order(cart)).returns == []
