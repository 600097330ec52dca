"""Whose tax is due on goods that somebody sells from one place to another, if any: the rules of place of supply.

Pure. What decides: where the goods leave and arrive, where the seller is registered, whether the buyer is a business
with a number that is enough, and for goods of low value what they are worth. What no rule answers for is refused
(`NotRegistered`), never sold with a tax that may be wrong. Laws stand beside each rule; docs/tax.md has them all.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from msgspec import Struct

from torg.kernel.errors import Refused
from torg.markets import EU, Scheme, TaxRegistration
from torg.pricing.model import Treatment
from torg.pricing.tax.low_value import LowValue, arrangement
from torg.pricing.tax.rates import Place
from torg.pricing.tax.territory import EUROPEAN, NORTHERN_IRELAND, Territory, territory, vat_country


class NotRegistered(Refused):
    """The seller's registrations do not say whose tax this sale has."""

    code = "seller-not-registered"
    message = "Nothing can be sold to {place}: the seller is not registered for the tax there."


class SellerStanding(Struct, frozen=True):
    """Where a seller is established, and what it is registered for."""

    country: str
    registrations: tuple[TaxRegistration, ...] = ()

    def find(self, scheme: Scheme, day: date, country: str | None = None) -> TaxRegistration | None:
        """A registration of the scheme that holds on a day, in a country or anywhere."""
        return next(
            (
                one
                for one in self.registrations
                if one.scheme is scheme and country in {None, one.country} and one.valid_on(day)
            ),
            None,
        )

    def domestic(self, state: str | None, day: date) -> TaxRegistration | None:
        """Its registration for a country's own tax."""
        return (
            self.find(Scheme.domestic, day, "GB" if state == NORTHERN_IRELAND else state) if state else None
        )


class Supply(Struct, frozen=True):
    """Goods of a seller that go from a place to another; `business` is the buyer's VAT number, when it is enough."""

    seller: SellerStanding
    sent_from: Place
    to: Place
    business: str | None = None


class Ruling(Struct, frozen=True):
    """How a supply is taxed: the place whose rates hold, under which registration, by which law.

    Without tax, `place` is where the goods leave: it only names the tax that is not taken. When what is sold is within
    `low_value` and of a class that it knows, `within` holds instead.
    """

    treatment: Treatment
    place: Place
    law: str
    registration: TaxRegistration | None = None
    low_value: LowValue | None = None
    within: "Ruling | None" = None
    forbidden_within: bool = False

    @property
    def hinges_on_value(self) -> bool:
        """Whether it matters what the goods are worth."""
        return self.within is not None or self.forbidden_within

    def of(self, tax_class: str, value: int | None) -> "Ruling":
        """What holds for goods of a class whose thing or consignment is worth so much without tax."""
        low = self.low_value
        if low is None or value is None or tax_class in low.without or not low.within(value):
            return self
        if self.forbidden_within:
            raise NotRegistered(place=str(self.place)[:80])
        return self.within or self


@lru_cache(maxsize=4096)
def ruling(supply: Supply, day: date) -> Ruling:
    """How a supply is taxed on a day; refuses what the seller's registrations do not cover."""
    here, there = territory(supply.sent_from), territory(supply.to)
    if here.state is not None and here.state == there.state:
        return _domestic(supply, here, day)
    if {here.state, there.state} == {"GB", NORTHERN_IRELAND}:
        return _domestic(supply, Territory("GB", frozenset({"GB"})), day)
    if here.shares(there):
        return _within_the_eu(supply, here, there, day)
    return _across(supply, here, there, day)


def _domestic(supply: Supply, here: Territory, day: date) -> Ruling:
    registered = supply.seller.domestic(here.state, day)
    if registered is None:
        raise NotRegistered(place=str(supply.to)[:80])
    return Ruling(Treatment.domestic, supply.to, _law(here), registered)


def _within_the_eu(supply: Supply, here: Territory, there: Territory, day: date) -> Ruling:
    seller, number = supply.seller, supply.business
    at_start, at_end = seller.domestic(here.state, day), seller.domestic(there.state, day)
    if number is not None and at_start is not None and _of_another_member_state(number, here):
        return Ruling(
            Treatment.intra_community, supply.sent_from, "Directive 2006/112/EC art. 138(1)", at_start
        )
    registered = at_end or seller.find(Scheme.oss, day)
    if registered is not None:
        return Ruling(Treatment.distance_sale, supply.to, "Directive 2006/112/EC art. 33(a)", registered)
    if at_start is not None and seller.country == here.state:
        return Ruling(Treatment.origin, supply.sent_from, "Directive 2006/112/EC art. 59c(1)", at_start)
    raise NotRegistered(place=str(supply.to)[:80])


def _across(supply: Supply, here: Territory, there: Territory, day: date) -> Ruling:
    at_end = supply.seller.domestic(there.state, day)
    if at_end is not None:
        return Ruling(Treatment.seller_imports, supply.to, _law(there), at_end)
    at_start = supply.seller.domestic(here.state, day)
    if at_start is None:
        raise NotRegistered(place=str(supply.to)[:80])
    low = arrangement(there, day)
    within = _low_value(supply, low, there, day) if low is not None else None
    forbidden = low is not None and low.compulsory and within is None
    return Ruling(
        Treatment.export,
        supply.sent_from,
        _export_law(here),
        at_start,
        low,
        within,
        forbidden_within=forbidden,
    )


def _low_value(supply: Supply, low: LowValue, there: Territory, day: date) -> Ruling | None:
    number = supply.business
    if number is not None and _belongs(number, there):
        if low.business == "import":
            return None
        return Ruling(Treatment.reverse_charge, supply.sent_from, low.law)
    registered = supply.seller.find(low.scheme, day, None if low.into == EUROPEAN else low.into)
    return Ruling(Treatment.low_value, supply.to, low.law, registered) if registered is not None else None


def _of_another_member_state(number: str, here: Territory) -> bool:
    country = vat_country(number)
    return (country in EU or country == NORTHERN_IRELAND) and country != here.state


def _belongs(number: str, there: Territory) -> bool:
    country = vat_country(number)
    return country in EU if there.state in EU else country == there.state


def countries_with_a_law_for_exports() -> Iterator[str]:
    """The countries from which goods may be exported: the law that lets them go untaxed is named here."""
    yield from sorted({*EXPORT_LAWS, *EU})


EXPORT_LAWS: Final = {
    "NO": "Merverdiavgiftsloven § 6-21",
    "GB": "Value Added Tax Act 1994 s. 30(6)",
    NORTHERN_IRELAND: "Value Added Tax Act 1994 s. 30(6)",
    "JP": "消費税法第7条第1項第1号",
    "SG": "Goods and Services Tax Act 1993 s. 21(7)",
    "US": "NY Tax Law § 1101(b)(4), 20 NYCRR 526.7(e): delivered outside the state",
}


def _export_law(here: Territory) -> str:
    if here.state in EU:
        return "Directive 2006/112/EC art. 146(1)(a)"
    law = EXPORT_LAWS.get(here.state or "")
    if law is None:
        raise NotRegistered(place=here.state or "?")
    return law


def _law(where: Territory) -> str:
    if where.state in EU:
        return "Directive 2006/112/EC art. 31, 32"
    return f"{where.state}: supply inside the country"
