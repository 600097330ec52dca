"""Goods come back and others go out for one difference, at a counter or announced; never half of it."""

import asyncio
from uuid import UUID

from tests.orders.changing import ENGINES
from tests.orders.conftest import Till, refused
from tests.orders.exchanging import announced, assistant, at_counter, card, exchanged, look
from tests.orders.returning import books_agree, bought, came, clerk, returned

from torg import catalog, inventory, orders
from torg.catalog import AttributeKind, Choice, Listing, NewAttribute, NewProduct, NewVariant, ProductText
from torg.inventory import OutOfStock
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.access.model import RightMissing, SignInNeeded
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.orders import ChangeState, Exchange, Exchanged
from torg.orders.changes.jobs import sweep_changes
from torg.orders.exchanges.model import DifferenceChanged
from torg.orders.hub.model import Problem, Wanted
from torg.orders.returns import ReturnState
from torg.orders.returns.jobs import sweep_returns
from torg.orders.returns.model import NotReturnable
from torg.orders.returns.policy import ExchangePrice, ExchangeWhen, ReturnPolicy
from torg.orders.returns.set_policy import set_policy
from torg.pricing import NewPrice, set_prices


async def test_at_a_counter_dearer_goods_go_out_for_the_difference(till: Till) -> None:
    old, new = await till.shop.product(price=100_00), await till.shop.product(price=150_00)
    cart = await bought(till, old)
    before, stock, fresh = till.gateway.live_money(), await till.stock(old), await till.stock(new)
    by, wanted = assistant("oslo"), at_counter(cart, came(cart), (new, 1), payments=card())
    seen = await look(till, wanted, by)
    assert (seen.worked.problems, seen.difference, seen.sent.value) == ((), 50_00, "in_hand")
    done = await exchanged(till, wanted, by, agreed=50_00)
    assert done.changed.change.state is ChangeState.applied
    assert (done.returned.state, done.returned.exchanged) == (ReturnState.settled, 100_00)
    await till.settle()
    assert till.gateway.live_money() - before == 50_00
    assert (await till.stock(old))["oslo"][0] == stock["oslo"][0] + 1
    assert (await till.stock(new))["oslo"] == (fresh["oslo"][0] - 1, 0, 0)
    lines = (await till.order(cart)).lines
    assert [(line.quantity, line.gone, line.unit) for line in lines] == [(1, 1, 100_00), (1, 1, 150_00)]
    await _even(till, cart)


async def test_for_cheaper_goods_the_difference_goes_back_as_it_was_paid(till: Till) -> None:
    old, new = await till.shop.product(price=100_00), await till.shop.product(price=70_00)
    cart = await bought(till, old)
    before = till.gateway.live_money()
    done = await exchanged(till, at_counter(cart, came(cart), (new, 1)), assistant("oslo"), agreed=-30_00)
    assert (done.returned.exchanged, done.returned.refunded) == (70_00, 30_00)
    assert before - till.gateway.live_money() == 30_00
    await _even(till, cart)
    # What was exchanged comes back like everything else; with the last of it everything that was paid.
    line = (await till.order(cart)).lines[1]
    await returned(till, cart, orders.Came(line.id, 1))
    assert till.gateway.live_money() == 0
    await _even(till, cart)


async def test_the_same_goods_cost_what_was_paid_for_them_whatever_they_cost_now(till: Till) -> None:
    old, other = await till.shop.product(price=100_00), await till.shop.product(price=80_00)
    cart = await bought(till, old)
    await _now_costs(till, old, 120_00)
    by = assistant("oslo")
    assert (await look(till, at_counter(cart, came(cart), (old, 1)), by)).difference == 0
    assert (await look(till, at_counter(cart, came(cart), (old, 2)), by)).difference == 120_00
    present = ReturnPolicy(same_product=ExchangePrice.present)
    await till.database.run(lambda tx: set_policy(tx, "NO", present, version=None, by=SYSTEM))
    assert (await look(till, at_counter(cart, came(cart), (old, 1)), by)).difference == 20_00
    assert (await look(till, at_counter(cart, came(cart), (other, 1)), by)).difference == -20_00


async def test_another_variant_costs_what_was_paid_only_where_both_have_one_price(till: Till) -> None:
    await till.database.run(lambda tx: set_policy(tx, "NO", ReturnPolicy(), version=None, by=SYSTEM))
    old, alike, bigger = await _packs(till, 100_00, 120_00, 190_00)
    cart = await bought(till, old)
    await _now_costs(till, old, 120_00)
    by = assistant("oslo")
    for new, units, difference in ((alike, 1, 0), (bigger, 1, 90_00), (alike, 2, 120_00)):
        seen = await look(till, at_counter(cart, came(cart), (new, units)), by)
        assert (seen.difference, seen.worked.problems) == (difference, ())
    both = at_counter(cart, came(cart), (bigger, 1), (alike, 1), payments=card())
    await exchanged(till, both, by, agreed=190_00)
    await _even(till, cart)


