"""What somebody wants to buy, in whatever channel she is, and what it comes to at this moment.

Owns carts and their lines. Promises that a cart opens only to its customer, to who has its token, and to staff with
a right in its channel; that prices, totals and warnings are reckoned anew each time; that two changes at once are
made one after the other; and that a cart which is being bought stays as it is. Publishes `cart.created`,
`cart.changed`, `cart.claimed`, `cart.merged`, `cart.handed_over`, `cart.parked`, `cart.taken_up`, `cart.abandoned`.
"""

from torg.carts.business import known_number, set_business, set_purchase_order
from torg.carts.cards import LineCard
from torg.carts.choose_delivery import PricedChoice, choices, choose_delivery
from torg.carts.codes import apply_code, drop_code
from torg.carts.create import Begun, create
from torg.carts.details import Contact, set_address, set_contact
from torg.carts.events import CartAbandoned, CartChanged, CartClaimed, CartCreated
from torg.carts.hands.assign import assign, freeze, ordered, reopen, unkeep
from torg.carts.hands.claim import claim
from torg.carts.hands.context import BothPrices, ContextWish, change_context, compare
from torg.carts.hands.hand_over import Offer, careful, offer, take_over
from torg.carts.hands.model import CartNotParked, HandOverNotValid, ParkedCart
from torg.carts.hands.news import TOPICS, cart_news, topic
from torg.carts.hands.park import park, parked_in, take_up
from torg.carts.lines import LineChange, LineWish, add_line, change_line, empty, remove_line, with_lines
from torg.carts.lists.keep import begin as begin_list
from torg.carts.lists.keep import forget as forget_list
from torg.carts.lists.keep import lists
from torg.carts.lists.keep import put as put_on_list
from torg.carts.lists.keep import rename as rename_list
from torg.carts.lists.keep import share as share_list
from torg.carts.lists.keep import shared as shared_list
from torg.carts.lists.keep import take_off as take_off_list
from torg.carts.lists.keep import unshare as unshare_list
from torg.carts.lists.model import SavedList, UnknownList
from torg.carts.lists.move import from_cart as line_to_list
from torg.carts.lists.move import to_cart as list_to_cart
from torg.carts.load import load, mine, own
from torg.carts.look import look
from torg.carts.model import (
    MOST_TOUCHES,
    MOST_UNITS,
    Adjustment,
    Business,
    Cart,
    CartLine,
    CartState,
    CartSummary,
    CartWarning,
    Delivery,
    Intent,
    StoredCart,
    StoredLine,
    TaxBasis,
    Then,
    Touch,
    Trouble,
)
from torg.carts.promote import named
from torg.carts.promotion_views import CartNearlyView, CartPromotionView, CartUnappliedView
from torg.carts.quoted import agree, to_quote, with_counted
from torg.carts.ready import SENTENCES, demands, missing
from torg.carts.reckon import reckoned
from torg.carts.refusals import (
    CartBeingCompleted,
    CartMerged,
    CartOfAnother,
    CartOrdered,
    CartQuoted,
    DeliveryNotPossible,
    IntentNotPossible,
    NotForSale,
    PricesMoved,
    TooManyCodes,
    TooManyLines,
    TooManyUnits,
    UnknownCart,
    UnknownLine,
)
from torg.carts.rules import touched, wrapped
from torg.carts.wrapping.wrap import wrap

__all__ = [
    "MOST_TOUCHES",
    "MOST_UNITS",
    "SENTENCES",
    "TOPICS",
    "Adjustment",
    "Begun",
    "BothPrices",
    "Business",
    "Cart",
    "CartAbandoned",
    "CartBeingCompleted",
    "CartChanged",
    "CartClaimed",
    "CartCreated",
    "CartLine",
    "CartMerged",
    "CartNearlyView",
    "CartNotParked",
    "CartOfAnother",
    "CartOrdered",
    "CartPromotionView",
    "CartQuoted",
    "CartState",
    "CartSummary",
    "CartUnappliedView",
    "CartWarning",
    "Contact",
    "ContextWish",
    "Delivery",
    "DeliveryNotPossible",
    "HandOverNotValid",
    "Intent",
    "IntentNotPossible",
    "LineCard",
    "LineChange",
    "LineWish",
    "NotForSale",
    "Offer",
    "ParkedCart",
    "PricedChoice",
    "PricesMoved",
    "SavedList",
    "StoredCart",
    "StoredLine",
    "TaxBasis",
    "Then",
    "TooManyCodes",
    "TooManyLines",
    "TooManyUnits",
    "Touch",
    "Trouble",
    "UnknownCart",
    "UnknownLine",
    "UnknownList",
    "add_line",
    "agree",
    "apply_code",
    "assign",
    "begin_list",
    "careful",
    "cart_news",
    "change_context",
    "change_line",
    "choices",
    "choose_delivery",
    "claim",
    "compare",
    "create",
    "demands",
    "drop_code",
    "empty",
    "forget_list",
    "freeze",
    "known_number",
    "line_to_list",
    "list_to_cart",
    "lists",
    "load",
    "look",
    "mine",
    "missing",
    "named",
    "offer",
    "ordered",
    "own",
    "park",
    "parked_in",
    "put_on_list",
    "reckoned",
    "remove_line",
    "rename_list",
    "reopen",
    "set_address",
    "set_business",
    "set_contact",
    "set_purchase_order",
    "share_list",
    "shared_list",
    "take_off_list",
    "take_over",
    "take_up",
    "to_quote",
    "topic",
    "touched",
    "unkeep",
    "unshare_list",
    "with_counted",
    "with_lines",
    "wrap",
    "wrapped",
]
