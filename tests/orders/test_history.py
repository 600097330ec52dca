"""Orders that another system took: brought in by the thousand, seen like any order, followed by nothing."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from msgspec.structs import replace
from tests.carts.conftest import Shop
from tests.kernel.actors import staff
from tests.orders.conftest import HOME, Till

from torg import customers, orders
from torg.customers import Customer, CustomerEmailTaken, HistoricCustomer
from torg.kernel.access import SYSTEM, Actor, ActorKind, Vocabulary
from torg.kernel.access.issue_keys import KeyWish, issue_key
from torg.kernel.database import Database
from torg.kernel.errors import Forbidden
from torg.kernel.ids import derived_id, new_id, public
from torg.orders import (
    HistoricFulfilment,
    HistoricOrder,
    HistoricPayment,
    HistoricRefund,
    HistoricReturn,
    HistoryWrong,
    Intent,
    NumberTaken,
    OrderDelivery,
    OrderLine,
    OrderState,
    ReturnLine,
    Wanted,
)
from torg.orders.reactions import SUBSCRIPTIONS
from torg.orders.rules import number_of
from torg.payments import Tender
from torg.permissions import Permission

DAY = datetime(2025, 12, 1, 9, 30, tzinfo=UTC)
NOTHING_FOLLOWS = (
    "outbox",
    "feed",
    "mails",
    "procrastinate_jobs",
    "movements",
    "holds",
    "webhook_deliveries",
)


def line(variant: UUID, name: str, quantity: int = 2, gross: int = 250_00) -> OrderLine:
    """Two of something for 250 kroner, a fifth of it tax."""
    return OrderLine(
        id=derived_id(DAY, name, variant.hex),
        position=0,
        product_id=new_id(),
        variant_id=variant,
        sku="T-1",
        name="Mug",
        options="blue",
        image=None,
        kind="physical",
        weight_g=300,
        intent=Intent.ship,
        store=None,
        note=None,
        quantity=quantity,
        unit=gross // quantity,
        tax_included=True,
        tax_rate=250_000,
        tax_name="MVA",
        discount=0,
        net=gross - gross // 5,
        tax=gross // 5,
        gross=gross,
    )


def historic(name: str, variant: UUID, **given: Any) -> HistoricOrder:
    """An order that was paid, sent, and half of it sent back."""
    bought = line(variant, name)
    id = derived_id(DAY, "order", name)
    back = ReturnLine(
        id=derived_id(DAY, "back", name),
        position=0,
        line_id=bought.id,
        product_id=bought.product_id,
        variant_id=variant,
        sku="T-1",
        name="Mug",
        quantity=1,
        net=100_00,
        tax=25_00,
        gross=125_00,
    )
    whole = HistoricOrder(
        order_id=id,
        channel="web-no",
        email="kari@example.com",
        address=HOME,
        deliveries=(OrderDelivery(Intent.ship, "standard", "Standard", None, 40_00, 10_00, 50_00),),
        lines=(bought,),
        payments=(
            HistoricPayment(
                id=derived_id(DAY, "payment", name),
                tender=Tender.gateway,
                gateway="sim",
                reference="r-1",
                amount=300_00,
                captured_at=DAY,
                refunds=(HistoricRefund(derived_id(DAY, "refund", name), 125_00, DAY + timedelta(days=9)),),
            ),
        ),
        fulfilments=(
            HistoricFulfilment(
                id=derived_id(DAY, "sent", name),
                location="lager-oslo",
                method="standard",
                intent=Intent.ship,
                left_at=DAY + timedelta(days=1),
                units={bought.id: 2},
                carrier="Posten",
                tracking="P1",
            ),
        ),
        returns=(
            HistoricReturn(
                id=derived_id(DAY, "return", name),
                channel="till-oslo",
                lines=(back,),
                reason="too small",
                returned_at=DAY + timedelta(days=9),
            ),
        ),
        placed_at=DAY,
    )
    return replace(whole, **given)


async def load(database: Database, *given: HistoricOrder, by: Actor = SYSTEM) -> int:
    return await database.run(lambda tx: orders.load_history(tx, given, source="old", by=by))


async def reader(database: Database, *stores: str) -> dict[str, str]:
    """The header of a program that may read orders, everywhere or in these stores."""
    wish = KeyWish("test", (Permission.orders_read,), stores or None)
    vocabulary = Vocabulary(frozenset(Permission))
    issued = await database.run(lambda tx: issue_key(tx, wish, vocabulary, by=SYSTEM))
    return {"Authorization": f"Bearer {issued.secret}"}


async def counts(database: Database, tables: Sequence[str]) -> dict[str, int]:
    async def look(tx: Any) -> dict[str, int]:
        return {table: await tx.one(int, f"SELECT count(*) FROM {table}") for table in tables}

    return await database.read(look)


async def test_an_order_is_seen_with_everything_that_became_of_it(
    retailer: Shop, database: Database, web: httpx.AsyncClient
) -> None:
    given = historic("whole", await retailer.product())
    assert await load(database, given) == 1
    who = await reader(database)
    seen = (await web.get(f"/api/v1/orders/{public('ord', given.order_id)}", headers=who)).json()
    assert (seen["state"], seen["source"], seen["total"]["amount"]) == ("placed", "old", 300_00)
    assert seen["number"].startswith("NO-") and seen["placed_at"] == "2025-12-01T09:30:00Z"
    assert seen["taxes"] == [
        {
            "name": "MVA",
            "rate": 250_000,
            "net": {"amount": 240_00, "currency": "NOK"},
            "tax": {"amount": 60_00, "currency": "NOK"},
            "treatment": "domestic",
        }
    ]
    assert seen["lines"][0]["gone"] == 2
    assert [(p["captured"]["amount"], p["refunded"]["amount"]) for p in seen["payments"]] == [
        (300_00, 125_00)
    ]
    assert [(f["state"], f["parcels"][0]["tracking"]) for f in seen["fulfilments"]] == [("shipped", "P1")]
    assert [(r["total"]["amount"], r["channel"], r["order"]) for r in seen["returns"]] == [
        (125_00, "till-oslo", seen["id"])
    ]
    assert seen["returns"][0]["lines"][0]["line"] == seen["lines"][0]["id"]
    by_number = await web.get("/api/v1/orders", params={"number": seen["number"]}, headers=who)
    assert [(row["id"], row["source"]) for row in by_number.json()["items"]] == [(seen["id"], "old")]


async def test_nothing_follows_from_history(till: Till, database: Database) -> None:
    await till.settle()
    variant = await till.shop.product()
    await till.settle()
    before = await counts(database, NOTHING_FOLLOWS)
    stock = await till.stock(variant)
    await load(database, *(historic(f"quiet {number}", variant) for number in range(20)))
    await till.settle()
    await till.pass_time(days=2)
    assert await counts(database, NOTHING_FOLLOWS) == before
    assert await till.stock(variant) == stock
    assert till.gateway.books == {}


async def test_the_same_history_again_changes_nothing_also_at_the_same_time(
    retailer: Shop, database: Database
) -> None:
    variant = await retailer.product()
    given = [historic(f"again {number}", variant) for number in range(30)]
    tables = (
        "orders",
        "order_lines",
        "payments",
        "refunds",
        "fulfilments",
        "parcels",
        "returns",
        "return_lines",
    )
    before = await counts(database, tables)
    assert sum(await asyncio.gather(*(load(database, *given) for _ in range(4)))) == 30
    after = await counts(database, tables)
    assert {table: after[table] - before[table] for table in tables} == dict.fromkeys(tables, 30)
    assert await load(database, *given, historic("again 31", variant)) == 1


async def test_a_customer_finds_her_history_in_her_own_list_also_after_a_rebuild(
    retailer: Shop, database: Database
) -> None:
    kari = Customer(new_id(), "nb", DAY, email="Kari.History@Example.com", given_name="Kari", number="17850")
    known = HistoricCustomer(kari, (HOME,))
    assert await database.run(lambda tx: customers.load_history(tx, [known], source="old", by=SYSTEM)) == 1
    assert await database.run(lambda tx: customers.load_history(tx, [known], source="old", by=SYSTEM)) == 0
    given = historic("hers", await retailer.product(), customer_id=kari.customer_id)
    await load(database, given)
    her = Actor(ActorKind.customer, customer_id=kari.customer_id)
    own = await database.read(lambda tx: orders.own_orders(tx, after=None, limit=5, by=her))
    assert [(one.order_id, one.gross, one.gone, one.title) for one in own.items] == [
        (given.order_id, 300_00, 2, "Mug")
    ]
    reset = next(s.reset for s in SUBSCRIPTIONS if s.name == "orders.of-customers")
    assert reset is not None
    await database.run(reset)
    assert await database.read(lambda tx: orders.own_orders(tx, after=None, limit=5, by=her)) == own
    found = await database.read(lambda tx: customers.search_customers(tx, query="17850", by=SYSTEM))
    assert [(one.customer_id, one.email, one.source) for one in found] == [
        (kari.customer_id, "kari.history@example.com", "old")
    ]
    book = await database.read(lambda tx: customers.addresses_of(tx, kari.customer_id, by=SYSTEM))
    assert [(one.address, one.default_delivery) for one in book] == [(HOME, True)]


async def test_an_email_address_of_another_customer_is_refused_and_nobody_comes(database: Database) -> None:
    first, second, other = (
        HistoricCustomer(Customer(new_id(), "nb", DAY, email=email))
        for email in ("taken@example.com", "taken@example.com", "free@example.com")
    )
    with pytest.raises(CustomerEmailTaken):
        await database.run(
            lambda tx: customers.load_history(tx, [first, other, second], source="old", by=SYSTEM)
        )
    assert await database.read(lambda tx: customers.by_email(tx, "free@example.com")) is None


async def test_a_number_of_its_own_is_kept_and_one_that_is_taken_is_refused(
    retailer: Shop, database: Database
) -> None:
    variant = await retailer.product()
    await load(database, historic("numbered", variant, number="536365"))
    found = await database.read(
        lambda tx: orders.list_orders(tx, Wanted(number="536365"), after=None, limit=5, by=SYSTEM)
    )
    assert [order.number for order in found.items] == ["536365"]
    with pytest.raises(NumberTaken):
        await load(database, historic("same number", variant, number="536365"), historic("other", variant))
    gone = derived_id(DAY, "order", "other")
    assert (
        await database.read(
            lambda tx: tx.all(UUID, "SELECT order_id FROM orders WHERE order_id = %(id)s", id=gone)
        )
        == []
    )


async def test_a_number_of_ours_that_is_taken_gives_way_to_the_next(
    retailer: Shop, database: Database
) -> None:
    given = historic("crowded", await retailer.product())
    first = number_of("NO", given.order_id, 0)
    second = number_of("NO", given.order_id, 1)
    await database.run(
        lambda tx: tx.execute(
            "INSERT INTO order_number_claims (number, order_id) VALUES (%(number)s, %(id)s)",
            number=first,
            id=new_id(),
        )
    )
    await load(database, given)
    seen = await database.read(lambda tx: orders.see(tx, given.order_id, by=SYSTEM))
    assert seen.order.number == second and {f.number for f in seen.fulfilments} == {second}


async def test_a_cancelled_order_is_history_too_and_its_lines_have_not_left(
    retailer: Shop, database: Database
) -> None:
    given = historic(
        "cancelled",
        await retailer.product(),
        cancelled_at=DAY + timedelta(hours=1),
        reason="changed her mind",
        payments=(),
        fulfilments=(),
        returns=(),
    )
    await load(database, given)
    seen = await database.read(lambda tx: orders.see(tx, given.order_id, by=SYSTEM))
    assert (seen.order.state, seen.order.reason, seen.lines[0].gone) == (
        OrderState.cancelled,
        "changed her mind",
        0,
    )


async def test_what_contradicts_itself_is_refused_and_nothing_is_written(
    retailer: Shop, database: Database
) -> None:
    variant = await retailer.product()
    whole = historic("wrong", variant)
    (bought,), (sent,), (back,), (paid,) = whole.lines, whole.fulfilments, whole.returns, whole.payments
    wrong = [
        replace(whole, lines=()),
        replace(whole, lines=(replace(bought, gross=1),)),
        replace(whole, placed_at=datetime(2030, 1, 1, tzinfo=UTC)),
        replace(whole, fulfilments=(replace(sent, units={new_id(): 1}),)),
        replace(whole, returns=(replace(back, lines=(replace(back.lines[0], quantity=3),)),)),
        replace(whole, returns=(replace(back, lines=()),)),
        replace(whole, payments=(replace(paid, gateway=None),)),
    ]
    before = await counts(database, ("orders", "returns", "payments"))
    for one in wrong:
        with pytest.raises(HistoryWrong):
            await load(database, historic("right", variant), one)
    with pytest.raises(psycopg.errors.CheckViolation):
        too_much = (replace(paid.refunds[0], amount=300_01),)
        await load(database, replace(whole, payments=(replace(paid, refunds=too_much),)))
    assert await counts(database, ("orders", "returns", "payments")) == before


async def test_a_return_without_a_receipt_stands_alone_and_is_listed(
    retailer: Shop, database: Database, web: httpx.AsyncClient
) -> None:
    (back,) = historic("alone", await retailer.product()).returns
    lonely = replace(back, number="C1", delivery=500, lines=(replace(back.lines[0], line_id=None),))
    for new in (1, 0):
        assert (
            await database.run(lambda tx: orders.load_returns(tx, [lonely], source="old", by=SYSTEM)) == new
        )
    shown = [
        (await web.get("/api/v1/returns?limit=100", headers=await reader(database, store))).json()["items"]
        for store in ("oslo", "bergen")
    ]
    mine = [one for one in shown[0] if one["id"] == public("ret", lonely.id)]
    assert [(one["order"], one["number"], one["total"]["amount"], one["store"]) for one in mine] == [
        (None, "C1", 130_00, "oslo")
    ]
    assert shown[1] == []


async def test_only_who_may_place_orders_there_brings_in_history(retailer: Shop, database: Database) -> None:
    with pytest.raises(Forbidden):
        await load(database, historic("not mine", await retailer.product()), by=staff("orders:read"))
