"""A place says no: it cannot send some units, and says why."""

from collections.abc import Sequence
from uuid import UUID

from torg import inventory
from torg.fulfilment import rules, store
from torg.fulfilment.events import FulfilmentRejected
from torg.fulfilment.model import Fulfilment, Rejected, Rejection
from torg.fulfilment.see import for_work
from torg.inventory import Refusal
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion
from torg.kernel.ids import new_id, public


async def reject(
    tx: Transaction,
    order_id: UUID,
    fulfilment_id: UUID,
    asked: Sequence[Rejected],
    *,
    version: int | None = None,
    by: Actor,
) -> Fulfilment:
    """These units will not be sent from here: the stock is set right by the reasons, and the order looks elsewhere.

    `version` is the one that this was decided on. Nothing changes when a line is wrong, or more is refused than the
    place has still to send.
    """
    fulfilment = await for_work(tx, order_id, fulfilment_id, by=by)
    if version is not None and version != fulfilment.version:
        raise StaleVersion(given=version, present=fulfilment.version)
    to = rules.rejected(fulfilment, asked)
    said = _said(fulfilment, asked, str(by), tx)
    await store.reject(tx, order_id, said)
    if not await store.move(tx, fulfilment, to):
        raise StaleVersion(given=fulfilment.version, present=fulfilment.version + 1)
    refused = [Refusal(one.variant_id, one.location, one.quantity, one.reason) for one in said]
    document = public("ful", fulfilment_id)
    await inventory.reject(tx, order_id, refused, document=document, by=by)
    await audit.write(tx, by, "fulfilment.rejected", document, lines=[_fact(one) for one in said])
    tx.record(_event(fulfilment, said))
    return await for_work(tx, order_id, fulfilment_id, by=by)


def _said(fulfilment: Fulfilment, asked: Sequence[Rejected], actor: str, tx: Transaction) -> list[Rejection]:
    lines = {(line.line_id, line.variant_id): line for line in fulfilment.lines}
    id = new_id()
    return [
        Rejection(
            order_id=fulfilment.order_id,
            id=id,
            line_id=one.line_id,
            fulfilment_id=fulfilment.id,
            variant_id=one.variant_id,
            sku=lines[one.line_id, one.variant_id].sku,
            name=lines[one.line_id, one.variant_id].name,
            location=fulfilment.location,
            round=fulfilment.round,
            quantity=one.quantity,
            reason=one.reason,
            note=one.note,
            actor=actor,
            at=tx.now,
        )
        for one in asked
    ]


def _fact(one: Rejection) -> dict[str, object]:
    place = {"line": public("lin", one.line_id), "variant": public("var", one.variant_id)}
    return place | {"quantity": one.quantity, "reason": one.reason.value, "note": one.note}


def _event(fulfilment: Fulfilment, said: Sequence[Rejection]) -> FulfilmentRejected:
    return FulfilmentRejected(
        order_id=fulfilment.order_id,
        fulfilment_id=fulfilment.id,
        location=fulfilment.location,
        channel=fulfilment.channel,
        kind=fulfilment.kind.value,
        units=_by_line(said),
        rejection_id=said[0].id,
        reasons={str(one.line_id): one.reason.value for one in said},
    )


def _by_line(said: Sequence[Rejection]) -> dict[str, int]:
    units: dict[str, int] = {}
    for one in said:
        units[str(one.line_id)] = units.get(str(one.line_id), 0) + one.quantity
    return units
