"""What orders earn: points for their customer, and codes for her next purchase; granted once, and taken back once.

Points are a ledger of entries per customer; her balance is their sum. A coupon's code is drawn when the order is made
and becomes good when it is placed, so the order can show it and nobody draws it twice.
"""

from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from torg.customers import require_customer
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.ids import new_id
from torg.promotions import spell
from torg.promotions.events import PointsGranted, PointsTakenBack
from torg.promotions.store import codes, rewards
from torg.promotions.store.rewards import PointsEntry

PLACED = "order-placed"
CANCELLED = "order-cancelled"
RETURNED = "order-returned"
LAST_ID = UUID(int=2**128 - 1)


class EarnedCoupon(Struct, frozen=True):
    """A code for a promotion that an order brings, good for so many days from when it is placed."""

    promotion: str
    code: str
    days: int


class Earned(Struct, frozen=True):
    """What an order earns by one promotion."""

    promotion: str
    points: int = 0
    coupons: tuple[EarnedCoupon, ...] = ()


def new_coupon(promotion: str, days: int) -> EarnedCoupon:
    """A code that nobody can guess, and that opens nothing yet."""
    return EarnedCoupon(promotion, next(spell.new_codes(1)), days)


async def grant(tx: Transaction, order_id: UUID, customer_id: UUID | None, earned: list[Earned]) -> None:
    """Give what a placed order has earned; for the same order once. Points need a customer, a coupon its code only."""
    if customer_id is not None:
        entries = [
            PointsEntry(customer_id, new_id(), order_id, one.promotion, PLACED, one.points, tx.now)
            for one in earned
            if one.points
        ]
        for entry in await rewards.add(tx, entries):
            tx.record(
                PointsGranted(
                    customer_id=customer_id,
                    order_id=order_id,
                    promotion=entry.promotion,
                    points=entry.points,
                )
            )
    for coupon in (coupon for one in earned for coupon in one.coupons):
        await codes.add(
            tx,
            [coupon.code],
            promotion=coupon.promotion,
            usage_limit=1,
            valid_to=tx.now + timedelta(days=coupon.days),
            customer=customer_id,
            order_id=order_id,
        )


async def take_back(
    tx: Transaction,
    order_id: UUID,
    customer_id: UUID | None,
    earned: list[Earned],
    *,
    part: tuple[int, int] = (1, 1),
    return_id: UUID | None = None,
) -> None:
    """Take back what an order had earned, so much (`part`) of which came to nothing; once for each return.

    Points go in proportion, a coupon when nothing is left of the order. One that was used already stays used.
    """
    gone, whole = part
    if customer_id is not None and any(one.points for one in earned):
        entries = [
            PointsEntry(
                customer_id,
                new_id(),
                order_id,
                one.promotion,
                CANCELLED if return_id is None else RETURNED,
                -less,
                tx.now,
                return_id,
            )
            for one in await rewards.of_order(tx, customer_id, order_id)
            if (less := one.left - (one.granted - one.granted * gone // whole)) > 0
        ]
        for entry in await rewards.add(tx, entries):
            tx.record(
                PointsTakenBack(
                    customer_id=customer_id,
                    order_id=order_id,
                    promotion=entry.promotion,
                    points=-entry.points,
                )
            )
    given = [coupon.code for one in earned for coupon in one.coupons]
    if given and gone == whole:
        await codes.end_of_order(tx, order_id, given)


async def points_of(
    tx: Transaction, *, by: Actor, before: UUID = LAST_ID, limit: int = 50
) -> tuple[int, list[PointsEntry]]:
    """A customer's balance, and her entries, the newest first; her own only."""
    customer_id = require_customer(by)
    return (
        await rewards.balance(tx, customer_id),
        await rewards.of_customer(tx, customer_id, before=before, limit=limit),
    )
