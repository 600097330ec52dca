"""What a gift card may be worth, where its buyer chooses: from the lowest to the highest amount, by currency."""

from typing import Annotated

from msgspec import Meta, Struct

from torg.kernel.money import MOST, Currency

CardAmount = Annotated[int, Meta(ge=1, le=MOST, description="Minor units.")]


class CardAmounts(Struct, frozen=True, forbid_unknown_fields=True):
    """Between which amounts the buyer of a gift card chooses, in one currency."""

    currency: Currency
    least: CardAmount
    most: CardAmount

    def take(self, amount: int) -> bool:
        """Whether a gift card may be worth so much."""
        return self.least <= amount <= self.most
