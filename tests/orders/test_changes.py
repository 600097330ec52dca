"""Placed orders are changed: what is possible is done whole, what is not is told, and goods and money follow."""

import asyncio
import random
from functools import partial
from uuid import UUID

import pytest
from tests.orders.changing import ENGINES, Counter, line, variant
from tests.orders.conftest import Till, refused

from torg import fulfilment, inventory, orders, payments
from torg.kernel.access import SYSTEM
from torg.kernel.errors import StaleVersion
from torg.kernel.money import Money
from torg.orders import (
    Action,
    AddLine,
    ChangeNotPossible,
    ChangeState,
    ChangeWaiting,
    OrderState,
    RemoveLine,
    Seen,
    SetContact,
    SetPrice,
    SetQuantity,
    SwapVariant,
    TotalChanged,
    Wish,
    balance,
)
from torg.pricing import NewPrice, set_prices

pytestmark = pytest.mark.asyncio


@pytest.fixture
def counter(till: Till) -> Counter:
    return Counter(till)


async def in_step(till: Till) -> None:
    """No level differs from its ledger."""
    assert await till.database.read(lambda tx: inventory.verify(tx, by=SYSTEM)) == []


async def test_fewer_units_are_given_back_at_once_and_their_money_follows(
    counter: Counter, till: Till
) -> None:
    mug = await till.shop.product(stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 3))
    assert await till.stock(mug) == {"lager-oslo": (10, 0, 3)}
    done = await counter.change(seen, SetQuantity(line(seen), 1))
    assert (done.change.state, done.order.gross) == (ChangeState.applied, 150_00)
    assert await till.stock(mug) == {"lager-oslo": (10, 0, 1)}
    await counter.settle()
    after = await counter.seen(seen)
    assert [one.quantity for one in after.lines] == [1]
    assert [part.quantity for one in after.fulfilments for part in one.lines] == [1]
    stands = balance(after.order, after.lines, after.payments)
    assert (stands.gross, stands.captured, stands.refunded, stands.due) == (150_00, 350_00, 200_00, 0)
    assert after.changes[0].settled_at is not None
    assert await till.mails("orders/changed", after.order.number or "?")
    await in_step(till)


async def test_more_units_wait_for_their_money_and_are_held_meanwhile(counter: Counter, till: Till) -> None:
    mug = await till.shop.product(stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 1))
    begun = await counter.change(seen, SetQuantity(line(seen), 3))
    assert (begun.change.state, begun.change.collect, begun.order.gross) == (
        ChangeState.waiting,
        200_00,
        150_00,
    )
    assert await till.stock(mug) == {"lager-oslo": (10, 2, 1)}
    assert isinstance(await refused(counter.change(seen, RemoveLine(line(seen)))), AssertionError)
    other = Wish(
        actions=(SetQuantity(line(seen), 2),),
        reason="less",
        version=seen.order.version,
        expected_total=Money(1, "NOK"),
    )
    again = orders.change_order(till.database, till.gateways, ENGINES, seen.order.order_id, other, by=SYSTEM)
    assert isinstance(await refused(again), ChangeWaiting)
    choice = payments.TenderChoice(payments.Tender.gateway, "sim", "ok", "https://shop.test/back")
    paid = await orders.pay_change(
        till.database, till.gateways, ENGINES, seen.order.order_id, begun.change.id, (choice,), by=SYSTEM
    )
    assert (paid.change.state, paid.order.gross) == (ChangeState.applied, 350_00)
    assert await till.stock(mug) == {"lager-oslo": (10, 0, 3)}
    await counter.settle()
    after = await counter.seen(seen)
    assert sum(part.quantity for one in after.fulfilments for part in one.lines) == 3
    assert balance(after.order, after.lines, after.payments).due == 0
    assert sum(one.captured for one in after.payments) == 350_00
    await in_step(till)


async def test_a_change_that_nobody_pays_lapses_and_leaves_no_trace(counter: Counter, till: Till) -> None:
    mug = await till.shop.product(stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 1))
    begun = await counter.change(seen, AddLine(variant(mug), 2))
    assert begun.change.state is ChangeState.waiting
    till.clock.move(hours=25)
    await counter.settle()
    after = await counter.seen(seen)
    assert (after.changes[0].state, after.changes[0].ended_for) == (ChangeState.lapsed, "unpaid")
    assert (after.order, after.lines) == (seen.order, seen.lines)
    assert await till.stock(mug) == {"lager-oslo": (10, 0, 1)}
    await in_step(till)


