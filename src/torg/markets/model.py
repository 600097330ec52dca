"""The words of where and as whom a retailer sells: sellers, markets, locations, stores, sales channels.

All are reference data under codes that people chose (`NO`, `web-no`, `oslo`); nothing here is ever deleted,
so a code on an old order always has an answer. Coordinates are whole microdegrees: no floats, and a
comparison means the same in every program.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from torg.kernel.errors import Conflict, NotFound
from torg.kernel.i18n import DEFAULT
from torg.markets.taxation import MarketTax, TaxRegistration

Code = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern="^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$",
        description="A code that people chose: letters, digits and single hyphens.",
        examples=["web-no"],
    ),
]


class UnknownSeller(NotFound):
    """No seller has this code."""

    code = "unknown-seller"
    message = "There is no seller {seller}."


class UnknownMarket(NotFound):
    """No market has this code."""

    code = "unknown-market"
    message = "There is no market {market}."


class UnknownLocation(NotFound):
    """No location has this code."""

    code = "unknown-location"
    message = "There is no location {location}."


class UnknownStore(NotFound):
    """No store has this code."""

    code = "unknown-store"
    message = "There is no store {store}."


class UnknownChannel(NotFound):
    """No sales channel has this code, or none that is open to this caller."""

    code = "unknown-channel"
    message = "There is no sales channel {channel}."


class CodeTaken(Conflict):
    """Somebody made something under this code before."""

    code = "code-taken"
    message = "The code {taken} is in use already."


class TaxDisplay(StrEnum):
    """Whether the prices that customers of a market see have tax in them."""

    including = "including"
    excluding = "excluding"


class ChannelKind(StrEnum):
    """By what means a channel sells."""

    web = "web"
    app = "app"
    till = "till"
    marketplace = "marketplace"
    social = "social"
    chat = "chat"
    email = "email"
    phone = "phone"
    field_sales = "field_sales"
    agent = "agent"


class LocationKind(StrEnum):
    """What a place that holds stock is."""

    warehouse = "warehouse"
    store = "store"
    supplier = "supplier"
    transit = "transit"


class SiteAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a seller, a store or a location stands, as its country writes it."""

    lines: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=4)]
    postal_code: Annotated[str, Meta(max_length=20)]
    city: Annotated[str, Meta(min_length=1, max_length=100)]
    country: Annotated[str, Meta(min_length=2, max_length=2, description="ISO 3166-1 alpha-2")]
    region: (
        Annotated[str, Meta(max_length=20, description="The part after the hyphen of ISO 3166-2")] | None
    ) = None


class Opening(Struct, frozen=True, forbid_unknown_fields=True):
    """A span of one day, as the clock on the store's wall shows it; `24:00` is the end of the day."""

    opens: str
    closes: str


class WeeklyOpening(Struct, frozen=True, forbid_unknown_fields=True):
    """Open every week on this day (Monday is 1); a day may have several."""

    weekday: int
    opens: str
    closes: str


class SpecialDay(Struct, frozen=True, forbid_unknown_fields=True):
    """A date on which the week's hours do not count: other hours, or closed when there are none."""

    date: str
    hours: tuple[Opening, ...] = ()
    reason: dict[str, str] = {}


class Seller(Struct, frozen=True):
    """A legal entity that sells, and where it is registered for VAT, GST or sales tax."""

    code: str
    legal_name: str
    registration_number: str
    registrations: tuple[TaxRegistration, ...]
    address: SiteAddress
    version: int = 1


class Market(Struct, frozen=True):
    """Countries that are sold to alike: one currency, some languages (the first is the default), prices with
    tax or not.

    `region` and `postal_code` name the place that prices are reckoned for until the customer's own is known;
    where tax is the same all over the country they are empty.
    """

    code: str
    name: dict[str, str]
    countries: tuple[str, ...]
    currency: str
    languages: tuple[str, ...]
    tax_display: TaxDisplay
    seller: str
    region: str | None = None
    postal_code: str | None = None
    tax: MarketTax = MarketTax()
    version: int = 1

    @property
    def country(self) -> str:
        """The country that is meant when nobody said which."""
        return self.countries[0]

    def called(self, language: str) -> str:
        """The market's name in a language."""
        return _called(self.name, language)


class Location(Struct, frozen=True):
    """A place that holds stock: a warehouse, a store's shelves, a supplier's dock, goods on the road."""

    code: str
    kind: LocationKind
    name: str
    country: str
    time_zone: str
    address: SiteAddress
    latitude_e6: int
    longitude_e6: int
    region: str | None = None
    version: int = 1


class Store(Struct, frozen=True):
    """A shop that customers walk into; its stock stands at `location`.

    With `closed_on_holidays` it keeps the public holidays of its country and region; a special day says otherwise.
    """

    code: str
    name: dict[str, str]
    location: str
    market: str
    address: SiteAddress
    time_zone: str
    opening_hours: tuple[WeeklyOpening, ...]
    special_days: tuple[SpecialDay, ...] = ()
    closed_on_holidays: bool = False
    phone: str | None = None
    email: str | None = None
    version: int = 1

    def called(self, language: str) -> str:
        """The store's name in a language."""
        return _called(self.name, language)


