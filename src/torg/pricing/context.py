"""Where, when and through what something is sold: all that a price depends on besides the goods."""

from datetime import datetime

from msgspec import Struct

from torg.markets import Atlas, Channel, ChannelKind
from torg.pricing.tax import Place


class PriceContext(Struct, frozen=True):
    """A channel, its market and currency, the place that the goods go to, and the moment."""

    channel: str
    market: str
    currency: str
    country: str
    region: str | None
    at: datetime
    postal_code: str | None = None

    @property
    def place(self) -> Place:
        """Where the goods go, as far as tax asks."""
        return Place(self.country, self.region, self.postal_code)

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
        )
