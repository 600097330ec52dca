"""What customers complain of is decided once: sent again, given back in whole or in part, never more than was paid."""

import asyncio
from collections import Counter

from tests.orders.conftest import Till, refused
from tests.orders.returning import books_agree, bought, came, clerk, returned

from torg.carts import Cart
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.ids import new_id
from torg.orders.claims import resolve as deciding
from torg.orders.claims.model import (
    Claim,
    ClaimKind,
    ClaimLine,
    ClaimSettled,
    ClaimState,
    NobodySends,
    Resolution,
)
from torg.orders.claims.open import open_claim
from torg.orders.model import UnknownOrder
from torg.orders.returns.model import NotReturnable


async def opened(till: Till, cart: Cart, units: int = 1, kind: ClaimKind = ClaimKind.missing) -> Claim:
    lines = [ClaimLine(cart.lines[0].id, units)]
    by, id = till.shop.visitor(cart), new_id()
    return await till.database.run(lambda tx: open_claim(tx, cart.id, kind, lines, note="Help", id=id, by=by))


async def resolved(till: Till, claim: Claim, how: Resolution, amount: int | None = None) -> Claim:
    return await deciding.resolve(
        till.database, till.gateways, claim.order_id, claim.id, how, amount=amount, by=SYSTEM
    )


async def test_what_is_missing_is_given_back_once_and_cannot_come_back_too(till: Till) -> None:
    cart = await bought(till, await till.shop.product(), quantity=2)
    claim = await opened(till, cart)
    tries = [resolved(till, claim, Resolution.refund) for _ in range(4)]
    done = await asyncio.gather(*tries)
    assert {one.return_id for one in done} == {done[0].return_id}
    line = (await till.order(cart)).lines[0]
    assert done[0].amount == line.gross // 2
    assert isinstance(await refused(resolved(till, claim, Resolution.discount, 100)), ClaimSettled)
    assert isinstance(await refused(returned(till, cart, came(cart, 2))), NotReturnable)
    await returned(till, cart, came(cart, 1))
    await books_agree(till, cart)
    assert (
        sum(one.returned for one in (await till.order(cart)).payments) == (await till.order(cart)).order.gross
    )


async def test_a_discount_leaves_less_to_give_back_and_never_passes_what_was_paid(till: Till) -> None:
    cart = await bought(till, await till.shop.product(), quantity=3)
    line = (await till.order(cart)).lines[0]
    await resolved(till, await opened(till, cart, kind=ClaimKind.damaged), Resolution.discount, 1_000)
    error = await refused(resolved(till, await opened(till, cart), Resolution.discount, line.gross))
    assert isinstance(error, NotReturnable)
    back = [await returned(till, cart, came(cart, 1)) for _ in range(3)]
    assert sum(one.gross - one.delivery for one in back) == line.gross - 1_000
    await books_agree(till, cart)


async def test_goods_are_sent_again_or_nobody_has_them(till: Till) -> None:
    cart = await bought(till, await till.shop.product(stock={"lager-oslo": 2}))
    claim = await opened(till, cart)
    again = await resolved(till, claim, Resolution.resend)
    assert (again.state, again.amount) == (ClaimState.resolved, 0)
    assert Counter(one.state.value for one in (await till.order(cart)).fulfilments) == {
        "shipped": 1,
        "open": 1,
    }
    error = await refused(resolved(till, await opened(till, cart), Resolution.resend))
    assert isinstance(error, NobodySends)
    await books_agree(till, cart)


async def test_a_claim_is_refused_with_a_reason_and_told(till: Till) -> None:
    cart = await bought(till, await till.shop.product())
    claim = await opened(till, cart)
    number = till.number((await till.order(cart)).order)

    async def refuse(by: Actor) -> Claim:
        return await till.database.run(
            lambda tx: deciding.refuse(tx, cart.id, claim.id, reason="It was whole", by=by)
        )

    assert "orders:claim" in str(await refused(refuse(clerk("oslo"))))
    assert (await refuse(SYSTEM)).state is ClaimState.refused
    await till.settle()
    assert (
        len(await till.mails("claims/opened", number)) == len(await till.mails("claims/refused", number)) == 1
    )
    stranger = Actor(ActorKind.visitor)
    lines = [ClaimLine(cart.lines[0].id, 1)]
    error = await refused(
        till.database.run(
            lambda tx: open_claim(tx, cart.id, ClaimKind.late, lines, note=None, id=new_id(), by=stranger)
        )
    )
    assert isinstance(error, UnknownOrder)
