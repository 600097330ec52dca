"""What is refused about carts: each with a stable code."""

from torg.kernel.errors import Conflict, NotFound, Refused


class UnknownCart(NotFound):
    """There is no such cart, or it is somebody else's."""

    code = "unknown-cart"
    message = "There is no cart {id} that you can open."


class UnknownLine(NotFound):
    """The cart has no such line."""

    code = "unknown-line"
    message = "The cart has no line {line}."


class WrappingNotOffered(Refused):
    """The channel wraps nothing, or not these goods."""

    code = "wrapping-not-offered"
    message = "This cannot be wrapped as a gift here."


class CartBeingCompleted(Conflict):
    """The purchase of the cart is under way, so it cannot be changed."""

    code = "cart-being-completed"
    message = "This cart is being bought just now and cannot be changed."


class CartOrdered(Conflict):
    """The cart has become an order."""

    code = "cart-already-ordered"
    message = "This cart has been ordered and cannot be changed."


class CartQuoted(Conflict):
    """The cart is a quote: it is changed, accepted and declined as that."""

    code = "cart-quoted"
    message = "This cart is a quote. It is changed and bought by its quote."


class CartMerged(Conflict):
    """The cart has gone into another, which is its customer's: `cart` names it."""

    code = "cart-merged"
    message = "This cart has become part of the cart {cart}. Sign in to open that."


class PricesMoved(Conflict):
    """The cart comes to something else there than was shown: she is shown both prices again."""

    code = "prices-moved"
    message = "The total there is now {present}, not {expected}."


class CartOfAnother(Conflict):
    """The cart belongs to a customer already, and stays hers."""

    code = "cart-of-another-customer"
    message = "This cart is another customer's."


class NotForSale(Refused):
    """The channel does not sell this variant now."""

    code = "not-for-sale"
    message = "This cannot be bought here at present."


class TooManyLines(Refused):
    """The cart is full."""

    code = "too-many-lines"
    message = "A cart has at most {most} lines."


class TooManyUnits(Refused):
    """So many of one thing are not bought in one line."""

    code = "too-many-units"
    message = "A line has at most {most} units."


class TooManyCodes(Refused):
    """No more codes can be entered."""

    code = "too-many-codes"
    message = "At most {count} codes can be used for one cart."


class IntentNotPossible(Refused):
    """The goods cannot reach the customer in this way: digital goods are not shipped, a web shop hands nothing over."""

    code = "intent-not-possible"
    message = "These goods cannot be delivered in this way."


class DeliveryNotPossible(Refused):
    """The method does not go there, is retired, or does not hand over in that store."""

    code = "delivery-not-possible"
    message = "{method} is not possible for this cart."
