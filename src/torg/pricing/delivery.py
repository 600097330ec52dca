"""What delivery costs: rates by zone, weight and amount of goods; read from memory, at most a second old."""

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid, StaleVersion
from torg.markets import load_atlas
from torg.permissions import Permission
from torg.pricing import checks, rules, store
from torg.pricing.context import PriceContext
from torg.pricing.events import DeliveryRateSet
from torg.pricing.model import DeliveryRate, DeliveryStep, Quote, TaxClass, TraceStep
from torg.pricing.tax import UnitPrice, regimes, squeezed
from torg.pricing.taxing import Taxes

NAME = "pricing.delivery-rates"


class DeliveryRateChange(Struct, frozen=True):
    """What to change; what is left out stays. Method and market are what the rate is for, and stay for ever."""

    name: str | UnsetType = UNSET
    countries: tuple[str, ...] | UnsetType = UNSET
    postal_prefixes: tuple[str, ...] | UnsetType = UNSET
    steps: tuple[DeliveryStep, ...] | UnsetType = UNSET
    free_from: int | UnsetType | None = UNSET
    tax_included: bool | UnsetType = UNSET


async def delivery_prices(
    tx: Transaction, context: PriceContext, *, methods: Sequence[str], weight_g: int, goods_amount: int
) -> dict[str, Quote]:
    """What each method costs to the context's place; one that does not go there, or not that heavy, is
    missing.

    `goods_amount` is what the goods cost after discounts, as the market shows prices (with tax or without).
    """
    rates = await tx.database.cached(NAME, store.delivery_rates, tables=("delivery_rates",))
    quotes = {}
    for method in methods:
        rate = rules.delivery_rate(rates, context, method)
        if rate is None:
            continue
        amount = rules.delivery_amount(rate, weight_g=weight_g, goods_amount=goods_amount)
        if amount is not None:
            quotes[method] = _quoted(context, rate, amount, weight_g, goods_amount)
    return quotes


async def delivery_price(
    tx: Transaction, context: PriceContext, *, method: str, weight_g: int, goods_amount: int
) -> Quote | None:
    """What one method costs to the context's place, or None when it does not go there or not that heavy."""
    found = await delivery_prices(tx, context, methods=[method], weight_g=weight_g, goods_amount=goods_amount)
    return found.get(method)


async def add_delivery_rate(tx: Transaction, rate: DeliveryRate, *, by: Actor) -> DeliveryRate:
    """Add a delivery rate for a method in a market."""
    by.must(Permission.prices_write)
    tidy = _tidy(rate)
    if problems := tuple(checks.delivery_rate_problems(tidy, await load_atlas(tx))):
        raise Invalid.of(*problems)
    await store.add_delivery_rate(tx, tidy)
    await _tell(tx, tidy, by)
    return tidy


async def change_delivery_rate(
    tx: Transaction, code: str, change: DeliveryRateChange, *, version: int | None, by: Actor
) -> DeliveryRate:
    """Change a delivery rate; a version that is not the present one is refused."""
    by.must(Permission.prices_write)
    before = await store.lock_delivery_rate(tx, code)
    if version is not None and version != before.version:
        raise StaleVersion(given=version, present=before.version)
    given = {name: getattr(change, name) for name in change.__struct_fields__}
    after = _tidy(replace(before, **{name: value for name, value in given.items() if value is not UNSET}))
    if after == before:
        return before
    if problems := tuple(checks.delivery_rate_problems(after, await load_atlas(tx))):
        raise Invalid.of(*problems)
    await store.save_delivery_rate(tx, after)
    saved = replace(after, version=before.version + 1)
    await _tell(tx, saved, by)
    return saved


async def _tell(tx: Transaction, rate: DeliveryRate, by: Actor) -> None:
    tx.database.forget(NAME)
    tx.record(DeliveryRateSet(delivery_rate=rate.code, market=rate.market, version=rate.version))
    await audit.write(tx, by, "delivery-rate.set", rate.code, now=rate)


def _tidy(rate: DeliveryRate) -> DeliveryRate:
    prefixes = (squeezed("", prefix) for prefix in rate.postal_prefixes)
    return replace(rate, postal_prefixes=tuple(prefix for prefix in prefixes if prefix))


def _quoted(
    context: PriceContext, rate: DeliveryRate, amount: int, weight_g: int, goods_amount: int
) -> Quote:
    taxes = Taxes(context)
    there = regimes().get(taxes.here.country)
    follows = there.delivery if there is not None else TaxClass.standard
    due = taxes.due_for_delivery(
        UnitPrice(amount, context.currency, rate.tax_included),
        follows or TaxClass.standard,
        UnitPrice(goods_amount, context.currency, rate.tax_included),
    )
    step = TraceStep(
        "delivery-rate",
        {
            "delivery_rate": rate.code,
            "method": rate.method,
            "amount": amount,
            "currency": context.currency,
            "weight_g": weight_g,
            "goods_amount": goods_amount,
            "free_from": rate.free_from,
        },
    )
    return Quote(
        unit=due.amount,
        currency=context.currency,
        tax_included=rate.tax_included,
        tax_rate=due.row.rate,
        tax_name=due.row.name,
        price_list=rate.code,
        trace=(step, *due.steps),
        follows_goods=follows is None,
        treatment=due.treatment,
    )
