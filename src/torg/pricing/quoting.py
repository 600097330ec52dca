"""What one of each thing costs here and now: one statement for a whole page, with the reasons or without."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.kernel.database import Transaction
from torg.kernel.ids import Hex
from torg.kernel.money import ratio
from torg.pricing import rules, store
from torg.pricing.context import PriceContext
from torg.pricing.lists import known_lists
from torg.pricing.lowest import Asked, Lowering, lowest
from torg.pricing.model import (
    Candidate,
    PriceBreak,
    PriceKind,
    PriceList,
    PriceRequest,
    Quote,
    Reduction,
    TaxClass,
    TraceStep,
)
from torg.pricing.tax import UnitPrice, tax_rate
from torg.pricing.taxing import Due, Taxes, shown

NOT_REDUCED: Final[Mapping[UUID, tuple[int, int]]] = {}


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


Paid = Mapping[UUID, tuple[int, int]]
"""What all units of a variant are sold for after promotions, and before: goods of low value are measured by it."""


def quoted(
    context: PriceContext,
    found: Mapping[UUID, Sequence[Candidate]],
    items: Sequence[PriceRequest],
    paid: Paid = NOT_REDUCED,
) -> dict[UUID, Quote]:
    """The quotes of `quote`, made of prices that have been found before."""
    resolved = [
        (item, *rules.resolve(found.get(item.variant_id, ()), context, quantity=item.quantity))
        for item in items
    ]
    taxes = Taxes(
        context,
        [
            (_sold(UnitPrice.of(one), item.variant_id, paid, item.quantity), item.tax_class, 1)
            for item, one, _ in resolved
            if one
        ],
    )
    quotes = {}
    for item, chosen, trace in resolved:
        if chosen is not None:
            unit = UnitPrice.of(chosen)
            sold = _sold(unit, item.variant_id, paid) if paid else None
            made = _quoted(chosen, taxes.due(unit, item.tax_class, sold), trace)
            beside = _beside(taxes, item, chosen, found[item.variant_id], made)
            quotes[item.variant_id] = replace(made, **beside) if beside else made
    return quotes


def _sold(unit: UnitPrice, variant_id: UUID, paid: Paid, quantity: int = 1) -> UnitPrice:
    """What so many units are sold for after promotions."""
    amount = unit.amount * quantity
    after, before = paid.get(variant_id, (0, 0))
    return replace(unit, amount=ratio(amount, after, before) if before else amount)


async def with_lowest(
    tx: Transaction,
    context: PriceContext,
    quotes: Mapping[UUID, Quote],
    items: Sequence[PriceRequest],
    lowering: Lowering | None = None,
) -> dict[UUID, Quote]:
    """The quotes, those that are reduced with the lowest price of the thirty days before; see `lowest`.

    One statement, and none when nothing is reduced or it was asked for before.
    """
    reduced = {id: quote.reduction.since for id, quote in quotes.items() if quote.reduction is not None}
    if not reduced:
        return dict(quotes)
    classes = {item.variant_id: item.tax_class for item in items}
    found: dict[Asked, int] = {}
    for including in {quotes[id].tax_included for id in reduced}:
        asked = [(id, since) for id, since in reduced.items() if quotes[id].tax_included is including]
        found |= await lowest_of(tx, context, asked, classes, including=including, lowering=lowering)
    return {
        id: _lowered(quote, found.get((id, quote.reduction.since)) if quote.reduction else None)
        for id, quote in quotes.items()
    }


async def lowest_of(
    tx: Transaction,
    context: PriceContext,
    asked: Iterable[Asked],
    classes: Mapping[UUID, str],
    *,
    including: bool,
    lowering: Lowering | None = None,
) -> dict[Asked, int]:
    """The lowest price of the thirty days before each of these moments; see `lowest`. `classes` are those of tax."""
    basis = partial(Taxes(context).basis, classes, including=including)
    return await lowest(tx, context, asked, basis, basis=including, lowering=lowering)


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
    taxes = Taxes(context)
    tax_rate(taxes.here, TaxClass.standard, context.at)
    if not wanted or not lists:
        return Shelf([None] * len(wanted), {})
    found = await store.amounts(
        tx,
        [prices.code for prices in lists],
        [prices.valid_to is not None for prices in lists],
        context.at,
        [variant for variant, _ in wanted],
    )
    page = _Shown(lists, wanted, taxes, including)
    amounts = page.amounts(found)
    reduced = page.reduced(found, amounts)
    if past and reduced:
        reduced = await _with_past(tx, context, page, reduced)
    return Shelf(amounts, reduced)


async def _with_past(
    tx: Transaction, context: PriceContext, page: "_Shown", reduced: Mapping[int, Reduction]
) -> dict[int, Reduction]:
    asked = {index: (UUID(page.wanted[index][0]), one.since) for index, one in reduced.items()}
    classes = {asked[index][0]: page.wanted[index][1] for index in reduced}
    found = await lowest_of(tx, context, asked.values(), classes, including=page.including)
    return {index: replace(one, lowest=found.get(asked[index])) for index, one in reduced.items()}


class _Shown(Struct, frozen=True):
    """How the rows of a shelf are shown: the lists in their order, what was asked for, taxes, and whether they are in
    it.
    """

    lists: Sequence[PriceList]
    wanted: Sequence[tuple[Hex, str]]
    taxes: Taxes
    including: bool

    def amounts(self, found: Sequence[store.ShelfRow | None]) -> list[int | None]:
        """What is asked for each."""
        if self.taxes.plain and all(prices.tax_included is self.including for prices in self.lists):
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
    return shown(quote.unit, quote.tax_rate, included=quote.tax_included, including=including)


def _quoted(chosen: Candidate, due: Due, trace: tuple[TraceStep, ...]) -> Quote:
    return Quote(
        unit=due.amount,
        currency=chosen.currency,
        tax_included=chosen.tax_included,
        tax_rate=due.row.rate,
        tax_name=due.row.name,
        price_list=chosen.price_list,
        trace=(*trace, *due.steps),
        treatment=due.treatment,
    )


def _beside(
    taxes: Taxes, item: PriceRequest, chosen: Candidate, prices: Sequence[Candidate], made: Quote
) -> dict[str, Any]:
    """What stands beside a price: breaks, what is recommended, what it is reduced from."""
    found: dict[str, Any] = {}
    if len(prices) < 2:
        return found

    def as_made(one: Candidate) -> int:
        amount = taxes.amount(UnitPrice.of(one), item.tax_class)
        return shown(amount, made.tax_rate, included=one.tax_included, including=made.tax_included)

    if breaks := rules.breaks(prices, taxes.context):
        found["breaks"] = tuple(
            PriceBreak(
                one.from_quantity,
                taxes.amount(UnitPrice(one.unit, made.currency, made.tax_included), item.tax_class),
            )
            for one in breaks
        )
    recommended, _ = rules.resolve(prices, taxes.context, kind=PriceKind.recommended)
    if recommended is not None:
        found["recommended"] = as_made(recommended)
    regular = rules.regular(chosen, prices, taxes.context, quantity=item.quantity)
    if regular is not None and (amount := as_made(regular)) > made.unit:
        found["reduction"] = Reduction(amount, chosen.since)
    return found
