"""The order hub: what its list tells, how orders are found, and who sees what."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.people import add_key
from tests.orders.conftest import Till

from torg import orders
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.errors import Invalid
from torg.kernel.events import KINDS
from torg.kernel.http import Page
from torg.kernel.i18n import LANGUAGES, words
from torg.orders.hub import look as hub_look
from torg.orders.hub import spell
from torg.orders.hub.model import FulfilmentStanding, OrderFacts, PaymentStanding, Problem, Sort, Wanted
from torg.orders.hub.reactions import SUBSCRIPTIONS
from torg.orders.standing import Extent
from torg.payments import Tender
from torg.permissions import Permission


async def look(database: Database, **wanted: Any) -> list[OrderFacts]:
    page = await database.read(
        lambda tx: orders.list_orders(tx, Wanted(**wanted), after=None, limit=50, by=SYSTEM)
    )
    return page.items


async def next_page(
    database: Database, wanted: Wanted, after: tuple[datetime, UUID] | None
) -> Page[OrderFacts]:
    return await database.read(lambda tx: orders.list_orders(tx, wanted, after=after, limit=2, by=SYSTEM))


@pytest_asyncio.fixture
async def bought(till: Till) -> orders.Order:
    variant = await till.shop.product()
    placed = await till.buy(await till.cart(variant))
    await till.settle()
    return placed.order


async def test_a_list_tells_what_staff_decide_by(
    till: Till, bought: orders.Order, database: Database
) -> None:
    (facts,) = await look(database, number=bought.number)
    assert (facts.payment, facts.due) == (PaymentStanding.paid, 0)
    assert facts.fulfilment is FulfilmentStanding.waiting
    assert facts.promised_by is not None and not facts.late(till.clock.now())
    assert facts.late(facts.promised_by + timedelta(seconds=1))
    assert (facts.tenders, facts.units, facts.gone) == (("gateway",), 1, 0)


@pytest.mark.parametrize(
    "question",
    [
        "kari nordmann",
        "KARI",
        "nordm",
        "kari@example.com",
        "22 33 44 55",
        "+47 22334455",
        "004722334455",
        "0155",
    ],
)
async def test_an_order_is_found_by_whatever_somebody_knows(
    bought: orders.Order, database: Database, question: str
) -> None:
    assert bought.order_id in {one.order_id for one in await look(database, question=question)}


async def test_a_number_is_found_however_it_is_written(bought: orders.Order, database: Database) -> None:
    number = bought.number or ""
    country, rest = number.split("-")
    for written in (
        number,
        number.lower(),
        f"{country}{rest}",
        f" {country} {rest}",
        rest,
        rest.replace("0", "o"),
    ):
        assert [one.number for one in await look(database, question=written)] == [number], written


async def test_filters_leave_out_what_is_not_wanted(bought: orders.Order, database: Database) -> None:
    mine = {"number": bought.number}
    assert await look(database, **mine, payment=PaymentStanding.paid, tender=Tender.gateway, channel="web-no")
    assert await look(database, **mine, paid=Extent.all, shipped=Extent.none, returned=Extent.none)
    assert await look(database, **mine, refunded=Extent.none, overdue=False)
    assert not await look(database, **mine, paid=Extent.part)
    assert not await look(database, **mine, overdue=True)
    assert not await look(database, **mine, problem=Problem.claim)
    assert await look(database, **mine, currency="NOK", at_least=bought.gross, at_most=bought.gross)
    assert not await look(database, **mine, at_least=bought.gross + 1)
    assert not await look(database, **mine, payment=PaymentStanding.refunded)
    assert not await look(database, **mine, returned=Extent.part)
    assert not await look(database, **mine, until=bought.placed_at)
    assert not await look(database, **mine, late=True)
    assert await look(database, **mine, sort=Sort.promised)


async def test_a_list_goes_on_where_its_page_ended(till: Till, database: Database) -> None:
    variant = await till.shop.product()
    for _ in range(5):
        await till.buy(await till.cart(variant, email="pages@example.com"))
    await till.settle()
    for sort in Sort:
        seen: list[Any] = []
        after: tuple[datetime, UUID] | None = None
        while True:
            page = await next_page(database, Wanted(email="pages@example.com", sort=sort), after)
            seen += [one.order_id for one in page.items]
            if page.next is None:
                break
            last = page.items[-1]
            at = last.promised_by if sort is Sort.promised else last.at
            assert at is not None
            after = at, last.order_id
        assert len(seen) == len(set(seen)) == 5


async def test_composing_anew_gives_what_the_feed_gave(
    till: Till, bought: orders.Order, database: Database
) -> None:
    before = await look(database)
    await database.run(lambda tx: tx.execute("DELETE FROM order_facts"))
    assert bought.order_id in [one async for one in orders.differing_in_list(database)]
    done, differed = await orders.refresh_list(database)
    assert differed and done >= differed
    assert await orders.refresh_list(database) == (done, 0)
    assert [one async for one in orders.differing_in_list(database)] == []
    assert {one.order_id: one for one in await look(database)} == {one.order_id: one for one in before}


async def test_staff_of_another_place_find_nothing_and_note_nothing(
    till: Till, bought: orders.Order, database: Database, web: httpx.AsyncClient
) -> None:
    rights = (Permission.orders_read, Permission.orders_note)
    here = await database.run(lambda tx: add_key(tx, *rights, channels=("web-no",)))
    there = await database.run(lambda tx: add_key(tx, *rights, channels=("till-oslo",)))
    id = orders_id(bought)
    for key, status, found in ((here, 201, 1), (there, 404, 0)):
        headers = {"Authorization": f"Bearer {key.secret}"}
        rows = await web.get("/api/v1/orders", params={"q": bought.number}, headers=headers)
        assert len(rows.json()["items"]) == found
        told = await web.post(f"/api/v1/orders/{id}/notes", json={"text": "called her"}, headers=headers)
        assert told.status_code == status
    timeline = await web.get(
        f"/api/v1/orders/{id}/timeline",
        headers={"Authorization": f"Bearer {here.secret}", "Accept-Language": "nb"},
    )
    types = [one["type"] for one in timeline.json()["items"]]
    assert types.count("note") == 1 and {"order.placed", "payment.captured", "fulfilment.planned"} <= set(
        types
    )
    assert all(one["says"] != one["type"] for one in timeline.json()["items"])


BEFORE = "cart."
OF_QUOTES = {f"quote.{what}" for what in ("asked", "sent", "accepted", "declined", "withdrawn", "expired")}
"""What is quoted is no order yet; who accepts it has placed one."""
TELL_NOTHING_NEW = {"order.noted", "withdrawal.stated"} | OF_QUOTES


def of_orders() -> set[str]:
    """The types of events of an order, from when it is one; tests of the kernel make some of their own."""
    return {
        type
        for type, kind in KINDS.items()
        if kind.family == "order" and not type.startswith(BEFORE) and kind.__module__.startswith("torg.")
    }


def test_the_list_follows_whatever_happens_to_orders() -> None:
    followed = {kind.type for one in SUBSCRIPTIONS for kind in one.types}
    assert of_orders() - followed == TELL_NOTHING_NEW


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_timeline_has_words_for_whatever_happens_to_orders(language: str) -> None:
    spoken = words(language)
    lacking = {type for type in of_orders() - {"order.noted"} if spoken.find(f"timeline.{type}") is None}
    assert lacking == set()


async def test_orders_whose_payment_is_under_way_are_found_and_listed_page_by_page(
    till: Till, database: Database
) -> None:
    variant = await till.shop.product()
    for _ in range(3):
        await till.buy(await till.cart(variant, email="waits@example.com"), "second_step")
    wanted = Wanted(state=orders.OrderState.pending, question="waits@example")
    first = await next_page(database, wanted, None)
    assert len(first.items) == 2 and first.next is not None
    last = first.items[-1]
    rest = await next_page(database, wanted, (last.at, last.order_id))
    found = [*first.items, *rest.items]
    assert len({one.order_id for one in found}) == 3 and rest.next is None
    assert {one.paid for one in found} == {Extent.none}
    assert await look(database, state=orders.OrderState.pending, question="nobody@example") == []
    assert await look(database, question="waits@example") == []


async def test_what_many_have_but_none_of_the_newest_is_found(
    till: Till, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = await till.shop.product()
    for _ in range(3):
        await till.buy(await till.cart(variant, email="older@example.com"))
    await till.buy(await till.cart(variant, email="newest@example.com"))
    await till.settle()
    monkeypatch.setattr(hub_look, "AMONG", 1)
    by_key = await look(database, email="older@example.com")
    monkeypatch.setattr(hub_look, "FEW", 1)
    planned = await look(database, email="older@example.com")
    assert [one.order_id for one in by_key] == [one.order_id for one in planned] and len(planned) == 3


def orders_id(order: orders.Order) -> str:
    return f"ord_{order.order_id.hex}"


@given(st.text(max_size=60))
def test_no_question_breaks_the_search(question: str) -> None:
    try:
        asked = spell.asked(question)
    except Invalid:
        return
    assert asked.count("'") % 2 == 0


async def test_strange_questions_are_answered(database: Database, bought: orders.Order) -> None:
    for question in ("'); DROP TABLE x --", "a\\'b", "x & y | !z", "山田太郎", "12'34'56", "a@@b", "\\\\ab"):
        await look(database, question=question)
