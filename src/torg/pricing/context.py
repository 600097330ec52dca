"""Where, when, through what and to whom something is sold: all that a price depends on besides the goods."""

from collections.abc import Hashable
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from torg.customers import NOBODY, Membership
from torg.markets import Atlas, Channel, ChannelKind
from torg.pricing.tax import Place


class PriceContext(Struct, frozen=True):
    """A channel, its market and currency, the place that the goods go to, the moment, and the customer's groups and
    company. A till's prices are those of its store.
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

    @property
    def place(self) -> Place:
        """Where the goods go, as far as tax asks."""
        return Place(self.country, self.region, self.postal_code)

    @property
    def lists(self) -> tuple[Hashable, ...]:
        """What decides which price lists are for this context, its moment aside."""
        return self.channel, self.market, self.currency, self.store, self.groups, self.company

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
    ) -> "PriceContext":
        """The context of a channel; until an address is known, its store's place, else its market's.

        What is handed over in a store is taxed there, so a till passes no country unless it ships.
        """
        market = atlas.market(channel.market)
        here = (market.country, market.region, market.postal_code)
        if channel.kind is ChannelKind.till and channel.store is not None:
            address = atlas.store(channel.store).address
            here = (address.country, address.region, address.postal_code)
        place = here if country is None else (country, region, postal_code)
        return cls(
            channel=channel.code,
            market=market.code,
            currency=market.currency,
            country=place[0],
            region=place[1],
            at=at,
            postal_code=place[2],
            store=channel.store if channel.kind is ChannelKind.till else None,
            groups=buyer.groups,
            company=buyer.company_id,
        )