async def test_a_line_is_swapped_for_another_variant_in_one_change(counter: Counter, till: Till) -> None:
    blue = await till.shop.product(price=100_00, stock={"lager-oslo": 5})
    red = await till.shop.product(price=80_00, stock={"lager-oslo": 5})
    seen = await counter.placed((blue, 2))
    done = await counter.change(seen, SwapVariant(line(seen), variant(red)), SetContact(name="Kari N"))
    assert (done.change.give_back, done.order.name) == (40_00, "Kari N")
    assert await till.stock(blue) == {"lager-oslo": (5, 0, 0)}
    assert await till.stock(red) == {"lager-oslo": (5, 0, 2)}
    await counter.settle()
    after = await counter.seen(seen)
    assert [(one.variant_id, one.quantity) for one in after.lines] == [(red, 2)]
    open_ones = [one for one in after.fulfilments if one.lines]
    assert [(one.recipient, [p.variant_id for p in one.lines]) for one in open_ones] == [("Kari N", [red])]
    assert balance(after.order, after.lines, after.payments).due == 0


async def test_what_is_being_prepared_or_has_left_stays_as_it_is(counter: Counter, till: Till) -> None:
    mug = await till.shop.product(stock={"lager-oslo": 10})
    bowl = await till.shop.product(stock={"oslo": 10})
    seen = await counter.placed((mug, 2), (bowl, 1))
    work = next(one for one in seen.fulfilments if one.location == "lager-oslo")
    await till.database.run(
        lambda tx: fulfilment.ship(
            tx, seen.order.order_id, work.id, carrier="Posten", tracking=None, tracking_url=None, by=SYSTEM
        )
    )
    await counter.settle()
    worked = await orders.preview_change(
        till.database,
        ENGINES,
        seen.order.order_id,
        (SetQuantity(line(seen), 1), RemoveLine(line(seen)), RemoveLine(line(seen, 1))),
        orders.Prices.then,
        by=SYSTEM,
    )
    assert [(one.field, one.code) for one in worked.problems] == [
        ("actions.0.quantity", "already-left"),
        ("actions.1.line", "already-left"),
    ]
    wish = Wish(
        actions=(RemoveLine(line(seen)), RemoveLine(line(seen, 1))),
        reason="less",
        version=seen.order.version,
        expected_total=Money(0, "NOK"),
    )
    change = orders.change_order(till.database, till.gateways, ENGINES, seen.order.order_id, wish, by=SYSTEM)
    assert isinstance(await refused(change), ChangeNotPossible)
    done = await counter.change(await counter.seen(seen), RemoveLine(line(seen, 1)))
    assert done.change.state is ChangeState.applied
    await in_step(till)


async def test_untouched_lines_keep_their_price_and_added_ones_have_that_of_their_day(
    counter: Counter, till: Till
) -> None:
    mug = await till.shop.product(price=100_00, stock={"lager-oslo": 10})
    bowl = await till.shop.product(price=60_00, stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 2))
    till.clock.move(hours=3)
    for one in (mug, bowl):
        dearer = NewPrice(one, Money(500_00, "NOK"), valid_from=till.clock.now())
        await till.database.run(partial(set_prices, price_list="no", wanted=[dearer], by=SYSTEM))
    worked = await counter.preview(seen, AddLine(variant(bowl), 1))
    assert [(one.unit, one.quantity) for one in worked.drawn.lines] == [(100_00, 2), (60_00, 1)]
    now = await counter.preview(seen, AddLine(variant(bowl), 1), prices=orders.Prices.now)
    assert [one.unit for one in now.drawn.lines] == [500_00, 500_00]


async def test_a_price_is_set_by_hand_with_a_reason_and_stays_through_later_changes(
    counter: Counter, till: Till
) -> None:
    mug = await till.shop.product(price=100_00, stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 2))
    await counter.change(seen, SetPrice(line(seen), 70_00, "a scratch"))
    await counter.settle()
    seen = await counter.seen(seen)
    assert [(one.unit, one.price_reason) for one in seen.lines] == [(70_00, "a scratch")]
    await counter.change(seen, SetQuantity(line(seen), 1))
    await counter.settle()
    seen = await counter.seen(seen)
    assert [(one.unit, one.price_reason) for one in seen.lines] == [(70_00, "a scratch")]
    assert balance(seen.order, seen.lines, seen.payments).due == 0


