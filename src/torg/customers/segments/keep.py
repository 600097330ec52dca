"""Making segments, and saying who is in them."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from torg.customers import store as customers
from torg.customers.events import SegmentChanged
from torg.customers.segments import store
from torg.customers.segments.model import Moved, Segment, SegmentTaken, UnknownSegment
from torg.kernel import audit, ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.permissions import Permission


async def add_segment(tx: Transaction, segment: Segment, *, by: Actor) -> Segment:
    """Make a segment; nobody is in it yet."""
    by.must(Permission.customers_group)
    if not await store.add(tx, segment):
        raise SegmentTaken(segment=segment.code)
    await audit.write(tx, by, "segment.added", segment.code, name=segment.name)
    return segment


async def change_segment(tx: Transaction, code: str, name: str, *, version: int | None, by: Actor) -> Segment:
    """Call a segment something else."""
    by.must(Permission.customers_group)
    before = await _locked(tx, code)
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    if name == before.name:
        return before
    await store.save(tx, replace(before, name=name))
    await audit.write(tx, by, "segment.changed", code, before=before.name, after=name)
    return Segment(code, name, before.version + 1)


async def change_members(
    tx: Transaction, code: str, add: Sequence[UUID], remove: Sequence[UUID], *, by: Actor
) -> Moved:
    """Put customers into a segment and take others out, all or nothing; who is in, or out, already stays so.

    What is meant for the segment holds for them within a second.
    """
    by.must(Permission.customers_group)
    problems = [*await _unknown(tx, "add", add), *_twice(add, remove)]
    await _locked(tx, code)
    if problems:
        raise Invalid.of(*problems)
    moved = Moved(await store.put_in(tx, code, add, tx.now), await store.take_out(tx, code, remove))
    if not (moved.added or moved.removed):
        return moved
    tx.record(SegmentChanged(segment=code, customers_in=moved.added, customers_out=moved.removed))
    added, removed = ([ids.public("cus", one) for one in some] for some in (moved.added, moved.removed))
    await audit.write(tx, by, "segment.customers-changed", code, added=added, removed=removed)
    return moved


async def _locked(tx: Transaction, code: str) -> Segment:
    found = await store.lock(tx, code)
    if found is None:
        raise UnknownSegment(segment=code[:80])
    return found


async def _unknown(tx: Transaction, field: str, wanted: Sequence[UUID]) -> list[FieldProblem]:
    known = {one.customer_id for one in await customers.find_some(tx, wanted)} if wanted else set()
    return [
        FieldProblem(f"{field}.{place}", "unknown-customer", "There is no such customer.")
        for place, one in enumerate(wanted)
        if one not in known
    ]


def _twice(add: Sequence[UUID], remove: Sequence[UUID]) -> list[FieldProblem]:
    wanted = set(add)
    return [
        FieldProblem(f"remove.{place}", "in-and-out", "A customer is put in or taken out, not both.")
        for place, one in enumerate(remove)
        if one in wanted
    ]
