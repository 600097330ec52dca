"""Twenty thousand random steps from sixteen connections: nothing falls below zero, ledger and balance agree."""

import pytest
from bench.storm import PLACES, VARIANTS, rage
from tests.inventory.conftest import make_locations, stock_up

from torg.kernel.database import Database

SEED = 20261123


@pytest.mark.slow
async def test_whatever_sixteen_do_at_once_stock_is_what_they_were_told(
    database: Database, database_url: str
) -> None:
    places = [f"place-{number}" for number in range(PLACES)]
    await database.run(lambda tx: make_locations(tx, *places))
    variants = [await database.run(stock_up) for _ in range(VARIANTS)]
    storm = await rage(database_url, variants, places, operations=20_000, connections=16, seed=SEED)
    assert storm.wrong == []
    assert storm.operations == 20_000
    for name, outcomes in storm.outcomes.items():
        assert outcomes.get("done", 0) > 50, f"{name} was hardly tried: {outcomes}"
    for refusal, name in (("out-of-stock", "hold"), ("hold-ended", "allocate"), ("stock-promised", "adjust")):
        assert storm.outcomes[name].get(refusal, 0) > 10, f"{refusal} hardly ever happened"
