"""What is sent: thin facts, as small as the event itself; who needs more asks the API for it."""

from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from torg.kernel import ids
from torg.kernel.outward import outward

TEST_TYPE = "webhook.test"


class Told(Protocol):
    """An event on its way out."""

    @property
    def event_id(self) -> UUID: ...
    @property
    def position(self) -> int | None: ...
    @property
    def type(self) -> str: ...
    @property
    def at(self) -> datetime: ...


def message_id(told: Told) -> str:
    """The event's own id: the same for every call and every replay."""
    return ids.public("evt", told.event_id)


def message(told: Told, data: dict[str, Any]) -> dict[str, Any]:
    """The body: type, time and facts; `position` is the event's place in the feed (null for a test)."""
    at = told.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"type": told.type, "timestamp": at, "data": outward(data), "position": told.position}


def encode(told: Told, data: dict[str, Any]) -> bytes:
    """The body as it is signed and sent."""
    return msgspec.json.encode(message(told, data))
