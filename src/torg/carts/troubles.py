"""What keeps a cart from being bought as it stands; pure."""

from collections.abc import Iterator, Sequence

from torg.carts.frame import Frame
from torg.carts.model import CartWarning, Delivery, Intent, StoredCart, StoredLine, Trouble
from torg.inventory import DeliveryKind, Short


def troubles(
    cart: StoredCart,
    frame: Frame,
    short: Sequence[Short],
    deliveries: Sequence[Delivery],
    left: Sequence[StoredLine],
) -> Iterator[CartWarning]:
    """Everything that is wrong with lines, and with how they are to be brought."""
    yield from _of_lines(cart, frame, short)
    yield from _of_deliveries(cart, deliveries, left)


def _of_lines(cart: StoredCart, frame: Frame, short: Sequence[Short]) -> Iterator[CartWarning]:
    """Lines that are not sold here now, have no price, or want more than there is."""
    agreed = frame.then.quotes if frame.then is not None else {}
    for line in cart.lines:
        goods = frame.facts.goods.get(line.variant_id)
        if goods is None or not goods.published:
            yield CartWarning(Trouble.not_for_sale, line.id)
        elif line.id not in agreed and frame.terms.quote(line) is None:
            yield CartWarning(Trouble.no_price, line.id)
    for lacking in short:
        yield CartWarning(Trouble.out_of_stock, lacking.line_id, str(lacking.available))


def _of_deliveries(
    cart: StoredCart, deliveries: Sequence[Delivery], left: Sequence[StoredLine]
) -> Iterator[CartWarning]:
    """Lines that cannot be brought as was chosen; those for which nobody has chosen yet are none."""
    for line in left:
        if line.intent is Intent.pick_up or cart.ship_method is not None:
            yield CartWarning(Trouble.no_delivery, line.id)
    for one in deliveries:
        if one.earliest is None or (one.kind is DeliveryKind.ship and one.quote is None):
            yield from (CartWarning(Trouble.no_delivery, line) for line in one.lines)
