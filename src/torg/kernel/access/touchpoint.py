"""Where and on what somebody asks, as her client tells it: for the record of how a purchase came about, grants nothing.

A client of ours says so itself (`Torg-Channel`, `Torg-Device`); of a browser that says nothing the kind of device is
read from its `User-Agent`, which is all that is kept of it. What cannot be told stays untold.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from msgspec import Struct

LONGEST: Final = 400
"""Nobody needs more of a `User-Agent` to tell a phone from a desktop."""


class DeviceKind(StrEnum):
    """What kind of thing somebody holds or sits at."""

    phone = "phone"
    tablet = "tablet"
    desktop = "desktop"
    till = "till"


class Touchpoint(Struct, frozen=True):
    """The sales channel that she says she is in, the device that she is on, and the network that she comes from.

    `network` is the address that proxies of ours tell (of IPv6 the subscriber's part), and is never kept as it is.
    """

    channel: str | None = None
    device: DeviceKind | None = None
    network: str | None = None


NOWHERE: Final = Touchpoint()


def touchpoint(headers: Mapping[str, str]) -> Touchpoint:
    """What the headers of a request tell; a word for a device that nobody knows counts as not said."""
    channel = headers.get("torg-channel")
    said = headers.get("torg-device", "").lower()
    device = DeviceKind(said) if said in KNOWN else _device(headers.get("user-agent", "")[:LONGEST])
    return Touchpoint(channel, device) if channel or device else NOWHERE


KNOWN: Final = frozenset(DeviceKind)


@lru_cache(maxsize=512)
def _device(agent: str) -> DeviceKind | None:
    if "iPad" in agent or "Tablet" in agent or ("Android" in agent and "Mobile" not in agent):
        return DeviceKind.tablet
    if "Mobile" in agent or "iPhone" in agent:
        return DeviceKind.phone
    if agent.startswith("Mozilla/") and any(
        desk in agent for desk in ("Windows NT", "Macintosh", "X11", "CrOS")
    ):
        return DeviceKind.desktop
    return None
