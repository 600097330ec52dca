"""Who may look into the order hub: staff with the right to read orders, in the channels and stores of her rights."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Page
from torg.orders import store as orders
from torg.orders.hub import spell, store
from torg.orders.hub.compose import filter_key
from torg.orders.hub.model import OrderFacts, Sort, Wanted
from torg.orders.hub.refresh import composed
from torg.orders.hub.store import Asked
from torg.orders.model import OrderState
from torg.orders.places import readable
from torg.orders.store import Place
from torg.permissions import Permission

# What a list is filtered by with a key, and the key's name.
KEYS: Final = {
    "state": "state",
    "channel": "channel",
    "market": "market",
    "store": "sold",
    "delivering": "delivering",
    "payment": "payment",
    "fulfilment": "fulfilment",
    "tender": "tender",
    "problem": "problem",
    "source": "source",
    "paid": "paid",
    "shipped": "shipped",
    "returned": "returned",
    "refunded": "refunded",
}
MOST_PENDING: Final = 1000
AMONG: Final = 2000
FEW: Final = 1000


async def list_orders(
    tx: Transaction, wanted: Wanted, *, after: tuple[datetime, UUID] | None, limit: int, by: Actor
) -> Page[OrderFacts]:
    """Orders that staff may see and that are not excluded, sorted as asked; those whose payment is under way only when
    asked for."""
    by.must(Permission.orders_read, anywhere=True)
    conditions, values = _conditions(wanted, readable(by), tx.now)
    if wanted.number is not None:
        order_id = await orders.claimed(tx, wanted.number.strip().upper())
        if order_id is None:
            return Page([])
        values["order_id"] = order_id
    asked = Asked(conditions=conditions, values=values, sort=wanted.sort, after=after, limit=limit + 1)
    if wanted.state is OrderState.pending:
        rows = await store.given(tx, asked, await composed(tx, await store.pending(tx, MOST_PENDING)))
    else:
        rows = await _found(tx, asked)
    return Page.cut(rows, limit, lambda facts: (_sorted_by(facts, wanted.sort), facts.order_id))


async def _found(tx: Transaction, asked: Asked) -> list[OrderFacts]:
    """A page, in whichever way is short for what is asked.

    What many orders have is found among the first ones; what few have is found by its key, however few. Only what many
    have, but none of the first ones, is left to the planner, which knows how many that are.
    """
    if "keys" not in asked.values or "number" in asked.conditions:
        return await store.listed(tx, asked)
    found = await store.newest(tx, asked, among=AMONG)
    if len(found) == asked.limit:
        return found
    few = await store.keyed(tx, asked, most=FEW)
    return await store.listed(tx, asked) if few is None else few


def _sorted_by(facts: OrderFacts, sort: Sort) -> datetime | None:
    return facts.promised_by if sort is Sort.promised else facts.at


def _conditions(
    wanted: Wanted, places: list[Place] | None, now: datetime
) -> tuple[list[str], dict[str, Any]]:
    values: dict[str, Any] = {}
    asked = list(_asked(wanted))
    if places is not None:
        asked.append(_places(places))
    if asked:
        values["keys"] = " & ".join(f"({part})" for part in asked)
    given = {
        name: value
        for name in ("since", "until", "at_least", "at_most", "currency")
        if (value := getattr(wanted, name)) is not None
    }
    values |= given
    names = [*values]
    if wanted.number is not None:
        names.append("number")
    if wanted.late is not None:
        names.append("late" if wanted.late else "not_late")
        values["now"] = now
    if wanted.overdue is not None:
        names.append("overdue" if wanted.overdue else "not_overdue")
        values["now"] = now
    if wanted.sort is Sort.promised:
        names.append("promised")
    return names, values


def _asked(wanted: Wanted) -> Iterator[str]:
    for name, key in KEYS.items():
        value = getattr(wanted, name)
        if value is not None:
            yield spell.quoted(filter_key(key, value))
    if wanted.customer_id is not None:
        yield spell.quoted(filter_key("customer", wanted.customer_id.hex))
    if wanted.email is not None:
        email = spell.email(wanted.email)
        if not email:
            raise Invalid.of(FieldProblem("email", "too-short", "Give the whole e-mail address."))
        yield spell.quoted(email)
    if wanted.question is not None:
        yield spell.asked(wanted.question)


def _places(places: Sequence[Place]) -> str:
    """Any of the places: sold in, handed over or sent by one of its stores, and through one of its channels."""
    return " | ".join(f"({_place(place)})" for place in places) or spell.quoted("nowhere=")


def _place(place: Place) -> str:
    parts = [spell.quoted("state=", begins=True)]
    if place.stores is not None:
        keys = [filter_key(name, code) for code in place.stores for name in ("sold", "delivering")]
        parts.append(_any(keys))
    if place.channels is not None:
        parts.append(_any([filter_key("channel", code) for code in place.channels]))
    return " & ".join(parts[1:] or parts)


def _any(keys: Sequence[str]) -> str:
    return "(" + (" | ".join(spell.quoted(key) for key in keys) or spell.quoted("nowhere=")) + ")"
