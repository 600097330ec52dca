"""What one of each thing costs here and now: one statement for a whole page, with the reasons."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from torg.kernel.database import Transaction
from torg.kernel.money import ratio
from torg.pricing import rules, store
from torg.pricing.context import PriceContext
from torg.pricing.model import MILLION, Candidate, PriceRequest, Quote, TraceStep
from torg.pricing.tax import TaxRate, UnitPrice, depends_on_price, tax_rate


async def quote(tx: Transaction, context: PriceContext, items: Sequence[PriceRequest]) -> dict[UUID, Quote]:
    """The price of each variant in the context; a variant without a price is missing from the answer.

    One statement, however many variants. A place whose tax is not known is refused (`TaxUnknown`).
    """
    if not items:
        return {}
    found: dict[UUID, list[Candidate]] = defaultdict(list)
    for candidate in await store.candidates(tx, context, [item.variant_id for item in items]):
        found[candidate.variant_id].append(candidate)
    taxes = _Taxes(context)
    quotes = {}
    for item in items:
        chosen, trace = rules.resolve(found.get(item.variant_id, ()), context)
        if chosen is not None:
            quotes[item.variant_id] = taxes.quoted(chosen, item.tax_class, trace)
    return quotes


def displayed(quote: Quote, *, including: bool) -> int:
    """The unit price as a market shows it, with tax or without; rounded half away from zero when that
    differs.
    """
    if quote.tax_included is including:
        return quote.unit
    if including:
        return quote.unit + ratio(quote.unit, quote.tax_rate, MILLION)
    return quote.unit - ratio(quote.unit, quote.tax_rate, MILLION + quote.tax_rate)


class _Taxes:
    """Remembers the rates of one context: a page of products has few classes of tax."""

    def __init__(self, context: PriceContext) -> None:
        self.context = context
        self.known: dict[str, TaxRate] = {}

    def quoted(self, chosen: Candidate, tax_class: str, trace: tuple[TraceStep, ...]) -> Quote:
        row = self._row(tax_class, UnitPrice(chosen.amount, chosen.currency, chosen.tax_included))
        return Quote(
            unit=chosen.amount,
            currency=chosen.currency,
            tax_included=chosen.tax_included,
            tax_rate=row.rate,
            tax_name=row.name,
            price_list=chosen.price_list,
            trace=(*trace, tax_step(row, tax_class)),
        )

    def _row(self, tax_class: str, unit: UnitPrice) -> TaxRate:
        if depends_on_price(self.context.country, tax_class):
            return tax_rate(self.context.place, tax_class, self.context.at, unit)
        row = self.known.get(tax_class)
        if row is None:
            row = self.known[tax_class] = tax_rate(self.context.place, tax_class, self.context.at)
        return row


def tax_step(row: TaxRate, tax_class: str) -> TraceStep:
    """The step of a trace that tells what tax and why."""
    return TraceStep(
        "tax",
        {
            "name": row.name,
            "rate": row.rate,
            "tax_class": tax_class,
            "country": row.country,
            "region": row.region,
            "since": row.valid_from,
            "law": row.law,
        },
    )
