"""A return that is announced gets one label, whoever dies; the announcement waits for no carrier."""

from typing import Any

import httpx
import pytest
from tests.fulfilment.conftest import Dock
from tests.orders.conftest import refused
from tests.orders.returning import came, returned, sent, wish

from torg.carts import Cart
from torg.fulfilment import LabelFormat, ShipmentState
from torg.kernel.access import SYSTEM, Actor, ActorKind
from torg.kernel.database import Database
from torg.kernel.ids import new_id, public
from torg.orders.model import UnknownOrder
from torg.orders.returns import Return, label
from torg.orders.returns.announce import announce
from torg.orders.returns.end import call_off
from torg.orders.returns.model import NoReturnLabel, ReturnReason
from torg.orders.returns.policy import ReturnLabel, ReturnPolicy
from torg.orders.returns.set_policy import set_policy


async def rules(dock: Dock, carrier: str = "sim", **more: Any) -> None:
    policy = ReturnPolicy(label=ReturnLabel(carrier, "lager-oslo"), **more)
    await dock.till.database.run(lambda tx: set_policy(tx, "NO", policy, version=None, by=SYSTEM))
    dock.till.database.forget("orders.return_policies")


async def announced(dock: Dock, cart: Cart, units: int = 1, **more: Any) -> Return:
    by = dock.till.shop.visitor(cart)
    return await dock.till.database.run(lambda tx: announce(tx, cart.id, [wish(cart, units, **more)], by=by))


async def bought(dock: Dock, units: int = 2) -> Cart:
    cart, _, _ = await dock.order(units)
    await sent(dock.till, cart)
    return cart


async def shipment(dock: Dock, one: Return) -> Any:
    return await dock.till.database.read(lambda tx: label.see(tx, one.key, one.id, by=SYSTEM))


async def test_a_carrier_gives_the_label_after_the_announcement_and_the_customer_reads_it(dock: Dock) -> None:
    await rules(dock, "generic")
    cart = await bought(dock)
    one = await announced(dock, cart)
    assert isinstance(await refused(shipment(dock, one)), NoReturnLabel)
    await dock.till.settle()
    assert (await shipment(dock, one)).state is ShipmentState.booked
    by, read = dock.till.shop.visitor(cart), dock.till.database.read
    body = await read(lambda tx: label.read(tx, cart.id, one.id, LabelFormat.pdf, by=by))
    assert body.startswith(b"%PDF-")
    stranger = Actor(ActorKind.visitor)
    error = await refused(read(lambda tx: label.read(tx, cart.id, one.id, LabelFormat.pdf, by=stranger)))
    assert isinstance(error, UnknownOrder)


async def test_it_is_sent_by_the_customer_to_the_place_that_takes_returns_in(dock: Dock) -> None:
    await rules(dock)
    cart = await bought(dock)
    await announced(dock, cart, 2)
    await dock.till.settle()
    (told,) = dock.carrier.told.values()
    assert (told.sender.address.city, told.recipient.address.city) == ("Oslo", "Oslo")
    assert told.sender.name == "Kari Nordmann"
    assert [goods.quantity for piece in told.pieces for goods in piece.goods] == [2]


@pytest.mark.parametrize("mood", ["lost", "answer_lost"])
async def test_a_silent_carrier_is_asked_again_and_books_once(dock: Dock, mood: str) -> None:
    await rules(dock)
    cart = await bought(dock)
    dock.carrier.mood = mood
    one = await announced(dock, cart)
    await dock.till.settle()
    assert (await shipment(dock, one)).state is ShipmentState.booking
    for _ in range(3):
        await dock.pass_time(minutes=10)
    assert (await shipment(dock, one)).state is ShipmentState.booked
    assert len(dock.carrier.booked) == 1
    assert len(set(dock.carrier.asked)) == 1


async def test_who_dies_between_claiming_and_asking_leaves_what_the_sweep_takes_up(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rules(dock)
    cart = await bought(dock)
    one = await announced(dock, cart)
    run, steps = Database.run, 0

    async def dying(self: Database, *given: Any, **more: Any) -> Any:
        nonlocal steps
        await run(self, *given, **more)
        steps += 1
        raise ConnectionError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "run", dying)
        with pytest.raises(ConnectionError):
            await label.ask(dock.till.database, dock.carriers, cart.id, one.id)
    assert (steps, dock.carrier.asked) == (1, [])
    await dock.pass_time(minutes=10)
    assert (await shipment(dock, one)).state is ShipmentState.booked
    await label.ask(dock.till.database, dock.carriers, cart.id, one.id)
    assert len(dock.carrier.booked) == 1


async def test_a_label_is_given_up_when_nothing_comes_with_it(dock: Dock) -> None:
    await rules(dock, postage=4_900)
    cart = await bought(dock)
    one = await announced(dock, cart)
    await dock.till.settle()
    by = dock.till.shop.visitor(cart)
    await dock.till.database.run(lambda tx: call_off(tx, cart.id, one.id, by=by))
    await dock.till.settle()
    assert (await shipment(dock, one)).state is ShipmentState.cancelled
    await dock.pass_time(minutes=10)
    assert len(dock.carrier.cancelled) == 1
    brought = await announced(dock, cart)
    await dock.till.settle()
    back = await returned(dock.till, cart, came(cart), id=brought.id, announced=True)
    assert back.fee == 0
    await dock.till.settle()
    assert (await shipment(dock, brought)).state is ShipmentState.cancelled


@pytest.mark.parametrize(
    ("reason", "mood", "kept"),
    [
        (ReturnReason.changed_mind, "ok", 4_900),
        (ReturnReason.damaged, "ok", 0),
        (ReturnReason.changed_mind, "refuse", 0),
    ],
)
async def test_who_pays_for_the_label_follows_from_policy_fault_and_whether_there_is_one(
    dock: Dock, reason: ReturnReason, mood: str, kept: int
) -> None:
    await rules(dock, postage=4_900)
    cart = await bought(dock)
    dock.carrier.mood = mood
    one = await announced(dock, cart, reason=reason)
    await dock.till.settle()
    back = await returned(
        dock.till,
        cart,
        came(cart, reason=reason),
        id=one.id,
        announced=True,
        store=None,  # type: ignore[arg-type]  # it comes to the warehouse
        location="lager-oslo",
        by=SYSTEM,
    )
    assert back.fee == kept


async def test_the_label_is_reached_over_http_with_the_token_of_the_order(
    dock: Dock, web: httpx.AsyncClient
) -> None:
    await rules(dock, "generic")
    cart = await bought(dock)
    one = await announced(dock, cart)
    path = f"/api/v1/orders/{public('ord', cart.id)}/returns/{public('ret', one.id)}/label"
    assert (await web.get(path)).json()["code"] == "unknown-order"
    token = {"Torg-Token": dock.till.shop.tokens[cart.id]}
    early = await web.get(path, headers=token)
    assert (early.status_code, early.json()["code"]) == (404, "no-return-label")
    await dock.till.settle()
    assert (await web.get(path, headers=token)).json()["state"] == "booked"
    found = await web.get(f"{path}/pdf", headers=token)
    assert (found.status_code, found.headers["content-type"]) == (200, "application/pdf")
    assert found.content.startswith(b"%PDF-")
    other = path.replace(public("ret", one.id), public("ret", new_id()))
    assert (await web.get(other, headers=token)).json()["code"] == "unknown-return"
