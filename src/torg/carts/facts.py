"""What the catalogue, the prices and the shelves say of variants, and for a second what they said.

A purchase asks for the same few variants with every step. A step that changes the cart may show facts that are up to a
second old (`KEPT`, in nanoseconds), like all reference data; whoever reads or completes a cart asks for fresh ones.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from msgspec import Struct

from torg import inventory
from torg.catalog import Sellable, sellables
from torg.inventory import Late, Offer
from torg.kernel.database import Database, Transaction
from torg.markets import Channel
from torg.pricing import PriceContext, PriceRequest, Quote, quote

KEPT: Final = 1_000_000_000
MOST: Final = 50_000


class Facts(Struct, frozen=True):
    """What is known of each variant; one that the catalogue does not know, or that has no price, is missing."""

    goods: Mapping[UUID, Sellable]
    quotes: Mapping[UUID, Quote]
    offer: Offer


class _Row(Struct, frozen=True):
    """What the shelves say of a variant, by location."""

    free: dict[str, int]
    late: dict[str, Late] | None


class _Memory:
    def __init__(self) -> None:
        self.kept: dict[Hashable, tuple[int, Any]] = {}

    def known(self, kind: Hashable, names: Iterable[UUID]) -> dict[UUID, Any]:
        now = time.monotonic_ns()
        found = ((name, self.kept.get((kind, name))) for name in names)
        return {name: entry[1] for name, entry in found if entry is not None and entry[0] > now}

    def keep(self, kind: Hashable, facts: Mapping[UUID, Any]) -> None:
        if len(self.kept) + len(facts) > MOST:
            self.kept.clear()
        until = time.monotonic_ns() + KEPT
        self.kept.update({(kind, name): (until, fact) for name, fact in facts.items()})


_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


async def goods(
    tx: Transaction, channel: Channel, language: str, variants: Sequence[UUID], *, fresh: bool
) -> dict[UUID, Sellable]:
    """What the catalogue says of the variants, published or not."""

    async def ask(missing: Sequence[UUID]) -> Mapping[UUID, Sellable]:
        found = await sellables(tx, channel=channel, language=language, variant_ids=missing, unpublished=True)
        return {one.variant_id: one for one in found}

    return await _remembered(tx, ("goods", channel.code, language), variants, ask, fresh=fresh)


async def gather(
    tx: Transaction,
    channel: Channel,
    language: str,
    context: PriceContext,
    variants: Sequence[UUID],
    places: Sequence[str],
    *,
    fresh: bool,
    counted: bool,
) -> Facts:
    """Everything that a cart of these variants shows; `counted` asks the shelves anew, `fresh` everybody else."""
    known = await goods(tx, channel, language, variants, fresh=fresh)

    async def prices(missing: Sequence[UUID]) -> Mapping[UUID, Quote]:
        wanted = [PriceRequest(v, known[v].tax_class) for v in missing if v in known]
        return await quote(tx, context, wanted)

    async def shelves(missing: Sequence[UUID]) -> Mapping[UUID, _Row]:
        found = await inventory.on_offer(tx, missing, places, channel=channel.code)
        return {variant: _Row(row, found.late.get(variant)) for variant, row in found.free.items()}

    inside = [one.variant_id for goods in known.values() for one in goods.components]

    place = (context.country, context.region, context.postal_code)
    priced = ("quote", context.channel, context.market, context.currency, place)
    quotes = await _remembered(tx, priced, variants, prices, fresh=fresh)
    stock = ("stock", channel.code, tuple(places))
    rows = await _remembered(tx, stock, [*variants, *inside], shelves, fresh=counted)
    free = {variant: row.free for variant, row in rows.items()}
    return Facts(known, quotes, Offer(free, {v: row.late for v, row in rows.items() if row.late}))


async def _remembered(
    tx: Transaction,
    kind: Hashable,
    variants: Sequence[UUID],
    ask: Callable[[Sequence[UUID]], Any],
    *,
    fresh: bool,
) -> dict[UUID, Any]:
    memory = _memories.setdefault(tx.database, _Memory())
    wanted = list(dict.fromkeys(variants))
    known = {} if fresh else memory.known(kind, wanted)
    missing = [variant for variant in wanted if variant not in known]
    if missing:
        found = await ask(missing)
        memory.keep(kind, {variant: found.get(variant) for variant in missing})
        known |= found
    return {variant: fact for variant, fact in known.items() if fact is not None}
