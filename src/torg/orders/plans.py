"""From what is allocated to an order to what each location has to do for it."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from torg.fulfilment import FulfilmentKind, FulfilmentLine, Plan
from torg.inventory import Held
from torg.markets import Atlas
from torg.orders.model import Intent, Order, OrderLine

CARRY_OUT: Final = "carry-out"
"""The method of what the customer takes along as she buys it."""


def plans(
    order: Order,
    lines: Sequence[OrderLine],
    held: Sequence[Held],
    known: Atlas,
    *,
    origin: UUID | None = None,
    round: int = 1,
) -> list[Plan]:
    """What each location does, by location and method; `origin` is what it makes up for, when a place said no."""
    by_id = {line.id: line for line in lines}
    stores = {shop.location: shop.code for shop in known.stores.values()}
    promised = {d.store: d.ready_at for d in order.deliveries if d.intent is Intent.pick_up}
    return [
        Plan(
            location=location,
            method=method,
            kind=FulfilmentKind(intent.value),
            number=order.number or "",
            channel=order.channel,
            store=stores.get(location),
            recipient=order.name,
            address=order.address if intent is Intent.ship else None,
            email=order.email,
            language=order.language,
            region=order.country,
            time_zone=known.location(location).time_zone if intent is Intent.pick_up else order.time_zone,
            lines=tuple(
                _part(order, by_id[id], variant, units) for (id, variant), units in sorted(wanted.items())
            ),
            origin=origin,
            round=round,
            ready_at=promised.get(stores.get(location)) if intent is Intent.pick_up else None,
        )
        for (location, method, intent), wanted in sorted(_parts(order, by_id, held).items())
    ]


def _parts(
    order: Order, lines: Mapping[UUID, OrderLine], held: Sequence[Held]
) -> dict[tuple[str, str, Intent], dict[tuple[UUID, UUID], int]]:
    """How many units of each line and variant, by location, method and intent."""
    methods = {(d.intent, d.store): d.method for d in order.deliveries}
    parts: dict[tuple[str, str, Intent], dict[tuple[UUID, UUID], int]] = {}
    for part in held:
        line = lines[part.line_id]
        method = methods.get((line.intent, line.store), CARRY_OUT)
        units = parts.setdefault((part.location, method, line.intent), {})
        goods = (line.id, part.variant_id)
        units[goods] = units.get(goods, 0) + part.quantity
    return parts


def _part(order: Order, line: OrderLine, variant: UUID, units: int) -> FulfilmentLine:
    parts = sum(one.quantity for one in line.components) or 1
    worth = line.net // (line.quantity * parts)
    for one in line.components:
        if one.variant_id == variant:
            return FulfilmentLine(
                line.id, variant, one.sku, one.name, units, value=worth, currency=order.currency
            )
    name = f"{line.name}, {line.options}" if line.options else line.name
    return FulfilmentLine(
        line.id, line.variant_id, line.sku, name, units, value=worth, currency=order.currency
    )
