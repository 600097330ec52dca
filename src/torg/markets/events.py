"""What others learn of markets and channels."""

from torg.kernel.events import Event


class ChannelOpened(Event, frozen=True, kw_only=True):
    """A new sales channel sells in a market."""

    type = "channel.opened"
    family = "reference"

    channel: str
    kind: str
    market: str

    def key(self) -> str:
        return self.channel


class ChannelChanged(Event, frozen=True, kw_only=True):
    """A channel was renamed, sells from other locations or has other settings."""

    type = "channel.changed"
    family = "reference"

    channel: str
    version: int

    def key(self) -> str:
        return self.channel


class ChannelSwitched(Event, frozen=True, kw_only=True):
    """A channel was closed to selling, or opened to it again."""

    type = "channel.switched"
    family = "reference"

    channel: str
    active: bool
    version: int

    def key(self) -> str:
        return self.channel


class SellerChanged(Event, frozen=True, kw_only=True):
    """A seller has another name, other numbers or another address."""

    type = "seller.changed"
    family = "reference"

    code: str
    version: int

    def key(self) -> str:
        return self.code


class MarketChanged(Event, frozen=True, kw_only=True):
    """A market has other countries, languages, another seller or tax display."""

    type = "market.changed"
    family = "reference"

    code: str
    version: int

    def key(self) -> str:
        return self.code


class LocationChanged(Event, frozen=True, kw_only=True):
    """A location has another name, address or position."""

    type = "location.changed"
    family = "reference"

    code: str
    version: int

    def key(self) -> str:
        return self.code


class StoreChanged(Event, frozen=True, kw_only=True):
    """A store has other hours, another name or address, or is reached in another way."""

    type = "store.changed"
    family = "reference"

    code: str
    version: int

    def key(self) -> str:
        return self.code
