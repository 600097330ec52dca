"""What happens at the test gateway."""

from typing import ClassVar

from torg.kernel.events import Event
from torg.payments import PaymentState


class ChargeChanged(Event, frozen=True, kw_only=True):
    """A charge was opened or decided; the gateway will decide it `later`, or call so many times at once."""

    type: ClassVar[str] = "test_gateway.charge_changed"
    family: ClassVar[str] = "value"

    reference: str
    later: PaymentState | None
    calls: int

    def key(self) -> str:
        return self.reference
