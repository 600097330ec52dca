"""Returns, claims and refunds at random and at once, over two tenders: never more than was paid, and books agree."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import pytest
from tests.orders.conftest import Till
from tests.orders.crediting import REST, agree, buy, card, gift, has
from tests.orders.returning import _counted, came, clerk, returned, sent

from torg.carts import Cart
from torg.kernel.access import SYSTEM
from torg.kernel.errors import TorgError
from torg.kernel.ids import new_id
from torg.orders.balance import balance
from torg.orders.claims import resolve as deciding
from torg.orders.claims.model import ClaimKind, ClaimLine, Resolution
from torg.orders.claims.open import open_claim
from torg.orders.returns.announce import announce
from torg.orders.returns.model import PaidBack, Wish
from torg.orders.returns.policy import ReturnPolicy
from torg.orders.returns.set_policy import set_policy
from torg.payments.model import Destination
from torg.payments.refund_order import refund_order

CASHIER = clerk("oslo", "payments:cash", "orders:overrule")


async def claimed(till: Till, cart: Cart, chance: random.Random) -> None:
    line = chance.choice(cart.lines).id
    by, id = till.shop.visitor(cart), new_id()
    lines = [ClaimLine(line, chance.randint(1, 2))]
    await till.database.run(
        lambda tx: open_claim(tx, cart.id, ClaimKind.damaged, lines, note=None, id=id, by=by)
    )
    how = chance.choice((Resolution.refund, Resolution.discount))
    amount = chance.randint(1, 20_000) if how is Resolution.discount else None
    await deciding.resolve(till.database, till.gateways, cart.id, id, how, amount=amount, by=SYSTEM)


async def announced(till: Till, cart: Cart, chance: random.Random) -> None:
    wishes = [Wish(one.id, 1) for one in cart.lines if chance.random() < 0.7]
    by = till.shop.visitor(cart)
    await till.database.run(lambda tx: announce(tx, cart.id, wishes, by=by))


async def refunded(till: Till, cart: Cart, chance: random.Random) -> None:
    await refund_order(
        till.database,
        till.gateways,
        cart.id,
        chance.randint(1, 3_000),
        to=Destination.original,
        customer_id=None,
        reason="kindness",
        by=SYSTEM,
    )


def step(till: Till, cart: Cart, chance: random.Random) -> Coroutine[Any, Any, object]:
    """Something that somebody does with the order."""
    kind = chance.random()
    if kind < 0.15:
        return announced(till, cart, chance)
    if kind < 0.3:
        return refunded(till, cart, chance)
    if kind < 0.5:
        return claimed(till, cart, chance)
    line = chance.randrange(len(cart.lines))
    part = came(cart, chance.randint(1, 2), line, deduction=chance.choice((0, 0, 500)), note="worn")
    to = chance.choice((PaidBack.original, PaidBack.original, PaidBack.cash))
    more = {"overrule": "kindness"} if chance.random() < 0.2 else {}
    return returned(till, cart, part, to=to, by=CASHIER, **more)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_at_once_no_more_goes_back_than_was_paid(till: Till, seed: int) -> None:
    chance = random.Random(seed)
    policy = ReturnPolicy(restocking=chance.choice((0, 70_000)), cash=1_000_000)
    await till.database.run(lambda tx: set_policy(tx, "NO", policy, version=None, by=SYSTEM))
    till.database.forget("orders.return_policies")
    mine = await card(till, 9_000)
    cart = await till.cart(await till.shop.product(price=99_99), await till.shop.product(price=33_33))
    for line in cart.lines:
        cart = await _counted(till, cart, line.id, 4)
    await buy(till, cart, gift(mine), REST)
    await till.settle()
    await sent(till, cart)
    for _ in range(5):
        done = await asyncio.gather(*(step(till, cart, chance) for _ in range(5)), return_exceptions=True)
        wrong = [one for one in done if isinstance(one, BaseException) and not isinstance(one, TorgError)]
        assert wrong == []
    await till.settle()
    await till.pass_time(minutes=3)
    seen = await till.order(cart)
    stands = balance(seen.order, seen.lines, seen.payments, seen.returns)
    back = sum(one.returned for one in seen.payments)
    kindness = back - sum(one.refunded for one in seen.returns)
    assert back > 0
    assert 0 <= kindness <= back <= seen.order.gross
    assert all(paid.returned <= paid.captured for paid in seen.payments)
    for stood in stands.lines:
        assert stood.back.units <= stood.units
        assert stood.left.net >= 0
        assert stood.left.tax >= 0
    assert all(each.refunded <= each.gross for each in seen.returns)
    spent, held = await has(till, mine)
    assert (spent <= 9_000, held) == (True, 0)
    await agree(till)
