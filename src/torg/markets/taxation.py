"""As whom a seller is registered for tax, how a market decides about it, and what keeps either from being right.

Which tax follows from them is for pricing to say; here is only what the retailer states. Pure.
"""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal

import stdnum.exceptions
from msgspec import Meta, Struct
from stdnum import get_cc_module
from stdnum.eu import oss

EU: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
"""The member states of the European Union."""

VOEC_NUMBER: Final = re.compile(r"(VOEC)?2\d{6}", re.ASCII)


class Scheme(StrEnum):
    """Under which arrangement a seller is registered for tax."""

    domestic = "domestic"
    oss = "oss"
    ioss = "ioss"
    voec = "voec"
    low_value = "low_value"


class TaxRegistration(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A number under which a seller pays tax in a country, from a day until (not including) another.

    `country` is whose tax it is: of `oss` and `ioss` the member state that gave the number, though the tax of all
    member states is paid there.
    """

    country: Annotated[
        str, Meta(min_length=2, max_length=2, description="ISO 3166-1 alpha-2", examples=["NO"])
    ]
    number: Annotated[str, Meta(min_length=1, max_length=40)]
    scheme: Annotated[
        Scheme,
        Meta(
            description="`domestic`: the country's own tax. `oss`: the EU's One Stop Shop for distance sales. `ioss`: "
            "for consignments to the EU up to 150 EUR. `voec`: for things to Norway below 3,000 NOK. `low_value`: for "
            "consignments to the United Kingdom or Singapore below their limits."
        ),
    ] = Scheme.domestic
    valid_from: date | None = None
    valid_until: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )


class MarketTax(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a market decides where tax law leaves the seller a choice; what is not given has its default."""

    abroad: Annotated[
        Literal["gross", "net"],
        Meta(
            description="What stays of a price with tax in it when goods go where another rate holds: `gross`, what "
            "the customer pays; or `net`, what the seller keeps. Where no tax is due, net stays in either case."
        ),
    ] = "gross"
    vat_check: Annotated[
        Literal["confirmed", "form"],
        Meta(
            description="What makes a buyer's VAT number enough to sell without tax: that its register has `confirmed` "
            "it, or its `form` with right check digits."
        ),
    ] = "confirmed"
    engine: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=40,
            description="Who decides about tax: `built-in`, or an engine that is plugged in.",
        ),
    ] = "built-in"
    without_engine: Annotated[
        Literal["refuse", "built-in"],
        Meta(
            description="What happens when that engine does not answer: nothing is sold, or the built-in one decides."
        ),
    ] = "refuse"


def registration_problems(
    registrations: tuple[TaxRegistration, ...], countries: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Fields of registrations that are wrong, and how; `countries` are those that exist."""
    for index, one in enumerate(registrations):
        field = f"registrations.{index}"
        if one.country not in countries:
            yield f"{field}.country", "unknown-country"
        elif not _there(one):
            yield f"{field}.scheme", "not-a-scheme-there"
        elif not is_tax_number(one):
            yield f"{field}.number", "wrong-tax-number"
        if one.valid_from and one.valid_until and one.valid_until <= one.valid_from:
            yield f"{field}.valid_until", "ends-before-it-begins"
        if any(_meet(one, other) for other in registrations[:index]):
            yield field, "twice"


def is_tax_number(registration: TaxRegistration) -> bool:
    """Whether the number can be one of its scheme: form and check digits, where they are known."""
    number = registration.number.strip()
    if registration.scheme is Scheme.voec:
        return VOEC_NUMBER.fullmatch(number.replace(" ", "").upper()) is not None
    if registration.scheme is Scheme.ioss:
        return oss.is_valid(number) and oss.compact(number).startswith("IM")
    if registration.scheme is Scheme.low_value and registration.country != "GB":
        return bool(number)
    module = get_cc_module(registration.country.lower(), "vat")
    if module is None:
        return bool(number)
    try:
        module.validate(number)
    except stdnum.exceptions.ValidationError:
        return False
    return True


def _there(one: TaxRegistration) -> bool:
    if one.scheme in {Scheme.oss, Scheme.ioss}:
        return one.country in EU
    if one.scheme is Scheme.voec:
        return one.country == "NO"
    return one.scheme is Scheme.domestic or one.country in {"GB", "SG"}


def _meet(one: TaxRegistration, other: TaxRegistration) -> bool:
    ends, begins = one.valid_until or date.max, other.valid_from or date.min
    return (
        (one.country, one.scheme) == (other.country, other.scheme)
        and begins < ends
        and (one.valid_from or date.min) < (other.valid_until or date.max)
    )
