"""Goods wait for a customer: she is reminded, may ask for more time, comes or does not; never both."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.fulfilment.conftest import Dock
from tests.orders.conftest import refused

from torg import carts, fulfilment
from torg.carts import Cart, LineWish
from torg.fulfilment import (
    Fulfilment,
    FulfilmentState,
    ProvedBy,
    WrongStep,
    collect,
    extend,
    extend_followed,
    make_ready,
)
from torg.fulfilment.errors import LongestReached
from torg.fulfilment.link import opened, token
from torg.fulfilment.pick_ups.wait import see_to
from torg.kernel.access import SYSTEM, Policy
from torg.kernel.ids import new_id

POLICY = Policy.of(secret="x" * 40, origin="http://torg.test")
CODE = "SELECT text FROM mails WHERE template = %(template)s AND subject LIKE %(number)s ORDER BY id DESC LIMIT 1"


async def waiting(dock: Dock) -> tuple[Cart, Fulfilment, object]:
    """Two units that wait in Oslo since a Friday noon; their variant."""
    till = dock.till
    variant = await till.shop.product(stock={"oslo": 5})
    cart = await till.shop.cart()
    by = till.shop.visitor(cart)
    wish = LineWish(variant, 2, carts.Intent.pick_up, "oslo")
    await till.database.run(lambda tx: carts.add_line(tx, cart.id, wish, by=by))
    contact = carts.Contact(email="kari@example.com", name="Kari Nordmann")
    cart = await till.database.run(lambda tx: carts.set_contact(tx, cart.id, contact, by=by))
    await till.buy(cart)
    await till.settle()
    planned = await dock.fulfilment(cart)
    policy = till.ports.get(Policy)
    await till.database.run(lambda tx: make_ready(tx, cart.id, planned.id, policy=policy, by=SYSTEM))
    return cart, await dock.fulfilment(cart), variant


async def code_in(dock: Dock, cart: Cart, template: str) -> str:
    number = dock.till.number((await dock.till.order(cart)).order)
    text = await dock.till.database.read(
        lambda tx: tx.one(str, CODE, template=template, number=f"%{number}%")
    )
    found = re.search(r"^(\d{6})$", text, re.MULTILINE)
    assert found is not None
    return found[1]


async def test_she_is_reminded_once_with_the_same_code_and_then_it_goes_back(dock: Dock) -> None:
    cart, ready, variant = await waiting(dock)
    assert ready.collect_until is not None and ready.ready_at is not None
    assert (
        ready.collect_until.isoformat() == "2026-11-27T23:00:00+00:00"
    )  # the midnight that ends the seventh day
    assert await dock.till.stock(variant) == {"oslo": (5, 0, 2)}  # type: ignore[arg-type]  # a variant's id
    await dock.pass_time(days=2)
    assert (await dock.fulfilment(cart)).reminded_at is None
    await dock.pass_time(days=1)
    assert (await dock.fulfilment(cart)).reminded_at == dock.till.clock.now()
    assert await code_in(dock, cart, "fulfilment/reminder") == await code_in(dock, cart, "fulfilment/ready")
    await dock.pass_time(days=4)
    order = (await dock.till.order(cart)).order
    assert len(await dock.till.mails("fulfilment/reminder", dock.till.number(order))) == 1
    assert (await dock.fulfilment(cart)).state is FulfilmentState.ready
    await dock.pass_time(hours=12)
    gone = await dock.fulfilment(cart)
    assert (gone.state, gone.due_at) == (FulfilmentState.not_collected, None)
    assert await dock.till.stock(variant) == {"oslo": (5, 0, 0)}  # type: ignore[arg-type]  # a variant's id
    assert len(await dock.till.mails("fulfilment/not-collected", dock.till.number(order))) == 1
    seen = await dock.till.order(cart)
    assert [(one.kind, one.units, one.gross) for one in seen.returns] == [("undelivered", 2, order.gross)]
    assert sum(one.refunded for one in seen.payments) == order.gross
    await dock.pass_time(days=1)
    assert len(await dock.till.mails("fulfilment/not-collected", dock.till.number(order))) == 1
    assert sum(one.refunded for one in (await dock.till.order(cart)).payments) == order.gross
    code = await code_in(dock, cart, "fulfilment/ready")
    late = await refused(collect(dock.till.database, cart.id, gone.id, code=code, by=SYSTEM))
    assert isinstance(late, WrongStep)


@pytest.mark.parametrize("round", range(4))
async def test_collected_or_given_up_at_the_same_moment_never_both(dock: Dock, round: int) -> None:
    cart, ready, variant = await waiting(dock)
    code = await code_in(dock, cart, "fulfilment/ready")
    dock.till.clock.move(days=9)
    database, policy = dock.till.database, dock.till.ports.get(Policy)
    sweeps = [
        database.run(lambda tx: see_to(tx, policy=policy, order_id=cart.id, id=ready.id)) for _ in range(3)
    ]
    comes = collect(database, cart.id, ready.id, code=code, by=SYSTEM)
    tries = [comes, *sweeps] if round % 2 else [*sweeps, comes]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    taken = not any(isinstance(answer, BaseException) for answer in answers)
    await dock.till.settle()
    after = await dock.fulfilment(cart)
    stock = (await dock.till.stock(variant))["oslo"]  # type: ignore[arg-type]  # a variant's id
    if taken:
        assert (after.state, stock) == (FulfilmentState.collected, (3, 0, 0))
    else:
        assert (after.state, stock) == (FulfilmentState.not_collected, (5, 0, 0))


async def test_it_is_kept_longer_up_to_the_longest(dock: Dock) -> None:
    cart, ready, _ = await waiting(dock)
    run = dock.till.database.run
    assert ready.collect_until is not None
    later = await run(lambda tx: extend(tx, cart.id, ready.id, days=3, by=SYSTEM))
    assert later.collect_until is not None
    assert (later.collect_until - ready.collect_until).days == 3
    hers = await run(lambda tx: extend_followed(tx, cart.id, ready.id))
    assert hers.collect_until is not None
    assert (hers.collect_until - later.collect_until).days == 7
    longest = await run(lambda tx: extend(tx, cart.id, ready.id, days=100, by=SYSTEM))
    assert longest.collect_until is not None
    assert (longest.collect_until - ready.collect_until).days == 14
    wrong = await refused(run(lambda tx: extend_followed(tx, cart.id, ready.id)))
    assert isinstance(wrong, LongestReached)
    await dock.pass_time(days=12)
    assert (await dock.fulfilment(cart)).state is FulfilmentState.ready
    await dock.pass_time(days=8)
    assert (await dock.fulfilment(cart)).reminded_at is not None


async def test_staff_who_see_who_she_is_need_no_code_and_say_by_what(dock: Dock) -> None:
    cart, ready, _ = await waiting(dock)
    done = await collect(dock.till.database, cart.id, ready.id, identity="Driving licence", by=SYSTEM)
    assert (done.state, done.proved_by, done.proof_note) == (
        FulfilmentState.collected,
        ProvedBy.identity,
        "Driving licence",
    )
    again = await collect(dock.till.database, cart.id, ready.id, identity="Driving licence", by=SYSTEM)
    assert again.version == done.version
    written = await dock.till.database.read(
        lambda tx: tx.one(int, "SELECT count(*) FROM audit_log WHERE action = 'fulfilment.collected'")
    )
    assert written >= 1


async def test_her_code_can_be_shown_again_and_proves(dock: Dock) -> None:
    from torg.fulfilment.code import code_of

    cart, ready, _ = await waiting(dock)
    code = code_of(dock.till.ports.get(Policy), ready)
    assert code == await code_in(dock, cart, "fulfilment/ready")
    done = await collect(dock.till.database, cart.id, ready.id, code=code or "", by=SYSTEM)
    assert done.proved_by is ProvedBy.code


def test_a_link_opens_its_own_order_and_nobody_can_make_one() -> None:
    order_id = new_id()
    mine = token(POLICY, order_id)
    assert opened(POLICY, mine) == order_id
    name, _, seal = mine.partition(".")
    other = token(POLICY, new_id()).partition(".")[2]
    elsewhere = Policy.of(secret="y" * 40, origin="http://torg.test")
    for wrong in (
        "",
        name,
        f"{name}.",
        f"{name}.{other}",
        f"{name}.{seal[:-1]}",
        f"ord_x.{seal}",
        f"{mine}x",
    ):
        assert opened(POLICY, wrong) is None
    assert opened(elsewhere, mine) is None
    assert fulfilment.follow_link(POLICY, order_id) == f"http://torg.test/follow/{mine}"


def test_a_link_to_documents_opens_those_of_its_own_order_for_a_time() -> None:
    order_id, at = new_id(), datetime(2026, 11, 23, 12, tzinfo=UTC)
    link = fulfilment.documents_link(order_id, at)
    seal = POLICY.vault.seal(link.name, purpose=link.purpose)
    mine = f"{link.name}.{seal}"
    assert fulfilment.opened_documents(POLICY, mine, at) == order_id
    assert fulfilment.opened_documents(POLICY, mine, at + timedelta(days=400)) == order_id
    assert fulfilment.opened_documents(POLICY, mine, at + timedelta(days=401)) is None
    order, _, last = link.name.partition(".")
    for wrong in (
        "",
        link.name,
        f"{link.name}.",
        f"{mine}x",
        f"{order}.{int(last) + 1}.{seal}",
        f"{fulfilment.documents_link(new_id(), at).name}.{seal}",
        token(POLICY, order_id),
    ):
        assert fulfilment.opened_documents(POLICY, wrong, at) is None
    assert opened(POLICY, mine) is None
