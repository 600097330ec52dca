"""What has not arrived is given up."""

from uuid import UUID

from msgspec.structs import replace

from torg.inventory import spread, telling
from torg.inventory.model import Cause
from torg.inventory.store import ledger
from torg.inventory.supplies import look, rules, store
from torg.inventory.supplies.events import SupplyClosed
from torg.inventory.supplies.model import Rest, Supply, SupplyState
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import public


async def close(tx: Transaction, id: UUID, rest: Rest, *, by: Actor, version: int | None = None) -> Supply:
    """Expect no more of it; `rest` says what became of what is missing, returned goods are on hand again."""
    before = await look.lock(tx, id, version, by=by)
    if not rules.fits(before.kind, rest):
        message = "A supplier does not deliver; what was sent from a location is lost or returned."
        raise Invalid.of(FieldProblem("rest", "wrong-rest", message))
    expected, back = rules.given_up(before, rest)
    document = public("sup", id)
    for batch in await spread.batches(tx, [*expected, *back]):
        await ledger.lock(tx, batch)
        there = [move for move in batch if move.location == before.location]
        await ledger.move(tx, there, ledger.Entry(Cause.expected, str(by), document, rest.value))
        here = [move for move in batch if move.location != before.location]
        entry = ledger.Entry(Cause.transferred_in, str(by), document, rest.value)
        telling.changed(tx, await ledger.move(tx, here, entry))
    await store.save(tx, replace(before, state=SupplyState.closed, rest=rest))
    tx.record(
        SupplyClosed(
            supply_id=id,
            kind=before.kind,
            location=before.location,
            rest=rest,
            units=sum(line.rest for line in before.lines),
        )
    )
    return await look.supply(tx, id, by=by)
