"""What a supply does to levels, without a database."""

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec.structs import replace

from torg.inventory.model import Deltas, Move
from torg.inventory.supplies.model import (
    Arrival,
    MoreThanSent,
    NotExpected,
    Rest,
    Supply,
    SupplyKind,
    SupplyLine,
    SupplyState,
    Wanted,
)
from torg.kernel.ids import public

NAMED = 20
"""So many variants are named in a refusal."""


def lines(wanted: Iterable[Wanted]) -> tuple[SupplyLine, ...]:
    """One line a variant, whatever way it was written down."""
    total = Counter[UUID]()
    for line in wanted:
        total[line.variant_id] += line.quantity
    return tuple(SupplyLine(variant, quantity) for variant, quantity in sorted(total.items()))


def arrived(supply: Supply, came: Sequence[Arrival]) -> tuple[Supply, list[Move]]:
    """The supply with what came of it, and how that moves the levels of its location.

    A supplier may send more than was ordered; of a transfer no more can arrive than was sent.
    """
    whole, broken = Counter[UUID](), Counter[UUID]()
    for line in came:
        whole[line.variant_id] += line.quantity
        broken[line.variant_id] += line.damaged
    known = {line.variant_id: line for line in supply.lines}
    if unknown := sorted(set(whole) - set(known)):
        raise NotExpected(variants=_named(unknown))
    over = [variant for variant in sorted(whole) if whole[variant] + broken[variant] > known[variant].rest]
    if over and supply.kind is SupplyKind.transfer:
        raise MoreThanSent(variants=_named(over))
    moves: list[Move] = []
    for variant in sorted(whole):
        expected = min(known[variant].rest, whole[variant] + broken[variant])
        deltas = Deltas(on_hand=whole[variant], damaged=broken[variant], incoming=-expected)
        moves.append(Move(variant, supply.location, deltas))
    after = tuple(
        replace(
            line,
            received=line.received + whole[line.variant_id],
            damaged=line.damaged + broken[line.variant_id],
        )
        for line in supply.lines
    )
    done = not any(line.rest for line in after)
    return replace(supply, lines=after, state=SupplyState.arrived if done else supply.state), moves


def given_up(supply: Supply, rest: Rest) -> tuple[list[Move], list[Move]]:
    """How giving up what has not arrived moves the levels where it was expected, and where it is back."""
    open_lines = [line for line in supply.lines if line.rest]
    expected = [Move(line.variant_id, supply.location, Deltas(incoming=-line.rest)) for line in open_lines]
    if rest is not Rest.returned or supply.source is None:
        return expected, []
    return expected, [Move(line.variant_id, supply.source, Deltas(on_hand=line.rest)) for line in open_lines]


def fits(kind: SupplyKind, rest: Rest) -> bool:
    """A supplier does not deliver; what was sent from a location is lost or back there."""
    return (rest is Rest.not_delivered) == (kind is SupplyKind.purchase)


def _named(variants: Sequence[UUID]) -> str:
    return ", ".join(public("var", variant) for variant in variants[:NAMED])
