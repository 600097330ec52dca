"""Mails about parcels and pick-ups, in the customer's language, with a link to follow the order."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from torg.customers import printed
from torg.fulfilment.link import documents_link, follow_link
from torg.fulfilment.model import Fulfilment, Packed, Parcel
from torg.kernel import mail
from torg.kernel.access import Policy
from torg.kernel.database import Transaction
from torg.markets import SiteAddress, atlas


async def shipped(
    tx: Transaction,
    policy: Policy,
    fulfilment: Fulfilment,
    shipment_id: UUID,
    parcels: Sequence[Parcel],
    *,
    carrier: str,
) -> None:
    """Parcels are on their way; once a shipment."""
    first = parcels[0]
    contents = [one for parcel in parcels for one in parcel.contents]
    facts = {
        "carrier": carrier,
        "tracking": ", ".join(parcel.tracking for parcel in parcels if parcel.tracking) or None,
        "tracking_url": first.tracking_url,
        "address": printed(fulfilment.address) if fulfilment.address else [],
        "lines": goods(fulfilment, contents),
        "documents": documents_link(fulfilment.order_id, tx.now),
    }
    await _send(tx, policy, fulfilment, "shipped", facts, f"fulfilment.shipped:{shipment_id}")


async def delivered(
    tx: Transaction, policy: Policy, fulfilment: Fulfilment, parcel: Parcel, at: datetime, *, carrier: str
) -> None:
    """A parcel has arrived; once a parcel."""
    facts = {
        "carrier": carrier,
        "at": local_day(at, fulfilment),
        "lines": goods(fulfilment, parcel.contents),
    }
    await _send(tx, policy, fulfilment, "delivered", facts, f"fulfilment.delivered:{parcel.id}")


async def ready(tx: Transaction, policy: Policy, fulfilment: Fulfilment, code: str, until: datetime) -> None:
    """The goods wait, and this is the code; each time that a new one is made."""
    place, address = await where(tx, fulfilment)
    facts = {
        "code": code,
        "place": place,
        "until": local_day(until, fulfilment),
        "address": [*address.lines, f"{address.postal_code} {address.city}".strip()],
        "lines": everything(fulfilment),
    }
    await _send(tx, policy, fulfilment, "ready", facts, None, secret=True)


async def reminder(
    tx: Transaction, policy: Policy, fulfilment: Fulfilment, code: str | None, until: datetime
) -> None:
    """The goods still wait; once for each time that they were made ready."""
    place, _ = await where(tx, fulfilment)
    facts = {
        "code": code,
        "place": place,
        "until": local_day(until, fulfilment),
        "lines": everything(fulfilment),
    }
    once = f"fulfilment.reminder:{fulfilment.id}:{fulfilment.extended}"
    await _send(tx, policy, fulfilment, "reminder", facts, once, secret=True)


async def not_collected(tx: Transaction, policy: Policy, fulfilment: Fulfilment) -> None:
    """Nobody came; once."""
    place, _ = await where(tx, fulfilment)
    facts = {"place": place, "lines": everything(fulfilment)}
    once = f"fulfilment.not-collected:{fulfilment.id}"
    await _send(tx, policy, fulfilment, "not-collected", facts, once)


def goods(fulfilment: Fulfilment, contents: Sequence[Packed]) -> list[dict[str, object]]:
    """What these units are, by name."""
    names = {(line.line_id, line.variant_id): line.name for line in fulfilment.lines}
    return [
        {"name": names.get((one.line_id, one.variant_id), ""), "quantity": one.quantity} for one in contents
    ]


def everything(fulfilment: Fulfilment) -> list[dict[str, object]]:
    """All that the fulfilment has, by name."""
    return [{"name": line.name, "quantity": line.quantity} for line in fulfilment.lines]


def local_day(at: datetime, fulfilment: Fulfilment) -> date:
    """The day as the place's calendar has it."""
    return at.astimezone(ZoneInfo(fulfilment.time_zone)).date()


async def where(tx: Transaction, fulfilment: Fulfilment) -> tuple[str, SiteAddress]:
    """What the place is called in the customer's language, and where it is."""
    known = await atlas(tx.database)
    shop = known.stores.get(fulfilment.store or "")
    place = known.location(fulfilment.location)
    name = shop.called(fulfilment.language) if shop else place.name
    return name, (shop or place).address


async def _send(
    tx: Transaction,
    policy: Policy,
    fulfilment: Fulfilment,
    template: str,
    facts: dict[str, Any],
    dedupe: str | None,
    *,
    secret: bool = False,
) -> None:
    if fulfilment.email is None:
        return
    about = {
        "number": fulfilment.number,
        "name": fulfilment.recipient,
        "link": follow_link(policy, fulfilment.order_id),
    }
    await mail.send(
        tx,
        to=fulfilment.email,
        template=f"fulfilment/{template}",
        language=fulfilment.language,
        region=fulfilment.region,
        zone=fulfilment.time_zone,
        dedupe=dedupe,
        secret=secret,
        facts=about | facts,
    )
