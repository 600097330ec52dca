"""The books of payments add up, in the practice retailer too; what other hands have changed is named."""

from uuid import UUID

from tests.payments.steps import PRICE, pay
from tests.simulators.gateway import SimulatedGateway

from torg.commands.payments import differences
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import public
from torg.payments import Gateways, Payment, capture
from torg.payments.move import refund


async def moved(database: Database, gateway: SimulatedGateway) -> Payment:
    """A payment of which a part was taken and a part of that given back."""
    payment, gateways = await pay(database, gateway), Gateways(gateway)
    await capture(database, gateways, payment.order_id, payment.id, 10_000, by=SYSTEM)
    await refund(database, gateways, payment.order_id, payment.id, 1_000, reason="x", by=SYSTEM)
    return payment


async def change(database: Database, statement: str, payment_id: UUID) -> None:
    await database.run(lambda tx: tx.execute(statement, id=payment_id))


async def lines(database: Database, gateway: SimulatedGateway, payment: Payment, days: int = 0) -> list[str]:
    """What differs about a payment; its order was never written down here, which is named as well."""
    found = await differences(database, Gateways(gateway), days)
    name = f"{public('ord', payment.order_id)} {public('pay', payment.id)}: "
    return [line.removeprefix(name) for line in found if line.startswith(name)]


async def test_the_practice_retailers_books_add_up(world: Database) -> None:
    assert await differences(world, Gateways()) == []


async def test_what_was_asked_and_what_is_kept_must_agree(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await moved(database, gateway)
    assert await lines(database, gateway, payment, days=9_999) == []
    for statement, told in (
        (
            "UPDATE payments SET refunded = 900 WHERE id = %(id)s",
            "refunded is 900, the books beside it say 1000",
        ),
        (
            "UPDATE payments SET captured = 9000 WHERE id = %(id)s",
            "captured is 9000, the books beside it say 10000",
        ),
        ("UPDATE payments SET disputed = 5 WHERE id = %(id)s", "disputed is 5, the books beside it say 0"),
        ("UPDATE payments SET credited = 7 WHERE id = %(id)s", "credited is 7, the books beside it say 0"),
    ):
        other = await moved(database, gateway)
        await change(database, statement, other.id)
        assert told in await lines(database, gateway, other)


async def test_a_gateways_books_are_compared_when_that_is_wanted(database: Database) -> None:
    gateway = SimulatedGateway()
    payment = await moved(database, gateway)
    gateway.books[payment.id].captured = PRICE.amount
    assert await lines(database, gateway, payment) == []
    assert await lines(database, gateway, payment, days=9_999) == [
        f"captured is 10000, the books beside it say {PRICE.amount}"
    ]


async def test_money_without_an_order_is_named(database: Database) -> None:
    payment = await pay(database, SimulatedGateway())
    found = await differences(database, Gateways())
    assert f"{public('ord', payment.order_id)}: paid without an order" in found
