"""What others learn of promotions."""

from typing import ClassVar
from uuid import UUID

from torg.kernel.events import Event


class PromotionEvent(Event, frozen=True, kw_only=True):
    """A fact about a promotion."""

    family: ClassVar[str] = "reference"

    promotion: str

    def key(self) -> str:
        return self.promotion


class PromotionCreated(PromotionEvent, frozen=True, kw_only=True):
    """There is a new promotion."""

    type: ClassVar[str] = "promotion.created"


class PromotionChanged(PromotionEvent, frozen=True, kw_only=True):
    """A promotion is another from now on; what was bought with it before stays as it was."""

    type: ClassVar[str] = "promotion.changed"

    version: int


class PromotionPaused(PromotionEvent, frozen=True, kw_only=True):
    """A promotion rests until it is resumed."""

    type: ClassVar[str] = "promotion.paused"


class PromotionResumed(PromotionEvent, frozen=True, kw_only=True):
    """A promotion that rested goes on."""

    type: ClassVar[str] = "promotion.resumed"


class PromotionDisabled(PromotionEvent, frozen=True, kw_only=True):
    """A promotion has ended for good."""

    type: ClassVar[str] = "promotion.disabled"


class CodesOrdered(PromotionEvent, frozen=True, kw_only=True):
    """Somebody wants many codes for a promotion."""

    type: ClassVar[str] = "codes.ordered"

    pool: UUID


class CodesDisabled(PromotionEvent, frozen=True, kw_only=True):
    """The unused codes of a pool have ended."""

    type: ClassVar[str] = "codes.disabled"

    pool: UUID


class CodeEvent(Event, frozen=True, kw_only=True):
    """A fact about the use of a code."""

    family: ClassVar[str] = "value"

    promotion: str
    code: str
    order_id: UUID

    def key(self) -> str:
        return self.code


class CodeRedeemed(CodeEvent, frozen=True, kw_only=True):
    """An order was made with a code."""

    type: ClassVar[str] = "code.redeemed"


class CodeGivenBack(CodeEvent, frozen=True, kw_only=True):
    """An order with a code came to nothing, so the code may be used once more."""

    type: ClassVar[str] = "code.given-back"


class PointsEvent(Event, frozen=True, kw_only=True):
    """A fact about the points of a customer."""

    family: ClassVar[str] = "customer"

    customer_id: UUID
    order_id: UUID
    promotion: str
    points: int

    def key(self) -> str:
        return str(self.customer_id)


class PointsGranted(PointsEvent, frozen=True, kw_only=True):
    """An order has earned points."""

    type: ClassVar[str] = "points.granted"


class PointsTakenBack(PointsEvent, frozen=True, kw_only=True):
    """An order that had earned points came to nothing."""

    type: ClassVar[str] = "points.taken-back"
