"""What others learn of promotions."""

from uuid import UUID

from torg.kernel.events import Event


class PromotionCreated(Event, frozen=True, kw_only=True):
    """There is a new code."""

    type = "promotion.created"
    family = "reference"

    promotion: str

    def key(self) -> str:
        return self.promotion


class PromotionDisabled(Event, frozen=True, kw_only=True):
    """A code holds no longer."""

    type = "promotion.disabled"
    family = "reference"

    promotion: str

    def key(self) -> str:
        return self.promotion


class CodeRedeemed(Event, frozen=True, kw_only=True):
    """An order was placed with a code."""

    type = "code.redeemed"
    family = "value"

    promotion: str
    order_id: UUID

    def key(self) -> str:
        return self.promotion


class CodeGivenBack(Event, frozen=True, kw_only=True):
    """An order with a code came to nothing, so the code may be used once more."""

    type = "code.given-back"
    family = "value"

    promotion: str
    order_id: UUID

    def key(self) -> str:
        return self.promotion
