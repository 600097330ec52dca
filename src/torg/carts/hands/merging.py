"""What becomes of two carts that turn out to be one customer's; pure.

The customer's own cart keeps its context: what comes along is priced there. The same goods that reach her in the same
way are the same wish made twice, so the larger quantity stands and nobody buys more than she put into either; goods
with another note or another way are lines of their own. Codes join. What cannot come along is told.
"""

from uuid import UUID

from msgspec.structs import replace

from torg.carts import rules
from torg.carts.frame import Frame
from torg.carts.model import MOST_CODES, MOST_LINES, Intent, LeftOut, Loss, StoredCart, StoredLine
from torg.carts.refusals import IntentNotPossible
from torg.catalog import Sellable
from torg.markets import Atlas


def joined(target: StoredCart, source: StoredCart, frame: Frame) -> tuple[StoredCart, list[LeftOut]]:
    """The customer's cart with everything of the other that it can take, and what it cannot."""
    lines, left = _lines(target, source, frame)
    codes = tuple(dict.fromkeys((*target.codes, *source.codes)))
    left += [LeftOut(Loss.too_many_codes, code=code) for code in codes[MOST_CODES:]]
    countries = frame.atlas.market(target.market).countries
    address = source.address if source.address and source.address.country in countries else None
    after = replace(
        target,
        lines=lines,
        codes=codes[:MOST_CODES],
        email=target.email or source.email,
        phone=target.phone or source.phone,
        name=target.name or source.name,
        address=target.address or address,
        billing_address=target.billing_address or source.billing_address,
        business=target.business or source.business,
        purchase_order=target.purchase_order or source.purchase_order,
        ship_method=target.ship_method or source.ship_method,
        pick_up_method=target.pick_up_method or source.pick_up_method,
    )
    return after, left


def fitting(
    line: StoredLine, cart: StoredCart, goods: Sellable, known: Atlas
) -> tuple[StoredLine, LeftOut | None]:
    """The line as the cart can take it: where it cannot reach her as it was to, it does in the channel's usual way."""
    here = known.channels.get(line.channel) or known.channel(cart.channel)
    bare = replace(line, kept=(), kept_until=None)
    try:
        intent, store = rules.intent_of(
            goods.kind, line.intent, line.store, channel=here, market=cart.market, atlas=known
        )
        if intent is not Intent.carry_out or here.market == cart.market:
            return replace(bare, intent=intent, store=store), None
    except IntentNotPossible:
        pass  # it comes in the usual way instead, and that is told
    there = known.channel(cart.channel)
    intent, store = rules.intent_of(goods.kind, None, None, channel=there, market=cart.market, atlas=known)
    told = LeftOut(Loss.other_way, line.variant_id, goods.name, line.quantity)
    return replace(bare, intent=intent, store=store), told


def _lines(
    target: StoredCart, source: StoredCart, frame: Frame
) -> tuple[tuple[StoredLine, ...], list[LeftOut]]:
    lines, left = list(target.lines), []
    became: dict[UUID, UUID] = {}
    for line in source.lines:
        goods = frame.facts.goods.get(line.variant_id)
        if goods is None or not goods.published:
            name = goods.name if goods else ""
            left.append(LeftOut(Loss.not_for_sale, line.variant_id, name, line.quantity))
            continue
        coming, other = fitting(line, target, goods, frame.atlas)
        if coming.wraps is not None:
            coming = replace(coming, wraps=became.get(coming.wraps))
        if line.wraps is not None and coming.wraps is None:
            continue  # what it was around did not come along, which is told
        place = next((number for number, there in enumerate(lines) if rules.alike(there, coming)), None)
        if place is not None:
            most = max(lines[place].quantity, coming.quantity)
            lines[place] = replace(lines[place], quantity=most)
            became[line.id] = lines[place].id
        elif len(lines) >= MOST_LINES:
            left.append(LeftOut(Loss.cart_full, line.variant_id, goods.name, line.quantity))
            continue
        else:
            lines.append(coming)
            became[line.id] = coming.id
        left += [other] if other else []
    return tuple(lines), left
