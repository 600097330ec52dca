"""A retailer says how orders are routed: a channel's rules, and what a place does for orders of other channels."""

from msgspec.structs import asdict, replace

from torg.inventory import rights
from torg.inventory.routing import store
from torg.inventory.routing.model import RoutingPlace, RuleSet, UnknownRule
from torg.inventory.routing.route import CACHED
from torg.kernel import audit
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import FieldProblem, Invalid, StaleVersion
from torg.markets import atlas
from torg.permissions import Permission


async def put_rules(tx: Transaction, rules: RuleSet, *, by: Actor, version: int | None = None) -> RuleSet:
    """Write a channel's rules as a whole; from the next second on they decide.

    `version` is the one that the change was decided on; without it whatever stands there is replaced.
    """
    by.must(Permission.channels_write, channel=rules.channel)
    known = await atlas(tx.database)
    known.channel(rules.channel)
    names = [rule.name for rule in rules.rules]
    problems = [
        FieldProblem(f"rules.{number}.name", "twice", "This stands here twice.")
        for number, name in enumerate(names)
        if names.index(name) != number
    ]
    problems += [
        FieldProblem(f"rules.{number}.locations", "unknown-location", "There is no such location.")
        for number, rule in enumerate(rules.rules)
        for code in rule.locations
        if code not in known.locations
    ]
    if problems:
        raise Invalid.of(*problems)
    written = await store.put_rules(tx, rules, version)
    if written is None:
        raise StaleVersion(given=version, present=await store.rules_version(tx, rules.channel))
    facts = {name: value for name, value in asdict(rules).items() if name not in {"channel", "version"}}
    await audit.write(tx, by, "routing-rules.set", rules.channel, **facts)
    tx.database.forget(CACHED)
    return replace(rules, version=written)


async def drop_rules(tx: Transaction, channel: str, *, by: Actor) -> None:
    """Go back to asking the channel's locations in their order."""
    by.must(Permission.channels_write, channel=channel)
    if await store.drop_rules(tx, channel) is None:
        raise UnknownRule(channel=channel[:80])
    await audit.write(tx, by, "routing-rules.dropped", channel)
    tx.database.forget(CACHED)


async def put_place(
    tx: Transaction, place: RoutingPlace, *, by: Actor, version: int | None = None
) -> RoutingPlace:
    """Say whether a place sends for other channels, and how many orders and pick-ups it can take."""
    await rights.must(tx, Permission.stock_adjust, [place.location], by)
    written = await store.put_place(tx, place, version)
    if written is None:
        raise StaleVersion(given=version, present=await store.place_version(tx, place.location))
    said = {name: value for name, value in asdict(place).items() if name not in {"location", "version"}}
    await audit.write(tx, by, "routing-place.set", place.location, **said)
    tx.database.forget(CACHED)
    return replace(place, version=written)
