"""Carts as the outside sees them."""

from datetime import date, datetime
from typing import Any

from msgspec import Struct

from torg.carts.cards import LineCard
from torg.carts.choose_delivery import PricedChoice
from torg.carts.create import Begun
from torg.carts.hands.views import CartLeftOutView
from torg.carts.model import (
    Business,
    Cart,
    CartLine,
    CartState,
    CartWarning,
    Delivery,
    Intent,
    TaxBasis,
    Trouble,
)
from torg.carts.price_views import CartPriceBreakView, CartReductionView
from torg.carts.promotion_views import (
    CartAdjustmentView,
    CartGiftView,
    CartNearlyView,
    CartPromotionView,
    CartUnappliedView,
    called,
)
from torg.carts.ready import missing
from torg.catalog import Kind
from torg.customers import Address, Verdict
from torg.inventory import DeliveryKind
from torg.kernel.errors import FieldProblem
from torg.kernel.i18n import Words, field_text, words
from torg.kernel.ids import public
from torg.kernel.money import Money
from torg.pricing import Treatment, tax_note


class CartLineView(Struct, frozen=True):
    """A line; what it costs is null while it has no price here. `amount` is before `discount`.

    `adjustments` are the parts of `discount`, promotion by promotion; `gift` names the promotion that gives the line
    for nothing. `kept` units are kept from being sold to others until `kept_until`; when that has passed none are, and
    the line is bought like any other while there is stock. `card` says of gift cards what is wanted of them.
    """

    id: str
    variant: str
    product: str | None
    sku: str
    name: str
    options: str
    image: str | None
    kind: Kind
    quantity: int
    intent: Intent
    store: str | None
    note: str | None
    card: LineCard | None
    unit_price: Money | None
    amount: Money | None
    discount: Money | None
    net: Money | None
    tax: Money | None
    gross: Money | None
    price_includes_tax: bool | None
    kept: int
    kept_until: datetime | None
    adjustments: list[CartAdjustmentView]
    gift: str | None
    wraps: str | None
    recommended: Money | None
    breaks: list[CartPriceBreakView]
    reduction: CartReductionView | None

    @classmethod
    def of(cls, line: CartLine, currency: str, at: datetime, words: Words) -> "CartLineView":
        """The line with its part of the totals."""

        def money(amount: int | None) -> Money | None:
            return None if amount is None else Money(amount, currency)

        quote, total = line.quote, line.total
        return cls(
            id=public("lin", line.id),
            variant=public("var", line.variant_id),
            product=public("prd", line.product_id) if line.product_id else None,
            sku=line.sku,
            name=line.name,
            options=line.options,
            image=line.image,
            kind=line.kind,
            quantity=line.quantity,
            intent=line.intent,
            store=line.store,
            note=line.note,
            card=line.card,
            unit_price=money(quote.unit if quote else None),
            amount=money(total.amount if total else None),
            discount=money(total.discount if total else None),
            net=money(total.net if total else None),
            tax=money(total.tax if total else None),
            gross=money(total.gross if total else None),
            price_includes_tax=quote.tax_included if quote else None,
            kept=line.kept_at(at),
            kept_until=line.kept_until,
            adjustments=[CartAdjustmentView.of(one, currency, words) for one in line.adjustments],
            gift=line.gift,
            wraps=public("lin", line.wraps) if line.wraps else None,
            recommended=money(quote.recommended if quote else None),
            breaks=[CartPriceBreakView.of(one, currency) for one in quote.breaks] if quote else [],
            reduction=CartReductionView.of(quote.reduction, currency) if quote and quote.reduction else None,
        )


