"""Which ways of delivery are there?"""

import re

from msgspec.structs import replace

from torg.inventory import promise
from torg.inventory.events import DeliveryMethodChanged
from torg.inventory.model import DeliveryKind, DeliveryMethod, UnknownDeliveryMethod
from torg.inventory.store import delivery
from torg.kernel.access import Actor
from torg.kernel.database import Database, Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.permissions import Permission

CACHED = "inventory.delivery_methods"
CODE = re.compile("[A-Za-z0-9]+(-[A-Za-z0-9]+)*", re.ASCII)
LONGEST_CODE = 40


async def delivery_methods(database: Database) -> list[DeliveryMethod]:
    """All delivery methods in the order in which they are offered, as of at most a second ago."""
    return await database.cached(CACHED, delivery.methods, tables=delivery.TABLES)


async def delivery_method(database: Database, code: str) -> DeliveryMethod:
    """The delivery method of this code, a retired one too: old orders name it."""
    for method in await delivery_methods(database):
        if method.code == code:
            return method
    raise UnknownDeliveryMethod(method=code[:80])


def ships_to(method: DeliveryMethod, country: str, postal_code: str | None) -> bool:
    """Whether the method ships to this address, retired or not."""
    return promise.zone_of(method, country, postal_code) is not None


async def offer_delivery(
    tx: Transaction, method: DeliveryMethod, *, by: Actor, version: int | None = None
) -> DeliveryMethod:
    """Write a delivery method as a whole, a new one or over the one of its code.

    `version` is the one that the decision was made on; without it whatever stands there is replaced.
    """
    by.must(Permission.channels_write)
    problems = _wrong(method)
    if problems:
        raise Invalid.of(*problems)
    written = await delivery.put(tx, method, version)
    if written is None:
        raise StaleVersion(given=version, present=await delivery.version(tx, method.code))
    tx.record(DeliveryMethodChanged(code=method.code, active=method.active))
    tx.database.forget(CACHED)
    return replace(method, version=written)


def _wrong(method: DeliveryMethod) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    if len(method.code) > LONGEST_CODE or not CODE.fullmatch(method.code):
        message = "A code is letters, digits and single hyphens."
        found.append(FieldProblem("code", "wrong-format", message))
    if "en" not in method.name:
        found.append(FieldProblem("name.en", "required", "This field is required."))
    ship = method.kind is DeliveryKind.ship
    if ship and not method.zones:
        found.append(FieldProblem("zones", "required", "A method that ships goes somewhere."))
    if not ship and not method.stores:
        found.append(FieldProblem("stores", "required", "A method that hands over does it somewhere."))
    parts = [(zone.country, zone.postal_prefix) for zone in method.zones]
    for number, zone in enumerate(method.zones):
        if zone.days_to < zone.days_from:
            message = "The last day is before the first."
            found.append(FieldProblem(f"zones.{number}.days_to", "ends-before-it-begins", message))
        if parts.index((zone.country, zone.postal_prefix)) != number:
            found.append(FieldProblem(f"zones.{number}", "twice", "This stands here twice."))
    if len(set(method.stores)) != len(method.stores):
        found.append(FieldProblem("stores", "twice", "This stands here twice."))
    return found
