"""What somebody wants of gift cards that she buys: what each is worth, and who gets them, with which words, when.

Pure. A line without it brings cards worth what they cost in the price list, to whoever buys, as soon as they are paid.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct
from msgspec.structs import replace

from torg.catalog import CardAmounts, Kind, Sellable
from torg.kernel.access import email_address
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.i18n import LANGUAGES
from torg.kernel.money import Money
from torg.pricing import Quote, TraceStep

PLAIN: Final = r"^[^\u0000]*$"
LATEST: Final = timedelta(days=366)
MORNING: Final = time(8)
"""When the cards of a day are sent, by the clock of the channel."""
SENTENCES: Final = {
    "not-a-gift-card": "Only gift cards have an amount of choice and a recipient.",
    "amount-fixed": "The amount of this gift card cannot be chosen.",
    "out-of-range": "This is too small or too large.",
    "unknown-value": "This is not one of the possible values.",
    "day-not-possible": "Choose a day from today on, within a year.",
}


class LineCard(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What each gift card of a line is worth, and who gets them when; what is left out is the price, the buyer, now."""

    amount: Money | None = None
    name: Annotated[str, Meta(max_length=200, pattern=PLAIN)] | None = None
    email: (
        Annotated[str, Meta(max_length=254, description="Without one the buyer gets the cards.")] | None
    ) = None
    language: Annotated[str, Meta(description="Of the mail; else that of the purchase.")] | None = None
    message: Annotated[str, Meta(max_length=1_000, pattern=PLAIN)] | None = None
    send_on: (
        Annotated[
            date, Meta(description="In the morning of this day, at the channel; else when they are paid.")
        ]
        | None
    ) = None

    def sent_at(self, zone: str) -> datetime | None:
        """When the cards are sent, if that is not as soon as they are paid."""
        return datetime.combine(self.send_on, MORNING, ZoneInfo(zone)) if self.send_on else None

    def waits(self, at: datetime, zone: str) -> bool:
        """Whether the day on which the cards are to be sent has not come."""
        return self.send_on is not None and at.astimezone(ZoneInfo(zone)).date() < self.send_on


def checked(card: LineCard, goods: Sellable, currency: str, today: date) -> LineCard:
    """The wish as it is kept; `Invalid` names everything that cannot be."""
    wrong = list(_wrong(card, goods, currency, today))
    email = None
    if card.email:
        try:
            email = email_address.normalise(card.email, "card.email")
        except Invalid as invalid:
            wrong += invalid.problems
    if wrong:
        raise Invalid.of(*wrong)
    name, message = " ".join((card.name or "").split()), (card.message or "").strip()
    return replace(card, email=email, name=name or None, message=message or None)


def _wrong(card: LineCard, goods: Sellable, currency: str, today: date) -> list[FieldProblem]:
    if goods.kind is not Kind.gift_card:
        return [_problem("card", "not-a-gift-card")]
    found = []
    if card.amount is not None:
        amounts = goods.amounts_in(currency)
        if card.amount.currency != currency:
            found.append(_problem("card.amount.currency", "unknown-value"))
        elif amounts is None:
            found.append(_problem("card.amount", "amount-fixed"))
        elif not amounts.take(card.amount.amount):
            found.append(_problem("card.amount.amount", "out-of-range"))
    if card.language is not None and card.language not in LANGUAGES:
        found.append(_problem("card.language", "unknown-value"))
    if card.send_on is not None and not today <= card.send_on <= today + LATEST:
        found.append(_problem("card.send_on", "day-not-possible"))
    return found


def worth(quote: Quote, chosen: Money | None, amounts: Sequence[CardAmounts]) -> Quote | None:
    """The price of a gift card of a chosen amount; None when it can no longer be had at that."""
    if chosen is None:
        return quote
    bounds = next((one for one in amounts if one.currency == quote.currency), None)
    if bounds is None or chosen.currency != quote.currency or not bounds.take(chosen.amount):
        return None
    step = TraceStep("amount-chosen", {"amount": chosen.amount, "currency": chosen.currency})
    return replace(quote, unit=chosen.amount, trace=(step,), recommended=None, breaks=(), reduction=None)


def _problem(field: str, code: str) -> FieldProblem:
    return FieldProblem(field, code, SENTENCES[code])
