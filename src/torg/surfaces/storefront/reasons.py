"""Why goods cost what they cost, in the reader's words."""

from collections.abc import Sequence

from torg import pricing
from torg.kernel.i18n import Words
from torg.pricing import TraceStep
from torg.surfaces.storefront.views import ShopPriceStep


class Reasons:
    """The steps to prices in the reader's words; a step that several prices share is told once."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._told: dict[int, tuple[TraceStep, ShopPriceStep]] = {}

    def told(self, trace: Sequence[TraceStep]) -> tuple[ShopPriceStep, ...]:
        """The steps of one price."""
        return tuple([self._tell(step) for step in trace])

    def _tell(self, step: TraceStep) -> ShopPriceStep:
        known = self._told.get(id(step))
        if known is None:
            told = ShopPriceStep(step.code, pricing.explain(step, self._words), dict(step.facts))
            known = self._told[id(step)] = (step, told)  # the step is kept, so its id is no other's
        return known[1]
