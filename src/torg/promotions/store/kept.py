"""Promotions as they are kept, with all that they ever were."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from torg.kernel.database import Transaction
from torg.promotions.words import (
    KeptPromotion,
    PromotionTaken,
    PromotionVersion,
    Spell,
    UnknownPromotion,
)

COLUMNS = """
p.key, p.rule, p.paused_at, p.disabled_at, p.version, p.created_at, p.changed_at
"""
USED = "(SELECT count(*) FROM promotion_redemptions r WHERE r.promotion = p.key) AS used"
PROMOTION = f"SELECT {COLUMNS}, {USED} FROM promotions p WHERE p.key = %(key)s"  # noqa: S608  # our own column names
LOCK = PROMOTION + " FOR UPDATE OF p"
PROMOTIONS = f"""
SELECT {COLUMNS}, {USED} FROM promotions p WHERE p.key > %(after)s ORDER BY p.key LIMIT %(limit)s
"""  # noqa: S608  # our own column names
GOING_ON = f"""
SELECT {COLUMNS} FROM promotions p
WHERE p.disabled_at IS NULL AND p.paused_at IS NULL AND (p.valid_to IS NULL OR p.valid_to > %(at)s)
ORDER BY p.key
"""  # noqa: S608  # our own column names
# In the version of that moment; what an order used is taken in the version in which it did.
THEN = """
SELECT DISTINCT ON (v.promotion) v.promotion AS key, v.rule, v.version, v.at AS changed_at
FROM promotion_versions v
JOIN promotions p ON p.key = v.promotion
LEFT JOIN jsonb_each_text(%(used)s) AS u (key, version) ON u.key = v.promotion
WHERE CASE WHEN u.version IS NOT NULL THEN v.version = u.version::integer
      ELSE v.at <= %(at)s AND (p.disabled_at IS NULL OR p.disabled_at > %(at)s)
           AND (p.paused_at IS NULL OR p.paused_at > %(at)s) END
ORDER BY v.promotion, v.version DESC
"""
ADD = """
INSERT INTO promotions (key, rule, valid_to, version, created_at, changed_at)
VALUES (%(key)s, %(rule)s, %(valid_to)s, 1, %(at)s, %(at)s)
ON CONFLICT (key) DO NOTHING
"""
SAVE = """
UPDATE promotions SET
    rule = %(rule)s, valid_to = %(valid_to)s, paused_at = %(paused_at)s, disabled_at = %(disabled_at)s,
    version = %(version)s, changed_at = %(at)s
WHERE key = %(key)s AND version = %(version)s - 1
"""
ADD_VERSION = """
INSERT INTO promotion_versions (promotion, version, rule, actor, at, rests)
VALUES (%(key)s, %(version)s, %(rule)s, %(actor)s, %(at)s, %(rests)s)
"""
# Of promotions without a code; each version until the next.
SPELLS = """
SELECT key, rule, begins, ends FROM (
    SELECT v.promotion AS key, v.rule, v.at AS begins, v.rests, v.version,
           lead(v.at) OVER (PARTITION BY v.promotion ORDER BY v.version) AS ends
    FROM promotion_versions v) AS told
WHERE NOT rests AND NOT coalesce((rule ->> 'needs_code')::boolean, false) AND (ends IS NULL OR ends > %(since)s)
ORDER BY key, version
"""
VERSIONS = """
SELECT version, rule, actor, at FROM promotion_versions
WHERE promotion = %(key)s AND version < %(before)s ORDER BY version DESC LIMIT %(limit)s
"""
# A limit that comes later counts what was used before; one that changes goes on counting from where it is.
SET_COUNTER = """
INSERT INTO promotion_counters AS c (promotion, used, usage_limit)
VALUES (%(key)s, (SELECT count(*) FROM promotion_redemptions WHERE promotion = %(key)s), %(usage_limit)s)
ON CONFLICT (promotion) DO UPDATE SET
    used = CASE WHEN c.usage_limit IS NULL THEN excluded.used ELSE c.used END, usage_limit = excluded.usage_limit
"""


async def promotion(tx: Transaction, key: str, *, lock: bool = False) -> KeptPromotion:
    """The promotion of this key, with how often it was used."""
    found = await tx.find(KeptPromotion, LOCK if lock else PROMOTION, key=key)
    if found is None:
        raise UnknownPromotion(promotion=key[:80])
    return found


async def promotions(tx: Transaction, *, after: str, limit: int) -> list[KeptPromotion]:
    """Promotions by key, from behind one on."""
    return await tx.all(KeptPromotion, PROMOTIONS, after=after, limit=limit)


async def going_on(tx: Transaction) -> list[KeptPromotion]:
    """Every promotion that is neither paused nor over; some have yet to begin."""
    return await tx.all(KeptPromotion, GOING_ON, at=tx.now)


async def then(tx: Transaction, at: datetime, used: Mapping[str, int]) -> list[KeptPromotion]:
    """Every promotion as it was at a moment, and those of `used` in the versions that are given."""
    return await tx.all(KeptPromotion, THEN, at=at, used=Jsonb(dict(used)))


async def spells(tx: Transaction, since: datetime) -> list[Spell]:
    """What promotions without a code were, and from when until when, as far as that ended after a moment."""
    return await tx.all(Spell, SPELLS, since=since)


async def add(tx: Transaction, new: KeptPromotion, actor: str) -> None:
    """Keep a new promotion; refuses a key that is in use."""
    if await tx.execute(ADD, **_row(tx, new, actor)) != 1:
        raise PromotionTaken(promotion=new.key)
    await _remember(tx, new, actor)


async def save(tx: Transaction, changed: KeptPromotion, actor: str) -> None:
    """Write a promotion that this transaction has locked; `changed` has the version that it becomes."""
    if await tx.execute(SAVE, **_row(tx, changed, actor)) != 1:
        raise LookupError("a promotion that was locked was changed")
    await _remember(tx, changed, actor)


async def versions(tx: Transaction, key: str, *, before: int, limit: int) -> list[PromotionVersion]:
    """What a promotion was, the newest first."""
    return await tx.all(PromotionVersion, VERSIONS, key=key, before=before, limit=limit)


async def _remember(tx: Transaction, one: KeptPromotion, actor: str) -> None:
    await tx.execute(ADD_VERSION, **_row(tx, one, actor))
    await tx.execute(SET_COUNTER, key=one.key, usage_limit=one.rule.limits.uses)


def _row(tx: Transaction, one: KeptPromotion, actor: str) -> dict[str, Any]:
    return {
        "key": one.key,
        "rule": Jsonb(one.rule),
        "valid_to": one.rule.valid_to,
        "paused_at": one.paused_at,
        "disabled_at": one.disabled_at,
        "version": one.version,
        "rests": one.paused_at is not None or one.disabled_at is not None,
        "actor": actor,
        "at": tx.now,
    }
