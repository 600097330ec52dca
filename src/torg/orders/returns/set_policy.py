"""A retailer says what a market takes back, how long, and what it keeps."""

from typing import Final

import msgspec
from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.markets import atlas, load_atlas
from torg.orders.returns.policy import ReturnPolicy
from torg.orders.returns.store import policies
from torg.permissions import Permission

CACHED: Final = "orders.return_policies"


async def policy_of(tx: Transaction, market: str) -> ReturnPolicy:
    """What holds in a market, at most a second old: what it has said, else thirty days and nothing kept."""
    said = await tx.database.cached(CACHED, policies.said, tables=policies.TABLES)
    return said.get(market, ReturnPolicy())


async def all_policies(tx: Transaction, *, by: Actor) -> dict[str, ReturnPolicy]:
    """What holds in every market."""
    by.must(Permission.channels_read, anywhere=True)
    said = await policies.said(tx)
    return {code: said.get(code, ReturnPolicy()) for code in sorted((await atlas(tx.database)).markets)}


async def set_policy(
    tx: Transaction, market: str, policy: ReturnPolicy, *, version: int | None, by: Actor
) -> ReturnPolicy:
    """Say what a market takes back from now on; `version` is the one that the change was decided on."""
    by.must(Permission.channels_write)
    known = await load_atlas(tx)
    known.market(market)
    if policy.label is not None:
        known.location(policy.label.location)
    written = await policies.put(tx, market, policy, version)
    if written is None:
        raise StaleVersion(given=version, present=(await policies.said(tx))[market].version)
    await audit.write(tx, by, "return-policy.set", market, **msgspec.to_builtins(policy))
    tx.database.forget(CACHED)
    return replace(policy, version=written)
