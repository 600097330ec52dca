"""A customer keeps lists: begins and names them, puts goods on them, takes them off, and shows them to others."""

import secrets
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from torg.carts import facts
from torg.carts.lists import store
from torg.carts.lists.model import (
    MOST_ITEMS,
    MOST_LISTS,
    Item,
    ListFull,
    SavedList,
    TooManyLists,
    UnknownList,
)
from torg.carts.refusals import NotForSale
from torg.customers import require_customer
from torg.kernel.access import Actor
from torg.kernel.access.tokens import digest
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.kernel.ids import public
from torg.markets import atlas

SHARE: Final = "torg_sl_"


async def lists(tx: Transaction, *, by: Actor) -> list[SavedList]:
    """The customer's lists, the oldest first."""
    return await store.of_customer(tx, require_customer(by))


async def see(tx: Transaction, list_id: UUID, *, by: Actor) -> SavedList:
    """One of the customer's lists."""
    return await opened(tx, list_id, by=by, lock=False)


async def begin(tx: Transaction, id: UUID, name: str, *, by: Actor) -> SavedList:
    """Begin a list; `id` is what it will be called."""
    customer_id = require_customer(by)
    said = _named(name)
    if await store.count(tx, customer_id) >= MOST_LISTS:
        raise TooManyLists(most=MOST_LISTS)
    store.add(tx, customer_id, id, said)
    return SavedList(customer_id, id, said, 1, tx.now, tx.now)


async def rename(tx: Transaction, list_id: UUID, name: str, *, version: int | None, by: Actor) -> SavedList:
    """Give a list another name."""
    one = await opened(tx, list_id, by=by)
    if version is not None and version != one.version:
        raise StaleVersion(given=version, present=one.version)
    return saved(tx, one, replace(one, name=_named(name)))


async def forget(tx: Transaction, list_id: UUID, *, by: Actor) -> None:
    """Forget a list; whoever has its link sees it no more."""
    store.remove(tx, await opened(tx, list_id, by=by))


async def put(
    tx: Transaction,
    list_id: UUID,
    variant_id: UUID,
    quantity: int,
    note: str | None,
    *,
    channel: str,
    by: Actor,
) -> SavedList:
    """Put so many of a variant on a list that the channel sells; what is on it already becomes so many."""
    one = await opened(tx, list_id, by=by)
    known = await atlas(tx.database)
    place = known.selling(channel)
    language = known.market(place.market).languages[0]
    goods = await facts.goods(tx, place, language, [variant_id], fresh=False)
    if variant_id not in goods or not goods[variant_id].published:
        raise NotForSale()
    return saved(tx, one, with_item(one, Item(variant_id, quantity, note, tx.now)))


async def take_off(tx: Transaction, list_id: UUID, variant_id: UUID, *, by: Actor) -> SavedList:
    """Take a variant off a list; done twice, it stays as it is."""
    one = await opened(tx, list_id, by=by)
    return saved(tx, one, without(one, {variant_id}))


async def share(tx: Transaction, list_id: UUID, *, by: Actor) -> str:
    """Let whoever has the token that is told this once see the list; an earlier token shows it no more."""
    one = await opened(tx, list_id, by=by)
    token = SHARE + secrets.token_urlsafe(24)
    store.unshare(tx, one)
    store.share(tx, one, digest(token))
    saved(tx, one, replace(one, share_hash=digest(token)))
    return token


async def unshare(tx: Transaction, list_id: UUID, *, by: Actor) -> None:
    """Show the list to nobody any more."""
    one = await opened(tx, list_id, by=by)
    store.unshare(tx, one)
    saved(tx, one, replace(one, share_hash=None))


async def shared(tx: Transaction, token: str) -> SavedList:
    """The list that a link shows, to whoever has it."""
    found = await store.shared(tx, digest(token))
    if found is None:
        raise UnknownList(list="")
    return found


async def opened(tx: Transaction, list_id: UUID, *, by: Actor, lock: bool = True) -> SavedList:
    """One of the customer's own lists; to everybody else it does not exist."""
    found = await store.find(tx, require_customer(by), list_id, lock=lock)
    if found is None:
        raise UnknownList(list=public("lst", list_id))
    return found


def saved(tx: Transaction, before: SavedList, after: SavedList) -> SavedList:
    """Write what has changed; a change that changes nothing is not written."""
    if after == before:
        return before
    store.save(tx, after)
    return replace(after, version=before.version + 1, changed_at=tx.now)


def with_item(one: SavedList, item: Item) -> SavedList:
    """The list with an item, in the place of what it had of the same variant."""
    there = next((kept for kept in one.items if kept.variant_id == item.variant_id), None)
    if there is not None:
        item = replace(item, added_at=there.added_at)
        return replace(one, items=tuple(item if kept is there else kept for kept in one.items))
    if len(one.items) >= MOST_ITEMS:
        raise ListFull(most=MOST_ITEMS)
    return replace(one, items=(*one.items, item))


def without(one: SavedList, variants: set[UUID]) -> SavedList:
    """The list without these variants."""
    return replace(one, items=tuple(item for item in one.items if item.variant_id not in variants))


def _named(name: str) -> str:
    said = " ".join(name.split())
    if not said:
        raise Invalid.of(FieldProblem("name", "required", "This field is required."))
    return said
