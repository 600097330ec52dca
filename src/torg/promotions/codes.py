"""A code as it is kept: a percent or an amount off the goods; and why it may not be used."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from torg.kernel.errors import NotFound, Refused
from torg.kernel.i18n import DEFAULT
from torg.kernel.money import MOST
from torg.promotions.model import AmountOff, Fact, Is, Limits, PercentOff, Promotion

CodeText = Annotated[
    str, Meta(min_length=1, max_length=40, description="As the customer writes it.", examples=["WELCOME10"])
]
PercentOfCode = Annotated[
    int, Meta(ge=1, le=1_000_000, description="Millionths of the goods: 100000 is 10 %.")
]
AmountOfCode = Annotated[int, Meta(ge=1, le=MOST, description="Minor units off the goods together.")]
UsageLimit = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class UnknownCode(NotFound):
    """No promotion has this code."""

    code = "unknown-code"
    message = "The code {promotion} does not exist."


class CodeNotValid(Refused):
    """The code exists, and does not hold here or now."""

    code = "code-not-valid"
    message = "The code {promotion} does not hold here or now."


class CodeUsedUp(Refused):
    """The code has been used as often as it may, by all or by this customer."""

    code = "code-used-up"
    message = "The code {promotion} has been used as often as it may."


class CodePromotion(Struct, frozen=True):
    """A code that takes a share (`percent`, in millionths) or an amount off the goods of one order.

    Without `markets` and `channels` it holds in all. `usage_limit` counts placed orders, `usage_per_customer`
    those of one customer.
    """

    code: str
    name: dict[str, str]
    percent: int | None = None
    amount: int | None = None
    currency: str | None = None
    markets: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    usage_limit: int | None = None
    usage_per_customer: int | None = None
    disabled_at: datetime | None = None
    version: int = 1
    used: int = 0

    def promotion(self) -> Promotion:
        """The same in the form of all promotions."""
        effect: PercentOff | AmountOff
        if self.percent is not None:
            effect = PercentOff(self.percent)
        else:
            effect = AmountOff({self.currency or "": self.amount or 0})
        facts = (Is(Fact.market, self.markets), Is(Fact.channel, self.channels))
        return Promotion(
            key=self.code,
            names=self.name,
            effects=(effect,),
            conditions=tuple(each for each in facts if each.any_of),
            needs_code=True,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            limits=Limits(self.usage_limit, self.usage_per_customer),
        )

    def called(self, language: str) -> str:
        """The promotion's name in a language."""
        return self.name.get(language) or self.name.get(DEFAULT) or self.code
