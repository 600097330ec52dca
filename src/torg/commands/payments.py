"""`./torg payments`: whether the books of payments, orders and gift cards agree, and the gateways' with them."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import click
import msgspec
from msgspec import Meta, Struct

from torg.app import ports
from torg.commands import reach
from torg.commands.options import data_option
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.errors import TorgError
from torg.kernel.ids import public
from torg.kernel.money import Currency
from torg.payments import (
    BankEntry,
    Gateways,
    read_statement,
    receive_payment,
    verify,
    verify_at_gateways,
    verify_invoices,
    verify_payments,
)
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
    """Compare the books of payments, and write down what a bank has received."""


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


COLUMNS = ("bank_reference", "amount", "currency", "booked_on", "message", "payer")


@payments.command("receive")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def receive_file(file: Path, data: Path | None) -> None:
    """Write down payments received from a file of the bank: a statement (camt.053), or CSV.

    The first line of CSV names the columns: bank_reference, amount (minor units), currency, booked_on (2026-12-01),
    message and payer. The same file again changes nothing; what is refused is told, and the exit code is 1.
    """

    async def do(database: Database, _settings: Settings) -> Received:
        return await receive_lines(database, file)

    done = reach.work(data, do)
    click.echo(f"{done.applied} set against debts, {done.unknown} of unknown companies")
    for line in done.refused:
        click.echo(line)
    if done.refused:
        raise SystemExit(1)


class Received(Struct):
    """What became of the lines of a file."""

    applied: int = 0
    unknown: int = 0
    refused: list[str] = []


async def receive_lines(database: Database, file: Path) -> Received:
    """Each payment in a transaction of its own, so that one that is refused does not hold up the others."""
    done = Received()
    for where, entry in entries(file, database.clock.now()):
        if isinstance(entry, str):
            done.refused.append(f"{where}: {entry}")
            continue
        try:
            kept = await database.run(partial(receive_payment, told=entry, by=SYSTEM), actor=str(SYSTEM))
        except TorgError as wrong:
            done.refused.append(f"{where}: {wrong}")
        else:
            done.applied += kept.company_id is not None
            done.unknown += kept.company_id is None
    return done


def entries(file: Path, at: datetime) -> Iterator[tuple[str, BankEntry | str]]:
    """What a file tells, with the place where it does: an entry, or why there is none."""
    with file.open("rb") as beginning:
        xml = b"<" in beginning.read(4)
    if xml:
        yield from read_statement(file.read_bytes(), at)
        return
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text)
        if missing := set(COLUMNS[:4]) - set(rows.fieldnames or ()):
            raise click.ClickException(f"{file} lacks the columns {', '.join(sorted(missing))}")
        for number, row in enumerate(rows, start=2):
            try:
                told = msgspec.convert({name: row.get(name) or None for name in COLUMNS}, Line, strict=False)
                yield f"line {number}", told.entry(at)
            except msgspec.ValidationError as wrong:
                yield f"line {number}", str(wrong)


class Line(Struct, frozen=True):
    """A line of the file."""

    bank_reference: Annotated[str, Meta(pattern=r"^[0-9A-Za-z._:+-]{1,70}$")]
    amount: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    currency: Currency
    booked_on: date
    message: Annotated[str, Meta(max_length=500)] | None = None
    payer: Annotated[str, Meta(max_length=140)] | None = None

    def entry(self, at: datetime) -> BankEntry:
        """What the bank tells by it."""
        return BankEntry(
            bank_reference=self.bank_reference,
            amount=self.amount,
            currency=self.currency,
            booked_on=self.booked_on,
            message=self.message,
            payer=self.payer,
            company_id=None,
            applied=0,
            actor="",
            recorded_at=at,
        )


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
