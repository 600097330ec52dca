"""To which country's tax a place belongs, and inside which tax borders it lies.

Goods that stay inside a common border are sold there; goods that leave it are exported. Pure. A place of a country
where its tax does not apply (`outside` with `beyond` in the tables) lies inside no border: whatever goes there leaves.
"""

from functools import lru_cache
from typing import Final

from msgspec import Struct

from torg.markets import EU
from torg.pricing.tax.rates import SAME_TAX, Place, outside, squeezed

NORTHERN_IRELAND: Final = "XI"
EUROPEAN: Final = "EU"


class Territory(Struct, frozen=True):
    """The country whose tax a place has (None: none that is known here), and the borders around it.

    Northern Ireland lies within two: goods between it and Great Britain do not leave the United Kingdom, goods between
    it and a member state do not leave the EU (Windsor Framework; Directive (EU) 2020/1756).
    """

    state: str | None
    borders: frozenset[str]

    def shares(self, other: "Territory") -> bool:
        """Whether goods between the two cross no tax border."""
        return bool(self.borders & other.borders)


@lru_cache(maxsize=4096)
def territory(place: Place) -> Territory:
    """Where a place lies, as tax sees it."""
    state = SAME_TAX.get(place.country, place.country)
    beyond = outside(place)
    if beyond is not None and beyond.beyond:
        return Territory(None, frozenset())
    if state in EU:
        return Territory(state, frozenset({EUROPEAN}))
    if state == "GB" and squeezed("GB", place.postal_code).startswith("BT"):
        return Territory(NORTHERN_IRELAND, frozenset({"GB", EUROPEAN}))
    return Territory(state, frozenset({state}))


def vat_country(number: str) -> str:
    """The country whose register a VAT number with its country in front is of; Greece writes EL.

    >>> vat_country("EL094259216"), vat_country("XI958508773"), vat_country("NO995525828MVA")
    ('GR', 'XI', 'NO')
    """
    return {"EL": "GR"}.get(number[:2], number[:2])