class CartDeliveryView(Struct, frozen=True):
    """Lines that reach the customer together, when, and what that costs after `discount`; null when it costs nothing.

    What is picked up would be ready at `ready_at`, on the store's clock.
    """

    method: str
    kind: DeliveryKind
    name: str
    store: str | None
    lines: list[str]
    earliest: date | None
    latest: date | None
    ready_at: datetime | None
    price: Money | None
    discount: Money | None
    adjustments: list[CartAdjustmentView]

    @classmethod
    def of(cls, delivery: Delivery, currency: str, words: Words) -> "CartDeliveryView":
        """The delivery in a language."""
        return cls(
            method=delivery.method,
            kind=delivery.kind,
            name=called(delivery.name, words.language),
            store=delivery.store,
            lines=[public("lin", line) for line in delivery.lines],
            earliest=delivery.earliest,
            latest=delivery.latest,
            ready_at=delivery.ready_at,
            price=Money(delivery.quote.unit - delivery.discount, currency) if delivery.quote else None,
            discount=Money(delivery.discount, currency) if delivery.quote else None,
            adjustments=[CartAdjustmentView.of(one, currency, words) for one in delivery.adjustments],
        )


class CartTaxView(Struct, frozen=True):
    """Everything that is taxed alike; the rate is in millionths."""

    name: str
    rate: int
    net: Money
    tax: Money
    gross: Money


class CartTotalsView(Struct, frozen=True):
    """What the cart comes to: `gross` is to be paid. `goods` and `discount` are as the prices are shown."""

    goods: Money
    discount: Money
    delivery: Money
    net: Money
    tax: Money
    gross: Money
    taxes: list[CartTaxView]

    @classmethod
    def of(cls, cart: Cart) -> "CartTotalsView":
        """The totals of a cart."""
        totals, currency = cart.totals, cart.currency

        def money(amount: int) -> Money:
            return Money(amount, currency)

        return cls(
            goods=money(sum(line.amount for line in totals.lines)),
            discount=money(totals.discount),
            delivery=money(sum(one.quote.unit - one.discount for one in cart.deliveries if one.quote)),
            net=money(totals.net),
            tax=money(totals.tax),
            gross=money(totals.gross),
            taxes=[
                CartTaxView(tax.name, tax.rate, money(tax.net), money(tax.tax), money(tax.gross))
                for tax in totals.taxes
            ],
        )


class CartWarningView(Struct, frozen=True):
    """Something that has changed under the cart; `subject` is how many there are, or the code that it is about."""

    code: Trouble
    message: str
    line: str | None
    subject: str

    @classmethod
    def of(cls, warning: CartWarning, language: str) -> "CartWarningView":
        """The warning in a language."""
        return cls(
            code=warning.code,
            message=words(language).text(f"cart.warning.{warning.code}"),
            line=public("lin", warning.line_id) if warning.line_id else None,
            subject=warning.subject,
        )


class BusinessView(Struct, frozen=True):
    """That a company buys. Its VAT number is `confirmed` by its register, right in form (`form_valid`) or `refuted`."""

    company: str
    vat_number: str | None
    verdict: Verdict | None
    checked_at: datetime | None

    @classmethod
    def of(cls, business: Business) -> "BusinessView":
        """The company as the cart's reader sees it."""
        checked = business.vat_number
        return cls(
            business.company,
            checked.number if checked else None,
            checked.verdict if checked else None,
            checked.at if checked else None,
        )


class TaxTreatmentView(Struct, frozen=True):
    """How some lines are taxed, from where to where, by which law; the `note` tells why, where no tax is taken."""

    treatment: Treatment
    note: str | None
    sent_from: str
    to: str
    law: str
    lines: list[str]

    @classmethod
    def of(cls, basis: TaxBasis, language: str) -> "TaxTreatmentView":
        """The basis in a language."""
        return cls(
            treatment=basis.treatment,
            note=tax_note(basis.treatment, language),
            sent_from=basis.sent_from,
            to=basis.to,
            law=basis.law,
            lines=[public("lin", line) for line in basis.lines],
        )


