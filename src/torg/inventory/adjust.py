"""What is counted differs from what is known: goods are found, lost, broken, or the figures were wrong."""

from collections.abc import Container
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from torg.inventory import opening, rights, rules, spread, telling
from torg.inventory.events import StockAdjusted
from torg.inventory.model import Cause, Deltas, Level, Move, Plan, Reason, UnknownLevel
from torg.inventory.store import ledger, reads
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.kernel.ids import public
from torg.markets import atlas
from torg.permissions import Permission


async def adjust(
    tx: Transaction,
    variant_id: UUID,
    location: str,
    quantity: int,
    *,
    reason: Reason,
    by: Actor,
    note: str | None = None,
    version: int | None = None,
) -> Level:
    """Set right how much there is; only a correction may be negative, every other reason says which way goods went.

    `version` is the number of the level's last movement that the decision was made on. What is promised to customers
    cannot be adjusted away.
    """
    await rights.must(tx, Permission.stock_adjust, {location}, by)
    deltas = rules.adjustment(reason, quantity)
    level = await lock(tx, variant_id, location, new=deltas.on_hand > 0 and not deltas.damaged)
    if version is not None and version != level.sequence:
        raise StaleVersion(given=version, present=level.sequence)
    rules.afford(level, deltas)
    cause = Cause.damaged if reason is Reason.damaged else Cause.adjusted
    entry = ledger.Entry(cause, str(by), note, reason.value)
    (adjusted,) = await ledger.move(tx, [Move(variant_id, location, deltas)], entry)
    telling.changed(tx, [adjusted])
    tx.record(StockAdjusted(variant_id=variant_id, location=location, quantity=deltas.on_hand, reason=reason))
    return adjusted


async def plan(
    tx: Transaction, variant_id: UUID, location: str, to: Plan, *, by: Actor, version: int | None = None
) -> Level:
    """Set how many are kept back from sale, by whom, and how many may be promised beyond what is there, until when.

    What is promised beyond the stock needs the day on which it is expected: without one, the day of the first purchase
    order or transfer that brings the variant there is taken. `version` is the one (`planned`) that it was decided on.
    """
    await rights.must(tx, Permission.stock_adjust, {location}, by)
    to = await _dated(tx, variant_id, location, to)
    channels = (await atlas(tx.database)).channels if to.kept else {}
    if problems := _wrong(to, channels, tx.now.date()):
        raise Invalid.of(*problems)
    level = await lock(tx, variant_id, location, new=True)
    if version is not None and version != level.planned:
        raise StaleVersion(given=version, present=level.planned)
    rules.afford(replace(level, backorder=to.backorder), Deltas())
    await ledger.plan(tx, variant_id, location, to)
    (planned,) = await ledger.lock(tx, [Move(variant_id, location, Deltas())])
    await audit.write(
        tx,
        by,
        "stock.planned",
        f"{public('var', variant_id)}@{location}",
        buffer=to.buffer,
        backorder=to.backorder,
        expected=to.expected.isoformat() if to.expected else None,
        kept=to.kept,
    )
    telling.changed(tx, [planned])
    return planned


async def _dated(tx: Transaction, variant_id: UUID, location: str, to: Plan) -> Plan:
    if not to.backorder:
        return replace(to, expected=None)
    return to if to.expected else replace(to, expected=await reads.coming(tx, variant_id, location))


def _wrong(to: Plan, channels: Container[str], today: date) -> list[FieldProblem]:
    found = [
        FieldProblem(f"kept.{code}", "unknown-channel", "There is no such channel.")
        for code in to.kept
        if code not in channels
    ]
    if to.backorder and to.expected is None:
        message = "Say from when they are expected: nothing that is on its way has a date."
        found.append(FieldProblem("expected", "required", message))
    if to.expected is not None and to.expected < today:
        found.append(FieldProblem("expected", "in-the-past", "This day has passed."))
    return found


async def lock(tx: Transaction, variant_id: UUID, location: str, *, new: bool) -> Level:
    """The level, its row locked; made empty where it is missing and `new`, else refused with `UnknownLevel`."""
    ((move,),) = await spread.batches(tx, [Move(variant_id, location, Deltas())])
    found = await ledger.lock(tx, [move])
    if not found and new:
        await opening.open_levels(tx, [move])
        found = await ledger.lock(tx, [move])
    if not found:
        raise UnknownLevel(location=location)
    return found[0]
