"""How much there is, where, and who may still have it.

Owns levels, the ledger of movements, holds, and delivery methods. Promises that no level is ever promised twice or
falls below zero, that every balance is what its movements add up to, and that a hold ends in exactly one of released,
expired and allocated. Publishes `stock.changed`, `stock.received`, `stock.loaded`, `stock.adjusted`, `hold.expired`;
goods on their way (`supplies`), counting (`counts`) and what is promised when (`promises`) are rooms of their own.
"""

from torg.inventory.adjust import adjust, plan
from torg.inventory.adopt import adopt
from torg.inventory.allocate import allocate, allocate_all
from torg.inventory.availability import availability, on_offer, sellable
from torg.inventory.buffers import ChannelBuffer, buffers, keep_back
from torg.inventory.deliver import delivery_method, delivery_methods, offer_delivery, ships_to
from torg.inventory.events import (
    DeliveryMethodChanged,
    HoldExpired,
    LoadedLevel,
    StockAdjusted,
    StockChanged,
    StockLoaded,
    StockReceived,
)
from torg.inventory.figures import Late, Offer, awaited, taken_apart
from torg.inventory.goods_back.take_back import Back, take_back
from torg.inventory.hold import extend, hold
from torg.inventory.live import TOPICS, StockNews, stock_news
from torg.inventory.load import MOST_LOADED, load_stock
from torg.inventory.model import (
    MOST_TOLD,
    MOST_UNITS,
    AlreadyHeld,
    DeliveryChoice,
    DeliveryKind,
    DeliveryMethod,
    Demand,
    Difference,
    Held,
    HoldEnded,
    Level,
    NotAllocated,
    OutOfStock,
    PickUpNotPossible,
    Plan,
    Reason,
    Receipt,
    Short,
    StockPromised,
    StockTooHigh,
    StockTooLow,
    TooManyVariants,
    Units,
    UnknownDeliveryMethod,
    UnknownLevel,
    UnknownVariants,
    WrongAdjustment,
    Zone,
)
from torg.inventory.opening import BundleHasNoStock
from torg.inventory.pick import pick
from torg.inventory.promise import Window, delivery_window
from torg.inventory.promises.means import Means, means
from torg.inventory.promises.promise_pick_up import drop_pick_ups, promise_pick_up, promised_pick_ups
from torg.inventory.promises.reach import (
    DeliveryQuestion,
    delivery_choices,
    picking_up,
    share_out,
    shipping,
)
from torg.inventory.receive import receive
from torg.inventory.reject import reject
from torg.inventory.rejection import Refusal, RejectionReason
from torg.inventory.release import expire, release
from torg.inventory.reroute import Rerouted, allocate_at, cancelling, reroute, routing_rules
from torg.inventory.routing.keep import put_place as keep_place
from torg.inventory.routing.model import Destination, Otherwise, RoutingPlace, RuleSet
from torg.inventory.routing.replay import Sent, SentPart, replay_sent
from torg.inventory.routing.simulate import Simulation
from torg.inventory.ship import give_back, ship
from torg.inventory.soft.flush import kept_before, wished
from torg.inventory.soft.keep import keep
from torg.inventory.soft.let_go import fit_kept, hand_over_kept
from torg.inventory.soft.model import Kept, Lacking, SoftHold, Wish
from torg.inventory.soft.rules import parts
from torg.inventory.store.waiting import Waiting
from torg.inventory.verify import recount, verify
from torg.inventory.waiting import StockAwaited, waiting

__all__ = [
    "MOST_LOADED",
    "MOST_TOLD",
    "MOST_UNITS",
    "TOPICS",
    "AlreadyHeld",
    "Back",
    "BundleHasNoStock",
    "ChannelBuffer",
    "DeliveryChoice",
    "DeliveryKind",
    "DeliveryMethod",
    "DeliveryMethodChanged",
    "DeliveryQuestion",
    "Demand",
    "Destination",
    "Difference",
    "Held",
    "HoldEnded",
    "HoldExpired",
    "Kept",
    "Lacking",
    "Late",
    "Level",
    "LoadedLevel",
    "Means",
    "NotAllocated",
    "Offer",
    "Otherwise",
    "OutOfStock",
    "PickUpNotPossible",
    "Plan",
    "Reason",
    "Receipt",
    "Refusal",
    "RejectionReason",
    "Rerouted",
    "RoutingPlace",
    "RuleSet",
    "Sent",
    "SentPart",
    "Short",
    "Simulation",
    "SoftHold",
    "StockAdjusted",
    "StockAwaited",
    "StockChanged",
    "StockLoaded",
    "StockNews",
    "StockPromised",
    "StockReceived",
    "StockTooHigh",
    "StockTooLow",
    "TooManyVariants",
    "Units",
    "UnknownDeliveryMethod",
    "UnknownLevel",
    "UnknownVariants",
    "Waiting",
    "Window",
    "Wish",
    "WrongAdjustment",
    "Zone",
    "adjust",
    "adopt",
    "allocate",
    "allocate_all",
    "allocate_at",
    "availability",
    "awaited",
    "buffers",
    "cancelling",
    "delivery_choices",
    "delivery_method",
    "delivery_methods",
    "delivery_window",
    "drop_pick_ups",
    "expire",
    "extend",
    "fit_kept",
    "give_back",
    "hand_over_kept",
    "hold",
    "keep",
    "keep_back",
    "keep_place",
    "kept_before",
    "load_stock",
    "means",
    "offer_delivery",
    "on_offer",
    "parts",
    "pick",
    "picking_up",
    "plan",
    "promise_pick_up",
    "promised_pick_ups",
    "receive",
    "recount",
    "reject",
    "release",
    "replay_sent",
    "reroute",
    "routing_rules",
    "sellable",
    "share_out",
    "ship",
    "shipping",
    "ships_to",
    "stock_news",
    "take_back",
    "taken_apart",
    "verify",
    "waiting",
    "wished",
]