class CartView(Struct, frozen=True, kw_only=True):
    """A cart with prices, totals and warnings of this moment.

    `token` is told once, when a visitor's cart is made. `missing` says what must be set right before it can be bought.
    While tax is `tax_estimated`, an outside engine has not decided about it: reading the cart asks it. `left_out` is
    what did not come along when another cart has just gone into this one.
    """

    id: str
    token: str | None = None
    state: CartState
    version: int
    customer: str | None
    channel: str
    market: str
    language: str
    currency: str
    country: str
    email: str | None
    phone: str | None
    name: str | None
    address: Address | None
    billing_address: Address | None
    business: BusinessView | None
    purchase_order: str | None
    tax: list[TaxTreatmentView]
    tax_estimated: bool
    lines: list[CartLineView]
    deliveries: list[CartDeliveryView]
    codes: list[str]
    promotions: list[CartPromotionView]
    gifts: list[CartGiftView]
    unapplied: list[CartUnappliedView]
    nearly: list[CartNearlyView]
    totals: CartTotalsView
    warnings: list[CartWarningView]
    missing: list[FieldProblem]
    left_out: list[CartLeftOutView]

    @classmethod
    def of(cls, cart: Cart, language: str, token: str | None = None) -> "CartView":
        """The cart for a reader of this language."""
        names = ("state", "version", "channel", "market", "language", "currency", "country", "email", "phone")
        more = ("name", "address", "billing_address", "purchase_order")
        plain: dict[str, Any] = {name: getattr(cart, name) for name in names + more}
        told = words(language, cart.country)
        return cls(
            **plain,
            id=public("crt", cart.id),
            token=token,
            customer=public("cus", cart.customer_id) if cart.customer_id else None,
            business=BusinessView.of(cart.business) if cart.business else None,
            tax=[TaxTreatmentView.of(basis, language) for basis in cart.tax_basis],
            tax_estimated=cart.undecided is not None,
            lines=[CartLineView.of(line, cart.currency, cart.at, told) for line in cart.lines],
            deliveries=[CartDeliveryView.of(one, cart.currency, told) for one in cart.deliveries],
            codes=list(cart.codes),
            promotions=[CartPromotionView.of(one, cart.currency, told) for one in cart.promotions],
            gifts=[CartGiftView.of(one, told) for one in cart.gifts],
            unapplied=[CartUnappliedView.of(one, cart.currency, told) for one in cart.unapplied],
            nearly=[CartNearlyView.of(one, cart.currency, told) for one in cart.nearly],
            totals=CartTotalsView.of(cart),
            warnings=[CartWarningView.of(warning, language) for warning in cart.warnings],
            missing=[_told(problem, language) for problem in missing(cart)],
            left_out=[CartLeftOutView.of(one, language) for one in cart.left_out],
        )

    @classmethod
    def begun(cls, begun: Begun, language: str) -> "CartView":
        """A new cart, with the secret that opens it."""
        return cls.of(begun.cart, language, begun.token)


class CartChoiceView(Struct, frozen=True):
    """A way of delivery; a null price is none, and `discount` is off it already.

    What is not `available` cannot be brought at present. What is picked up would be ready at `ready_at`, on the store's
    clock.
    """

    method: str
    kind: DeliveryKind
    name: str
    store: str | None
    earliest: date
    latest: date
    ready_at: datetime | None
    price: Money | None
    discount: Money | None
    available: bool
    short: list[str]

    @classmethod
    def of(cls, priced: PricedChoice, language: str) -> "CartChoiceView":
        """The choice in a language."""
        choice = priced.choice
        return cls(
            method=choice.code,
            kind=choice.kind,
            name=called(choice.name, language),
            store=choice.store,
            earliest=choice.earliest,
            latest=choice.latest,
            ready_at=choice.ready_at,
            price=Money(priced.quote.unit - priced.discount, priced.currency) if priced.quote else None,
            discount=Money(priced.discount, priced.currency) if priced.quote else None,
            available=not choice.short,
            short=[public("var", variant) for variant in choice.short],
        )


def _told(problem: FieldProblem, language: str) -> FieldProblem:
    return FieldProblem(problem.field, problem.code, field_text(language, problem))
