"""The words of promotions in use: codes, pools of them, uses, and why something may not be used."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from torg.kernel.errors import Conflict, NotFound, Refused
from torg.promotions.model import Promotion

CodeText = Annotated[
    str, Meta(min_length=1, max_length=40, description="As the customer writes it.", examples=["WELCOME10"])
]
Limit = Annotated[int, Meta(ge=1, le=1_000_000_000)]
MOST_CODES_MADE: Final = 1_000_000
MOST_CODES_BROUGHT: Final = 10_000
PoolSize = Annotated[int, Meta(ge=1, le=MOST_CODES_MADE)]
PoolPrefix = Annotated[
    str,
    Meta(max_length=12, description="Letters A to Z and digits that each code begins with, before a hyphen."),
]


class UnknownPromotion(NotFound):
    """No promotion has this key."""

    code = "unknown-promotion"
    message = "There is no promotion {promotion}."


class PromotionTaken(Conflict):
    """Another promotion has this key."""

    code = "promotion-taken"
    message = "There is a promotion {promotion} already."


class PromotionDisabledAlready(Refused):
    """A promotion that has been ended for good is neither changed nor resumed."""

    code = "promotion-disabled"
    message = "The promotion {promotion} has ended for good."


class UnknownCode(NotFound):
    """No promotion has this code."""

    code = "unknown-code"
    message = "The code {promotion} does not exist."


class UnknownPool(NotFound):
    """There is no such pool of codes."""

    code = "unknown-pool"
    message = "There is no such pool of codes."


class CodeNotValid(Refused):
    """The code exists, and does not hold here or now."""

    code = "code-not-valid"
    message = "The code {promotion} does not hold here or now."


class CodeUsedUp(Refused):
    """The code has been used as often as it may, by all or by this customer."""

    code = "code-used-up"
    message = "The code {promotion} has been used as often as it may."


class PromotionUsedUp(Conflict):
    """A promotion without a code was used for the last time while this cart was being bought."""

    code = "promotion-used-up"
    message = "{promotion} has just been used up; look at the cart again."


class Code(Struct, frozen=True):
    """A code of a promotion. With `usage_limit` it is used so often in all; `customer` is who alone may use it."""

    code: str
    promotion: str
    pool: UUID | None = None
    usage_limit: int | None = None
    used: int = 0
    valid_to: datetime | None = None
    customer: UUID | None = None
    disabled_at: datetime | None = None

    def problem(self, at: datetime, customer: UUID | None) -> type[Refused] | None:
        """Why it cannot be used now by this customer, whatever its promotion says."""
        if self.disabled_at is not None or (self.valid_to is not None and self.valid_to <= at):
            return CodeNotValid
        if self.customer is not None and self.customer != customer:
            return CodeNotValid
        if self.usage_limit is not None and self.used >= self.usage_limit:
            return CodeUsedUp
        return None


class CodePool(Struct, frozen=True, kw_only=True):
    """Many codes that were made, or brought in, together; each is used `uses` times. `made` of `wanted` are there."""

    id: UUID
    promotion: str
    name: str
    prefix: str = ""
    origin: str
    wanted: int
    made: int = 0
    uses: int = 1
    valid_to: datetime | None = None
    disabled_at: datetime | None = None
    created_at: datetime
    finished_at: datetime | None = None


class Use(Struct, frozen=True):
    """That an order uses a promotion, by a code or not; `limited` in all, `most` times by one customer."""

    promotion: str
    code: str | None = None
    limited: bool = False
    most: int | None = None
    own_limit: bool = False
    """Whether the code has a limit of its own."""


class KeptPromotion(Struct, frozen=True, kw_only=True):
    """A promotion as it is kept: its rule in its present version. Paused it rests, disabled it has ended for good."""

    key: str
    rule: Promotion
    paused_at: datetime | None = None
    disabled_at: datetime | None = None
    version: int = 1
    created_at: datetime | None = None
    changed_at: datetime | None = None
    used: int = 0


class Spell(Struct, frozen=True):
    """A time in which a promotion was the same and did not rest: from, and until (None: it still is)."""

    key: str
    rule: Promotion
    begins: datetime
    ends: datetime | None


class PromotionVersion(Struct, frozen=True):
    """What a promotion was from a moment on, and who said so."""

    version: int
    rule: Promotion
    actor: str
    at: datetime
