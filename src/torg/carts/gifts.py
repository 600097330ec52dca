"""Gifts of promotions become lines of the cart: held, allocated and sent like any other, at no price."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid5

from msgspec.structs import replace

from torg.carts.frame import Frame, cart_line, framed, quantities
from torg.carts.model import CartGift, CartLine, Intent, StoredCart, StoredLine
from torg.catalog import Kind, Sellable
from torg.kernel.database import Transaction
from torg.kernel.ids import parse
from torg.pricing import TraceStep
from torg.promotions import Gift, Outcome


async def given(tx: Transaction, cart: StoredCart, outcome: Outcome) -> tuple[list[CartGift], list[CartLine]]:
    """The gifts, as lines that go the way of the first other line; one that is not in stock is told and is no line."""
    wanted = {gift: [parse("var", name) for name in gift.variants] for gift in outcome.gifts}
    if not wanted:
        return [], []
    every = list(dict.fromkeys(variant for variants in wanted.values() for variant in variants))
    frame = await framed(tx, cart, fresh=False, counted=False, coming=every)
    taken = quantities(cart.lines)
    gifts, lines = [], []
    for gift, variants in wanted.items():
        line = _gift_line(cart, gift, variants, frame, taken)
        shown = line.variant_id if line else variants[0]
        gifts.append(CartGift(gift.promotion, shown, gift.quantity, line.id if line else None))
        if line is not None:
            taken[line.variant_id] += line.quantity
            lines.append(line)
    return gifts, lines


def _gift_line(
    cart: StoredCart, gift: Gift, variants: Sequence[UUID], frame: Frame, taken: Counter[UUID]
) -> CartLine | None:
    way = next((line for line in cart.lines if line.intent is not Intent.digital), None)
    priced = next((quote for line in cart.lines if (quote := frame.terms.quote(line))), None)
    for variant in variants:
        goods = frame.facts.goods.get(variant)
        if goods is None or priced is None or (way is None and goods.kind is not Kind.digital):
            continue
        digital = goods.kind is Kind.digital or way is None
        store = None if digital or way is None else way.store
        places = frame.channel.locations if store is None else (frame.atlas.store(store).location,)
        if not digital and _free(goods, places, frame) - taken[variant] < gift.quantity:
            continue
        intent = Intent.digital if digital or way is None else way.intent
        id = uuid5(cart.id, f"{gift.promotion}:{variant}")
        line = StoredLine(id, variant, gift.quantity, intent, store, None, cart.channel, cart.changed_at)
        step = TraceStep("gift", {"promotion": gift.promotion})
        quote = replace(frame.terms.quote(line) or priced, unit=0, trace=(step,))
        return replace(cart_line(line, frame, None), quote=quote, gift=gift.promotion)
    return None


def _free(goods: Sellable, places: Sequence[str], frame: Frame) -> int:
    """How many of a variant, or how many whole bundles, the places have for anybody."""

    def units(variant: UUID) -> int:
        there = frame.facts.offer.free.get(variant, {})
        return sum(there.get(place, 0) for place in places)

    if goods.components:
        return min(units(one.variant_id) // one.quantity for one in goods.components)
    return units(goods.variant_id)
