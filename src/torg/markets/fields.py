"""The shapes of what people write about sellers, markets, locations and stores: bounds, formats, and what to say of
them in the description of the API.
"""

from typing import Annotated

from msgspec import Meta

from torg.markets.model import SpecialDay, WeeklyOpening
from torg.markets.taxation import TaxRegistration

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Names = Annotated[
    dict[str, Name],
    Meta(min_length=1, max_length=20, description="The name by language.", examples=[{"en": "Norway"}]),
]
Number = Annotated[str, Meta(min_length=1, max_length=40)]
Country = Annotated[str, Meta(min_length=2, max_length=2, description="ISO 3166-1 alpha-2", examples=["NO"])]
Region = Annotated[
    str,
    Meta(min_length=1, max_length=20, description="The part after the hyphen of ISO 3166-2", examples=["NY"]),
]
Zone = Annotated[
    str,
    Meta(min_length=1, max_length=60, description="A name of the IANA database.", examples=["Europe/Oslo"]),
]
Microdegrees = Annotated[
    int, Meta(ge=-180_000_000, le=180_000_000, description="Millionths of a degree.", examples=[10_741_500])
]
Registrations = Annotated[
    tuple[TaxRegistration, ...],
    Meta(max_length=250, description="Where, how and from when until when it is registered for tax."),
]
Countries = Annotated[tuple[Country, ...], Meta(min_length=1, max_length=250)]
Languages = Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(min_length=1, max_length=20)]
PostalCode = Annotated[str, Meta(min_length=1, max_length=20)]
Hours = Annotated[tuple[WeeklyOpening, ...], Meta(max_length=70)]
SpecialDays = Annotated[tuple[SpecialDay, ...], Meta(max_length=1000)]
KeepsHolidays = Annotated[
    bool,
    Meta(
        description="Closed on the public holidays of its country and region, unless a special day says otherwise."
    ),
]
Phone = Annotated[str, Meta(min_length=1, max_length=40)]
Email = Annotated[str, Meta(min_length=3, max_length=254)]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1, description="The version that this change was decided on.")]
