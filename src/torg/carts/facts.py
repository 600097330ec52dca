"""What the catalogue, the prices and the shelves say of variants, and for a second what they said.

A purchase asks for the same few variants with every step. A step that changes the cart may show facts that are up to a
second old (`KEPT`, in nanoseconds), like all reference data; whoever reads or completes a cart asks for fresh ones.
"""

import time
from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from msgspec import Struct

from torg import inventory
from torg.catalog import Sellable, sellables
from torg.customers import NOBODY, Membership, membership
from torg.inventory import Late, Offer
from torg.kernel.database import Database, Transaction
from torg.markets import Channel
from torg.pricing import (
    Candidate,
    PriceContext,
    PriceRequest,
    Quote,
    candidates,
    candidates_then,
    personal,
    quoted,
)

KEPT: Final = 1_000_000_000
MOST: Final = 50_000


class Facts(Struct, frozen=True):
    """What is known of each variant; one that the catalogue does not know, or that has no price, is missing."""

    goods: Mapping[UUID, Sellable]
    quotes: Mapping[UUID, Quote]
    prices: Mapping[UUID, list[Candidate]]
    offer: Offer


class _Row(Struct, frozen=True):
    """What the shelves say of a variant, by location."""

    free: dict[str, int]
    late: dict[str, Late] | None


class _Memory:
    def __init__(self) -> None:
        self.kept: dict[Hashable, dict[UUID, tuple[int, Any]]] = {}
        self.size = 0

    def known(self, kind: Hashable, names: Iterable[UUID]) -> dict[UUID, Any]:
        kept = self.kept.get(kind)
        if kept is None:
            return {}
        now, found = time.monotonic_ns(), {}
        for name in names:
            entry = kept.get(name)
            if entry is not None and entry[0] > now:
                found[name] = entry[1]
        return found

    def keep(self, kind: Hashable, facts: Mapping[UUID, Any]) -> None:
        self.size += len(facts)
        if self.size > MOST:
            self.kept.clear()
            self.size = len(facts)
        until = time.monotonic_ns() + KEPT
        self.kept.setdefault(kind, {}).update({name: (until, fact) for name, fact in facts.items()})


_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


class _Question(Struct, frozen=True):
    """What is asked of variants, under which name the answers are kept, and whether what is kept will not do."""

    kind: Hashable
    ask: Callable[[Sequence[UUID]], Coroutine[Any, Any, Mapping[UUID, Any]]]
    fresh: bool


async def goods(
    tx: Transaction, channel: Channel, language: str, variants: Sequence[UUID], *, fresh: bool
) -> dict[UUID, Sellable]:
    """What the catalogue says of the variants, published or not."""
    (found,) = await _answered(tx, variants, _of_goods(tx, channel, language, fresh))
    return found


async def buyer(tx: Transaction, customer: UUID | None, *, fresh: bool) -> Membership:
    """Whom prices see in a cart's customer: no statement where no price is for anybody in particular."""
    if customer is None or not await personal(tx.database):
        return NOBODY

    async def ask(missing: Sequence[UUID]) -> Mapping[UUID, Membership]:
        return {one: await membership(tx, one) for one in missing}

    (found,) = await _answered(tx, [customer], _Question("buyer", ask, fresh))
    return found[customer]  # type: ignore[no-any-return]  # what `ask` tells


async def gather(
    tx: Transaction,
    channel: Channel,
    language: str,
    context: PriceContext,
    variants: Mapping[UUID, int],
    places: Sequence[str],
    *,
    fresh: bool,
    counted: bool,
    past: bool = False,
    priced: bool = True,
) -> Facts:
    """Everything that a cart of so many of these variants shows; `counted` asks the shelves anew, `fresh` everybody
    else. Prices are those of the context's moment, which may be `past`; not `priced` none is chosen among them.
    """

    async def prices(missing: Sequence[UUID]) -> Mapping[UUID, Sequence[Candidate]]:
        return await (candidates_then if past else candidates)(tx, context, missing)

    async def shelves(missing: Sequence[UUID]) -> Mapping[UUID, _Row]:
        found = await inventory.on_offer(tx, missing, places, channel=channel.code)
        return {variant: _Row(row, found.late.get(variant)) for variant, row in found.free.items()}

    stock = _Question(("stock", channel.code, tuple(places)), shelves, counted)
    known, each, rows = await _answered(
        tx,
        list(variants),
        _of_goods(tx, channel, language, fresh),
        _Question(("prices", context.lists, context.at if past else None), prices, fresh),
        stock,
    )
    inside = [one.variant_id for goods_of in known.values() for one in goods_of.components]
    if unseen := [variant for variant in inside if variant not in rows]:
        (more,) = await _answered(tx, unseen, stock)
        rows |= more
    free = {variant: row.free for variant, row in rows.items()}
    wanted = [PriceRequest(v, one.tax_class, variants[v]) for v, one in known.items()] if priced else []
    quotes = quoted(context, each, wanted)
    return Facts(known, quotes, each, Offer(free, {v: row.late for v, row in rows.items() if row.late}))


def _of_goods(tx: Transaction, channel: Channel, language: str, fresh: bool) -> _Question:
    async def ask(missing: Sequence[UUID]) -> Mapping[UUID, Sellable]:
        found = await sellables(tx, channel=channel, language=language, variant_ids=missing, unpublished=True)
        return {one.variant_id: one for one in found}

    return _Question(("goods", channel.code, language), ask, fresh)


async def _answered(
    tx: Transaction, variants: Sequence[UUID], *questions: _Question
) -> list[dict[UUID, Any]]:
    """What is known of the variants; what nobody remembers is asked for on one journey."""
    memory = _memories.setdefault(tx.database, _Memory())
    wanted = list(dict.fromkeys(variants))
    answers = [{} if one.fresh else memory.known(one.kind, wanted) for one in questions]
    missing = [[variant for variant in wanted if variant not in known] for known in answers]
    asked = [index for index, variants in enumerate(missing) if variants]
    found = await tx.together(*(questions[index].ask(missing[index]) for index in asked))
    for index, facts in zip(asked, found, strict=True):
        memory.keep(questions[index].kind, {variant: facts.get(variant) for variant in missing[index]})
        answers[index] |= facts
    return [{variant: fact for variant, fact in known.items() if fact is not None} for known in answers]
