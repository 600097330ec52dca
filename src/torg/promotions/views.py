"""Promotions and their codes as staff and programs see them."""

from datetime import datetime

from msgspec import Struct

from torg.kernel.ids import public
from torg.promotions.model import Promotion
from torg.promotions.store.rewards import PointsEntry
from torg.promotions.words import Code, CodePool, KeptPromotion, PromotionVersion


class PromotionView(Struct, frozen=True):
    """A promotion with how many orders have used it."""

    key: str
    rule: Promotion
    used: int
    paused_at: datetime | None
    disabled_at: datetime | None
    version: int
    created_at: datetime | None
    changed_at: datetime | None

    @classmethod
    def of(cls, kept: KeptPromotion) -> "PromotionView":
        """All of the promotion."""
        return cls(**{name: getattr(kept, name) for name in cls.__struct_fields__})


class PromotionVersionView(Struct, frozen=True):
    """What a promotion was from a moment on, and who said so."""

    version: int
    rule: Promotion
    actor: str
    at: datetime

    @classmethod
    def of(cls, one: PromotionVersion) -> "PromotionVersionView":
        """All of the version."""
        return cls(**{name: getattr(one, name) for name in cls.__struct_fields__})


class CodeView(Struct, frozen=True):
    """A code; without `usage_limit` it has no limit of its own, and `used` is not counted."""

    code: str
    promotion: str
    pool: str | None
    usage_limit: int | None
    used: int
    valid_to: datetime | None
    disabled_at: datetime | None

    @classmethod
    def of(cls, code: Code) -> "CodeView":
        """The code, without whose it is."""
        fields = {name: getattr(code, name) for name in cls.__struct_fields__}
        return cls(**fields | {"pool": public("pol", code.pool) if code.pool else None})


class CodePoolView(Struct, frozen=True):
    """Codes that belong together; `made` of `wanted` are there."""

    id: str
    promotion: str
    name: str
    prefix: str
    origin: str
    wanted: int
    made: int
    uses: int
    valid_to: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, pool: CodePool) -> "CodePoolView":
        """All of the pool."""
        fields = {name: getattr(pool, name) for name in cls.__struct_fields__}
        return cls(**fields | {"id": public("pol", pool.id)})


class PointsEntryView(Struct, frozen=True):
    """Points that an order earned by a promotion, or that were taken back with it."""

    order: str
    promotion: str
    reason: str
    points: int
    at: datetime

    @classmethod
    def of(cls, entry: PointsEntry) -> "PointsEntryView":
        """The entry as its customer sees it."""
        return cls(public("ord", entry.order_id), entry.promotion, entry.reason, entry.points, entry.at)


class PointsView(Struct, frozen=True):
    """A customer's points: what they come to, and a page of what they came of."""

    balance: int
    items: list[PointsEntryView]
    next: str | None
