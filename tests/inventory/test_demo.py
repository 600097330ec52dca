"""The practice retailer's shelves: enough to show every case, and the same each time."""

from torg import inventory
from torg.catalog import Kind, all_variants, specials
from torg.demo import stock
from torg.inventory import delivery_methods, verify
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction

PLACES = [*stock.WAREHOUSES, *stock.SHOPS, *stock.ALONE]


async def levels(tx: Transaction) -> dict[str, dict[str, int]]:
    variants = [variant for variant in await all_variants(tx) if variant.kind is Kind.physical]
    found = await inventory.availability(tx, [variant.variant_id for variant in variants], PLACES)
    return {variant.sku: found[variant.variant_id] for variant in variants}


async def test_some_goods_are_sold_out_in_the_warehouse_and_still_in_a_store(world: Database) -> None:
    found = (await world.read(levels)).values()
    plenty = [row for row in found if row.get("lager-oslo", 0) >= 40]
    in_stores = [row for row in found if not row.get("lager-oslo") and row.get("oslo")]
    nowhere = [row for row in found if not any(row.values())]
    low = [row for row in found if 0 < row.get("lager-oslo", 0) < 4]
    assert len(plenty) > len(found) // 2
    assert min(len(in_stores), len(nowhere), len(low)) >= 1


async def test_filling_twice_changes_nothing(world: Database) -> None:
    before = await world.read(levels)
    async with world.transaction() as tx:
        await stock.fill(tx)
        assert tx.recorded == ()
    assert await world.read(levels) == before
    assert await world.run(lambda tx: verify(tx, by=SYSTEM)) == []


async def test_every_market_is_delivered_to_and_every_store_hands_over(world: Database) -> None:
    methods = {method.code: method for method in await delivery_methods(world)}
    countries = {zone.country for zone in methods["standard"].zones}
    assert countries == {"NO", "SE", "DK", "DE", "GB", "US", "JP", "SG"}
    assert set(methods["pick-up"].stores) == {*stock.SHOPS, *stock.ALONE}


async def test_a_bundle_is_promised_as_its_components_are_and_what_is_not_out_yet_as_a_pre_order(
    world: Database,
) -> None:
    known = {one.sku: one.variant_id for one in await world.read(all_variants)}
    bundle, frother = known["SET-DRY"], known["VIS-SKU-BLACK"]
    special = await specials(world)
    inside = {known["TRA-DRY-WHITE"]: 1, known["FIL-PAP-100"]: 1, known["KOP-FJO-WHITE-350ML"]: 2}
    assert {one.variant_id: one.quantity for one in special.components(bundle)} == inside
    assert special.release(frother, world.clock.now().date()) is not None
    found = await world.read(lambda tx: inventory.availability(tx, [bundle, *inside], PLACES))
    assert any(found[bundle].values())
    for place, units in found[bundle].items():
        assert units == min(found[variant][place] // per for variant, per in inside.items())
