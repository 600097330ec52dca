"""Creating, reading and disabling promotions."""

from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.markets import load_atlas
from torg.permissions import Permission
from torg.promotions import rules, store
from torg.promotions.codes import CodePromotion
from torg.promotions.events import PromotionCreated, PromotionDisabled


async def create_promotion(tx: Transaction, promotion: CodePromotion, *, by: Actor) -> CodePromotion:
    """Make a code; it holds from its beginning on, and what it takes off is its own for ever."""
    by.must(Permission.prices_write)
    new = replace(promotion, code=rules.written(promotion.code))
    if problems := tuple(rules.promotion_problems(new, await load_atlas(tx))):
        raise Invalid.of(*problems)
    await store.add(tx, new)
    tx.record(PromotionCreated(promotion=new.code))
    await audit.write(tx, by, "promotion.created", new.code, now=new)
    return new


async def disable_promotion(tx: Transaction, code: str, *, version: int | None, by: Actor) -> CodePromotion:
    """End a code now; orders that were placed with it keep their discount. Ending it twice is the same as
    once.
    """
    by.must(Permission.prices_write)
    before = await store.promotion(tx, rules.written(code), lock=True)
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    if not await store.disable(tx, before.code):
        return before
    tx.record(PromotionDisabled(promotion=before.code))
    await audit.write(tx, by, "promotion.disabled", before.code)
    return await store.promotion(tx, before.code)


async def promotion_of(tx: Transaction, code: str, *, by: Actor) -> CodePromotion:
    """One promotion, with how often it was used."""
    by.must(Permission.prices_read, anywhere=True)
    return await store.promotion(tx, rules.written(code))


async def list_promotions(
    tx: Transaction, *, by: Actor, after: str = "", limit: int = 50
) -> list[CodePromotion]:
    """Promotions by code, from behind a code on."""
    by.must(Permission.prices_read, anywhere=True)
    return await store.promotions(tx, after=after, limit=limit)
