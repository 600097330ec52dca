"""Where, when, through what, by whom and to whom something is sold: all that a price depends on besides the goods."""

from collections.abc import Hashable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.customers import NOBODY, Membership
from torg.markets import Atlas, Channel, ChannelKind, Seller, SiteAddress
from torg.pricing.model import BUILT_IN, Treatment
from torg.pricing.tax import Place, Ruling, SellerStanding, Supply, regimes, ruling


class TaxTerms(Struct, frozen=True):
    """What tax depends on besides the place that goods go to.

    `home` is the place whose tax is in the market's prices; `abroad` says what stays of them under another one.
    `business` is the buyer's VAT number, when it is enough to sell without tax. Until an `engine` other than the
    built-in one has decided, the tax of `home` stands for it.
    """

    seller: SellerStanding
    sent_from: Place
    home: Place
    abroad: str = "gross"
    business: str | None = None
    engine: str = BUILT_IN


class PriceContext(Struct, frozen=True):
    """A channel, its market and currency, the place that the goods go to, the moment, and the customer's groups and
    company; her segments are for promotions alone. A till's prices are those of its store. Without `terms` the tax is
    that of the place, whoever sells.
    """

    channel: str
    market: str
    currency: str
    country: str
    region: str | None
    at: datetime
    postal_code: str | None = None
    store: str | None = None
    groups: tuple[str, ...] = ()
    company: UUID | None = None
    segments: tuple[str, ...] = ()
    terms: TaxTerms | None = None

    @property
    def place(self) -> Place:
        """Where the goods go, as far as tax asks."""
        return Place(self.country, self.region, self.postal_code)

    @property
    def lists(self) -> tuple[Hashable, ...]:
        """What decides which price lists are for this context, its moment aside."""
        return self.channel, self.market, self.currency, self.store, self.groups, self.company

    @property
    def ruling(self) -> Ruling | None:
        """How a sale here is taxed, where the built-in engine decides; refuses what no registration covers."""
        terms = self.terms
        if terms is None or terms.engine != BUILT_IN:
            return None
        zone = regimes().get(terms.sent_from.country)
        day = zone.today(self.at) if zone is not None else self.at.date()
        return ruling(Supply(terms.seller, terms.sent_from, self.place, terms.business), day)

    def ruled(self, treatment: Treatment) -> Ruling | None:
        """The ruling by which something here is treated so; None without terms."""
        found = self.ruling
        if found is not None and found.within is not None and found.treatment is not treatment:
            return found.within
        return found

    @classmethod
    def of(
        cls,
        atlas: Atlas,
        channel: Channel,
        *,
        at: datetime,
        country: str | None = None,
        region: str | None = None,
        postal_code: str | None = None,
        buyer: Membership = NOBODY,
        handed_over_in: str | None = None,
        business: str | None = None,
    ) -> "PriceContext":
        """The context of a channel; until an address is known, its store's place, else its market's.

        What is handed over in a store is taxed there; a till hands over in its own unless it ships. What is sent is
        taken to leave from the channel's first place, since tax is decided before anybody knows which place has it.
        """
        market = atlas.market(channel.market)
        home = Place(market.country, market.region, market.postal_code)
        till = channel.store if channel.kind is ChannelKind.till else None
        shop = handed_over_in or (till if country is None else None)
        if shop is not None:
            place = sent_from = _place(atlas.store(shop).address)
        else:
            place = home if country is None else Place(country, region, postal_code)
            sent_from = _place(atlas.location(channel.locations[0]).address) if channel.locations else home
        seller = atlas.seller(channel.seller)
        return cls(
            channel=channel.code,
            market=market.code,
            currency=market.currency,
            country=place.country,
            region=place.region,
            at=at,
            postal_code=place.postal_code,
            store=till,
            groups=buyer.groups,
            company=buyer.company_id,
            segments=buyer.segments,
            terms=TaxTerms(
                _standing(seller), sent_from, home, market.tax.abroad, business, market.tax.engine
            ),
        )


def _place(address: SiteAddress) -> Place:
    return Place(address.country, address.region, address.postal_code)


def _standing(seller: Seller) -> SellerStanding:
    return SellerStanding(seller.address.country, seller.registrations)
