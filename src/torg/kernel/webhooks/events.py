"""What others may want to know about webhooks."""

from typing import ClassVar
from uuid import UUID

from torg.kernel.events import Event


class WebhookDisabled(Event, frozen=True, kw_only=True):
    """Torg stopped sending to an endpoint, after days of failures or because it said that it is gone."""

    type: ClassVar[str] = "webhook.disabled"
    family: ClassVar[str] = "reference"
    endpoint_id: UUID
    reason: str

    def key(self) -> str:
        return str(self.endpoint_id)


class WebhookEnabled(Event, frozen=True, kw_only=True):
    """Somebody had an endpoint that was paused or disabled sent to again."""

    type: ClassVar[str] = "webhook.enabled"
    family: ClassVar[str] = "reference"
    endpoint_id: UUID

    def key(self) -> str:
        return str(self.endpoint_id)