async def test_promotions_are_looked_at_anew_and_a_code_is_used_once(counter: Counter, till: Till) -> None:
    mug = await till.shop.product(price=100_00, stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 3), codes=("TEN",))
    assert seen.order.discount == 30_00
    done = await counter.change(seen, SetQuantity(line(seen), 1))
    assert (done.order.discount, done.order.codes) == (10_00, ("TEN",))
    uses = await till.database.read(
        lambda tx: tx.all(
            str,
            "SELECT promotion FROM promotion_redemptions WHERE order_id = %(id)s",
            id=seen.order.order_id,
        )
    )
    assert uses == ["ten"]


async def test_quantity_up_and_down_again_ends_where_it_began(counter: Counter, till: Till) -> None:
    mug = await till.shop.product(price=33_33, stock={"lager-oslo": 20})
    seen = await counter.placed((mug, 3), codes=("TEN",))
    await counter.change(seen, SetQuantity(line(seen), 8), method="ok")
    await counter.settle()
    between = await counter.seen(seen)
    assert between.lines[0].quantity == 8
    await counter.change(between, SetQuantity(line(seen), 3))
    await counter.settle()
    after = await counter.seen(seen)
    assert after.lines == seen.lines
    for name in ("net", "tax", "gross", "discount", "delivery", "taxes", "promotions", "units"):
        assert getattr(after.order, name) == getattr(seen.order, name)
    assert balance(after.order, after.lines, after.payments).due == 0
    assert await till.stock(mug) == {"lager-oslo": (20, 0, 3)}
    await in_step(till)


async def test_of_two_at_once_one_changes_the_order_and_the_other_is_told(
    counter: Counter, till: Till
) -> None:
    mug = await till.shop.product(stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 4))
    both = await asyncio.gather(
        counter.change(seen, SetQuantity(line(seen), 2)),
        counter.change(seen, SetQuantity(line(seen), 1)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, StaleVersion) for one in both) == 1
    await counter.settle()
    after = await counter.seen(seen)
    assert after.order.version == seen.order.version + 1
    assert balance(after.order, after.lines, after.payments).due == 0
    await in_step(till)


async def test_the_same_wish_again_is_the_same_change(counter: Counter, till: Till) -> None:
    mug = await till.shop.product(stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 4))
    wish = Wish(
        actions=(SetQuantity(line(seen), 2),),
        reason="less",
        version=seen.order.version,
        expected_total=Money(250_00, "NOK"),
    )
    ask = lambda: orders.change_order(  # noqa: E731  # asked three times
        till.database, till.gateways, ENGINES, seen.order.order_id, wish, by=SYSTEM
    )
    first, second, third = await ask(), await ask(), await ask()
    assert first.change.id == second.change.id == third.change.id
    await counter.settle()
    after = await counter.seen(seen)
    assert sum(one.refunded for one in after.payments) == 200_00


async def test_a_total_that_nobody_agreed_to_changes_nothing(counter: Counter, till: Till) -> None:
    mug = await till.shop.product(stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 4))
    wish = Wish(
        actions=(SetQuantity(line(seen), 2),),
        reason="less",
        version=seen.order.version,
        expected_total=Money(1_00, "NOK"),
    )
    change = orders.change_order(till.database, till.gateways, ENGINES, seen.order.order_id, wish, by=SYSTEM)
    assert isinstance(await refused(change), TotalChanged)
    assert await counter.seen(seen) == seen


async def test_an_order_that_is_cancelled_drops_the_change_that_waits(counter: Counter, till: Till) -> None:
    mug = await till.shop.product(stock={"lager-oslo": 10})
    seen = await counter.placed((mug, 1))
    await counter.change(seen, SetQuantity(line(seen), 3))
    await till.database.run(lambda tx: orders.cancel(tx, seen.order.order_id, reason="no more", by=SYSTEM))
    await counter.settle()
    after = await counter.seen(seen)
    assert (after.order.state, after.changes[0].state) == (OrderState.cancelled, ChangeState.lapsed)
    assert await till.stock(mug) == {"lager-oslo": (10, 0, 0)}
    assert balance(after.order, after.lines, after.payments).due == 0


