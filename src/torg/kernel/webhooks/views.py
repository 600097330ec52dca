"""What programs send and see of webhooks."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from torg.kernel import ids
from torg.kernel.webhooks.deliveries import Replayed, Sent
from torg.kernel.webhooks.endpoints import Made
from torg.kernel.webhooks.model import Called, Delivery, DeliveryState, Endpoint, EndpointState, Outcome

Url = Annotated[str, Meta(min_length=1, max_length=2000, description="https, a public host.")]
Description = Annotated[str, Meta(max_length=300)]
EventTypes = Annotated[
    list[Annotated[str, Meta(max_length=100)]],
    Meta(max_length=200, description="Types of /events/types; none means all."),
]


class NewWebhookEndpoint(Struct, forbid_unknown_fields=True):
    """Where events shall be pushed to."""

    url: Url
    description: Description = ""
    types: EventTypes = []


class ChangedWebhookEndpoint(Struct, forbid_unknown_fields=True):
    """What shall be different; what is missing stays."""

    url: Url | None = None
    description: Description | None = None
    types: EventTypes | None = None
    version: Annotated[int, Meta(ge=1)] | None = None


class SecretRotation(Struct, forbid_unknown_fields=True):
    """For how long the old secret signs along."""

    keep_old_hours: Annotated[int, Meta(ge=0, le=168)] = 24


class WebhookReplay(Struct, forbid_unknown_fields=True):
    """A range of the feed: behind `after` up to `until` (none: its end)."""

    after: Annotated[int, Meta(ge=0, le=2**53)]
    until: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    delivered_too: bool = False


class WebhookEndpointView(Struct):
    """Where events are pushed to. `missed_after` is the position from which to replay what was not sent."""

    id: str
    url: str
    description: str
    types: tuple[str, ...]
    state: EndpointState
    version: int
    made_at: datetime
    made_by: str
    failing_since: datetime | None
    succeeded_at: datetime | None
    quiet_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    missed_after: int | None

    @classmethod
    def of(cls, endpoint: Endpoint) -> "WebhookEndpointView":
        """As the outside sees it."""
        return cls(
            id=ids.public("whk", endpoint.id),
            url=endpoint.url,
            description=endpoint.description,
            types=endpoint.types,
            state=endpoint.state,
            version=endpoint.version,
            made_at=endpoint.made_at,
            made_by=endpoint.made_by,
            failing_since=endpoint.failing_since,
            succeeded_at=endpoint.succeeded_at,
            quiet_until=endpoint.quiet_until,
            disabled_at=endpoint.disabled_at,
            disabled_reason=endpoint.disabled_reason,
            missed_after=endpoint.missed_after,
        )


class WebhookEndpointsView(Struct):
    """All endpoints."""

    items: list[WebhookEndpointView]


class WebhookSecretView(Struct):
    """An endpoint with its new signing secret, which is shown this once."""

    endpoint: WebhookEndpointView
    secret: str

    @classmethod
    def of(cls, made: Made) -> "WebhookSecretView":
        """As the outside sees it."""
        return cls(WebhookEndpointView.of(made.endpoint), made.secret)


class WebhookDeliveryView(Struct):
    """One event for one endpoint; `next_at` is when a waiting one is called next."""

    id: str
    event_id: str
    position: int | None
    type: str
    at: datetime
    state: DeliveryState
    calls: int
    next_at: datetime | None
    made_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> "WebhookDeliveryView":
        """As the outside sees it."""
        waiting = delivery.state is DeliveryState.waiting
        return cls(
            id=ids.public("dlv", delivery.id),
            event_id=ids.public("evt", delivery.event_id),
            position=delivery.position,
            type=delivery.type,
            at=delivery.at,
            state=delivery.state,
            calls=delivery.calls,
            next_at=delivery.next_at if waiting else None,
            made_at=delivery.made_at,
            ended_at=delivery.ended_at,
        )


class WebhookCallView(Struct):
    """A call that was made; `answer` is the beginning of what came back."""

    number: int
    at: datetime
    outcome: Outcome
    reason: str
    status: int | None
    milliseconds: int
    answer: str

    @classmethod
    def of(cls, call: Called) -> "WebhookCallView":
        """As the outside sees it."""
        return cls(
            call.number, call.at, call.outcome, call.reason, call.status, call.milliseconds, call.answer
        )


class WebhookSentView(Struct):
    """A delivery with the message that it sends and the calls that were made."""

    delivery: WebhookDeliveryView
    message: dict[str, Any]
    calls: list[WebhookCallView]

    @classmethod
    def of(cls, sent: Sent) -> "WebhookSentView":
        """As the outside sees it."""
        calls = [WebhookCallView.of(call) for call in sent.calls]
        return cls(WebhookDeliveryView.of(sent.delivery), sent.message, calls)


class WebhookReplayedView(Struct):
    """How many deliveries start over; call again with `next` as `after` until `done`."""

    deliveries: int
    next: int
    done: bool

    @classmethod
    def of(cls, replayed: Replayed) -> "WebhookReplayedView":
        """As the outside sees it."""
        return cls(replayed.deliveries, replayed.next, replayed.done)
