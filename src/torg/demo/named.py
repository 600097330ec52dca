"""The customers whom the documents and the tests know by name, one in each market and a company.

Invented, at addresses on streets that exist. They can sign in by password, and buy in several ways.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from torg import customers
from torg.customers import Address, Customer, HistoricCustomer, by_email
from torg.demo.customers import Person, kinds_in
from torg.demo.stores import STORES
from torg.kernel.access import SYSTEM
from torg.kernel.database import Transaction
from torg.kernel.ids import derived_id
from torg.markets import ChannelKind

KNOWN_FOR: Final = timedelta(days=1_000)


class Named(Struct, frozen=True):
    """A customer whom the documents and the tests know by name, and who can sign in by password."""

    email: str
    channel: str
    given: str
    family: str
    phone: str
    language: str
    address: Address


NAMED: Final = (
    Named(
        "kari@customers.example",
        "web-no",
        "Kari",
        "Nordmann",
        "+4722334455",
        "nb",
        Address(
            "NO", name="Kari Nordmann", street="Thorvald Meyers gate 30", city="Oslo", postal_code="0555"
        ),
    ),
    Named(
        "innkjop@fjordkafe.example",
        "phone-no",
        "Pål",
        "Ødegård",
        "+4755112233",
        "nb",
        Address("NO", company="Fjordkafé AS", street="Strandkaien 2", city="Bergen", postal_code="5013"),
    ),
    Named(
        "elsa@customers.example",
        "web-se",
        "Elsa",
        "Lindqvist",
        "+46812345678",
        "sv",
        Address("SE", name="Elsa Lindqvist", street="Götgatan 44", city="Stockholm", postal_code="118 26"),
    ),
    Named(
        "mads@customers.example",
        "web-dk",
        "Mads",
        "Jensen",
        "+4533123456",
        "da",
        Address("DK", name="Mads Jensen", street="Elmegade 5", city="København N", postal_code="2200"),
    ),
    Named(
        "lena@customers.example",
        "web-de",
        "Lena",
        "Schäfer",
        "+493012345678",
        "de",
        Address("DE", name="Lena Schäfer", street="Kastanienallee 12", city="Berlin", postal_code="10435"),
    ),
    Named(
        "james@customers.example",
        "web-gb",
        "James",
        "O'Connor",
        "+442079460958",
        "en",
        Address(
            "GB", name="James O'Connor", street="14 Exmouth Market", city="London", postal_code="EC1R 4QE"
        ),
    ),
    Named(
        "maria@customers.example",
        "web-us",
        "Maria",
        "Garcia",
        "+12125550142",
        "en",
        Address(
            "US",
            name="Maria Garcia",
            street="350 Bleecker St\nApt 4B",
            city="New York",
            region="NY",
            postal_code="10014",
        ),
    ),
    Named(
        "hanako@customers.example",
        "web-jp",
        "花子",
        "山田",
        "+81312345678",
        "ja",
        Address(
            "JP", name="山田 花子", street="渋谷区神宮前3丁目1-1", region="東京都", postal_code="150-0001"
        ),
    ),
    Named(
        "weiming@customers.example",
        "app-sg",
        "Wei Ming",
        "Lim",
        "+6561234567",
        "en",
        Address("SG", name="Lim Wei Ming", street="12 Tiong Bahru Rd #05-21", postal_code="160012"),
    ),
)


async def keep_named(tx: Transaction, password_hash: str) -> None:
    """Enter those who are missing; they have been customers for years."""
    new = [named for named in NAMED if await by_email(tx, named.email) is None]
    historic = [_historic(named, password_hash, tx.now - KNOWN_FOR) for named in new]
    await customers.load_history(tx, historic, source="practice", by=SYSTEM)


def _historic(named: Named, password_hash: str, at: datetime) -> HistoricCustomer:
    customer = Customer(
        customer_id=derived_id(at, "practice", named.email),
        language=named.language,
        registered_at=at,
        email=named.email,
        given_name=named.given,
        family_name=named.family,
        phone=named.phone,
        company=named.address.company,
        registered_in=named.channel,
    )
    return HistoricCustomer(customer, (named.address,), password_hash=password_hash)


async def registered(tx: Transaction) -> dict[str, UUID]:
    """The ids of the named customers by their address."""
    found = {named.email: await by_email(tx, named.email) for named in NAMED}
    return {email: customer.customer_id for email, customer in found.items() if customer is not None}


def named_person(place: int) -> Person:
    """A named customer as one of those whose year is made up; she buys in several ways, and often."""
    named = NAMED[place]
    market = named.address.country
    others = kinds_in(market) - {ChannelKind.web, ChannelKind.till}
    third = next(kind for kind in (ChannelKind.app, ChannelKind.phone) if kind in others)
    return Person(
        number=-1 - place,
        email=named.email,
        market=market,
        language=named.language,
        given=named.given,
        family=named.family,
        kinds=(ChannelKind.web, ChannelKind.till, third),
        store=next(store.code for store in STORES if store.market == market),
        address=named.address,
        phone=named.phone,
        company=named.address.company,
        least=8,
    )
