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
