"""Who decides about tax: the port through which an engine answers for a whole basket, and the memory of its answers.

The built-in engine is the first that fills it. Another one, which a market names (`tax.engine`), is an outside service:
it is asked before a transaction, never inside one, and its answer is remembered for exactly the basket that it was
given for. It answers with rates; adding up stays with `totals`, so lines agree with sums, whoever decided.

When it does not answer, the market's `tax.without_engine` decides: nothing is sold, or the built-in engine answers in
its place, which refuses what it does not know. An answer that leaves out an item, or has an impossible rate, is none.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, Literal, Protocol
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from torg.kernel.database import Database, external
from torg.kernel.errors import Refused
from torg.kernel.money import ratio
from torg.pricing.context import PriceContext, TaxTerms
from torg.pricing.model import BUILT_IN, MILLION, Quote, TraceStep, Treatment
from torg.pricing.tax import Place, SellerStanding, UnitPrice, regimes
from torg.pricing.taxing import Taxes

KEPT: Final = 600_000_000_000  # nanoseconds
KEPT_FOR_A_SILENT_ONE: Final = 30_000_000_000
MOST: Final = 10_000


class EngineSilent(Exception):
    """The engine did not answer, or not for every item of the basket."""


class TaxItem(Struct, frozen=True):
    """Goods or a charge for delivery, as they are priced: `key` names them in the answer."""

    key: str
    kind: Literal["goods", "delivery"]
    tax_class: str
    quantity: int
    unit: int
    tax_included: bool
    sent_from: Place
    to: Place
    sku: str = ""


class TaxBasket(Struct, frozen=True):
    """Everything that is sold together, by whom and to whom; `business` is a VAT number that is enough.

    `home` is the place whose tax is in prices that have tax in them.
    """

    market: str
    seller: str
    standing: SellerStanding
    home: Place
    currency: str
    day: str
    items: tuple[TaxItem, ...]
    business: str | None = None

    @property
    def digest(self) -> bytes:
        """What tells this basket from every other."""
        return hashlib.sha256(msgspec.json.encode(self)).digest()


class TaxQuestion(Struct, frozen=True):
    """What an outside engine is to decide, and what holds when it is silent: nothing is sold, or `built-in`."""

    basket: TaxBasket
    at: datetime
    engine: str
    otherwise: str


class TaxNotDecided(Refused):
    """The engine that decides about tax here has not answered; `question` is what it is to be asked."""

    code = "tax-not-decided"
    message = "The tax cannot be determined at present. Try again in a moment."
    question: TaxQuestion | None = None

    @classmethod
    def about(cls, question: TaxQuestion) -> "TaxNotDecided":
        """That this is to be asked first."""
        error = cls()
        error.question = question
        return error


class ItemTax(Struct, frozen=True):
    """The tax on one item: its rate in millionths, its name, and how it is treated."""

    key: str
    rate: int
    name: str
    treatment: Treatment = Treatment.domestic
    law: str = ""


class Assessment(Struct, frozen=True):
    """What an engine says of a basket; `reference` is its own name for having said so."""

    engine: str
    items: tuple[ItemTax, ...]
    reference: str | None = None

    def about(self, key: str) -> ItemTax:
        """What is said of an item; of one that nobody asked about, what is said of the first."""
        return next((item for item in self.items if item.key == key), self.items[0])


class TaxEngine(Protocol):
    """Decides about the tax of a basket; raises EngineSilent when it cannot."""

    code: str

    async def assess(self, basket: TaxBasket, at: datetime) -> Assessment:
        """The tax of every item of the basket."""
        ...


class BuiltIn:
    """The engine of the tables: the rules say whose tax it is, the table how much."""

    code = BUILT_IN

    async def assess(self, basket: TaxBasket, at: datetime) -> Assessment:
        """The tax of every item; refuses what the tables or the seller's registrations do not answer for."""
        ways = dict.fromkeys((item.sent_from, item.to) for item in basket.items)
        found = [one for way in ways for one in self._way(basket, *way, at)]
        return Assessment(self.code, tuple(found))

    def _way(self, basket: TaxBasket, sent_from: Place, to: Place, at: datetime) -> Iterator[ItemTax]:
        items = [item for item in basket.items if (item.sent_from, item.to) == (sent_from, to)]
        goods = [(self._unit(basket, i), i.tax_class, i.quantity) for i in items if i.kind == "goods"]
        taxes = Taxes(self._context(basket, sent_from, to, at), goods)
        for item in items:
            unit = self._unit(basket, item)
            if item.kind == "goods":
                due = taxes.due(unit, item.tax_class)
            else:
                worth = sum(one.amount * quantity for one, _, quantity in goods)
                whole = UnitPrice(worth, basket.currency, item.tax_included)
                due = taxes.due_for_delivery(unit, item.tax_class, whole)
            yield ItemTax(item.key, due.row.rate, due.row.name, due.treatment, due.row.law)

    @staticmethod
    def _unit(basket: TaxBasket, item: TaxItem) -> UnitPrice:
        return UnitPrice(item.unit, basket.currency, item.tax_included)

    @staticmethod
    def _context(basket: TaxBasket, sent_from: Place, to: Place, at: datetime) -> PriceContext:
        return PriceContext(
            channel="",
            market=basket.market,
            currency=basket.currency,
            country=to.country,
            region=to.region,
            at=at,
            postal_code=to.postal_code,
            terms=TaxTerms(basket.standing, sent_from, basket.home, business=basket.business),
        )


