"""The words of webhooks, and what can be refused about them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from torg.kernel.errors import NotFound, Refused


class EndpointState(StrEnum):
    """`active` gets events; `paused` by staff; `disabled` by Torg, after failing for days or an answer 410 Gone."""

    active = "active"
    paused = "paused"
    disabled = "disabled"


class DeliveryState(StrEnum):
    """`waiting` for its first or next call, `delivered`, or `given_up` after the last one."""

    waiting = "waiting"
    delivered = "delivered"
    given_up = "given_up"


class Outcome(StrEnum):
    """How a call ended."""

    delivered = "delivered"
    refused_by_answer = "refused-by-answer"
    gone = "gone"
    busy = "busy"
    redirected = "redirected"
    timed_out = "timed-out"
    unresolvable = "unresolvable"
    address_not_allowed = "address-not-allowed"
    unreachable = "unreachable"
    tls_failed = "tls-failed"
    broken_answer = "broken-answer"
    secret_unreadable = "secret-unreadable"  # noqa: S105  # a word, not a secret


class Endpoint(Struct, frozen=True):
    """Where events are pushed to; no `types` means all of them."""

    id: UUID
    url: str
    description: str
    types: tuple[str, ...]
    state: EndpointState
    after: int
    made_at: datetime
    made_by: str
    version: int
    failing_since: datetime | None
    succeeded_at: datetime | None
    quiet_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    missed_after: int | None


class Delivery(Struct, frozen=True):
    """One event for one endpoint."""

    endpoint_id: UUID
    id: UUID
    event_id: UUID
    position: int | None
    type: str
    at: datetime
    state: DeliveryState
    tries: int
    calls: int
    next_at: datetime
    made_at: datetime
    ended_at: datetime | None


class Called(Struct, frozen=True):
    """A call that was made, and how it ended."""

    number: int
    at: datetime
    outcome: Outcome
    reason: str
    status: int | None
    milliseconds: int
    answer: str


class Due(Struct, frozen=True):
    """A delivery that was claimed for a call, with all that the call needs."""

    endpoint_id: UUID
    id: UUID
    event_id: UUID
    position: int | None
    type: str
    at: datetime
    data: dict[str, Any]
    trace: str | None
    tries: int
    calls: int
    url: str


class Answer(Struct, frozen=True):
    """What a call came to; `retry_after` in seconds when the target asked for it."""

    outcome: Outcome
    reason: str
    milliseconds: int = 0
    status: int | None = None
    body: str = ""
    retry_after: float | None = None


class UnknownEndpoint(NotFound):
    """No webhook endpoint has this id."""

    code = "unknown-webhook-endpoint"
    message = "There is no webhook endpoint {endpoint}."


class UnknownDelivery(NotFound):
    """This endpoint has no such delivery."""

    code = "unknown-webhook-delivery"
    message = "There is no delivery {delivery}."


class TooManyEndpoints(Refused):
    """Every endpoint costs a look at every event, so there is a limit."""

    code = "too-many-webhook-endpoints"
    message = "There are {limit} webhook endpoints already."


class NotActive(Refused):
    """Nothing is sent to an endpoint that is paused or disabled."""

    code = "webhook-endpoint-not-active"
    message = "The endpoint is {state}. Enable it first."
