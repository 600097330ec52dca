"""Enter the practice retailer's customers and their year, in portions that can be interrupted between any two.

The year ends with the day before it is first filled in; when that was is read from when the first of the made-up
customers registered, so that filling again, whenever that is, makes the same orders and finds them there.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from torg import customers, orders
from torg.customers import Customer, HistoricCustomer, Preference, PreferenceName
from torg.demo.calendar import Calendar
from torg.demo.customers import COUNT, Person, people
from torg.demo.history import DIGITAL, STRANGERS, Goods, Sale, year
from torg.demo.history_facts import facts_of, shelves_of
from torg.demo.history_records import PRACTICE, Facts, order_id, record
from torg.demo.named import NAMED, named_person, registered
from torg.demo.stores import STORES
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import derived_id
from torg.orders import HistoricOrder

T = TypeVar("T")
BEFORE_THE_END: Final = timedelta(days=800)
"""How long before the year was filled in the first of the made-up customers registered."""

OLD_CUSTOMERS: Final = 0.6
CUSTOMERS_AT_ONCE: Final = 1_250
ORDERS_AT_ONCE: Final = 1_000
AT_ONCE: Final = 2
"""While the database writes one portion, the next is made."""


async def fill(database: Database, show: Callable[[str], None]) -> None:
    """Enter customers and orders that are missing."""
    show("who buys what in a year")
    made_up = people(COUNT - len(NAMED))
    now = await database.read(lambda tx: _filled_at(tx, made_up[0])) or database.clock.now()
    shelf = await shelves_of(database)
    facts, goods = await database.read(lambda tx: facts_of(tx, now, shelf))
    everybody = [*(named_person(place) for place in range(len(NAMED))), *made_up]
    guests = people(STRANGERS["web"], called="guest")
    sales = list(year(everybody, guests, goods, Calendar(now, STORES)))
    show(f"{len(everybody)} customers")
    known = await _customers(database, made_up, sales, now)
    show(f"{len(sales)} orders")
    await _orders(database, sales, facts, known, now)


async def _filled_at(tx: Transaction, first: Person) -> datetime | None:
    there = await customers.by_email(tx, first.email)
    return there.registered_at + BEFORE_THE_END if there is not None else None


async def _customers(
    database: Database, made_up: Sequence[Person], sales: Sequence[Sale], now: datetime
) -> dict[str, UUID]:
    """The ids of all customers by their address, once they are there."""
    first: dict[str, Sale] = {}
    for sale in sales:
        if sale.person is not None and not sale.guest:
            first.setdefault(sale.person.email, sale)
    wanted = [_historic(person, first[person.email], now) for person in made_up]
    for portion in _portions(wanted, CUSTOMERS_AT_ONCE):
        if await database.read(lambda tx, last=portion[-1]: _has_customer(tx, last)):  # type: ignore[misc]  # bound early
            continue
        await database.run(
            lambda tx, portion=portion: customers.load_history(tx, portion, source=PRACTICE, by=SYSTEM)  # type: ignore[misc]  # bound early
        )
    known = {given.customer.email or "": given.customer.customer_id for given in wanted}
    return known | await database.read(registered)


def _historic(person: Person, first: Sale, now: datetime) -> HistoricCustomer:
    luck = random.Random(f"account of {person.email}")  # noqa: S311  # a world, not a secret
    since, old = timedelta(days=366 + 700 * luck.random()), luck.random() < OLD_CUSTOMERS
    at = now - (BEFORE_THE_END if person.number == 0 else since)
    if not old and person.number:
        at = min(first.at, *(touch.at for touch in first.journey)) - timedelta(minutes=5 * luck.random())
    channel = first.journey[0].channel
    customer = Customer(
        customer_id=derived_id(at, PRACTICE, person.email),
        language=person.language,
        registered_at=at,
        email=person.email,
        email_verified_at=at if first.kind in DIGITAL else None,
        given_name=person.given,
        family_name=person.family,
        phone=person.phone,
        company=person.company,
        registered_in=channel,
    )
    return HistoricCustomer(customer, (person.address,), preferences=tuple(_likes(luck, person, at, channel)))


def _likes(luck: random.Random, person: Person, at: datetime, channel: str) -> Iterator[Preference]:
    """What she has said that she likes; most say something, few everything."""
    told = (
        (0.9, PreferenceName.language, person.language),
        (0.5, PreferenceName.store, person.store),
        (0.4, PreferenceName.contact_by, "sms" if person.phone and luck.random() < 0.3 else "email"),
        (0.2, PreferenceName.delivery_method, luck.choice(("standard", "pick-up"))),
        (0.1, PreferenceName.theme, luck.choice(("dark", "light"))),
    )
    for share, name, value in told:
        if luck.random() < share:
            yield Preference(name, value, at, channel)


async def _orders(
    database: Database,
    sales: Sequence[Sale],
    facts: Mapping[str, Facts],
    known: Mapping[str, UUID],
    now: datetime,
) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def load(portion: Sequence[Sale]) -> None:
        async with gate:
            if await database.read(lambda tx: _has_order(tx, order_id(portion[-1]))):
                return
            made = [_order(sale, facts, known, now) for sale in portion]
            await database.run(lambda tx: orders.load_history(tx, made, source=PRACTICE, by=SYSTEM))

    async with asyncio.TaskGroup() as group:
        for portion in _portions(sales, ORDERS_AT_ONCE):
            group.create_task(load(portion))


async def _has_customer(tx: Transaction, wanted: HistoricCustomer) -> bool:
    """A portion is written in one transaction, so where its last is, all are."""
    return await customers.by_email(tx, wanted.customer.email or "") is not None


async def _has_order(tx: Transaction, wanted: UUID) -> bool:
    try:
        await orders.see(tx, wanted, by=SYSTEM)
    except orders.UnknownOrder:
        return False
    return True


def _order(sale: Sale, facts: Mapping[str, Facts], known: Mapping[str, UUID], now: datetime) -> HistoricOrder:
    whose = known[sale.person.email] if sale.person is not None and not sale.guest else None
    return record(sale, facts[sale.market], whose, now)


def _portions(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]


__all__ = ["Goods", "fill"]
