"""The words of the file: its columns, its codes, and what a line of it can be."""

import re
from enum import StrEnum
from typing import Final

from msgspec import Struct

from torg.imports import Column

SOURCE: Final = "online-retail"
CURRENCY: Final = "GBP"
ZONE: Final = "Europe/London"
"""The retailer's clock: the file's times are its local time."""

COLUMNS: Final = (
    Column("InvoiceNo", ("Invoice",)),
    Column("StockCode"),
    Column("Description"),
    Column("Quantity"),
    Column("InvoiceDate"),
    Column("UnitPrice", ("Price",)),
    Column("CustomerID", ("Customer ID",)),
    Column("Country"),
)

GOODS: Final = re.compile(r"\d{5}[A-Z]{0,3}|DCGS\w{3,6}|SP\d{4}|PADS|GIFT_\d{4}_\d{2,3}", re.ASCII)
VOUCHER: Final = "GIFT_"
DELIVERY: Final = {"POST": "POSTAGE", "DOT": "DOTCOM POSTAGE", "C2": "CARRIAGE", "C3": "CARRIAGE"}


class EntryKind(StrEnum):
    """What an amount is that belongs to no goods."""

    delivery = "delivery"
    discount = "discount"
    manual = "manual"
    samples = "samples"
    bank = "bank-charges"
    marketplace = "marketplace-fee"
    commission = "commission"
    bad_debt = "bad-debt"
    adjustment = "adjustment"
    stock = "stock-correction"
    test = "test"


ENTRIES: Final = {
    "D": EntryKind.discount,
    "M": EntryKind.manual,
    "S": EntryKind.samples,
    "BANK CHARGES": EntryKind.bank,
    "AMAZONFEE": EntryKind.marketplace,
    "CRUK": EntryKind.commission,
    "B": EntryKind.bad_debt,
    "ADJUST": EntryKind.adjustment,
    "ADJUST2": EntryKind.adjustment,
    "TEST001": EntryKind.test,
    "TEST002": EntryKind.test,
}

# Names that the file has for places, as ISO 3166-1; what is no country is told as ZZ, nowhere known.
COUNTRIES: Final = {
    "Australia": "AU",
    "Austria": "AT",
    "Bahrain": "BH",
    "Belgium": "BE",
    "Bermuda": "BM",
    "Brazil": "BR",
    "Canada": "CA",
    "Channel Islands": "ZZ",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Denmark": "DK",
    "EIRE": "IE",
    "European Community": "ZZ",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Iceland": "IS",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Korea": "KR",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Malta": "MT",
    "Netherlands": "NL",
    "Nigeria": "NG",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "RSA": "ZA",
    "Saudi Arabia": "SA",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "Thailand": "TH",
    "USA": "US",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
    "Unspecified": "ZZ",
    "West Indies": "ZZ",
}
NOWHERE: Final = "ZZ"


class Options(Struct, frozen=True, kw_only=True):
    """Where the goods are to be sold, by code. What does not exist is made; an empty code is chosen for the market."""

    market: str = "GB"
    channel: str = ""
    location: str = ""
    seller: str = ""
    opening_stock: int | None = None

    def settings(self) -> dict[str, str]:
        """What may not differ when the same file is brought in again."""
        return {
            "market": self.market,
            "channel": self.channel,
            "location": self.location,
            "seller": self.seller,
        }
