"""Facts that other contexts, projections and the outside learn of.

`Transaction.record` writes an event into the outbox in the same transaction as the change it tells of: there is never
a change without its event, nor an event without its change. Each aggregate's events are numbered without gaps
(`sequence`). The relay later gives each a position in the feed, which is the only cursor: ids are not in commit order.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from torg.kernel.database import Transaction

FAMILIES = frozenset({"reference", "order", "stock", "customer", "value"})

KINDS: dict[str, type["Event"]] = {}


class Event(Struct, frozen=True, kw_only=True):
    """A fact in the past tense; its fields are small facts, not whole documents.

    A subclass states its `type` ("order.placed"), its table `family`, and the `key` of the family it belongs to. Events
    of one `aggregate` stay in order everywhere.
    """

    type: ClassVar[str] = ""
    family: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not cls.type:
            return
        if cls.family not in FAMILIES:
            raise TypeError(f"{cls.__qualname__}: {cls.family!r} is not a table family")
        known = KINDS.setdefault(cls.type, cls)
        if known.__qualname__ != cls.__qualname__ or known.__module__ != cls.__module__:
            raise TypeError(f"two events call themselves {cls.type!r}")
        KINDS[cls.type] = cls

    def key(self) -> str:
        """The family's key, as text."""
        raise NotImplementedError  # each event knows its own

    def aggregate(self) -> str:
        """What the event happened to, as text: its events are numbered and stay in order."""
        return self.key()


class Recorded(Struct, frozen=True):
    """An event with its place in the feed."""

    position: int
    id: UUID
    type: str
    key: str
    aggregate: str
    sequence: int
    at: datetime
    actor: str
    event: Event


class Subscription(Struct, frozen=True):
    """Who wants to know: `handle` gets events of `types` in feed order, in one transaction with its own cursor.

    A failure is tried again, so `handle` must bear to see the same events twice when it calls anything outside its
    transaction. `name` is the cursor's name in the database and never changes. One that `gathers` lets half a second
    pass, so that what happens to one thing in a row is handled together.
    """

    name: str
    types: tuple[type[Event], ...]
    handle: Callable[["Transaction", Sequence[Recorded]], Awaitable[None]]
    from_start: bool = True
    reset: Callable[["Transaction"], Awaitable[None]] | None = (
        None  # a projection: empties it before it is rebuilt
    )
    gathers: bool = False


class UnknownEvent(LookupError):
    """The feed has an event type that this version of the code does not know."""


def encode(event: Event) -> bytes:
    """The event's fields as JSON."""
    return msgspec.json.encode(event)


def decode(type: str, payload: Any) -> Event:
    """The event behind a stored payload (already parsed JSON)."""
    kind = KINDS.get(type)
    if kind is None:
        raise UnknownEvent(type)
    return msgspec.convert(payload, kind)
