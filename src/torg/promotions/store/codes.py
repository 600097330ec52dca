"""Codes by the code itself, and the pools that many of them were made or brought in with."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import asdict

from torg.kernel.database import Transaction
from torg.promotions.words import Code, CodePool, UnknownCode, UnknownPool

CODES = """
SELECT c.code, c.promotion, c.pool, c.usage_limit, c.used, c.valid_to, c.customer, c.disabled_at
FROM promotion_codes c WHERE c.code = ANY(%(codes)s)
"""
SHARED = """
SELECT c.code, c.promotion, c.pool, c.usage_limit, c.used, c.valid_to, c.customer, c.disabled_at
FROM promotion_codes c
WHERE c.promotion = %(promotion)s AND c.pool IS NULL AND c.order_id IS NULL ORDER BY c.code LIMIT %(most)s
"""
ADD = """
INSERT INTO promotion_codes (code, promotion, pool, usage_limit, valid_to, customer, order_id, created_at)
SELECT code, %(promotion)s, %(pool)s, %(usage_limit)s, %(valid_to)s, %(customer)s, %(order_id)s, %(at)s
FROM unnest(%(codes)s::text[]) AS n (code)
ON CONFLICT (code) DO NOTHING
RETURNING code
"""
DISABLE = """
UPDATE promotion_codes SET disabled_at = %(at)s
WHERE code = %(code)s AND promotion = %(promotion)s AND disabled_at IS NULL
"""
DISABLE_POOL_CODES = """
UPDATE promotion_codes SET disabled_at = %(at)s WHERE pool = %(pool)s AND disabled_at IS NULL AND used = 0
"""
END_OF_ORDER = """
UPDATE promotion_codes SET disabled_at = %(at)s
WHERE code = ANY(%(codes)s) AND order_id = %(order_id)s AND disabled_at IS NULL AND used = 0
RETURNING code
"""
OF_POOL = """
SELECT c.code, c.promotion, c.pool, c.usage_limit, c.used, c.valid_to, c.customer, c.disabled_at
FROM promotion_codes c WHERE c.pool = %(pool)s AND c.code > %(after)s ORDER BY c.code LIMIT %(limit)s
"""
COLUMNS = (
    "id, promotion, name, prefix, origin, wanted, made, uses, valid_to, disabled_at, created_at, finished_at"
)
POOL = f"SELECT {COLUMNS} FROM code_pools WHERE id = %(id)s"  # noqa: S608  # our own column names
LOCK_POOL = POOL + " FOR UPDATE"
POOLS = f"""
SELECT {COLUMNS} FROM code_pools
WHERE promotion = %(promotion)s AND id > %(after)s ORDER BY id LIMIT %(limit)s
"""  # noqa: S608  # our own column names
ADD_POOL = """
INSERT INTO code_pools (id, promotion, name, prefix, origin, wanted, made, uses, valid_to, created_at, finished_at)
VALUES (%(id)s, %(promotion)s, %(name)s, %(prefix)s, %(origin)s, %(wanted)s, %(made)s, %(uses)s, %(valid_to)s,
        %(created_at)s, %(finished_at)s)
"""
COUNT_POOL = """
UPDATE code_pools SET made = %(made)s, wanted = %(wanted)s, finished_at = %(finished_at)s, disabled_at = %(disabled_at)s
WHERE id = %(id)s
"""


async def find(tx: Transaction, codes: Sequence[str]) -> dict[str, Code]:
    """What is known of these codes; one that there is not is missing."""
    found = await tx.all(Code, CODES, codes=list(codes)) if codes else []
    return {code.code: code for code in found}


async def shared(tx: Transaction, promotion: str, most: int) -> list[Code]:
    """The promotion's codes that are in no pool."""
    return await tx.all(Code, SHARED, promotion=promotion, most=most)


async def add(
    tx: Transaction,
    codes: Iterable[str],
    *,
    promotion: str,
    pool: UUID | None = None,
    usage_limit: int | None = None,
    valid_to: datetime | None = None,
    customer: UUID | None = None,
    order_id: UUID | None = None,
) -> set[str]:
    """Keep new codes; tells which are new, since one that there is already stays whose it is."""
    found = await tx.all(
        str,
        ADD,
        codes=sorted(codes),
        promotion=promotion,
        pool=pool,
        usage_limit=usage_limit,
        valid_to=valid_to,
        customer=customer,
        order_id=order_id,
        at=tx.now,
    )
    return set(found)


async def disable(tx: Transaction, promotion: str, code: str) -> bool:
    """End a code of a promotion; tells whether it was still going on. One that there is not is refused."""
    if await tx.execute(DISABLE, code=code, promotion=promotion, at=tx.now):
        return True
    there = (await find(tx, [code])).get(code)
    if there is None or there.promotion != promotion:
        raise UnknownCode(promotion=code[:40])
    return False


async def disable_unused(tx: Transaction, pool: UUID) -> int:
    """End what nobody has used of a pool; tells how many those are."""
    return await tx.execute(DISABLE_POOL_CODES, pool=pool, at=tx.now)


async def end_of_order(tx: Transaction, order_id: UUID, codes: Sequence[str]) -> list[str]:
    """End the codes that an order earned and nobody has used; tells which."""
    return await tx.all(str, END_OF_ORDER, order_id=order_id, codes=list(codes), at=tx.now)


async def of_pool(tx: Transaction, pool: UUID, *, after: str, limit: int) -> list[Code]:
    """Codes of a pool in the order of the alphabet, from behind one on."""
    return await tx.all(Code, OF_POOL, pool=pool, after=after, limit=limit)


async def pool(tx: Transaction, id: UUID, *, lock: bool = False) -> CodePool:
    """The pool of this id."""
    found = await tx.find(CodePool, LOCK_POOL if lock else POOL, id=id)
    if found is None:
        raise UnknownPool(pool=id)
    return found


async def pools(tx: Transaction, promotion: str, *, after: UUID, limit: int) -> list[CodePool]:
    """The pools of a promotion, the oldest first."""
    return await tx.all(CodePool, POOLS, promotion=promotion, after=after, limit=limit)


async def add_pool(tx: Transaction, new: CodePool) -> None:
    """Keep a new pool."""
    await tx.execute(ADD_POOL, **_row(new))


async def save_pool(tx: Transaction, changed: CodePool) -> None:
    """Write how far a pool that this transaction has locked has come."""
    await tx.execute(COUNT_POOL, **_row(changed))


def _row(one: CodePool) -> dict[str, Any]:
    return asdict(one)
