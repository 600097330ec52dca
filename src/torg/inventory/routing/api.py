"""Routing over HTTP: rules, places, why an order went where it went, and what other rules would have done."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.inventory.api import TAGS, Version
from torg.inventory.routing import keep, look, simulate
from torg.inventory.routing.model import (
    ATTEMPTS,
    Cost,
    Costs,
    LeftOut,
    Otherwise,
    Passed,
    RoutingPlace,
    Rule,
    RuleSet,
    Step,
)
from torg.inventory.routing.simulate import Outcome
from torg.inventory.routing.store import Routing
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Body, Call, FromPath, read, write
from torg.kernel.ids import parse, public
from torg.permissions import Permission

THOUGHT_OVER = 100

Limit = Annotated[int, Meta(ge=0, le=1_000_000)]
CancelAfter = Annotated[
    int,
    Meta(
        ge=1,
        le=365,
        description="An order of which nothing has left is cancelled when it lacks goods so long.",
    ),
]
Rules = Annotated[tuple[Rule, ...], Meta(min_length=1, max_length=50)]


class RuleSetBody(Struct, forbid_unknown_fields=True):
    """A channel's rules in their order, and the costs they reckon with."""

    rules: Rules
    costs: Costs = Costs()
    attempts: Annotated[
        int, Meta(ge=1, le=20, description="How often goods are routed before staff decide.")
    ] = ATTEMPTS
    otherwise: Annotated[
        Otherwise, Meta(description="What becomes of goods that no rule finds another place for.")
    ] = Otherwise.work_list
    cancel_after_days: CancelAfter | None = None
    version: Version | None = None


class PlaceBody(Struct, forbid_unknown_fields=True):
    """Whether a place sends for other channels, how many orders it can take on one of its days, and how many pick-ups
    it can have ready in an hour and on a day.
    """

    ships: bool = True
    orders_a_day: Limit | None = None
    pick_ups_an_hour: Limit | None = None
    pick_ups_a_day: Limit | None = None
    version: Version | None = None


class PartView(Struct, frozen=True):
    """A part of a line, and who sends it."""

    line: str
    variant: str
    location: str
    quantity: int


class StepView(Struct, frozen=True):
    """What one rule made of the order."""

    rule: str
    left_out: dict[str, LeftOut]
    ranked: list[str]
    passed: Passed | None

    @classmethod
    def of(cls, step: Step) -> "StepView":
        """The step as staff see it."""
        return cls(step.rule, step.left_out, list(step.ranked), step.passed)


class RoutingView(Struct, frozen=True):
    """One decision: by which rule, who sends what, what it costs, and how it came to that.

    `gap` is by how many parts per million the cost may be above the least possible, where a rule optimised; `by`
    chose by hand. Without parts nobody could serve the order.
    """

    number: int
    channel: str
    rule: str | None
    parts: list[PartView]
    steps: list[StepView]
    cost: Cost
    gap: int | None
    by: str | None
    at: datetime

    @classmethod
    def of(cls, routing: Routing) -> "RoutingView":
        """The decision as staff see it."""
        decision = routing.decision
        return cls(
            number=routing.number,
            channel=routing.channel,
            rule=decision.rule,
            parts=[
                PartView(public("lin", p.line_id), public("var", p.variant_id), p.location, p.quantity)
                for p in decision.parts
            ],
            steps=[StepView.of(step) for step in decision.steps],
            cost=decision.cost,
            gap=decision.gap,
            by=decision.by,
            at=routing.at,
        )


class SimulationBody(Struct, forbid_unknown_fields=True):
    """Rules to try on the channel's last routed orders; with a rule that optimises at most 100."""

    rules: Rules
    costs: Costs = Costs()
    orders: Annotated[int, Meta(ge=1, le=1000)] = 100


class SimulationView(Struct, frozen=True):
    """What was, and what would have been."""

    was: Outcome
    would_be: Outcome


