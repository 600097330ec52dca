"""`./torg payments`: whether the books of payments, orders and gift cards agree, and the gateways' with them."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click
from msgspec import Struct

from torg.app import ports
from torg.commands import reach
from torg.commands.options import data_option
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import public
from torg.payments import Gateways, verify, verify_at_gateways, verify_invoices, verify_payments
from torg.settings import Settings

# Placed, and no money was ever set aside for it; or money that is still there for what will not be delivered, and
# nobody is about to look at it.
STRAYS = """
SELECT o.order_id, 'placed without a payment' AS what FROM orders o
WHERE o.state = 'placed' AND o.gross > 0
  AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.order_id AND p.authorised > 0)
UNION ALL
SELECT p.order_id, 'paid without an order' FROM payments p LEFT JOIN orders o ON o.order_id = p.order_id
WHERE p.state IN ('authorised', 'captured') AND p.authorised - p.released - p.refund_claimed - p.credited > 0
  AND (o.order_id IS NULL OR o.state IN ('lapsed', 'cancelled') AND o.check_at IS NULL)
ORDER BY 1
"""


class Stray(Struct, frozen=True):
    """An order and its money that do not belong together."""

    order_id: UUID
    what: str


@click.group("payments")
def payments() -> None:
    """Compare the books of payments."""


@payments.command("verify")
@click.option("--days", type=int, default=0, help="Ask gateways too, about payments of so many days.")
@data_option
def verify_books(data: Path | None, days: int) -> None:
    """Compare payments with attempts, refunds, disputes, orders, invoices and gift cards, and name what differs.

    The exit code is 1 when something does.
    """

    async def do(database: Database, settings: Settings) -> list[str]:
        return await differences(database, ports(settings, database).get(Gateways), days)

    found = reach.work(data, do)
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} differences")
    if found:
        raise SystemExit(1)


async def differences(database: Database, gateways: Gateways, days: int = 0) -> list[str]:
    """Everything that does not agree, a line each."""
    books = await database.read(lambda tx: verify_payments(tx, by=SYSTEM))
    if days:
        since = database.clock.now() - timedelta(days=days)
        books += [one async for one in verify_at_gateways(database, gateways, since, by=SYSTEM)]
    strays = await database.read(lambda tx: tx.all(Stray, STRAYS))
    invoices = await database.read(lambda tx: verify_invoices(tx, by=SYSTEM))
    credit = await database.read(lambda tx: verify(tx, by=SYSTEM))
    return [
        *(
            f"{public('ord', one.order_id)} {public('pay', one.payment_id)}: "
            f"{one.figure} is {one.kept}, the books beside it say {one.told}"
            for one in books
        ),
        *(f"{public('ord', one.order_id)}: {one.what}" for one in strays),
        *(
            f"{public('com', one.company_id)} {one.currency}"
            f"{' ' + public('pay', one.payment_id) if one.payment_id else ''}: "
            f"{one.figure} is {one.kept}, the books beside it say {one.told}"
            for one in invoices
        ),
        *(
            f"{public('gft', one.account_id)}: {one.figure} is {one.kept}, the entries say {one.entries}"
            for one in credit
        ),
    ]
