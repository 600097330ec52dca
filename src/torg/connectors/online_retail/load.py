"""Bring in a checked file: the places, the goods with their prices, the customers, then invoice by invoice."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from torg import catalog, customers, inventory, orders
from torg.catalog import Kind, KnownSku, Listing, NewVariant, Outcome, ProductRecord, ProductText, Status
from torg.connectors.online_retail import compose, places
from torg.connectors.online_retail.check import Checked, Goods, vouchers
from torg.connectors.online_retail.model import CURRENCY, SOURCE, Options
from torg.connectors.online_retail.places import Places, chosen
from torg.imports import Portion, Progress, Run, add_entries, begin, bring_in
from torg.inventory import Receipt
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.kernel.money import Money
from torg.markets import load_atlas
from torg.pricing import NewPrice, load_prices

GOODS_AT_ONCE: Final = 500
CUSTOMERS_AT_ONCE: Final = 2_000
LINES_AT_ONCE: Final = 8_000
WEIGHT_OF_GOODS: Final = 20
RECEIPT: Final = f"{SOURCE} opening stock"


class NotTaken(Exception):
    """The catalogue refuses goods of the file."""


async def load(database: Database, checked: Checked, options: Options, progress: Progress) -> Run:
    """Write everything that is not written yet; the run as it was found."""
    await database.read(partial(_fits, options=options))
    portions = list(_portions(checked, options))
    run = await begin(database, SOURCE, checked.fingerprint, options.settings(), len(portions))
    await bring_in(database, run, portions, progress)
    return run


async def stock(database: Database, checked: Checked, options: Options) -> int:
    """Receive the opening stock of every variant that the location never had; of how many variants."""
    if not options.opening_stock:
        return 0
    return await database.run(partial(_receive, checked=checked, options=options))


async def _fits(tx: Transaction, *, options: Options) -> None:
    chosen(await load_atlas(tx), options)


def _portions(checked: Checked, options: Options) -> Iterator[Portion]:
    yield Portion("places", 1, partial(places.make, options=options))
    codes = sorted(checked.goods)
    for start in range(0, len(codes), GOODS_AT_ONCE):
        some = codes[start : start + GOODS_AT_ONCE]
        work = partial(_goods, checked=checked, options=options, codes=some)
        yield Portion("goods", len(some) * WEIGHT_OF_GOODS, work)
    people = range(0, len(checked.customers), CUSTOMERS_AT_ONCE)
    for start in people:
        yield Portion(
            "customers",
            CUSTOMERS_AT_ONCE,
            partial(_customers, checked=checked, options=options, start=start),
        )
    for invoices in _documents(checked):
        weight = sum(checked.lines_of(place) for place in invoices)
        yield Portion("orders", weight, partial(_orders, checked=checked, options=options, some=invoices))


def _documents(checked: Checked) -> Iterator[range]:
    """Invoices in the order of the file, about as many lines at once."""
    begin, lines = 0, 0
    for place in range(checked.documents):
        lines += checked.lines_of(place)
        if lines >= LINES_AT_ONCE:
            yield range(begin, place + 1)
            begin, lines = place + 1, 0
    if begin < checked.documents:
        yield range(begin, checked.documents)


async def _goods(tx: Transaction, *, checked: Checked, options: Options, codes: list[str]) -> None:
    """Goods that the catalogue does not know yet, with their price; what it knows stays as it is."""
    there = chosen(await load_atlas(tx), options)
    known = await catalog.of_skus(tx, codes)
    new = [code for code in codes if code not in known]
    records = [_record(code, checked.goods[code], there) for code in new]
    for loaded in await catalog.load(tx, records, by=SYSTEM):
        if loaded.outcome is Outcome.refused:
            why = "; ".join(f"{problem.field}: {problem.message}" for problem in loaded.problems)
            raise NotTaken(f"the catalogue refuses {new[loaded.record]}: {why}")
    made = await catalog.of_skus(tx, new)
    prices = [
        NewPrice(made[code].variant_id, Money(price, CURRENCY))
        for code in new
        if (price := _asked(code, checked.goods[code])) is not None
    ]
    await load_prices(tx, SOURCE, prices, by=SYSTEM)


def _asked(code: str, goods: Goods) -> int | None:
    return None if vouchers(code) else goods.price()


def _record(code: str, goods: Goods, there: Places) -> ProductRecord:
    """The product of a code: one of which nobody knows the price, or that is a voucher, stays a draft."""
    return ProductRecord(
        kind=Kind.digital if vouchers(code) else Kind.physical,
        texts={"en": ProductText(goods.name(code))},
        variants=(NewVariant(sku=code),),
        assortment=(Listing(f"market:{there.market}"),),
        status=Status.draft if _asked(code, goods) is None else Status.active,
    )


async def _customers(tx: Transaction, *, checked: Checked, options: Options, start: int) -> None:
    there = chosen(await load_atlas(tx), options)
    everybody = compose.customers(checked, there.channel)
    some = everybody[start : start + CUSTOMERS_AT_ONCE]
    await customers.load_history(tx, some, source=SOURCE, by=SYSTEM)


async def _orders(tx: Transaction, *, checked: Checked, options: Options, some: range) -> None:
    there = chosen(await load_atlas(tx), options)
    skus = await _skus(tx, checked)
    made = compose.compose(checked, some, skus, there.channel)
    await orders.load_history(tx, made.orders, source=SOURCE, by=SYSTEM)
    await orders.load_returns(tx, made.returns, source=SOURCE, by=SYSTEM)
    await add_entries(tx, made.entries)


async def _skus(tx: Transaction, checked: Checked) -> dict[str, KnownSku]:
    return await catalog.of_skus(tx, sorted(checked.goods))


async def _receive(tx: Transaction, *, checked: Checked, options: Options) -> int:
    there = chosen(await load_atlas(tx), options)
    skus = [known for code, known in (await _skus(tx, checked)).items() if not vouchers(code)]
    levels = await inventory.availability(tx, [known.variant_id for known in skus], [there.location])
    receipts = [
        Receipt(known.variant_id, there.location, options.opening_stock or 0)
        for known in sorted(skus, key=lambda known: known.sku)
        if not levels[known.variant_id]
    ]
    if receipts:
        await inventory.load_stock(tx, receipts, document=RECEIPT, by=SYSTEM)
    return len(receipts)
