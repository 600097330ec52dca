"""The table of return policies."""

from typing import Final

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.orders.returns.policy import ReturnPolicy

TABLES: Final = ("return_policies",)
ALL = "SELECT market, policy, version FROM return_policies ORDER BY market"
PUT = """
INSERT INTO return_policies AS p (market, policy) VALUES (%(market)s, %(policy)s)
ON CONFLICT (market) DO UPDATE SET policy = excluded.policy, version = p.version + 1
WHERE %(version)s::int IS NULL OR p.version = %(version)s
RETURNING version
"""


class _Row(Struct, frozen=True):
    market: str
    policy: ReturnPolicy
    version: int


async def said(tx: Transaction) -> dict[str, ReturnPolicy]:
    """What markets have said, by market."""
    rows = await tx.all(_Row, ALL)
    return {row.market: msgspec.structs.replace(row.policy, version=row.version) for row in rows}


async def put(tx: Transaction, market: str, policy: ReturnPolicy, version: int | None) -> int | None:
    """Write what a market says; its version, None when somebody else said something meanwhile."""
    return await tx.find(int, PUT, market=market, policy=Jsonb(msgspec.to_builtins(policy)), version=version)