@read(
    "/channels/{channel:str}/routing-rules",
    permission=Permission.channels_read,
    summary="A channel's routing rules",
    tags=TAGS,
)
async def get_rules(call: Call, channel: FromPath[str]) -> RuleSet:
    """How the channel's orders are routed."""
    return await call.read(lambda tx: look.rules_of(tx, channel, by=call.actor))


@write(
    "PUT",
    "/channels/{channel:str}/routing-rules",
    permission=Permission.channels_write,
    summary="Write a channel's routing rules",
    tags=TAGS,
)
async def put_rules(call: Call, channel: FromPath[str], data: Body[RuleSetBody]) -> Response[RuleSet]:
    """The first rule that decides wins; an order that no rule serves is refused as out of stock."""
    wanted = RuleSet(channel, data.rules, data.costs, data.attempts, data.otherwise, data.cancel_after_days)
    return await call.write(lambda tx: keep.put_rules(tx, wanted, version=data.version, by=call.actor))


@write(
    "DELETE",
    "/channels/{channel:str}/routing-rules",
    permission=Permission.channels_write,
    status=204,
    summary="Drop a channel's routing rules",
    tags=TAGS,
)
async def delete_rules(call: Call, channel: FromPath[str]) -> Response[None]:
    """From now on its locations are asked in their order."""
    return await call.write(lambda tx: keep.drop_rules(tx, channel, by=call.actor))


@write(
    "POST",
    "/channels/{channel:str}/routing-rules/simulation",
    permission=Permission.channels_read,
    summary="Try routing rules on past orders",
    tags=TAGS,
)
async def try_rules(
    call: Call, channel: FromPath[str], data: Body[SimulationBody]
) -> Response[SimulationView]:
    """Cost, splits, promises kept and loads: as it was, and as it would have been. Nothing is changed."""
    if data.orders > THOUGHT_OVER and any(rule.optimise for rule in data.rules):
        message = f"With a rule that optimises, at most {THOUGHT_OVER} orders are tried."
        raise Invalid.of(FieldProblem("orders", "too-many-to-optimise", message))
    wanted = RuleSet(channel, data.rules, data.costs)
    return await call.write(
        lambda tx: simulate.simulate(tx, wanted, orders=data.orders, by=call.actor),
        view=lambda found: SimulationView(found.was, found.would_be),
    )


@read("/stock/places", permission=Permission.stock_read, summary="What places take on", tags=TAGS)
async def list_places(call: Call) -> list[RoutingPlace]:
    """Which of the caller's locations send for other channels, and how many orders and pick-ups they take."""
    return await call.read(lambda tx: look.places(tx, by=call.actor))


@write(
    "PUT",
    "/stock/places/{location:str}",
    permission=Permission.stock_adjust,
    summary="Say what a place takes on",
    tags=TAGS,
)
async def put_place(call: Call, location: FromPath[str], data: Body[PlaceBody]) -> Response[RoutingPlace]:
    """A franchise store may stay out; a small one can take only so many orders a day."""
    place = RoutingPlace(location, data.ships, data.orders_a_day, data.pick_ups_an_hour, data.pick_ups_a_day)
    return await call.write(lambda tx: keep.put_place(tx, place, version=data.version, by=call.actor))


@read(
    "/orders/{order_id:str}/routings",
    permission=Permission.fulfilment_read,
    summary="Why an order goes where it goes",
    tags=TAGS,
)
async def list_routings(call: Call, order_id: FromPath[str]) -> list[RoutingView]:
    """Every decision about the order, with its reasons; empty when the channel has no rules."""
    id = parse("ord", order_id)
    found = await call.read(lambda tx: look.routings(tx, id, by=call.actor))
    return [RoutingView.of(routing) for routing in found]


ROUTES = [
    get_rules,
    put_rules,
    delete_rules,
    try_rules,
    list_places,
    put_place,
    list_routings,
]