async def _packs(till: Till, *amounts: int) -> list[UUID]:
    """The variants of one product, at these prices."""
    mark = new_id().hex[-12:]
    sizes = tuple(Choice(f"s{place}", {"en": f"{place}"}) for place in range(len(amounts)))
    size = NewAttribute(code=f"size_{mark}", kind=AttributeKind.choice, names={"en": "Size"}, choices=sizes)
    new = NewProduct(
        texts={"en": ProductText(f"Packs {mark}")},
        options=(size.code,),
        variants=tuple(
            NewVariant(sku=f"P-{mark}-{one.code}".upper(), options={size.code: one.code}, weight_g=300)
            for one in sizes
        ),
        assortment=(Listing("market:NO"),),
    )

    async def work(tx: Transaction) -> list[UUID]:
        await catalog.declare(tx, size, by=SYSTEM)
        made = await catalog.create(tx, new, by=SYSTEM)
        made = await catalog.publish(tx, made.id, made.version, by=SYSTEM)
        ids = [one.id for one in made.variants]
        prices = [
            NewPrice(id, Money(amount, "NOK"), valid_from=tx.now)
            for id, amount in zip(ids, amounts, strict=True)
        ]
        await set_prices(tx, "no", prices, by=SYSTEM)
        await inventory.receive(
            tx, [inventory.Receipt(id, "oslo", 10) for id in ids], document="DN", by=SYSTEM
        )
        return ids

    return await till.database.run(work)


async def test_what_is_announced_goes_out_when_the_old_goods_have_come(till: Till) -> None:
    old, new = await till.shop.product(price=100_00), await till.shop.product(price=130_00)
    cart = await bought(till, old)
    by = till.shop.visitor(cart)
    wanted = announced(cart, came(cart), (new, 1), payments=card())
    assert (await look(till, wanted, by)).sent.value == "on_arrival"
    done = await exchanged(till, wanted, by, agreed=30_00)
    assert done.changed.change.state is ChangeState.waiting
    await till.settle()
    assert len((await till.order(cart)).lines) == 1
    await _received(till, cart, wanted)
    await till.settle()
    seen = await till.order(cart)
    assert [line.quantity for line in seen.lines] == [1, 1]
    assert [one.state.value for one in seen.fulfilments] == ["shipped", "open"]
    assert seen.returns[0].exchanged == 100_00
    await till.pass_time(minutes=2)
    await sweep_returns.run(till.work)
    await _even(till, cart)


async def test_when_the_old_goods_do_not_come_nothing_goes_out_and_the_difference_goes_back(
    till: Till,
) -> None:
    old, new = await till.shop.product(price=100_00), await till.shop.product(price=130_00)
    cart = await bought(till, old)
    before, stock = till.gateway.live_money(), await till.stock(new)
    wanted = announced(cart, came(cart), (new, 1), payments=card())
    await exchanged(till, wanted, till.shop.visitor(cart))
    await till.pass_time(days=15)
    await sweep_returns.run(till.work)
    await till.settle()
    await sweep_changes.run(till.work)
    await till.settle()
    seen = await till.order(cart)
    assert seen.returns[0].state is ReturnState.expired
    assert (len(seen.lines), till.gateway.live_money()) == (1, before)
    assert await till.stock(new) == stock
    await _even(till, cart)


async def test_by_policy_the_new_goods_are_sent_at_once_and_owed_until_the_old_ones_come(till: Till) -> None:
    old, new = await till.shop.product(price=100_00), await till.shop.product(price=100_00)
    policy = ReturnPolicy(exchange=ExchangeWhen.at_once)
    await till.database.run(lambda tx: set_policy(tx, "NO", policy, version=None, by=SYSTEM))
    cart, late = await bought(till, old), await bought(till, old)
    for one in (cart, late):
        done = await exchanged(till, announced(one, came(one), (new, 1)), till.shop.visitor(one), agreed=0)
        assert done.changed.change.state is ChangeState.applied
        assert await _due(till, one) == 0
    back = (await till.order(cart)).returns[0]
    called = orders.take_back_exchange(
        till.database, till.gateways, cart.id, back.id, by=till.shop.visitor(cart)
    )
    assert (await called).returned.state is ReturnState.announced  # what is on its way is not taken back
    await _received(till, cart, done_by=back.id)
    await till.settle()
    await _even(till, cart)
    await till.pass_time(days=15)
    await sweep_returns.run(till.work)
    await till.settle()
    assert await _due(till, late) == 100_00
    number = till.number((await till.order(late)).order)
    work = await till.database.read(
        lambda tx: orders.list_orders(
            tx, Wanted(number=number, problem=Problem.unpaid), after=None, limit=9, by=SYSTEM
        )
    )
    assert [(one.number, one.due) for one in work.items] == [(number, 100_00)]
    query = "SELECT text FROM mails WHERE template = 'returns/ended' AND text LIKE %(number)s"
    (told,) = await till.database.read(lambda tx: tx.all(str, query, number=f"%{number}%"))
    assert "100,00" in told


