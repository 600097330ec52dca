"""Where the lines of a cart are taxed, and why: what is handed over in a store there, the rest where it is sent.

Pure, but for the prices that have been found before.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import Struct

from torg.carts.model import CartLine, StoredCart, StoredLine, TaxBasis
from torg.catalog import Sellable
from torg.customers import Membership
from torg.kernel.database import Transaction
from torg.markets import Atlas, Channel
from torg.pricing import Candidate, PriceContext, PriceRequest, Quote, Treatment, quoted


class Terms(Struct, frozen=True):
    """In which context the lines of each store (None: what is sent) are priced, and what one of each variant costs."""

    contexts: Mapping[str | None, PriceContext]
    quotes: Mapping[str | None, Mapping[UUID, Quote]]

    def of(self, store: str | None) -> PriceContext:
        """The context of what is handed over in a store, or sent."""
        return self.contexts.get(store) or self.contexts[None]

    def quote(self, line: StoredLine) -> Quote | None:
        """What one of a line costs; None when it has no price here."""
        return self.quotes.get(line.store, self.quotes[None]).get(line.variant_id)


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
        at=tx.now,
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
    return PriceContext.of(known, channel, at=tx.now, buyer=member, handed_over_in=store, business=business)


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
    return Terms(contexts, quotes)


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
