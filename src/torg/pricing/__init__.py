"""What things cost, with tax, and how it adds up: one resolution and one sum for listing, cart, till, feed
and agent.

Owns the tables `price_lists`, `prices`, `price_changes`, `delivery_rates` and the sourced file
`tax/tables`. Promises that a price is explained by its trace; that a quote takes one statement however
many variants are asked for; that totals are the sums of their lines to the last minor unit; that nothing is
sold where the tax is not known; and that every change of a price is kept with who made it. Publishes
`price.changed`, `price.scheduled`, `price.cancelled`, `price.ended`, `prices.loaded`, `price-list.added`,
`price-list.changed`, `delivery-rate.set`.
"""

from torg.pricing.context import PriceContext, TaxTerms
from torg.pricing.delivery import (
    DeliveryRateChange,
    add_delivery_rate,
    change_delivery_rate,
    delivery_price,
    delivery_prices,
)
from torg.pricing.events import (
    DeliveryRateSet,
    PriceCancelled,
    PriceChanged,
    PriceEnded,
    PriceListAdded,
    PriceListChanged,
    PriceScheduled,
    PricesLoaded,
)
from torg.pricing.explain import explain, tax_note
from torg.pricing.keep_lists import PriceListChange, add_price_list, change_price_list
from torg.pricing.lists import personal
from torg.pricing.load import MOST_LOADED, LoadedPrices, load_prices
from torg.pricing.model import (
    Amount,
    Candidate,
    Converted,
    DeliveryRate,
    DeliveryStep,
    NoPrice,
    Price,
    PriceBreak,
    PriceHasBegun,
    PriceKind,
    PriceList,
    PriceRequest,
    Quote,
    Reduction,
    TaxClass,
    TraceStep,
    Treatment,
    UnknownDeliveryRate,
    UnknownPriceList,
)
from torg.pricing.per_unit import Measure, PerUnit, per_unit
from torg.pricing.quoting import Shelf, candidates, displayed, quote, quoted, shelf, shelf_prices, with_lowest
from torg.pricing.reading import delivery_rates, price_history, price_list, price_lists, prices_of
from torg.pricing.reckon import (
    DeliveryTotal,
    Discount,
    LineTotal,
    PricedDelivery,
    PricedLine,
    TaxTotal,
    Totals,
    totals,
)
from torg.pricing.schedule import Scheduled, cancel_scheduled, scheduled_prices
from torg.pricing.set import NewPrice, set_prices
from torg.pricing.store import PriceChange
from torg.pricing.tax import (
    NotRegistered,
    Place,
    Ruling,
    SellerStanding,
    Supply,
    TaxRate,
    TaxUnknown,
    UnitPrice,
    regimes,
    ruling,
    tax_rate,
)

__all__ = [
    "MOST_LOADED",
    "Amount",
    "Candidate",
    "Converted",
    "DeliveryRate",
    "DeliveryRateChange",
    "DeliveryRateSet",
    "DeliveryStep",
    "DeliveryTotal",
    "Discount",
    "LineTotal",
    "LoadedPrices",
    "Measure",
    "NewPrice",
    "NoPrice",
    "NotRegistered",
    "PerUnit",
    "Place",
    "Price",
    "PriceBreak",
    "PriceCancelled",
    "PriceChange",
    "PriceChanged",
    "PriceContext",
    "PriceEnded",
    "PriceHasBegun",
    "PriceKind",
    "PriceList",
    "PriceListAdded",
    "PriceListChange",
    "PriceListChanged",
    "PriceRequest",
    "PriceScheduled",
    "PricedDelivery",
    "PricedLine",
    "PricesLoaded",
    "Quote",
    "Reduction",
    "Ruling",
    "Scheduled",
    "SellerStanding",
    "Shelf",
    "Supply",
    "TaxClass",
    "TaxRate",
    "TaxTerms",
    "TaxTotal",
    "TaxUnknown",
    "Totals",
    "TraceStep",
    "Treatment",
    "UnitPrice",
    "UnknownDeliveryRate",
    "UnknownPriceList",
    "add_delivery_rate",
    "add_price_list",
    "cancel_scheduled",
    "candidates",
    "change_delivery_rate",
    "change_price_list",
    "delivery_price",
    "delivery_prices",
    "delivery_rates",
    "displayed",
    "explain",
    "load_prices",
    "per_unit",
    "personal",
    "price_history",
    "price_list",
    "price_lists",
    "prices_of",
    "quote",
    "quoted",
    "regimes",
    "ruling",
    "scheduled_prices",
    "set_prices",
    "shelf",
    "shelf_prices",
    "tax_note",
    "tax_rate",
    "totals",
    "with_lowest",
]
