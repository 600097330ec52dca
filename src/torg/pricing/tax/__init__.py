"""Tax: whose is due on a supply (`treatment`), and how much of it on a class of goods (`rates`), from sourced tables.

Everything here is pure but the ports, through which an engine of another maker answers in its place.
"""

from torg.pricing.tax.low_value import LowValue, arrangement, arrangements
from torg.pricing.tax.rates import (
    Outside,
    Part,
    Place,
    Regime,
    TaxRate,
    TaxUnknown,
    UnitPrice,
    depends_on_price,
    regime,
    regimes,
    squeezed,
    tax_rate,
    untaxed_rate,
)
from torg.pricing.tax.territory import Territory, territory, vat_country
from torg.pricing.tax.treatment import NotRegistered, Ruling, SellerStanding, Supply, ruling

__all__ = [
    "LowValue",
    "NotRegistered",
    "Outside",
    "Part",
    "Place",
    "Regime",
    "Ruling",
    "SellerStanding",
    "Supply",
    "TaxRate",
    "TaxUnknown",
    "Territory",
    "UnitPrice",
    "arrangement",
    "arrangements",
    "depends_on_price",
    "regime",
    "regimes",
    "ruling",
    "squeezed",
    "tax_rate",
    "territory",
    "untaxed_rate",
    "vat_country",
]