@pytest.mark.parametrize("seed", range(6))
async def test_any_sequence_of_changes_and_shipments_keeps_goods_and_money_in_step(
    counter: Counter, till: Till, seed: int
) -> None:
    """After every step no level differs from its ledger, and what is due is what it costs less what was kept of it."""
    chance = random.Random(seed)
    goods = [await till.shop.product(price=price, stock={"lager-oslo": 60}) for price in (99_00, 33_33, 7_01)]
    codes = ("TEN",) if seed % 2 else ()
    seen = await counter.placed((goods[0], 3), (goods[1], 2), codes=codes)
    for _ in range(6):
        actions = some_actions(chance, seen, goods)
        worked = await counter.preview(seen, *actions)
        if worked.problems:
            wish = Wish(
                actions=actions,
                reason="at random",
                version=seen.order.version,
                expected_total=worked.drawn.order.total,
            )
            asked = orders.change_order(
                till.database, till.gateways, ENGINES, seen.order.order_id, wish, by=SYSTEM
            )
            assert isinstance(await refused(asked), ChangeNotPossible)
            assert await counter.seen(seen) == seen
        else:
            done = await counter.change(seen, *actions, method=chance.choice(["ok", "ok", "decline"]))
            if done.change.state is ChangeState.waiting:
                await till.database.run(
                    partial(
                        orders.take_back_change,
                        order_id=seen.order.order_id,
                        change_id=done.change.id,
                        by=SYSTEM,
                    )
                )
        await counter.settle()
        seen = await counter.seen(seen)
        await true_to_the_unit(till, seen, goods)
        if chance.random() < 0.25:
            await ship_something(till, seen)
            await counter.settle()
            seen = await counter.seen(seen)


def some_actions(chance: random.Random, seen: Seen, goods: list[UUID]) -> tuple[Action, ...]:
    """One or two things to do to the order; some of them cannot be done."""
    found: list[Action] = []
    for _ in range(chance.choice([1, 1, 2])):
        place = chance.randrange(len(seen.lines))
        what = chance.randrange(5)
        if what == 0:
            found.append(AddLine(variant(chance.choice(goods)), chance.randint(1, 3)))
        elif what == 1:
            found.append(RemoveLine(line(seen, place)))
        elif what == 2:
            found.append(SwapVariant(line(seen, place), variant(chance.choice(goods))))
        else:
            found.append(SetQuantity(line(seen, place), chance.randint(1, 6)))
    return tuple(found)


async def ship_something(till: Till, seen: Seen) -> None:
    """A parcel leaves, where there is anything to send."""
    work = next((one for one in seen.fulfilments if one.lines and not one.state.left), None)
    if work is not None and work.state.value == "open":
        await till.database.run(
            lambda tx: fulfilment.ship(
                tx,
                seen.order.order_id,
                work.id,
                carrier="Posten",
                tracking=None,
                tracking_url=None,
                by=SYSTEM,
            )
        )


async def true_to_the_unit(till: Till, seen: Seen, goods: list[UUID]) -> None:
    """Ledgers agree, the order adds up, its goods are its lines', and its money is what it costs."""
    await in_step(till)
    order, lines = seen.order, seen.lines
    assert order.gross == order.net + order.tax == sum(one.gross for one in lines) + order.delivery
    assert order.units == sum(one.quantity for one in lines)
    wanted = {one: sum(each.quantity for each in lines if each.variant_id == one) for one in goods}
    planned = [part for one in seen.fulfilments if one.state.value != "cancelled" for part in one.lines]
    assert wanted == {one: sum(p.quantity for p in planned if p.variant_id == one) for one in goods}
    for one in goods:
        on_hand, reserved, allocated = (await till.stock(one))["lager-oslo"]
        gone = sum(each.gone for each in lines if each.variant_id == one)
        assert (60 - on_hand, reserved, allocated) == (gone, 0, wanted[one] - gone)
    paid = sum(one.captured for one in seen.payments)
    back = sum(one.refunded + one.credited for one in seen.payments)
    stands = balance(order, lines, seen.payments)
    assert stands.due == 0 == order.gross - paid + back