class KeepWhen(StrEnum):
    """When a channel keeps the goods in a cart from being sold to others."""

    never = "never"
    few = "few"
    always = "always"


class CartHold(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether, how many and how long goods are kept for a cart.

    Nothing is kept unless the channel says so: most carts are never bought, and goods in them are missing where
    somebody would buy them. `few` is for what sells out while people shop (a flash sale), `always` where somebody sees
    to the cart until it is bought (a till, the phone). What one customer, or one visitor's network, may have kept at a
    time is limited over all her carts, so that nobody empties a shop by filling carts.
    """

    when: KeepWhen = KeepWhen.never
    few: Annotated[
        int, Meta(ge=1, le=10_000, description="With `few`: kept while at most so many can be promised.")
    ] = 20
    minutes: Annotated[
        int, Meta(ge=1, le=1440, description="How long a line's goods are kept from when it was changed.")
    ] = 15
    most_of_one: Annotated[
        int, Meta(ge=1, le=10_000, description="Most units of one variant that are kept for one customer.")
    ] = 5
    most: Annotated[
        int, Meta(ge=1, le=100_000, description="Most units in all that are kept for one customer.")
    ] = 20


class ByCustomer(StrEnum):
    """What customers may change of a placed order by themselves, until somebody works on it."""

    address = "address"
    contact = "contact"
    lines = "lines"
    """Take lines, or some units of them, out."""


class ChangeTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """On what terms placed orders are changed in a channel."""

    by_customer: Annotated[
        tuple[ByCustomer, ...], Meta(description="What customers may change by themselves.")
    ] = (ByCustomer.address, ByCustomer.contact, ByCustomer.lines)
    paid_first: Annotated[
        bool, Meta(description="Whether what makes an order dearer is paid before it is changed.")
    ] = True
    pay_within_hours: Annotated[
        int, Meta(ge=1, le=720, description="How long such a change, and its goods, wait for the money.")
    ] = 24
    most_off: Annotated[
        dict[Code, Annotated[int, Meta(ge=0, le=1_000_000)]] | None,
        Meta(
            description="By role: by how many millionths of it staff may lower a line's price; by all of it where"
            " the role is not named."
        ),
    ] = None


class PickUpTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """How long goods wait for a customer who comes for them, in days of the store's calendar."""

    remind_after_days: Annotated[
        int, Meta(ge=1, le=90, description="The customer is reminded when so many days have passed.")
    ] = 3
    keep_days: Annotated[
        int, Meta(ge=1, le=90, description="Kept to the end of so many days after it was made ready.")
    ] = 7
    most_days: Annotated[
        int, Meta(ge=1, le=365, description="Kept so many days at most, however often that is put off.")
    ] = 21


class PickUps(PickUpTerms, frozen=True, forbid_unknown_fields=True):
    """The terms of pick-ups, and those of stores that have others."""

    stores: Annotated[dict[Code, PickUpTerms], Meta(max_length=1000)] | None = None

    def of(self, store: str | None) -> PickUpTerms:
        """The terms of a store."""
        return (self.stores or {}).get(store or "", self)


class ChannelSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What differs from one channel to the next; a setting that is not given has its default."""

    guest_checkout: Annotated[bool, Meta(description="Whether one may buy without an account.")] = True
    cart_hold: Annotated[CartHold, Meta(description="What is kept for carts.")] = CartHold()
    checkout_hold_minutes: Annotated[
        int, Meta(ge=1, le=1440, description="How long goods are kept for a checkout that is under way.")
    ] = 15
    capture: Annotated[
        Literal["placement", "shipment"],
        Meta(description="When money that a gateway has set aside is taken."),
    ] = "placement"
    cart_idle_minutes: (
        Annotated[
            int,
            Meta(ge=1, le=43_200, description="After how long without a change a cart counts as abandoned."),
        ]
        | None
    ) = 60
    pick_ups: Annotated[PickUps, Meta(description="How long pick-ups wait for their customers.")] = PickUps()
    gateways: Annotated[
        tuple[Code, ...] | None,
        Meta(
            description="The payment gateways that are offered here; all that are plugged in when not said."
        ),
    ] = None
    gift_wrap: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(
            description="The SKU of the article that goods are wrapped with as gifts; nothing is wrapped without."
        ),
    ] = None
    changes: Annotated[ChangeTerms, Meta(description="How placed orders are changed.")] = ChangeTerms()


class Channel(Struct, frozen=True):
    """A way to sell in a market, as a seller, from `locations` in order; a till stands in a store."""

    code: str
    kind: ChannelKind
    name: str
    market: str
    seller: str
    store: str | None
    locations: tuple[str, ...]
    settings: ChannelSettings
    active: bool
    version: int


def _called(name: dict[str, str], language: str) -> str:
    return name.get(language) or name.get(DEFAULT) or next(iter(name.values()))