async def test_the_same_call_twice_and_two_at_once_exchange_once(till: Till) -> None:
    old, new = await till.shop.product(price=100_00), await till.shop.product(price=150_00)
    cart = await bought(till, old)
    before = till.gateway.live_money()
    wanted = at_counter(cart, came(cart), (new, 1), payments=card())
    tries = [exchanged(till, wanted, assistant("oslo"), agreed=50_00) for _ in range(3)]
    others = [
        exchanged(till, at_counter(cart, came(cart), (new, 1), payments=card()), assistant("oslo"))
        for _ in range(3)
    ]
    answers = await asyncio.gather(*tries, *others, return_exceptions=True)
    done = {one.returned.id for one in answers if isinstance(one, Exchanged)}
    assert len(done) == 1
    assert len([one for one in answers if isinstance(one, Exchanged)]) in {1, 3}
    await till.settle()
    await sweep_changes.run(till.work)
    await till.pass_time(minutes=2)
    assert till.gateway.live_money() - before == 50_00
    assert len((await till.order(cart)).lines) == 2
    await _even(till, cart)


async def test_what_is_refused_changes_nothing(till: Till) -> None:
    old, new = await till.shop.product(), await till.shop.product(price=150_00, stock={"oslo": 1})
    cart = await bought(till, old)
    stock = await till.stock(old), await till.stock(new)
    visitor, other = till.shop.visitor(cart), Actor(ActorKind.visitor, "somebody else")
    wanted = at_counter(cart, came(cart), (new, 1))
    tries = {
        DifferenceChanged: exchanged(till, wanted, assistant("oslo"), agreed=49_00),
        NotReturnable: exchanged(till, at_counter(cart, came(cart, 2), (new, 1)), assistant("oslo")),
        orders.ChangeNotPossible: exchanged(
            till, at_counter(cart, came(cart), (new_id(), 1)), assistant("oslo")
        ),
        RightMissing: exchanged(till, wanted, clerk("oslo")),
        orders.UnknownOrder: exchanged(till, announced(cart, came(cart), (new, 1)), other),
    }
    for kind, attempt in tries.items():
        assert isinstance(await refused(attempt), kind)
    assert isinstance(await refused(exchanged(till, wanted, visitor)), SignInNeeded)
    too_many = exchanged(till, at_counter(cart, came(cart), (new, 2)), assistant("oslo"))
    assert isinstance(await refused(too_many), OutOfStock)
    seen = await till.order(cart)
    assert (seen.returns, len(seen.lines)) == ([], 1)
    assert (await till.stock(old), await till.stock(new)) == stock


async def test_a_customer_who_does_not_pay_the_difference_gets_her_money_back(till: Till) -> None:
    old, new = await till.shop.product(price=100_00), await till.shop.product(price=150_00)
    cart = await bought(till, old)
    before, stock = till.gateway.live_money(), await till.stock(new)
    waits = await exchanged(till, at_counter(cart, came(cart), (new, 1)), assistant("oslo"))
    assert waits.changed.change.state is ChangeState.waiting
    await sweep_returns.run(till.work)
    assert till.gateway.live_money() == before
    left = await orders.take_back_exchange(
        till.database, till.gateways, cart.id, waits.returned.id, by=assistant("oslo")
    )
    assert (left.changed.change.state, left.returned.refunded) == (ChangeState.lapsed, 100_00)
    assert before - till.gateway.live_money() == 100_00
    assert await till.stock(new) == stock
    await _even(till, cart)


async def test_the_difference_is_paid_later_in_the_store(till: Till) -> None:
    old, new = await till.shop.product(price=100_00), await till.shop.product(price=150_00)
    cart = await bought(till, old)
    waits = await exchanged(till, at_counter(cart, came(cart), (new, 1)), assistant("oslo"))
    paid = await orders.pay_exchange(
        till.database,
        till.gateways,
        ENGINES,
        cart.id,
        waits.returned.id,
        card(),
        by=assistant("oslo"),
    )
    assert paid.changed.change.state is ChangeState.applied
    assert paid.returned.state is ReturnState.settled
    await till.settle()
    await _even(till, cart)


async def _received(till: Till, cart, wanted: Exchange | None = None, done_by=None) -> None:
    id = wanted.id if wanted is not None else done_by
    await returned(till, cart, came(cart), id=id, announced=True)


async def _now_costs(till: Till, variant: UUID, amount: int) -> None:
    till.clock.move(hours=1)

    async def work(tx: Transaction) -> None:
        await set_prices(tx, "no", [NewPrice(variant, Money(amount, "NOK"), valid_from=tx.now)], by=SYSTEM)

    await till.database.run(work)
    till.clock.move(seconds=5)


async def _due(till: Till, cart) -> int:
    seen = await till.order(cart)
    return orders.balance(seen.order, seen.lines, seen.payments, seen.returns).due


async def _even(till: Till, cart) -> None:
    """Nothing is owed by either side, and all books agree."""
    await books_agree(till, cart)
