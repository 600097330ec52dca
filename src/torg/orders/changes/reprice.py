"""What an order costs once it is changed: reckoned as its cart, at the prices, promotions and taxes of its own day.

A line on which nothing bears that was changed keeps what one of it cost, even where today's catalogue, or a price list
that was corrected since, would say something else: it is reckoned as the order was and as it is wanted, and only where
those two differ does the new price count. So is the charge of each delivery. What staff set by hand stays as they set
it. Promotions are looked at for the whole order anew, since what they take off one line depends on the others.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg import carts
from torg.carts import Cart, StoredCart, Then
from torg.inventory import Units
from torg.kernel.database import Transaction
from torg.orders.changes.edit import Wanted, as_cart
from torg.orders.changes.model import Prices
from torg.orders.model import Order, OrderDelivery, OrderLine
from torg.pricing import Quote, TaxNotDecided


class Repriced(Struct, frozen=True):
    """The cart that an order would be, and what one of each line costs by the price lists."""

    cart: Cart
    listed: Mapping[UUID, int]


async def reprice(
    tx: Transaction,
    order: Order,
    lines: Sequence[OrderLine],
    wanted: Wanted,
    kept: Sequence[Units],
    prices: Prices,
    *,
    buying: bool,
) -> Repriced:
    """The cart that the order would be, with everything reckoned; `kept` are the units that are the order's already.

    Reckoned three times: as it was, as it is wanted, and with what keeps its price. Without `buying` what is out of
    stock is warned of; with it the hold that comes next says so. Raises `TaxNotDecided`.
    """
    then = _moment(tx, order, kept, prices, wanted)
    after = await _reckon(tx, wanted.cart, then)
    came_in = wanted.exchanged - {line.id for line in lines}
    asked = _set_quotes(_quotes(after) | await _present(tx, wanted, came_in), wanted)
    charges: Mapping[str, int] = {}
    if prices is Prices.then:
        before = await _reckon(tx, as_cart(order, lines), then)
        asked = _kept_quotes(lines, before, after, order) | asked
        charges = _kept_charges(order, before, after, always=bool(came_in))
    held = replace(then, quotes=asked, charges=charges)
    cart = await _reckon(tx, wanted.cart, held, buying=buying)
    if cart.undecided is not None:
        raise TaxNotDecided.about(cart.undecided)
    return Repriced(cart, {id: quote.unit for id, quote in _quotes(after).items() if quote is not None})


def _moment(tx: Transaction, order: Order, kept: Sequence[Units], prices: Prices, wanted: Wanted) -> Then:
    now = prices is Prices.now
    return Then(
        at=tx.now if now else order.created_at,
        kept=tuple(kept),
        used={one.promotion: 0 if now else one.version for one in order.promotions},
        codes={one.promotion: one.code for one in order.promotions if one.code is not None},
        apart=wanted.exchanged,
    )


async def _reckon(tx: Transaction, cart: StoredCart, then: Then, *, buying: bool = True) -> Cart:
    return await carts.reckoned(tx, replace(cart, then=then), fresh=True, buying=buying)


def _quotes(cart: Cart) -> dict[UUID, Quote | None]:
    return {line.id: line.quote for line in cart.lines if line.gift is None}


def _kept_quotes(lines: Sequence[OrderLine], before: Cart, after: Cart, order: Order) -> dict[UUID, Quote]:
    """What lines cost whose price does not follow from what was changed."""
    was, will = _quotes(before), _quotes(after)
    return {
        line.id: _own(line, will[line.id], order)
        for line in lines
        if line.id in will and _same(was.get(line.id), will[line.id])
    }


def _same(was: Quote | None, will: Quote | None) -> bool:
    """Whether one costs the same, and is taxed alike; what is not sold any more keeps its price, too."""
    if was is None or will is None:
        return will is None
    return _terms(was) == _terms(will)


def _terms(quote: Quote) -> tuple[object, ...]:
    return quote.unit, quote.tax_included, quote.tax_rate, quote.tax_name, quote.treatment


def _own(line: OrderLine, quote: Quote | None, order: Order) -> Quote:
    """The line's own price as it was bought."""
    return Quote(
        unit=line.unit,
        currency=order.currency,
        tax_included=line.tax_included,
        tax_rate=line.tax_rate,
        tax_name=line.tax_name,
        price_list=quote.price_list if quote is not None else "",
        trace=quote.trace if quote is not None else (),
        treatment=line.treatment,
    )


async def _present(tx: Transaction, wanted: Wanted, lines: frozenset[UUID]) -> dict[UUID, Quote | None]:
    """How goods are sold now that come in by an exchange: they may not have been sold when the order was made."""
    if not lines:
        return {}
    goods = tuple(line for line in wanted.cart.lines if line.id in lines)
    return _quotes(await carts.reckoned(tx, replace(wanted.cart, lines=goods, codes=()), fresh=True))


def _set_quotes(quotes: Mapping[UUID, Quote | None], wanted: Wanted) -> dict[UUID, Quote]:
    """What staff have said that lines cost, or was agreed on in an exchange."""
    return {
        id: replace(quote, unit=wanted.set_prices[id][0], trace=())
        for id, quote in quotes.items()
        if id in wanted.set_prices and quote is not None
    }


def _kept_charges(order: Order, before: Cart, after: Cart, *, always: bool) -> Mapping[str, int]:
    """What deliveries cost whose charge does not follow from what was changed; in an exchange, none does."""
    was = {name: one.quote for name, one in carts.named(before.deliveries).items()}
    mine = {f"{one.intent.value}:{one.store or ''}": one for one in order.deliveries}
    found = {}
    for name, one in carts.named(after.deliveries).items():
        earlier = was.get(name)
        if one.quote is None or earlier is None or name not in mine:
            continue
        if (always or earlier.unit == one.quote.unit) and earlier.tax_included == one.quote.tax_included:
            found[name] = _charge(mine[name], one.quote)
    return found


def _charge(delivery: OrderDelivery, quote: Quote) -> int:
    return (delivery.gross if quote.tax_included else delivery.net) + delivery.discount
