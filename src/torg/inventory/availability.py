"""What can be promised to a channel now: how many, how many of them are there, and from when others are expected."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from torg.catalog import specials
from torg.inventory import figures
from torg.inventory.buffers import known_buffers
from torg.inventory.figures import Late, Offer
from torg.inventory.store import reads
from torg.inventory.store.reads import Figures
from torg.kernel.database import Transaction
from torg.kernel.ids import Hex


async def availability(
    tx: Transaction, variant_ids: Sequence[UUID], locations: Sequence[str], *, channel: str | None = None
) -> dict[UUID, dict[str, int]]:
    """How many of each variant each location can still promise, in one statement; never below zero.

    Every variant is in the answer; a location that never had it is not in its row. What `channel` leaves to others is
    not counted. Public: shops show this to anybody.
    """
    return (await on_offer(tx, variant_ids, locations, channel=channel)).free


async def on_offer(
    tx: Transaction, variant_ids: Sequence[UUID], locations: Sequence[str], *, channel: str | None = None
) -> Offer:
    """The same, with how many of them are not there yet and when they are expected; one statement as well.

    A bundle is offered where its components are; what has not come out is offered as a pre-order.
    """
    if not variant_ids or not locations:
        return Offer({variant: {} for variant in variant_ids}, {})
    special = await specials(tx.database)
    asked = figures.with_components(special, variant_ids)
    raw = await reads.availability(tx, asked, locations, await _asking(tx, channel))
    return figures.offered(variant_ids, raw, special, tx.now.date())


async def sellable(
    tx: Transaction, variants: Sequence[Hex], locations: Sequence[str], *, channel: str | None = None
) -> list[int | Late]:
    """How many of each variant the locations together can still promise, in the order asked; in one statement.

    Where none of them is there now it says so, with the first day on which some are expected.
    """
    if not variants or not locations:
        return [0] * len(variants)
    special = await specials(tx.database)
    if special and not special.hexes.isdisjoint(variants):
        offer = await on_offer(tx, [UUID(variant) for variant in variants], locations, channel=channel)
        return [_together(offer, UUID(variant)) for variant in variants]
    found = await reads.sellable(tx, variants, locations, await _asking(tx, channel))
    return [units if type(units) is int else _soonest(units) for units in found]


def _soonest(units: Figures) -> int | Late:
    if isinstance(units, int):
        return units
    return units[1] or Late(units[0], units[2])


def _together(offer: Offer, variant: UUID) -> int | Late:
    late = offer.late.get(variant, {})
    units = sum(offer.free[variant].values())
    there = units - sum(one.units for one in late.values())
    if there or not late:
        return there
    return Late(units, min(one.on for one in late.values()), any(one.preorder for one in late.values()))


async def _asking(tx: Transaction, channel: str | None) -> reads.Asking:
    everywhere: Mapping[str, int] = {}
    if channel is not None:
        everywhere = (await known_buffers(tx.database)).get(channel, {})
    return reads.Asking(channel, everywhere, tx.now.date())
