"""A part of statements that move levels for many at once, and enter each of them into the ledger by itself."""

from typing import Final

# What `changed` names (a bucket, an id, a variant, a location, by how many, a document, an actor) moves its levels, and
# each of it is written into the ledger. The guard is the same as everywhere: a level reserves only what is available.
EACH: Final = """, wanted AS MATERIALIZED (
    SELECT bucket, variant_id, location, sum(units)::int AS units, count(*)::int AS entries
    FROM changed GROUP BY bucket, variant_id, location
), locked AS MATERIALIZED (
    SELECT l.bucket, l.variant_id, l.location
    FROM levels l
    JOIN wanted w ON w.bucket = l.bucket AND w.variant_id = l.variant_id AND w.location = l.location
    WHERE l.bucket = ANY(%(buckets)s)
    ORDER BY l.bucket, l.variant_id, l.location FOR NO KEY UPDATE OF l
), moved AS (
    UPDATE levels l SET reserved = l.reserved + w.units, sequence = l.sequence + w.entries
    FROM wanted w
    JOIN locked k ON k.bucket = w.bucket AND k.variant_id = w.variant_id AND k.location = w.location
    WHERE l.bucket = ANY(%(buckets)s)
      AND l.bucket = w.bucket AND l.variant_id = w.variant_id AND l.location = w.location
      AND (w.units <= 0 OR l.available >= w.units)
    RETURNING l.*, w.entries
), written AS (
    INSERT INTO movements (bucket, variant_id, location, sequence, cause, on_hand, reserved, allocated, damaged,
                           incoming, reason, document, actor, at)
    SELECT m.bucket, m.variant_id, m.location,
           m.sequence - m.entries
           + row_number() OVER (PARTITION BY m.bucket, m.variant_id, m.location ORDER BY c.id),
           %(cause)s, 0, c.units, 0, 0, 0, %(reason)s, c.document, c.actor, %(at)s
    FROM moved m
    JOIN changed c ON c.bucket = m.bucket AND c.variant_id = m.variant_id AND c.location = m.location
)"""
