"""The steps that tests of payments have in common."""

from datetime import timedelta
from uuid import UUID

from torg.kernel.access import SYSTEM, Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id
from torg.kernel.money import Money
from torg.payments import (
    Errand,
    Gateway,
    Gateways,
    Payment,
    Purchase,
    Tender,
    TenderChoice,
    ask,
    begin,
    of_order,
    record,
)

PRICE = Money(19_900, "NOK")


async def start(
    tx: Transaction,
    gateways: Gateways,
    method: str = "ok",
    *,
    order_id: UUID | None = None,
    tender: Tender = Tender.gateway,
    store: str | None = None,
    by: Actor = SYSTEM,
    return_url: str | None = "https://shop.test/back",
    amount: Money = PRICE,
    given: int | None = None,
) -> tuple[Payment, Errand | None]:
    """Begin a payment, of 199 kroner when nothing else is said."""
    gateway = gateways.codes[0]
    return await begin(
        tx,
        TenderChoice(tender=tender, gateway=gateway, method=method, return_url=return_url, given=given),
        amount,
        Purchase(
            order_id=order_id or new_id(),
            customer_id=None,
            channel="web-no",
            store=store,
            language="nb",
            expires_at=tx.now + timedelta(minutes=15),
            country="NO",
        ),
        gateways=gateways,
        by=by,
    )


async def pay(database: Database, gateway: Gateway, method: str = "ok") -> Payment:
    """Begin a payment, ask its gateway, and keep the answer."""
    gateways = Gateways(gateway)
    _, errand = await database.run(lambda tx: start(tx, gateways, method))
    assert errand is not None
    answer = await ask(gateways, errand)
    return await database.run(lambda tx: record(tx, errand, answer))


async def fresh(database: Database, payment: Payment) -> Payment:
    """The payment as it stands in the database."""
    payments = await database.read(lambda tx: of_order(tx, payment.order_id))
    return next(found for found in payments if found.id == payment.id)


async def told(database: Database, payment: Payment) -> list[str]:
    """The types of the events of a payment, in order."""
    return await database.read(
        lambda tx: tx.all(
            str,
            "SELECT type FROM (SELECT type, aggregate, sequence FROM outbox UNION ALL"
            " SELECT type, aggregate, sequence FROM feed) e"
            " WHERE aggregate = %(aggregate)s ORDER BY sequence",
            aggregate=f"payment:{payment.id}",
        )
    )
