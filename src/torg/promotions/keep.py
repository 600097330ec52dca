"""Making, changing, pausing and ending promotions; what a promotion was is kept for ever."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.permissions import Permission
from torg.promotions import references, spell
from torg.promotions.active import NAME, SPELLS
from torg.promotions.events import (
    PromotionChanged,
    PromotionCreated,
    PromotionDisabled,
    PromotionEvent,
    PromotionPaused,
    PromotionResumed,
)
from torg.promotions.model import Promotion
from torg.promotions.store import codes, kept
from torg.promotions.words import Code, KeptPromotion, PromotionDisabledAlready, PromotionVersion

MOST_SHARED = 1_000


async def create_promotion(
    tx: Transaction, rule: Promotion, *, by: Actor, shared: Sequence[str] = ()
) -> KeptPromotion:
    """Make a promotion, with codes that many customers may share; it holds within a second, or from its beginning."""
    by.must(Permission.prices_write)
    await check_rule(tx, rule, shared)
    new = KeptPromotion(key=rule.key, rule=rule, created_at=tx.now, changed_at=tx.now)
    await kept.add(tx, new, str(by))
    if shared:
        await _share(tx, rule, shared)
    tx.database.forget(NAME)
    tx.database.forget(SPELLS)
    tx.record(PromotionCreated(promotion=new.key))
    await audit.write(tx, by, "promotion.created", new.key, now=new.rule)
    return new


async def change_promotion(
    tx: Transaction, key: str, rule: Promotion, *, version: int | None, by: Actor
) -> KeptPromotion:
    """Say anew what a promotion is, as a whole; orders that were made with it keep what they have."""
    before = await _open(tx, key, version, by)
    rule = replace(rule, key=key)
    if rule == before.rule:
        return before
    await check_rule(tx, rule)
    after = await _saved(tx, replace(before, rule=rule), by)
    tx.record(PromotionChanged(promotion=key, version=after.version))
    await audit.write(tx, by, "promotion.changed", key, before=before.rule, now=rule)
    return after


async def pause_promotion(tx: Transaction, key: str, *, version: int | None, by: Actor) -> KeptPromotion:
    """Let a promotion rest until it is resumed; twice is the same as once."""
    return await _turn(
        tx, key, version, by, lambda one: replace(one, paused_at=one.paused_at or tx.now), PromotionPaused
    )


async def resume_promotion(tx: Transaction, key: str, *, version: int | None, by: Actor) -> KeptPromotion:
    """Let a promotion that rests go on; twice is the same as once."""
    return await _turn(tx, key, version, by, lambda one: replace(one, paused_at=None), PromotionResumed)


async def disable_promotion(tx: Transaction, key: str, *, version: int | None, by: Actor) -> KeptPromotion:
    """End a promotion for good; orders that were made with it keep what they have. Twice is the same as once."""
    by.must(Permission.prices_write)
    before = await kept.promotion(tx, key, lock=True)
    if before.disabled_at is not None:
        return before
    return await _turn(tx, key, version, by, lambda one: replace(one, disabled_at=tx.now), PromotionDisabled)


async def promotion_of(tx: Transaction, key: str, *, by: Actor) -> KeptPromotion:
    """One promotion, with how often it was used."""
    by.must(Permission.prices_read, anywhere=True)
    return await kept.promotion(tx, key)


async def list_promotions(
    tx: Transaction, *, by: Actor, after: str = "", limit: int = 50
) -> list[KeptPromotion]:
    """Promotions by key, from behind one on."""
    by.must(Permission.prices_read, anywhere=True)
    return await kept.promotions(tx, after=after, limit=limit)


async def versions_of(
    tx: Transaction, key: str, *, by: Actor, before: int = 2**31 - 1, limit: int = 50
) -> list[PromotionVersion]:
    """What a promotion was, the newest first, and who said so."""
    by.must(Permission.prices_read, anywhere=True)
    await kept.promotion(tx, key)
    return await kept.versions(tx, key, before=before, limit=limit)


async def share_code(
    tx: Transaction, key: str, code: str, *, valid_to: datetime | None = None, by: Actor
) -> Code:
    """Give a promotion one more code that many customers may share."""
    by.must(Permission.prices_write)
    there = await kept.promotion(tx, key, lock=True)
    problems = [references.problem("code", "code-form")] if not spell.well_formed(spell.written(code)) else []
    if problems:
        raise Invalid.of(*problems)
    await _share(tx, there.rule, [code], field="code", valid_to=valid_to)
    await audit.write(tx, by, "code.shared", key, now={"code": spell.written(code)})
    return (await codes.find(tx, [spell.written(code)]))[spell.written(code)]


async def disable_code(tx: Transaction, key: str, code: str, *, by: Actor) -> Code:
    """End one code of a promotion; twice is the same as once."""
    by.must(Permission.prices_write)
    ended = spell.written(code)
    if await codes.disable(tx, key, ended):
        await audit.write(tx, by, "code.disabled", key, now={"code": ended})
    return (await codes.find(tx, [ended]))[ended]


async def shared_codes(tx: Transaction, key: str, *, by: Actor) -> list[Code]:
    """The codes of a promotion that many customers may share."""
    by.must(Permission.prices_read, anywhere=True)
    await kept.promotion(tx, key)
    return await codes.shared(tx, key, MOST_SHARED)


async def _open(tx: Transaction, key: str, version: int | None, by: Actor) -> KeptPromotion:
    by.must(Permission.prices_write)
    before = await kept.promotion(tx, key, lock=True)
    if before.disabled_at is not None:
        raise PromotionDisabledAlready(promotion=key)
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    return before


async def _turn(
    tx: Transaction,
    key: str,
    version: int | None,
    by: Actor,
    turned: Callable[[KeptPromotion], KeptPromotion],
    event: type[PromotionEvent],
) -> KeptPromotion:
    before = await _open(tx, key, version, by)
    after = turned(before)
    if after == before:
        return before
    after = await _saved(tx, after, by)
    tx.record(event(promotion=key))
    await audit.write(tx, by, event.type, key)
    return after


async def _saved(tx: Transaction, after: KeptPromotion, by: Actor) -> KeptPromotion:
    after = replace(after, version=after.version + 1, changed_at=tx.now)
    await kept.save(tx, after, str(by))
    tx.database.forget(NAME)
    tx.database.forget(SPELLS)
    return after


async def check_rule(tx: Transaction, rule: Promotion, shared: Sequence[str] = ()) -> None:
    """Refuse a rule, or codes for it, that could not be kept; Invalid names everything that is wrong."""
    problems = list(await references.problems(tx, rule))
    problems += [
        references.problem(f"codes.{index}", "code-form")
        for index, code in enumerate(shared)
        if not spell.well_formed(spell.written(code))
    ]
    if shared and not rule.needs_code:
        problems.append(references.problem("needs_code", "code-without-need"))
    if problems:
        raise Invalid.of(*problems)


async def _share(
    tx: Transaction,
    rule: Promotion,
    shared: Sequence[str],
    field: str = "codes",
    valid_to: datetime | None = None,
) -> None:
    wanted = [spell.written(code) for code in shared]
    new = await codes.add(tx, wanted, promotion=rule.key, usage_limit=rule.limits.per_code, valid_to=valid_to)
    if taken := [index for index, code in enumerate(wanted) if code not in new]:
        fields = [f"{field}.{index}" if field == "codes" else field for index in taken]
        raise Invalid.of(*(references.problem(name, "code-taken") for name in fields))
