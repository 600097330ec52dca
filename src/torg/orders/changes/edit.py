"""From an order and what is wanted of it to the cart that it would be: no database, no clock.

The order is read back as the cart that it was made of, the actions change that cart, and what cannot be done any more
is named: goods that have left, or that somebody prepares, stay as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from msgspec import UNSET, Struct
from msgspec.structs import replace

from torg.carts import CartState, StoredCart, StoredLine, wrapped
from torg.carts import Intent as CartIntent
from torg.customers import check as tidied
from torg.customers import normalise_phone, wrong_fields
from torg.inventory import DeliveryKind, DeliveryMethod, ships_to
from torg.kernel.access import email_address
from torg.kernel.errors import FieldProblem, Invalid, NotFound
from torg.kernel.ids import parse
from torg.markets import Atlas, Channel
from torg.orders.changes.actions import (
    Action,
    AddLine,
    RemoveLine,
    SetAddress,
    SetContact,
    SetDelivery,
    SetPrice,
    SetQuantity,
    SwapVariant,
)
from torg.orders.model import Intent, Order, OrderLine

TAKEN_OVER: Final = """
customer_id token_hash channel market language currency country email phone address business codes journey
purchase_order
""".split()
EXCHANGED: Final = "exchange"
"""Why goods cost what they do that were taken in an exchange: no promotion looks at them."""

AWAY: Final = frozenset({CartIntent.ship, CartIntent.pick_up})

SENTENCES: Final = {
    "unknown-line": "The order has no such line.",
    "already-left": "These goods have left already.",
    "being-prepared": "These goods are being prepared already.",
    "gift": "This is a gift, which follows from the rest of the order.",
    "last-line": "Nothing would be left. Cancel the order instead.",
    "not-for-sale": "This cannot be bought here at present.",
    "gift-cards-new-order": "Gift cards are bought by an order of their own.",
    "no-way": "These goods cannot be delivered in this way.",
    "country-not-sold-to": "This market does not sell to that country.",
    "not-a-phone-number": "This is not a phone number. Begin with + and the country.",
    "same": "It is so already.",
    "fewer-only": "Ask us to add something to the order.",
    "only-staff": "Ask us to change this.",
}


class Facts(Struct, frozen=True):
    """What is known around an order: how its channel sells, and how many units of each line nobody can take out.

    At the `counter` of a store goods can be carried out.
    """

    channel: Channel
    atlas: Atlas
    methods: Mapping[str, DeliveryMethod]
    begun: Mapping[UUID, int]
    counter: str | None = None


class Wanted(Struct, frozen=True):
    """The cart that the order would be, what lines are to cost and why, and what cannot be done.

    `problems` are told by the place of their action.
    """

    cart: StoredCart
    set_prices: Mapping[UUID, tuple[int, str]]
    name: str
    problems: tuple[FieldProblem, ...] = ()

    @property
    def exchanged(self) -> frozenset[UUID]:
        """The lines whose price was agreed on in an exchange."""
        return frozenset(id for id, (_, reason) in self.set_prices.items() if reason == EXCHANGED)


def as_cart(order: Order, lines: Sequence[OrderLine]) -> StoredCart:
    """The order as the cart that it was; gifts are no lines of a cart."""
    return StoredCart(
        id=order.order_id,
        state=CartState.open,
        version=order.version,
        **{name: getattr(order, name) for name in TAKEN_OVER},
        name=order.name or None,
        billing_address=order.billing,
        ship_method=_method(order, Intent.ship),
        pick_up_method=_method(order, Intent.pick_up),
        created_by=order.actor,
        created_at=order.created_at,
        changed_at=order.created_at,
        lines=tuple(_stored(order, line) for line in lines if line.gift is None),
    )


def _method(order: Order, intent: Intent) -> str | None:
    return next((one.method for one in order.deliveries if one.intent is intent), None)


def _stored(order: Order, line: OrderLine) -> StoredLine:
    return StoredLine(
        id=line.id,
        variant_id=line.variant_id,
        quantity=line.quantity,
        intent=CartIntent(line.intent.value),
        store=line.store,
        note=line.note,
        channel=order.channel,
        added_at=order.created_at,
        card=line.card,
        wraps=line.wraps,
    )


class _Wrong(Exception):
    """An action that cannot be done; told with the others."""

    def __init__(self, field: str, code: str, message: str | None = None) -> None:
        self.problem = FieldProblem(field, code, message or SENTENCES[code])
        super().__init__(code)


class _Editor:
    """A cart that is being changed, action by action."""

    def __init__(self, order: Order, lines: Sequence[OrderLine], facts: Facts, change_id: UUID) -> None:
        self.cart = as_cart(order, lines)
        self.facts = facts
        self.change_id = change_id
        self.was = {line.id: line for line in lines}
        self.set_prices = {line.id: (line.unit, line.price_reason) for line in lines if line.price_reason}
        self.name = order.name
        self.place = 0

    def line(self, public_id: str) -> StoredLine:
        """The line of this id, as it has become."""
        try:
            id = parse("lin", public_id)
        except NotFound as unknown:
            raise _Wrong("line", "unknown-line") from unknown
        if id in self.was and self.was[id].gift is not None:
            raise _Wrong("line", "gift")
        found = next((line for line in self.cart.lines if line.id == id), None)
        if found is None:
            raise _Wrong("line", "unknown-line")
        return found

    def fixed(self, line: StoredLine) -> int:
        """How many of its units have left, or are being prepared."""
        return self.facts.begun.get(line.id, 0)

    def free(self, line: StoredLine, field: str = "line", down_to: int = 0) -> None:
        """Refuse what would touch units that have left, or that somebody prepares."""
        if self.fixed(line) > down_to:
            gone = self.was[line.id].gone if line.id in self.was else 0
            left = gone > down_to or line.intent not in AWAY
            raise _Wrong(field, "already-left" if left else "being-prepared")

    def keep(self, changed: StoredLine) -> None:
        """Put a line in its own place."""
        self.cart = replace(
            self.cart, lines=tuple(changed if line.id == changed.id else line for line in self.cart.lines)
        )

    def drop(self, gone: StoredLine) -> None:
        """Take a line out."""
        self.cart = replace(self.cart, lines=tuple(line for line in self.cart.lines if line.id != gone.id))
        self.set_prices.pop(gone.id, None)

    def wrap(self) -> None:
        """Let gift wrappings follow their goods."""
        after = wrapped(self.cart)
        left = {line.id: line.quantity for line in after.lines}
        for line in self.cart.lines:
            if line.wraps is not None and left.get(line.id, 0) < line.quantity:
                self.free(line, down_to=left.get(line.id, 0))
        self.cart = after

    def new_id(self) -> UUID:
        """The same whenever this action of the change is reckoned."""
        return uuid5(self.change_id, str(self.place))


def wanted(
    order: Order,
    lines: Sequence[OrderLine],
    actions: Sequence[Action],
    facts: Facts,
    change_id: UUID,
    *,
    fewer_only: bool = False,
    at: datetime,
) -> Wanted:
    """The order as the actions want it, one after the other; whatever of them cannot be done is left out and told."""
    editor = _Editor(order, lines, facts, change_id)
    problems: list[FieldProblem] = []
    for place, action in enumerate(actions):
        editor.place = place
        try:
            if fewer_only and isinstance(action, SetQuantity):
                _must_be_fewer(editor, action)
            DOING[type(action)](editor, action, at)
            editor.wrap()
        except _Wrong as wrong:
            problems.append(_at(place, wrong.problem))
        except Invalid as invalid:
            problems += [_at(place, problem) for problem in invalid.problems]
    if not editor.cart.lines:
        problems.append(FieldProblem("actions", "last-line", SENTENCES["last-line"]))
    return Wanted(editor.cart, editor.set_prices, editor.name, tuple(problems))


def _at(place: int, problem: FieldProblem) -> FieldProblem:
    field = f"actions.{place}.{problem.field}" if problem.field else f"actions.{place}"
    return replace(problem, field=field)


def _must_be_fewer(editor: _Editor, action: SetQuantity) -> None:
    if action.quantity > editor.line(action.line).quantity:
        raise _Wrong("quantity", "fewer-only")


def _add(editor: _Editor, action: AddLine, at: datetime) -> None:
    _new_line(editor, action.variant, action.quantity, action.intent, action.store, action.note, at)


def _new_line(
    editor: _Editor,
    variant: str,
    quantity: int,
    intent: Intent,
    store: str | None,
    note: str | None,
    at: datetime,
) -> None:
    """How it reaches the customer is looked at when it is known what it is."""
    try:
        variant_id = parse("var", variant)
    except NotFound as unknown:
        raise _Wrong("variant", "not-for-sale") from unknown
    known = editor.facts.atlas
    here = intent in {Intent.pick_up, Intent.carry_out}
    if here and (store not in known.stores or known.store(store or "").market != editor.cart.market):
        raise _Wrong("store", "no-way")
    if intent is Intent.carry_out and store != editor.facts.counter:
        raise _Wrong("intent", "no-way")
    line = StoredLine(
        id=editor.new_id(),
        variant_id=variant_id,
        quantity=quantity,
        intent=CartIntent(intent.value),
        store=store if here else None,
        note=note,
        channel=editor.cart.channel,
        added_at=at,
    )
    editor.cart = replace(editor.cart, lines=(*editor.cart.lines, line))


def _remove(editor: _Editor, action: RemoveLine, _: datetime) -> None:
    line = editor.line(action.line)
    editor.free(line)
    editor.drop(line)


def _quantity(editor: _Editor, action: SetQuantity, _: datetime) -> None:
    line = editor.line(action.line)
    editor.free(line, "quantity", down_to=action.quantity)
    editor.keep(replace(line, quantity=action.quantity))


def _swap(editor: _Editor, action: SwapVariant, at: datetime) -> None:
    line = editor.line(action.line)
    editor.free(line)
    editor.drop(line)
    intent = Intent(line.intent.value)
    _new_line(editor, action.variant, line.quantity, intent, line.store, line.note, at)
    for around in editor.cart.lines:
        if around.wraps == line.id:
            editor.keep(replace(around, wraps=editor.new_id()))


def _price(editor: _Editor, action: SetPrice, _: datetime) -> None:
    line = editor.line(action.line)
    if line.id in editor.was and editor.was[line.id].gone:
        raise _Wrong("line", "already-left")
    editor.set_prices[line.id] = (action.unit, action.reason)


def _delivery(editor: _Editor, action: SetDelivery, _: datetime) -> None:
    method = editor.facts.methods.get(action.method)
    if method is None or not method.active:
        raise _Wrong("method", "no-way")
    chosen = [editor.line(id) for id in action.lines] if action.lines is not None else None
    lines = chosen if chosen is not None else [line for line in editor.cart.lines if line.intent in AWAY]
    if any(line.intent not in AWAY for line in lines):
        raise _Wrong("lines", "no-way")
    if method.kind is DeliveryKind.ship:
        _ship(editor, method, lines)
        return
    if action.store is None or action.store not in method.stores:
        raise _Wrong("store", "no-way")
    if editor.facts.atlas.store(action.store).market != editor.cart.market:
        raise _Wrong("store", "no-way")
    for line in lines:
        if (line.intent, line.store) != (CartIntent.pick_up, action.store):
            editor.free(line, "lines")
            editor.keep(replace(line, intent=CartIntent.pick_up, store=action.store))
    editor.cart = replace(editor.cart, pick_up_method=method.code)


def _ship(editor: _Editor, method: DeliveryMethod, lines: Sequence[StoredLine]) -> None:
    """All that is sent goes by one method, so what is sent already must not be on its way by another."""
    address = editor.cart.address
    country = address.country if address else editor.cart.country
    if not ships_to(method, country, address.postal_code if address else None):
        raise _Wrong("method", "no-way")
    others = [line for line in editor.cart.lines if line.intent is CartIntent.ship]
    if editor.cart.ship_method != method.code:
        for line in others:
            editor.free(line, "method")
    for line in lines:
        if line.intent is not CartIntent.ship:
            editor.free(line, "lines")
            editor.keep(replace(line, intent=CartIntent.ship, store=None))
    editor.cart = replace(editor.cart, ship_method=method.code)


def _address(editor: _Editor, action: SetAddress, _: datetime) -> None:
    wrong: list[FieldProblem] = []
    if action.billing is not UNSET:
        wrong += wrong_fields(action.billing, field="billing")
    if action.delivery is not UNSET:
        wrong += wrong_fields(action.delivery, field="delivery")
        if action.delivery.country not in editor.facts.atlas.market(editor.cart.market).countries:
            wrong.append(
                FieldProblem("delivery.country", "country-not-sold-to", SENTENCES["country-not-sold-to"])
            )
        for line in editor.cart.lines:
            if line.intent is CartIntent.ship:
                editor.free(line, "delivery")
    if wrong:
        raise Invalid.of(*wrong)
    if action.billing is not UNSET:
        editor.cart = replace(editor.cart, billing_address=tidied(action.billing))
    if action.delivery is not UNSET:
        address = tidied(action.delivery)
        editor.cart = replace(editor.cart, address=address, country=address.country)


def _contact(editor: _Editor, action: SetContact, _: datetime) -> None:
    if action.email is not UNSET:
        editor.cart = replace(editor.cart, email=email_address.normalise(action.email))
    if action.phone is not UNSET:
        phone = normalise_phone(action.phone, editor.cart.country)
        if phone is None:
            raise _Wrong("phone", "not-a-phone-number")
        editor.cart = replace(editor.cart, phone=phone)
    if action.name is not UNSET:
        editor.name = " ".join(action.name.split())
        editor.cart = replace(editor.cart, name=editor.name)


DOING: Final[Mapping[type[Action], Callable[[_Editor, Any, datetime], None]]] = {
    AddLine: _add,
    RemoveLine: _remove,
    SetQuantity: _quantity,
    SwapVariant: _swap,
    SetPrice: _price,
    SetDelivery: _delivery,
    SetAddress: _address,
    SetContact: _contact,
}
