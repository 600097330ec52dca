"""Lines come into a cart, change and go."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import replace

from torg.carts import facts, rules
from torg.carts.cards import LineCard, checked
from torg.carts.change import changed, open_to_change
from torg.carts.frame import framed
from torg.carts.model import Cart, Intent, StoredCart, StoredLine
from torg.carts.refusals import NotForSale
from torg.catalog import Kind
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.ids import new_id
from torg.markets import Atlas, Channel, atlas
from torg.promotions import zone_of


class LineWish(Struct, frozen=True):
    """What is to come into the cart; without an intent the channel decides. `id` is what its line will be called."""

    variant_id: UUID
    quantity: int = 1
    intent: Intent | None = None
    store: str | None = None
    note: str | None = None
    card: LineCard | None = None
    id: UUID = field(default_factory=new_id)


class LineChange(Struct, frozen=True):
    """What becomes of a line; what is left out stays."""

    quantity: int | UnsetType = UNSET
    intent: Intent | UnsetType = UNSET
    store: str | UnsetType | None = UNSET
    note: str | UnsetType | None = UNSET
    card: LineCard | UnsetType | None = UNSET


async def add_line(
    tx: Transaction,
    cart_id: UUID,
    wish: LineWish,
    *,
    by: Actor,
    channel: str | None = None,
    version: int | None = None,
) -> Cart:
    """Put a variant into the cart; what is in it already in the same way becomes more of it.

    `channel` is where the customer is now, when that is another than where she began: it is written on the line, and a
    till's lets her carry the goods out.
    """
    cart = await open_to_change(tx, cart_id, by=by, version=version, channel=channel)
    return await changed(tx, cart, rules.with_line(cart, await make_line(tx, cart, wish, channel, by)), by=by)


async def change_line(
    tx: Transaction,
    cart_id: UUID,
    line_id: UUID,
    change: LineChange,
    *,
    by: Actor,
    version: int | None = None,
) -> Cart:
    """Change how many, how they reach the customer, or the note."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    line = rules.line_of(cart, line_id)
    if change.quantity is not UNSET:
        line = replace(line, quantity=change.quantity)
    if change.note is not UNSET:
        line = replace(line, note=change.note)
    if change.card is not UNSET:
        line = replace(line, card=await _card(tx, cart, line, change.card))
    if change.intent is not UNSET or change.store is not UNSET:
        intent = line.intent if change.intent is UNSET else change.intent
        store = line.store if change.store is UNSET else change.store
        line = await _way(tx, cart, line, intent, store)
    return await changed(tx, cart, rules.with_changed(cart, line), by=by)


async def remove_line(
    tx: Transaction, cart_id: UUID, line_id: UUID, *, by: Actor, version: int | None = None
) -> Cart:
    """Take a line out of the cart."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    return await changed(tx, cart, rules.without(cart, line_id), by=by)


async def empty(tx: Transaction, cart_id: UUID, *, by: Actor, version: int | None = None) -> Cart:
    """Take everything out of the cart; what was kept for it can be sold to others. Done twice, it stays as it is."""
    cart = await open_to_change(tx, cart_id, by=by, version=version)
    return await changed(tx, cart, replace(cart, lines=()) if cart.lines else cart, by=by)


async def with_lines(
    tx: Transaction,
    cart: StoredCart,
    wishes: Sequence[LineWish],
    *,
    by: Actor,
    channel: str | None = None,
    named: str = "lines",
) -> StoredCart:
    """The cart with new lines, which its channel has to sell.

    `Invalid` names the wrong fields of all of them, by their places in the field `named` of who asked.
    """
    wrong: list[FieldProblem] = []
    for place, wish in enumerate(wishes):
        try:
            cart = rules.with_line(cart, await make_line(tx, cart, wish, channel, by))
        except Invalid as invalid:
            wrong += [replace(one, field=f"{named}.{place}.{one.field}") for one in invalid.problems]
    if wrong:
        raise Invalid.of(*wrong)
    return cart


async def make_line(
    tx: Transaction, cart: StoredCart, wish: LineWish, channel: str | None, by: Actor
) -> StoredLine:
    """A new line of the cart, if its channel sells the variant now."""
    frame = await framed(tx, cart, fresh=False, counted=False, coming=[wish.variant_id], priced=False)
    known, goods = frame.atlas, frame.facts.goods.get(wish.variant_id)
    if goods is None or not goods.published:
        raise NotForSale()
    here = known.selling(channel) if channel is not None else frame.channel
    rules.must_sell_in(here, by)
    intent, store = rules.intent_of(
        goods.kind, wish.intent, wish.store, channel=here, market=cart.market, atlas=known
    )
    card = checked(wish.card, goods, cart.currency, _today(tx, known, here)) if wish.card else None
    return StoredLine(
        id=wish.id,
        variant_id=wish.variant_id,
        quantity=wish.quantity,
        intent=intent,
        store=store,
        note=wish.note,
        channel=here.code,
        added_at=tx.now,
        card=card,
    )


async def _card(
    tx: Transaction, cart: StoredCart, line: StoredLine, wish: LineCard | None
) -> LineCard | None:
    if wish is None:
        return None
    known = await atlas(tx.database)
    found = await facts.goods(tx, known.channel(cart.channel), cart.language, [line.variant_id], fresh=False)
    if line.variant_id not in found:
        raise NotForSale()
    today = _today(tx, known, known.channel(line.channel))
    return checked(wish, found[line.variant_id], cart.currency, today)


def _today(tx: Transaction, known: Atlas, channel: Channel) -> date:
    return tx.now.astimezone(ZoneInfo(zone_of(known, channel))).date()


async def _way(
    tx: Transaction, cart: StoredCart, line: StoredLine, wish: Intent, place: str | None
) -> StoredLine:
    known = await atlas(tx.database)
    found = await facts.goods(tx, known.channel(cart.channel), cart.language, [line.variant_id], fresh=False)
    kind = found[line.variant_id].kind if line.variant_id in found else Kind.physical
    here = known.channel(line.channel)
    intent, store = rules.intent_of(kind, wish, place, channel=here, market=cart.market, atlas=known)
    return replace(line, intent=intent, store=store)