class TaxEngines:
    """The engines that are plugged in, by code; the built-in one always is."""

    def __init__(self, *engines: TaxEngine) -> None:
        self.engines: Mapping[str, TaxEngine] = {one.code: one for one in (BuiltIn(), *engines)}

    async def decide(self, database: Database, question: TaxQuestion) -> Assessment:
        """Ask the engine and remember its answer.

        When it is silent: TaxNotDecided, or the answer of the built-in engine, as the question says.
        """
        external()
        basket, kept = question.basket, KEPT
        try:
            found = await self._asked(question.engine, basket, question.at)
        except EngineSilent:
            if question.otherwise != BUILT_IN:
                raise TaxNotDecided.about(question) from None
            found, kept = await BuiltIn().assess(basket, question.at), KEPT_FOR_A_SILENT_ONE
        _memory(database).keep(basket, found, kept)
        return found

    async def _asked(self, engine: str, basket: TaxBasket, at: datetime) -> Assessment:
        asked = self.engines.get(engine)
        if asked is None:
            raise EngineSilent(engine)
        found = await asked.assess(basket, at)
        wanted = sorted(item.key for item in basket.items)
        if sorted(item.key for item in found.items) != wanted:
            raise EngineSilent(f"{engine} left something out")
        if any(
            not 0 <= item.rate <= MILLION or (item.rate and item.treatment.untaxed) for item in found.items
        ):
            raise EngineSilent(f"{engine} told an impossible rate")
        return found


class _Memory:
    def __init__(self) -> None:
        self.kept: dict[bytes, tuple[int, Assessment]] = {}

    def keep(self, basket: TaxBasket, found: Assessment, nanoseconds: int) -> None:
        if len(self.kept) >= MOST:
            self.kept.clear()
        self.kept[basket.digest] = (time.monotonic_ns() + nanoseconds, found)

    def find(self, basket: TaxBasket) -> Assessment | None:
        until, found = self.kept.get(basket.digest, (0, None))
        return found if until > time.monotonic_ns() else None


_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


def _memory(database: Database) -> _Memory:
    return _memories.setdefault(database, _Memory())


def decided(database: Database, basket: TaxBasket) -> Assessment | None:
    """What was said of exactly this basket lately; None when nobody was asked."""
    return _memory(database).find(basket)


def day_of(place: Place, at: datetime) -> str:
    """The day on which something leaves a place, by its own calendar."""
    tax = regimes().get(place.country)
    return (tax.today(at) if tax is not None else at.date()).isoformat()


def as_decided(quote: Quote, item: ItemTax, found: Assessment, abroad: str) -> Quote:
    """A quote with the tax that an engine has decided in place of the estimate that stood for it."""
    unit = quote.unit
    if quote.tax_included and (abroad == "net" or item.treatment.untaxed):
        unit = ratio(unit, MILLION + item.rate, MILLION + quote.tax_rate)
    facts = {"name": item.name, "rate": item.rate, "engine": found.engine, "law": item.law}
    return replace(
        quote,
        unit=unit,
        tax_rate=item.rate,
        tax_name=item.name,
        treatment=item.treatment,
        follows_goods=False,
        trace=(*(step for step in quote.trace if step.code != "tax"), TraceStep("tax-decided", facts)),
    )
