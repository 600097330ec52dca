"""What every purchase asks again and again is planned once on a connection, not at each call."""

from torg import catalog, inventory, pricing
from torg.kernel.database import Database, Transaction
from torg.markets import atlas
from torg.pricing import PriceContext, PriceRequest

OFTEN = 12  # PostgreSQL looks at five plans made for the values at hand before it may keep one for all
PLANNED_ONCE = "SELECT statement FROM pg_prepared_statements WHERE generic_plans > 0"


async def test_what_is_asked_about_some_variants_keeps_one_plan_for_all(world: Database) -> None:
    known = await atlas(world)
    channel = known.channel("web-no")
    context = PriceContext.of(known, channel, at=world.clock.now())
    physical = [each for each in await world.read(catalog.all_variants) if each.kind is catalog.Kind.physical]

    async def ask(tx: Transaction) -> list[str]:
        for number in range(OFTEN):
            some = physical[number : number + 1 + number % 2]
            ids = [each.variant_id for each in some]
            await catalog.sellables(tx, channel=channel, language="nb", variant_ids=ids)
            await catalog.sellables(tx, channel=channel, language="nb", skus=[each.sku for each in some])
            await inventory.availability(tx, ids, channel.locations)
            await pricing.quote(tx, context, [PriceRequest(each.variant_id, each.tax_class) for each in some])
        return await tx.all(str, PLANNED_ONCE)

    kept = await world.read(ask)
    for part in ("WHERE v.id = ANY(", "WHERE v.sku = ANY(", "FROM prices p", "JOIN levels l"):
        assert [part for statement in kept if part in statement], part
