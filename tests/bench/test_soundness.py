"""What proves that stock is right also finds what is wrong: each check sees the damage that it is there for."""

from collections.abc import Awaitable, Callable
from typing import LiteralString
from uuid import UUID

import pytest
from bench import soundness
from tests.inventory.conftest import demand, soon, stock_up

from torg.inventory import allocate, hold, ship
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import new_id

DAMAGE: dict[str, LiteralString] = {
    "ledger and balance differ": "UPDATE levels SET on_hand = on_hand + 1 WHERE variant_id = %(variant)s",
    "below zero": """
        UPDATE movements SET on_hand = CASE sequence WHEN 1 THEN -1 ELSE on_hand END WHERE variant_id = %(variant)s
    """,
    "ended otherwise": """
        UPDATE holds SET state = 'released', shipped = 0 WHERE variant_id = %(variant)s AND state = 'shipped'
    """,
}

Sold = Callable[[], Awaitable[UUID]]


@pytest.fixture
def sold(database: Database) -> Sold:
    """Makes a variant of which one order got two units that have left, and another holds one."""

    async def made(tx: Transaction) -> UUID:
        variant, order = await stock_up(tx, a=5), new_id()
        await hold(tx, order, [demand(variant, 2, "a")], expires_at=soon(tx), by=SYSTEM)
        await allocate(tx, order)
        await ship(tx, order, [(variant, "a", 2)])
        await hold(tx, new_id(), [demand(variant, 1, "a")], expires_at=soon(tx), by=SYSTEM)
        return variant

    return lambda: database.run(made)


@pytest.mark.parametrize("complaint", DAMAGE)
async def test_a_damaged_ledger_balance_or_hold_is_found(
    database: Database, sold: Sold, complaint: str
) -> None:
    variant = await sold()
    assert [each for each in await soundness.unsound(database) if variant.hex in each.replace("-", "")] == []
    await database.run(lambda tx: tx.execute(DAMAGE[complaint], variant=variant))
    found = [each for each in await soundness.unsound(database) if variant.hex in each.replace("-", "")]
    assert any(each.startswith(complaint) for each in found), found


async def test_a_hold_that_is_still_open_and_a_figure_that_nobody_was_told_are_found(
    database: Database, sold: Sold
) -> None:
    variant = await sold()
    assert len([each for each in await soundness.unended(database) if str(variant) in each]) == 1
    told = {(variant, "a", "on_hand"): 3}
    assert await soundness.misbooked(database, told, frozenset([variant])) == []
    told[variant, "a", "on_hand"] = 4
    (wrong,) = await soundness.misbooked(database, told, frozenset([variant]))
    assert "is 3; callers were told of 4" in wrong
