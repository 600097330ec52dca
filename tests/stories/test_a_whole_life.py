"""A whole life of an order: bought by three channels with two tenders, edited, sent, picked up, exchanged, returned.

Whatever was done, nobody owes anything in the end, and the books of stock, payments, gift cards and gateways agree.
"""

import re
from uuid import UUID

from msgspec.structs import replace
from tests.orders.changing import Counter, line, variant
from tests.orders.conftest import Till
from tests.orders.conftest import retailer as retailer
from tests.orders.conftest import till as till
from tests.orders.crediting import CASHIER, POLICY, REST, agree, buy, card, gift, has
from tests.orders.exchanging import assistant, at_counter, exchanged
from tests.orders.exchanging import card as by_card
from tests.orders.returning import returned

from torg import carts, fulfilment, orders
from torg.carts import Cart, LineWish
from torg.commands.payments import differences
from torg.fulfilment import FulfilmentKind, FulfilmentState
from torg.inventory import verify as verify_stock
from torg.kernel.access import SYSTEM, Policy
from torg.kernel.access.tokens import digest
from torg.kernel.ids import new_id
from torg.orders import Came, Intent
from torg.orders.claims import resolve as deciding
from torg.orders.claims.model import ClaimKind, ClaimLine, Resolution
from torg.orders.claims.open import open_claim
from torg.orders.returns.jobs import sweep_returns
from torg.orders.returns.model import ReturnState

READY = "SELECT text FROM mails WHERE template = 'fulfilment/ready' ORDER BY id DESC LIMIT 1"


async def _bought_by_three_channels(till: Till, gift_card: object) -> Cart:
    """Begun on the web, gone on with at a till in Oslo that was shown the digits, finished by the service desk."""
    cart = await till.cart(await till.shop.product(price=100_00), await till.shop.product(price=200_00))
    by, run = till.shop.visitor(cart), till.database.run
    shown = await run(lambda tx: carts.offer(tx, cart.id, policy=POLICY, by=by))
    taken = await run(lambda tx: carts.take_over(tx, shown.code, policy=POLICY, by=CASHIER))
    assert taken.token is not None
    desk = replace(CASHIER, tokens=(digest(taken.token),))
    wanted = LineWish(await till.shop.product(price=300_00), 2, carts.Intent.pick_up, "oslo")
    await run(lambda tx: carts.add_line(tx, taken.cart.id, wanted, by=desk, channel="till-oslo"))
    first = cart.lines[0].id
    await run(lambda tx: carts.change_line(tx, cart.id, first, carts.LineChange(quantity=3), by=by))
    whole = await till.cart_now(cart)
    await buy(till, whole, gift(gift_card, 150_00), REST, by=SYSTEM)  # type: ignore[arg-type]  # an id
    await till.settle()
    return whole


async def _sent_and_picked_up(till: Till, cart: Cart) -> None:
    """The parcel leaves; the pick-up is kept ready, and given to who has the code."""
    for one in (await till.order(cart)).fulfilments:
        if one.state is FulfilmentState.open:
            await (_sent if one.kind is FulfilmentKind.ship else _picked_up)(till, cart, one.id)
    await till.settle()


async def _sent(till: Till, cart: Cart, id: UUID) -> None:
    await till.database.run(lambda tx: fulfilment.ship(tx, cart.id, id, carrier="Posten", by=SYSTEM))


async def _picked_up(till: Till, cart: Cart, id: UUID) -> None:
    policy = till.ports.get(Policy)
    await till.database.run(lambda tx: fulfilment.make_ready(tx, cart.id, id, policy=policy, by=SYSTEM))
    mail = await till.database.read(lambda tx: tx.one(str, READY))
    code = re.search(r"^(\d{6})$", mail, re.MULTILINE)
    assert code is not None
    await fulfilment.collect(till.database, cart.id, id, code=code[1], by=SYSTEM)


async def _missing(till: Till, cart: Cart, line_id: UUID) -> None:
    """She complains that a unit is missing, and gets its money."""
    by, id = till.shop.visitor(cart), new_id()
    parts = [ClaimLine(line_id, 1)]
    await till.database.run(
        lambda tx: open_claim(tx, cart.id, ClaimKind.missing, parts, note=None, id=id, by=by)
    )
    await deciding.resolve(
        till.database, till.gateways, cart.id, id, Resolution.refund, amount=None, by=SYSTEM
    )


async def _nobody_owes_anything(till: Till, cart: Cart) -> None:
    await till.settle()
    await sweep_returns.run(till.work)
    await till.pass_time(minutes=2)
    seen = await till.order(cart)
    stands = orders.balance(seen.order, seen.lines, seen.payments, seen.returns)
    assert (stands.due, stands.open, stands.pending) == (0, 0, 0)
    assert all(one.state is ReturnState.settled for one in seen.returns)
    assert stands.captured - stands.refunded - stands.credited == stands.gross - stands.returned
    await agree(till)
    assert await till.database.read(lambda tx: verify_stock(tx, by=SYSTEM)) == []
    assert await differences(till.database, till.gateways, days=10_000) == []


async def test_after_a_whole_life_of_an_order_nobody_owes_anything(till: Till) -> None:
    gift_card = await card(till, 150_00)
    cart = await _bought_by_three_channels(till, gift_card)
    assert {one.channel for one in (await till.order(cart)).order.journey} >= {"web-no", "till-oslo"}
    counter = Counter(till)
    added = orders.AddLine(variant(await till.shop.product(price=50_00)))
    seen = await till.order(cart)
    fewer = orders.SetQuantity(line(seen, 0), 2)
    await counter.change(seen, added, fewer, method="ok")
    await counter.settle()
    await _sent_and_picked_up(till, cart)
    await _nobody_owes_anything(till, cart)

    seen = await till.order(cart)
    assert all(one.gone == one.quantity for one in seen.lines)
    dearer, last = await till.shop.product(price=350_00), seen.lines[-1].id
    swap = at_counter(cart, Came(seen.lines[0].id, 1), (dearer, 1), payments=by_card())
    await exchanged(till, swap, assistant("oslo"), agreed=250_00)
    await _missing(till, cart, last)
    await _nobody_owes_anything(till, cart)

    # All that is left comes back, and with it all that was paid, on both tenders.
    seen = await till.order(cart)
    back: dict[object, int] = {}
    for one in seen.returns:
        for part in one.lines:
            back[part.line_id] = back.get(part.line_id, 0) + part.quantity
    rest = [Came(one.id, one.quantity - back.get(one.id, 0)) for one in seen.lines]
    await returned(till, cart, *(one for one in rest if one.quantity))
    await _nobody_owes_anything(till, cart)
    paid = (await till.order(cart)).payments
    assert {one.tender.value for one in paid if one.refunded} == {"gateway", "gift_card"}
    assert (await has(till, gift_card))[0] == 150_00
    assert Intent.carry_out in {one.intent for one in (await till.order(cart)).lines}
