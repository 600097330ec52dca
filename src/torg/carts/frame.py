"""What a cart is reckoned in: its channel, the place and customer of its prices, and what is known of its goods."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts import facts
from torg.carts.facts import Facts
from torg.carts.model import CartLine, StoredCart, StoredLine, Then
from torg.carts.taxing import Terms, in_store, main_context, terms_of
from torg.catalog import Inside, Kind
from torg.inventory import Late, Means, Offer, Units, means
from torg.kernel.database import Transaction
from torg.markets import Atlas, Channel, TaxDisplay
from torg.pricing import Paid, PriceContext, PriceRequest, quoted


class Frame(Struct, frozen=True):
    """What a cart is reckoned in: its channel, the place that prices are for, and what is known of its goods.

    `now` is when it could be sent; its prices are of `then`, where it is an order that is changed.
    """

    means: Means
    channel: Channel
    terms: Terms
    facts: Facts
    now: datetime
    then: Then | None = None

    @property
    def context(self) -> PriceContext:
        """The context of what is sent, or of the store where all is handed over."""
        return self.terms.of(None)

    @property
    def hinges_on_value(self) -> bool:
        """Whether it matters for the tax what the goods are sold for."""
        rulings = [context.ruling for context in self.terms.contexts.values()]
        return any(ruling is not None and ruling.hinges_on_value for ruling in rulings)

    def sold_for(self, paid: Paid, lines: Sequence[StoredLine]) -> "Frame":
        """The same with the tax of what the goods are sold for after promotions."""
        units, goods = quantities(lines), self.facts.goods
        wanted = [PriceRequest(id, one.tax_class, units.get(id, 1)) for id, one in goods.items()]
        quotes = {
            store: quoted(context, self.facts.prices, wanted, paid)
            for store, context in self.terms.contexts.items()
        }
        return replace(self, terms=replace(self.terms, quotes=quotes))

    @property
    def including(self) -> bool:
        """Whether prices are shown with tax in them."""
        return self.atlas.market(self.channel.market).tax_display is TaxDisplay.including

    @property
    def atlas(self) -> Atlas:
        """Sellers, markets, places and channels."""
        return self.means.atlas


async def framed(
    tx: Transaction,
    cart: StoredCart,
    *,
    fresh: bool,
    counted: bool,
    coming: Sequence[UUID] = (),
    priced: bool = True,
) -> Frame:
    """What the cart is reckoned in, with what is known of variants that are coming into it as well.

    Its currency is the one that it was begun with. Not `priced` it only learns what is known, for who reckons later.
    """
    promising = await means(tx.database)
    known = promising.atlas
    channel = known.channel(cart.channel)
    member = await facts.buyer(tx, cart.customer_id, fresh=fresh)
    context = replace(main_context(cart, channel, known, tx, member), currency=cart.currency)
    shops = {line.store for line in cart.lines if line.store is not None}
    stores = {known.store(shop).location for shop in shops}
    wanted = {**dict.fromkeys(coming, 1), **quantities(cart.lines)}
    found = await facts.gather(
        tx,
        channel,
        cart.language,
        context,
        wanted,
        sorted({*channel.locations, *stores}),
        fresh=fresh,
        counted=counted,
        past=cart.then is not None,
        priced=priced,
    )
    others = {
        shop: replace(in_store(shop, cart, channel, known, tx, member), currency=cart.currency)
        for shop in shops
        if priced and (len(shops) > 1 or any(line.store is None for line in cart.lines))
    }
    terms = terms_of(context, found.quotes, others, found.prices, found.goods, wanted)
    return Frame(promising, channel, terms, _for_cart(found, cart, tx.now), tx.now, cart.then)


def _for_cart(found: Facts, cart: StoredCart, at: datetime) -> Facts:
    """What the shelves have for this cart: what anybody could have, and what is kept for its lines."""
    lines = [line for line in cart.lines if line.kept and line.kept_until and line.kept_until > at]
    mine = cart.then.kept if cart.then is not None else ()
    if not lines and not mine:
        return found
    free = {variant: dict(there) for variant, there in found.offer.free.items()}
    for line in lines:
        bundle = found.goods[line.variant_id].components if line.variant_id in found.goods else ()
        for part in (*line.kept, *_bundles(line, bundle)):
            there = free.setdefault(part.variant_id, {})
            there[part.location] = there.get(part.location, 0) + part.quantity
    for part in mine:
        there = free.setdefault(part.variant_id, {})
        there[part.location] = there.get(part.location, 0) + part.quantity
    return replace(found, offer=Offer(free, found.offer.late))


def _bundles(line: StoredLine, inside: Sequence[Inside]) -> Iterator[Units]:
    """How many whole bundles are kept for a line, and where."""
    for place in {part.location for part in line.kept} if inside else ():
        there = {part.variant_id: part.quantity for part in line.kept if part.location == place}
        yield Units(
            line.variant_id, place, min(there.get(one.variant_id, 0) // one.quantity for one in inside)
        )


def quantities(lines: Sequence[StoredLine]) -> Counter[UUID]:
    """How many of each variant there are, over all lines."""
    wanted: Counter[UUID] = Counter()
    for line in lines:
        wanted[line.variant_id] += line.quantity
    return wanted


def cart_line(line: StoredLine, frame: Frame, late: Late | None) -> CartLine:
    """The line with what is known of its goods."""
    goods = frame.facts.goods.get(line.variant_id)
    selling = goods is not None and goods.published
    asked = frame.then.quotes.get(line.id) if frame.then is not None else None
    return CartLine(
        id=line.id,
        variant_id=line.variant_id,
        quantity=line.quantity,
        intent=line.intent,
        store=line.store,
        note=line.note,
        card=line.card,
        product_id=goods.product_id if goods else None,
        sku=goods.sku if goods else "",
        name=goods.name if goods else "",
        options=goods.options if goods else "",
        image=goods.image if goods else None,
        tax_class=goods.tax_class if goods else "",
        kind=goods.kind if goods else Kind.physical,
        weight_g=goods.weight_g if goods else 0,
        quote=asked or (frame.terms.quote(line) if selling else None),
        total=None,
        kept=line.kept,
        kept_until=line.kept_until,
        components=goods.components if goods else (),
        expected=late.on if late else None,
        preorder=late.preorder if late else False,
        price_reason=frame.then.reasons.get(line.id) if frame.then is not None else None,
        wraps=line.wraps,
    )
