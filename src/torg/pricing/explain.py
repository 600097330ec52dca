"""The steps that led to a price, as sentences in the reader's language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from torg.kernel.i18n import Words, words
from torg.kernel.money import Money
from torg.pricing.model import TraceStep, Treatment

EXPONENT_OF_RATE = -6
AMOUNTS = (
    *("amount", "goods_amount", "free_from", "regular", "lowest"),
    *(
        "base",
        "total",
        "price",
        "each",
        "goods",
        "less",
        "most",
        "per",
        "amount_from",
        "need",
        "have",
        "lacking",
    ),
)


def explain(step: TraceStep, words: Words, kind: str = "trace") -> str:
    """One step as a sentence; a step that nobody wrote a text for is told by its word.

    `kind` is where its texts stand: those of reasons why something did not happen are `why`.
    """
    message = words.find(f"{kind}.{step.code}")
    return step.code if message is None else words.fill(message, _shown(step.facts))


def tax_note(treatment: Treatment, language: str) -> str | None:
    """What documents have to say where no tax is taken, in a language; None where tax is taken."""
    return words(language).text(f"tax.note.{treatment.value}") if treatment.untaxed else None


def _shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(facts)
    currency = facts.get("currency")
    if currency is not None:
        shown |= {name: Money(facts[name], currency) for name in AMOUNTS if facts.get(name) is not None}
    if "rate" in facts:
        shown["rate"] = Decimal(facts["rate"]).scaleb(EXPONENT_OF_RATE)
    return shown
