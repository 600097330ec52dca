"""Where the lines of a cart are taxed, and why: what is handed over in a store there, the rest where it is sent.

Pure, but for the prices that have been found before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from torg.carts.cards import worth
from torg.carts.model import CartLine, Delivery, StoredCart, StoredLine, TaxBasis
from torg.catalog import CardAmounts, Sellable
from torg.customers import Membership
from torg.kernel.database import Transaction
from torg.markets import Atlas, Channel
from torg.pricing import (
    BUILT_IN,
    Assessment,
    Candidate,
    PriceContext,
    PriceRequest,
    Quote,
    TaxBasket,
    TaxClass,
    TaxItem,
    TaxQuestion,
    TaxTerms,
    Treatment,
    as_decided,
    day_of,
    decided,
    quoted,
)


class Terms(Struct, frozen=True):
    """In which context the lines of each store (None: what is sent) are priced, and what one of each variant costs.

    `amounts` are those that may be chosen of gift cards.
    """

    contexts: Mapping[str | None, PriceContext]
    quotes: Mapping[str | None, Mapping[UUID, Quote]]
    amounts: Mapping[UUID, tuple[CardAmounts, ...]] = {}

    def of(self, store: str | None) -> PriceContext:
        """The context of what is handed over in a store, or sent."""
        return self.contexts.get(store) or self.contexts[None]

    def quote(self, line: StoredLine | CartLine) -> Quote | None:
        """What one of a line costs; None when it has no price here."""
        found = self.of_line(line.store, line.variant_id)
        if found is None or line.card is None:
            return found
        return worth(found, line.card.amount, self.amounts.get(line.variant_id, ()))

    def of_line(self, store: str | None, variant_id: UUID) -> Quote | None:
        """What one of a variant costs that is handed over in a store, or sent."""
        return self.quotes.get(store, self.quotes[None]).get(variant_id)


def main_context(
    cart: StoredCart, channel: Channel, known: Atlas, tx: Transaction, member: Membership
) -> PriceContext:
    """The context of the cart: of what is sent, or where nothing is, of the store of its first line.

    An address counts as soon as something is sent or nothing is in the cart; else the country she chose, or the market.
    """
    stores = [line.store for line in cart.lines if line.store is not None]
    if stores and len(stores) == len(cart.lines):
        return in_store(stores[0], cart, channel, known, tx, member)
    country = region = postal_code = None
    if cart.address is not None:
        country, region, postal_code = cart.address.country, cart.address.region, cart.address.postal_code
    elif cart.country != known.market(cart.market).country:
        country = cart.country
    return PriceContext.of(
        known,
        channel,
        at=cart.moment(tx.now),
        country=country,
        region=region or None,
        postal_code=postal_code or None,
        buyer=member,
        business=number_that_is_enough(cart, known),
    )


def in_store(
    store: str, cart: StoredCart, channel: Channel, known: Atlas, tx: Transaction, member: Membership
) -> PriceContext:
    """The context of what is handed over in a store."""
    business = number_that_is_enough(cart, known)
    return PriceContext.of(
        known, channel, at=cart.moment(tx.now), buyer=member, handed_over_in=store, business=business
    )


def number_that_is_enough(cart: StoredCart, known: Atlas) -> str | None:
    """The VAT number of whoever buys, when the cart's market takes it for enough to sell without tax."""
    checked = cart.business.vat_number if cart.business is not None else None
    if checked is None or not checked.enough(known.market(cart.market).tax.vat_check):
        return None
    return checked.number


def terms_of(
    main: PriceContext,
    found: Mapping[UUID, Quote],
    others: Mapping[str, PriceContext],
    prices: Mapping[UUID, list[Candidate]],
    goods: Mapping[UUID, Sellable],
    quantities: Mapping[UUID, int],
) -> Terms:
    """The quotes of the cart's context, and those of each store in which some of the lines are handed over."""
    wanted = [PriceRequest(id, one.tax_class, quantities.get(id, 1)) for id, one in goods.items()]
    quotes: dict[str | None, Mapping[UUID, Quote]] = {None: found}
    contexts: dict[str | None, PriceContext] = {None: main}
    for store, context in others.items():
        contexts[store] = context
        quotes[store] = quoted(context, prices, wanted)
    amounts = {id: one.card_amounts for id, one in goods.items() if one.card_amounts}
    return Terms(contexts, quotes, amounts)


def basis_of(lines: Iterable[CartLine], terms: Terms) -> tuple[TaxBasis, ...]:
    """On what basis the lines are taxed as they are, each basis with its lines."""
    groups: dict[tuple[str | None, Treatment], list[UUID]] = {}
    for line in lines:
        if line.quote is not None:
            store = line.store if line.store in terms.contexts else None
            groups.setdefault((store, line.quote.treatment), []).append(line.id)
    return tuple(_basis(terms.of(store), treatment, ids) for (store, treatment), ids in groups.items())


