"""What one of each thing costs here and now: one statement for a whole page, with the reasons or without."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.kernel.database import Transaction
from torg.kernel.ids import Hex
from torg.kernel.money import ratio
from torg.pricing import rules, store
from torg.pricing.context import PriceContext
from torg.pricing.lists import known_lists
from torg.pricing.lowest import lowest
from torg.pricing.model import (
    MILLION,
    Candidate,
    PriceKind,
    PriceList,
    PriceRequest,
    Quote,
    Reduction,
    TaxClass,
    TraceStep,
)
from torg.pricing.tax import TaxRate, UnitPrice, depends_on_price, tax_rate


class Shelf(Struct, frozen=True):
    """What a page of products costs, in the order of the question; `reduced` by place in it, where a price is
    reduced.
    """

    amounts: Sequence[int | None]
    reduced: Mapping[int, Reduction]


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
        prices = found.get(item.variant_id, ())
        chosen, trace = rules.resolve(prices, context, quantity=item.quantity)
        if chosen is not None:
            made = taxes.quoted(chosen, item.tax_class, trace)
            beside = taxes.beside(chosen, prices, made, item.quantity)
            quotes[item.variant_id] = replace(made, **beside) if beside else made
    return quotes


async def with_lowest(
    tx: Transaction, context: PriceContext, quotes: Mapping[UUID, Quote], items: Sequence[PriceRequest]
) -> dict[UUID, Quote]:
    """The quotes, those that are reduced with the lowest price of the thirty days before; see `lowest`.

    One statement, and none when nothing is reduced or it was asked for before.
    """
    reduced = {id: quote.reduction.since for id, quote in quotes.items() if quote.reduction is not None}
    if not reduced:
        return dict(quotes)
    taxes = _Taxes(context)
    classes = {item.variant_id: item.tax_class for item in items}
    found: dict[UUID, int] = {}
    for including in {quotes[id].tax_included for id in reduced}:
        asked = {id: since for id, since in reduced.items() if quotes[id].tax_included is including}
        shown = partial(taxes.basis, classes, including=including)
        found |= await lowest(tx, context, asked, shown, basis=including)
    return {id: _lowered(quote, found.get(id)) for id, quote in quotes.items()}


def _lowered(quote: Quote, amount: int | None) -> Quote:
    if quote.reduction is None:
        return quote
    facts = {"currency": quote.currency, "regular": quote.reduction.regular, "since": quote.reduction.since}
    step = TraceStep("price-reduced", facts)
    if amount is not None:
        step = TraceStep("price-reduced-lowest", facts | {"lowest": amount})
    return replace(quote, reduction=replace(quote.reduction, lowest=amount), trace=(*quote.trace, step))


async def shelf_prices(
    tx: Transaction, context: PriceContext, wanted: Sequence[tuple[Hex, str]], *, including: bool
) -> Sequence[int | None]:
    """What one of each variant (given with its tax class) costs as a market shows it, for lists: no reasons.

    The prices that `quote` finds, in the order in which they are asked for, None where there is none; in one statement.
    Price lists themselves are those of at most a second ago. A place whose tax is not known is refused (`TaxUnknown`).
    """
    return (await shelf(tx, context, wanted, including=including, past=False)).amounts


async def shelf(
    tx: Transaction,
    context: PriceContext,
    wanted: Sequence[tuple[Hex, str]],
    *,
    including: bool,
    past: bool = True,
) -> Shelf:
    """The prices of `shelf_prices` with what is reduced among them.

    `past` asks for the lowest price of the thirty days before each reduction too: one statement more for the whole page
    when there are reductions that nobody has asked about lately.
    """
    lists = rules.lists_in_order(await known_lists(tx.database), context)
    tax_rate(context.place, TaxClass.standard, context.at)
    if not wanted or not lists:
        return Shelf([None] * len(wanted), {})
    found = await store.amounts(
        tx,
        [prices.code for prices in lists],
        [prices.valid_to is not None for prices in lists],
        context.at,
        [variant for variant, _ in wanted],
    )
    shown = _Shown(lists, wanted, _Taxes(context), including)
    amounts = shown.amounts(found)
    reduced = shown.reduced(found, amounts)
    if past and reduced:
        reduced = await _with_past(tx, context, shown, reduced)
    return Shelf(amounts, reduced)


async def _with_past(
    tx: Transaction, context: PriceContext, shown: "_Shown", reduced: Mapping[int, Reduction]
) -> dict[int, Reduction]:
    ids = {index: UUID(shown.wanted[index][0]) for index in reduced}
    asked = {ids[index]: one.since for index, one in reduced.items()}
    classes = {ids[index]: shown.wanted[index][1] for index in reduced}
    basis = partial(shown.taxes.basis, classes, including=shown.including)
    found = await lowest(tx, context, asked, basis, basis=shown.including)
    return {index: replace(one, lowest=found.get(ids[index])) for index, one in reduced.items()}


class _Shown(Struct, frozen=True):
    """How the rows of a shelf are shown: the lists in their order, what was asked for, taxes, and whether they are in
    it.
    """

    lists: Sequence[PriceList]
    wanted: Sequence[tuple[Hex, str]]
    taxes: "_Taxes"
    including: bool

    def amounts(self, found: Sequence[store.ShelfRow | None]) -> list[int | None]:
        """What is asked for each."""
        if all(prices.tax_included is self.including for prices in self.lists):
            return [None if row is None else row.amount for row in found]
        return [
            None if row is None else self.amount(index, row.place, row.amount)
            for index, row in enumerate(found)
        ]

    def reduced(
        self, found: Sequence[store.ShelfRow | None], amounts: Sequence[int | None]
    ) -> dict[int, Reduction]:
        """What is reduced among them."""
        reduced: dict[int, Reduction] = {}
        for index, row in enumerate(found):
            if row is not None and row.regular is not None and row.since is not None:
                regular = self.amount(index, *row.regular)
                if regular > (amounts[index] or 0):
                    began = self.lists[row.place - 1].valid_from
                    reduced[index] = Reduction(regular, max(row.since, began) if began else row.since)
        return reduced

    def amount(self, index: int, place: int, amount: int) -> int:
        """An amount of the list at a place, as it is shown."""
        tax_class = self.wanted[index][1]
        return self.taxes.shown(self.lists[place - 1], amount, tax_class, including=self.including)


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

    def beside(
        self, chosen: Candidate, prices: Sequence[Candidate], made: Quote, quantity: int
    ) -> dict[str, Any]:
        """What stands beside a price: breaks, what is recommended, what it is reduced from."""
        found: dict[str, Any] = {}
        if len(prices) < 2:
            return found
        if breaks := rules.breaks(prices, self.context):
            found["breaks"] = breaks
        recommended, _ = rules.resolve(prices, self.context, kind=PriceKind.recommended)
        if recommended is not None:
            found["recommended"] = self._as(recommended, made)
        regular = rules.regular(chosen, prices, self.context, quantity=quantity)
        if regular is not None and (amount := self._as(regular, made)) > made.unit:
            found["reduction"] = Reduction(amount, chosen.since)
        return found

    @staticmethod
    def _as(one: Candidate, made: Quote) -> int:
        return _displayed(one.amount, made.tax_rate, included=one.tax_included, including=made.tax_included)

    def basis(
        self,
        classes: Mapping[UUID, str],
        prices: PriceList,
        variant_id: UUID,
        amount: int,
        *,
        including: bool,
    ) -> int:
        """An amount of a list with tax in it, or without."""
        return self.shown(prices, amount, classes[variant_id], including=including)

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
