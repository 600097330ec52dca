"""The API keeps what its description says, whatever is sent: generated calls against a real server.

Every operation is called as somebody with all rights, with values made from the description (right and wrong ones):
nothing may answer 500, with an undescribed status or media type, or with a body that is not as described. What is open
to those who buy is also called by them, about what is their own: a visitor with her token, a customer who signed in.
"""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from tests.live import Live, live
from tests.stories.buying import OSLO, call, completed, customer_signed_in, in_stock, shipped

from torg import app
from torg.demo import named
from torg.kernel import openapi
from torg.kernel.access import SYSTEM, Vocabulary
from torg.kernel.access.issue_keys import KeyWish, issue_key
from torg.kernel.database import Database
from torg.permissions import Permission
from torg.settings import Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
schema = schemathesis.openapi.from_dict(
    openapi.document(app.create(Settings(environment="demo", secret="s" * 40)))
)
THOROUGHLY = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
BRIEFLY = settings(THOROUGHLY, max_examples=4)
FOR_VISITORS = {"public", "cart-token"}
FOR_CUSTOMERS = FOR_VISITORS | {"customer", "signed-in"}


class Cart(NamedTuple):
    """The token that opens it, if it is a visitor's, and what it is known by in paths."""

    token: str | None
    own: dict[str, str]


class Buyer(NamedTuple):
    """What somebody who buys sends along, and what she can call about, by the name of its place in a path."""

    headers: dict[str, str]
    own: dict[str, str]


def for_whom(*permissions: str) -> schemathesis.BaseSchema:
    """The operations that are open in one of these ways."""
    return schema.include(func=lambda c: c.operation.definition.raw["x-permission"] in permissions)


@pytest.fixture(scope="module")
def server(world_url: str, world_folder: object) -> Iterator[Live]:
    """A server on the practice retailer."""
    wanted = Settings(
        environment="demo",
        data=world_folder,  # type: ignore[arg-type]  # a Path
        database_url=world_url,
        secret="s" * 40,
        rate_limit_visitor=1_000_000,
        rate_limit_actor=1_000_000,
        rate_limit_sign_in=10_000,
        log_level="error",
    )
    with live("server", wanted) as process:
        yield process


@pytest.fixture(scope="module")
def key(world_url: str) -> str:
    """An API key with every right."""

    async def issue() -> str:
        database = await Database.open(world_url, pool_size=2)
        wish = KeyWish(name="Everything", permissions=tuple(Permission))
        vocabulary = Vocabulary(frozenset(Permission))
        issued = await database.run(lambda tx: issue_key(tx, wish, vocabulary, by=SYSTEM))
        await database.close()
        return issued.secret

    return asyncio.run(issue())


def check(case: schemathesis.Case, server: Live, headers: dict[str, str]) -> None:
    """Call it, and hold the answer against the description."""
    if case.path.endswith("news"):  # an answer that does not end by itself
        case.query = {**(case.query or {}), "seconds": "0"}
    checks = [*CHECKS[:-1]] if set_right(case) else CHECKS
    case.call_and_validate(base_url=server.url, headers=headers, checks=checks, timeout=30)


def set_right(case: schemathesis.Case) -> bool:
    """Whether a case that was meant to be wrong may be right after all: the header that it lacks is sent along with
    every call here, how long news last is set here, and parameters that no call knows are let pass in an address.
    """
    if case.meta is None:
        return False
    mended = [ParameterLocation.HEADER] + [ParameterLocation.QUERY] * case.path.endswith("news")
    if not any(case.meta.is_negative_at(part) for part in mended):
        return False
    others = (ParameterLocation.PATH, ParameterLocation.COOKIE, ParameterLocation.BODY)
    return not any(case.meta.is_negative_at(other) for other in others)


@schema.parametrize()
@THOROUGHLY
def test_every_call_answers_as_described(case: schemathesis.Case, server: Live, key: str) -> None:
    check(case, server, {"Authorization": f"Bearer {key}"})


@pytest.fixture(scope="module")
def visitors_order(server: Live) -> Cart:
    """What became of a visitor's cart."""
    return asyncio.run(cart(server, {}, becomes_order=True))


@pytest.fixture(scope="module")
def customers_order(server: Live) -> Cart:
    """What became of a customer's cart."""
    return asyncio.run(cart(server, asyncio.run(session(server)), becomes_order=True))


@pytest.fixture
def visitor(request: pytest.FixtureRequest, server: Live, visitors_order: Cart) -> Buyer:
    """A visitor with an order and, for calls about one, a cart that her tokens open."""
    if "/carts/{" not in request.node.name:
        return Buyer({"Torg-Token": f"{visitors_order.token}"}, visitors_order.own)
    open_cart = asyncio.run(cart(server, {}))
    tokens = f"{open_cart.token},{visitors_order.token}"
    return Buyer({"Torg-Token": tokens}, visitors_order.own | open_cart.own)


@pytest.fixture
def customer(request: pytest.FixtureRequest, server: Live, customers_order: Cart) -> Buyer:
    """A customer who has just signed in (a call may end that), with an order and, for calls about one, a cart."""
    signed_in = asyncio.run(session(server))
    if "/carts/{" not in request.node.name:
        return Buyer(signed_in, customers_order.own)
    return Buyer(signed_in, customers_order.own | asyncio.run(cart(server, signed_in)).own)


async def session(server: Live) -> dict[str, str]:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as shop:
        return await customer_signed_in(shop, named.NAMED[0].email)


async def cart(server: Live, headers: dict[str, str], *, becomes_order: bool = False) -> Cart:
    """A cart that stands ready to be completed, or has been."""
    async with httpx.AsyncClient(base_url=server.url, timeout=30, headers=headers) as shop:
        page = await call(shop, "GET", "/channels/web-no/products?limit=1")
        product, *_ = page["items"]
        begun = await call(shop, "POST", "/carts", json={"channel": "web-no"}, status=201)
        opened, path = {"Torg-Token": begun["token"] or ""}, f"/carts/{begun['id']}"
        line = {"variant": (await in_stock(shop, "web-no"))[0]}
        await call(shop, "POST", f"{path}/lines", json=line, headers=opened, status=201)
        contact = {"email": "guest@example.com", "name": "G"}
        await call(shop, "PUT", f"{path}/contact", json=contact, headers=opened)
        ready = await shipped(shop, path, opened, OSLO)
        own = {"cart": begun["id"], "cart_id": begun["id"], "line": ready["lines"][0]["id"]}
        own |= {"channel": "web-no", "product": product["id"]}
        if becomes_order:
            own["order_id"] = (await completed(shop, ready, opened))["id"]
        return Cart(begun["token"], own)


def check_as(who: Buyer, case: schemathesis.Case, server: Live) -> None:
    """Call it about what is hers, wherever the path is not wrong on purpose."""
    assert case.meta is not None
    if not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters = {
            name: who.own.get(name, value) for name, value in (case.path_parameters or {}).items()
        }
    check(case, server, who.headers)


@for_whom(*FOR_VISITORS).parametrize()
@BRIEFLY
def test_every_call_of_a_visitor_answers_as_described(
    case: schemathesis.Case, server: Live, visitor: Buyer
) -> None:
    check_as(visitor, case, server)


@for_whom(*FOR_CUSTOMERS).parametrize()
@BRIEFLY
def test_every_call_of_a_customer_answers_as_described(
    case: schemathesis.Case, server: Live, customer: Buyer
) -> None:
    check_as(customer, case, server)
