"""What one of each thing costs here and now: one statement for a whole page, with the reasons or without."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from torg.kernel.database import Transaction
from torg.kernel.ids import Hex
from torg.kernel.money import ratio
from torg.pricing import rules, store
from torg.pricing.context import PriceContext
from torg.pricing.model import MILLION, Candidate, PriceList, PriceRequest, Quote, TaxClass, TraceStep
from torg.pricing.tax import TaxRate, UnitPrice, depends_on_price, tax_rate

LISTS: Final = "pricing.lists"


async def quote(tx: Transaction, context: PriceContext, items: Sequence[PriceRequest]) -> dict[UUID, Quote]:
    """The price of each variant in the context; a variant without a price is missing from the answer.

    One statement, however many variants. A place whose tax is not known is refused (`TaxUnknown`).
    """
    return quoted(context, await candidates(tx, context, [item.variant_id for item in items]), items)


async def candidates(
    tx: Transaction, context: PriceContext, variants: Sequence[UUID]
) -> dict[UUID, list[Candidate]]:
    """Every price of each variant that may hold in the context, wherever the goods go; one statement."""
    found: dict[UUID, list[Candidate]] = defaultdict(list)
    for candidate in await store.candidates(tx, context, variants) if variants else ():
        found[candidate.variant_id].append(candidate)
    return found


def quoted(
    context: PriceContext, found: Mapping[UUID, Sequence[Candidate]], items: Sequence[PriceRequest]
) -> dict[UUID, Quote]:
    """The quotes of `quote`, made of prices that have been found before."""
    taxes = _Taxes(context)
    quotes = {}
    for item in items:
        chosen, trace = rules.resolve(found.get(item.variant_id, ()), context)
        if chosen is not None:
            quotes[item.variant_id] = taxes.quoted(chosen, item.tax_class, trace)
    return quotes


async def shelf_prices(
    tx: Transaction, context: PriceContext, wanted: Sequence[tuple[Hex, str]], *, including: bool
) -> Sequence[int | None]:
    """What one of each variant (given with its tax class) costs as a market shows it, for lists: no reasons.

    The prices that `quote` finds, in the order in which they are asked for, None where there is none; in one statement.
    Price lists themselves are those of at most a second ago. A place whose tax is not known is refused (`TaxUnknown`).
    """
    lists = rules.lists_in_order(
        await tx.database.cached(LISTS, store.price_lists, tables=("price_lists",)), context
    )
    tax_rate(context.place, TaxClass.standard, context.at)
    if not wanted or not lists:
        return [None] * len(wanted)
    found = await store.amounts(
        tx, [prices.code for prices in lists], context.at, [variant for variant, _ in wanted]
    )
    if all(prices.tax_included is including for prices in lists):
        return [price and price[1] for price in found]
    taxes = _Taxes(context)
    return [
        price and taxes.shown(lists[price[0] - 1], price[1], tax_class, including=including)
        for price, (_, tax_class) in zip(found, wanted, strict=True)
    ]


def displayed(quote: Quote, *, including: bool) -> int:
    """The unit price as a market shows it, with tax or without; rounded half away from zero when that
    differs.
    """
    return _displayed(quote.unit, quote.tax_rate, included=quote.tax_included, including=including)


def _displayed(unit: int, rate: int, *, included: bool, including: bool) -> int:
    if included is including:
        return unit
    if including:
        return unit + ratio(unit, rate, MILLION)
    return unit - ratio(unit, rate, MILLION + rate)


class _Taxes:
    """Remembers the rates of one context: a page of products has few classes of tax."""

    def __init__(self, context: PriceContext) -> None:
        self.context = context
        self.known: dict[str, TaxRate] = {}
        self.steps: dict[str, TraceStep] = {}

    def quoted(self, chosen: Candidate, tax_class: str, trace: tuple[TraceStep, ...]) -> Quote:
        row = self.row(tax_class, UnitPrice(chosen.amount, chosen.currency, chosen.tax_included))
        return Quote(
            unit=chosen.amount,
            currency=chosen.currency,
            tax_included=chosen.tax_included,
            tax_rate=row.rate,
            tax_name=row.name,
            price_list=chosen.price_list,
            trace=(*trace, self._step(row, tax_class)),
        )

    def _step(self, row: TaxRate, tax_class: str) -> TraceStep:
        if row is not self.known.get(tax_class):
            return tax_step(row, tax_class)
        step = self.steps.get(tax_class)
        if step is None:
            step = self.steps[tax_class] = tax_step(row, tax_class)
        return step

    def shown(self, prices: PriceList, amount: int, tax_class: str, *, including: bool) -> int:
        row = self.row(tax_class, UnitPrice(amount, prices.currency, prices.tax_included))
        return _displayed(amount, row.rate, included=prices.tax_included, including=including)

    def row(self, tax_class: str, unit: UnitPrice) -> TaxRate:
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
