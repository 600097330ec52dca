"""Pools of codes: made by the hundred thousand in portions, brought in as lists, given out as lists.

A portion is written in the transaction that counts it, so a maker that dies in between is taken up where it stopped and
no code is ever made twice.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import new_id
from torg.permissions import Permission
from torg.promotions import spell
from torg.promotions.events import CodesDisabled, CodesOrdered
from torg.promotions.store import codes, kept
from torg.promotions.words import Code, CodePool

PORTION: Final = 5_000
FIRST_ID: Final = UUID(int=0)
MADE: Final = "made"
BROUGHT_IN: Final = "brought_in"
MESSAGES: Final = {
    "code-form": "A code is made of the letters A to Z, digits and single hyphens.",
    "code-taken": "This code is in use already.",
    "one-of-count-and-codes": "Give either a count or the codes.",
    "in-the-past": "This lies in the past.",
    "twice": "This stands here twice.",
}


class PoolWish(Struct, frozen=True):
    """Codes that are wanted for a promotion; each may be used `uses` times, until `valid_to`."""

    name: str
    count: int = 0
    prefix: str = ""
    uses: int = 1
    valid_to: datetime | None = None


async def add_codes(
    tx: Transaction, promotion: str, wish: PoolWish, given: Sequence[str] = (), *, by: Actor
) -> CodePool:
    """Have codes made that nobody can guess, there soon after, some hundred thousand in a few seconds; or take in codes
    that somebody else has made: all of them, or none when one is wrong or in use already.
    """
    by.must(Permission.prices_write)
    _must_fit(wish, given, tx.now)
    if not given:
        return await _added(tx, promotion, wish, MADE, wish.count, by)
    wanted = [spell.written(code) for code in given]
    first = {code: index for index, code in reversed(list(enumerate(wanted)))}
    problems = [
        _problem(f"codes.{index}", "code-form" if not spell.well_formed(code) else "twice")
        for index, code in enumerate(wanted)
        if not spell.well_formed(code) or first[code] != index
    ]
    if problems:
        raise Invalid.of(*problems)
    pool = await _added(tx, promotion, wish, BROUGHT_IN, len(wanted), by)
    new = await codes.add(
        tx, wanted, promotion=promotion, pool=pool.id, usage_limit=wish.uses, valid_to=wish.valid_to
    )
    if taken := [index for index, code in enumerate(wanted) if code not in new]:
        raise Invalid.of(*(_problem(f"codes.{index}", "code-taken") for index in taken))
    return pool


async def make_portion(tx: Transaction, pool_id: UUID, at_once: int = PORTION) -> bool:
    """Make the next codes of a pool; tells whether more are wanted."""
    pool = await codes.pool(tx, pool_id, lock=True)
    if pool.finished_at is not None or pool.disabled_at is not None:
        return False
    drawn = spell.new_codes(min(at_once, pool.wanted - pool.made), pool.prefix)
    new = await codes.add(
        tx, set(drawn), promotion=pool.promotion, pool=pool.id, usage_limit=pool.uses, valid_to=pool.valid_to
    )
    made = pool.made + len(new)
    done = made >= pool.wanted
    await codes.save_pool(tx, replace(pool, made=made, finished_at=tx.now if done else None))
    return not done


async def disable_pool(tx: Transaction, pool_id: UUID, *, by: Actor) -> CodePool:
    """End the codes of a pool that nobody has used; twice is the same as once."""
    by.must(Permission.prices_write)
    pool = await codes.pool(tx, pool_id, lock=True)
    if pool.disabled_at is not None:
        return pool
    ended = replace(pool, disabled_at=tx.now)
    await codes.save_pool(tx, ended)
    await codes.disable_unused(tx, pool_id)
    tx.record(CodesDisabled(promotion=pool.promotion, pool=pool.id))
    await audit.write(tx, by, "codes.disabled", pool.promotion, now={"pool": pool.name})
    return ended


async def pools_of(
    tx: Transaction, promotion: str, *, by: Actor, after: UUID = FIRST_ID, limit: int = 50
) -> list[CodePool]:
    """The pools of a promotion, the oldest first, with how far they have come."""
    by.must(Permission.prices_read, anywhere=True)
    await kept.promotion(tx, promotion)
    return await codes.pools(tx, promotion, after=after, limit=limit)


async def codes_of(
    tx: Transaction, pool_id: UUID, *, by: Actor, after: str = "", limit: int = 50
) -> list[Code]:
    """The codes of a pool in the order of the alphabet, from behind one on; who may write prices sees codes."""
    by.must(Permission.prices_write)
    await codes.pool(tx, pool_id)
    return await codes.of_pool(tx, pool_id, after=after, limit=limit)


async def sheet(database: Database, pool_id: UUID, *, by: Actor) -> AsyncIterator[str]:
    """All codes of a pool as CSV, portion by portion: code, how often used, ended or not."""
    yield "code,uses,used,ended\r\n"
    after = ""
    while True:
        last = after

        async def read(tx: Transaction, after: str = last) -> list[Code]:
            return await codes_of(tx, pool_id, by=by, after=after, limit=PORTION)

        portion = await database.read(read)
        if not portion:
            return
        yield "".join(
            f"{one.code},{one.usage_limit},{one.used},{'yes' if one.disabled_at else 'no'}\r\n"
            for one in portion
        )
        after = portion[-1].code


async def _added(
    tx: Transaction, promotion: str, wish: PoolWish, origin: str, count: int, by: Actor
) -> CodePool:
    there = await kept.promotion(tx, promotion, lock=True)
    made = 0 if origin == MADE else count
    pool = CodePool(
        id=new_id(),
        promotion=there.key,
        name=wish.name,
        prefix=wish.prefix,
        origin=origin,
        wanted=count,
        made=made,
        uses=wish.uses,
        valid_to=wish.valid_to,
        created_at=tx.now,
        finished_at=tx.now if origin == BROUGHT_IN else None,
    )
    await codes.add_pool(tx, pool)
    if origin == MADE:
        tx.record(CodesOrdered(promotion=there.key, pool=pool.id))
    await audit.write(tx, by, f"codes.{origin}", there.key, now={"pool": wish.name, "count": count})
    return pool


def _must_fit(wish: PoolWish, given: Sequence[str], at: datetime) -> None:
    problems = []
    if bool(wish.count) is bool(given):
        problems.append(_problem("count", "one-of-count-and-codes"))
    if wish.prefix and not spell.well_formed(wish.prefix):
        problems.append(_problem("prefix", "code-form"))
    if wish.valid_to is not None and wish.valid_to <= at:
        problems.append(_problem("valid_to", "in-the-past"))
    if problems:
        raise Invalid.of(*problems)


def _problem(field: str, code: str) -> FieldProblem:
    return FieldProblem(field, code, MESSAGES[code])