def _basis(context: PriceContext, treatment: Treatment, lines: list[UUID]) -> TaxBasis:
    ruling = context.ruled(treatment)
    registration = ruling.registration if ruling is not None else None
    return TaxBasis(
        treatment=treatment,
        lines=tuple(lines),
        sent_from=context.terms.sent_from.country if context.terms else context.country,
        to=context.country,
        law=ruling.law if ruling is not None else "",
        scheme=registration.scheme if registration else None,
        number=registration.number if registration else None,
    )


class Said(Struct, frozen=True):
    """What is said of the tax of a cart: by an outside engine, where one decides and was asked; else by the quotes."""

    terms: Terms
    abroad: str = "gross"
    found: Assessment | None = None
    undecided: TaxQuestion | None = None

    def on_lines(self, lines: Sequence[CartLine]) -> list[CartLine]:
        """The lines with the tax that was decided; of what was not asked about (gifts) that of the first item."""
        if self.found is None:
            return list(lines)
        return [replace(line, quote=self._decided(line.quote, line.id.hex)) for line in lines]

    def on_deliveries(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """The deliveries with the tax that was decided."""
        if self.found is None:
            return list(deliveries)
        return [replace(one, quote=self._decided(one.quote, _name(one))) for one in deliveries]

    def basis(self, lines: Sequence[CartLine]) -> tuple[TaxBasis, ...]:
        """On what basis the lines are taxed as they are; nothing while it is undecided."""
        if self.undecided is not None:
            return ()
        return tuple(_said(lines, self.terms, self.found)) if self.found else basis_of(lines, self.terms)

    def _decided(self, quote: Quote | None, key: str) -> Quote | None:
        if quote is None or self.found is None or not self.found.items:
            return quote
        return as_decided(quote, self.found.about(key), self.found, self.abroad)


def engine_says(
    tx: Transaction,
    cart: StoredCart,
    terms: Terms,
    lines: Sequence[CartLine],
    deliveries: Sequence[Delivery],
    known: Atlas,
) -> Said:
    """Who decides about the tax of these lines and charges, and what was decided."""
    tax = known.market(cart.market).tax
    if tax.engine == BUILT_IN:
        return Said(terms)
    basket = _basket(cart, terms, lines, deliveries, known)
    found = decided(tx.database, basket) if basket.items else Assessment(tax.engine, ())
    if found is None:
        question = TaxQuestion(basket, tx.now, tax.engine, tax.without_engine)
        return Said(terms, tax.abroad, undecided=question)
    return Said(terms, tax.abroad, found)


def _basket(
    cart: StoredCart, terms: Terms, lines: Sequence[CartLine], deliveries: Sequence[Delivery], known: Atlas
) -> TaxBasket:
    main, of = terms.of(None), _terms(terms.of(None))
    goods = [_goods(line, line.quote, terms.of(line.store)) for line in lines if line.quote is not None]
    charges = [_charge(one, one.quote, terms.of(one.store)) for one in deliveries if one.quote is not None]
    return TaxBasket(
        market=cart.market,
        seller=known.channel(cart.channel).seller,
        standing=of.seller,
        home=of.home,
        currency=cart.currency,
        day=day_of(of.sent_from, main.at),
        items=(*goods, *charges),
        business=of.business,
    )


def _goods(line: CartLine, quote: Quote, context: PriceContext) -> TaxItem:
    return TaxItem(
        key=line.id.hex,
        kind="goods",
        tax_class=line.tax_class,
        quantity=line.quantity,
        unit=quote.unit,
        tax_included=quote.tax_included,
        sent_from=_terms(context).sent_from,
        to=context.place,
        sku=line.sku,
    )


def _charge(delivery: Delivery, quote: Quote, context: PriceContext) -> TaxItem:
    return TaxItem(
        key=_name(delivery),
        kind="delivery",
        tax_class=TaxClass.standard,
        quantity=1,
        unit=quote.unit,
        tax_included=quote.tax_included,
        sent_from=_terms(context).sent_from,
        to=context.place,
    )


def _terms(context: PriceContext) -> TaxTerms:
    if context.terms is None:
        raise LookupError("a cart is reckoned in a context with terms")
    return context.terms


def _name(delivery: Delivery) -> str:
    return f"{delivery.method}@{delivery.store or ''}"


def _said(lines: Sequence[CartLine], terms: Terms, found: Assessment) -> Iterator[TaxBasis]:
    groups: dict[tuple[str | None, Treatment, str], list[UUID]] = {}
    for line in lines:
        if line.quote is not None:
            item = found.about(line.id.hex)
            groups.setdefault((line.store, item.treatment, item.law), []).append(line.id)
    for (store, treatment, law), ids in groups.items():
        context = terms.of(store)
        yield TaxBasis(
            treatment=treatment,
            lines=tuple(ids),
            sent_from=context.terms.sent_from.country if context.terms else context.country,
            to=context.country,
            law=law,
            engine=found.engine,
            reference=found.reference,
        )
