"""Limits on requests: steady, shared by all processes, and deaf to invented credentials."""

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Request, Response, get

from torg.kernel import problems
from torg.kernel.rate_limit import SECOND, Buckets, RateLimit
from torg.kernel.telemetry.requests import ACTOR, Requests


class Watch:
    """A clock for buckets."""

    def __init__(self) -> None:
        self.time = 1_800_000_000_000_000_000

    def __call__(self) -> int:
        return self.time


@given(st.integers(1, 5000), st.integers(0, 200))
def test_a_bucket_holds_a_minute_s_requests_and_refills_steadily(limit: int, extra: int) -> None:
    watch = Watch()
    buckets = Buckets(now=watch)
    taken = sum(buckets.take("key", limit).allowed for _ in range(limit + extra))
    assert taken == limit
    refused = buckets.take("key", limit)
    assert (refused.allowed, refused.remaining) == (False, 0)
    watch.time += math.ceil(refused.retry_after * SECOND)
    assert buckets.take("key", limit).allowed
    assert not buckets.take("key", limit).allowed
    watch.time += 61 * SECOND
    assert buckets.take("key", limit).remaining == limit - 1


def test_callers_do_not_share_a_bucket() -> None:
    buckets = Buckets()
    assert all(buckets.take(f"key {number}", 1).allowed for number in range(2000))
    assert not any(buckets.take(f"key {number}", 1).allowed for number in range(1990, 2000))


def test_looking_takes_nothing() -> None:
    buckets = Buckets()
    assert all(buckets.take("key", 1, cost=0).allowed for _ in range(5))
    assert buckets.take("key", 1).allowed
    assert not buckets.take("key", 1, cost=0).allowed


def test_processes_count_together(tmp_path: Path) -> None:
    first, second = Buckets(tmp_path), Buckets(tmp_path)
    assert [first.take("key", 2).allowed, second.take("key", 2).allowed] == [True, True]
    assert [first.take("key", 2).allowed, second.take("key", 2).allowed] == [False, False]


@get("/thing")
async def thing(request: Request[Any, Any, Any]) -> Response[str]:
    credential = request.headers.get("authorization")
    if credential == "Bearer wrong":
        return Response("who?", status_code=401)
    known = credential and credential.startswith("Bearer good")
    request.scope[ACTOR] = "api_key" if known else "visitor"  # type: ignore[literal-required]  # our own key
    return Response("here")


@get("/health/live")
async def alive() -> str:
    return "yes"


Ask = Callable[..., Any]


@pytest.fixture
def ask() -> Ask:
    """A small application in which a visitor may ask 3 times and others 5 times a minute."""
    app = Litestar([thing, alive], exception_handlers=problems.HANDLERS, logging_config=None)
    app.asgi_handler = Requests(RateLimit(app.asgi_handler, visitor=3, actor=5), proxies=1)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar's own words for ASGI

    async def ask(address: str = "1.1.1.1", path: str = "/thing", **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://torg") as client:
            return await client.get(path, headers={"X-Forwarded-For": address, **headers})

    return ask


async def test_one_request_too_many_is_told_when_to_come_back(ask: Ask) -> None:
    answers = [await ask() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    told = [answer.headers["ratelimit"].split(";") for answer in answers[:3]]
    assert [(name, left) for name, left, _ in told] == [('"visitor"', f"r={left}") for left in (2, 1, 0)]
    assert [int(reset.removeprefix("t=")) for _, _, reset in told] == [
        pytest.approx(20, abs=1),
        pytest.approx(40, abs=5),
        pytest.approx(60, abs=5),
    ]
    refused = answers[3]
    assert refused.headers["content-type"] == "application/problem+json"
    assert 10 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["ratelimit-policy"] == '"visitor";q=3;w=60'
    assert refused.json()["code"] == "too-many-requests"
    assert refused.json()["request_id"] == refused.headers["x-request-id"] != ""


async def test_another_address_is_not_held_back(ask: Ask) -> None:
    for _ in range(4):
        await ask()
    assert (await ask("2.2.2.2")).status_code == 200
    assert (await ask("2001:db8:1::1")).status_code == 200


async def test_health_is_always_told(ask: Ask) -> None:
    assert {(await ask(path="/health/live")).status_code for _ in range(9)} == {200}


async def test_a_good_credential_has_a_limit_of_its_own(ask: Ask) -> None:
    for _ in range(4):
        await ask()
    answers = [await ask(Authorization="Bearer good one") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert (await ask(Authorization="Bearer good two")).status_code == 200


@pytest.mark.parametrize("invented", ["Bearer wrong", "Bearer nobody"])
async def test_inventing_credentials_does_not_help(ask: Ask, invented: str) -> None:
    answers = [await ask(Authorization=f"{invented}", Cookie=f"torg_session={number}") for number in range(3)]
    assert 429 not in [answer.status_code for answer in answers]
    assert (await ask(Authorization=invented)).status_code == 429
    assert (await ask(Cookie="torg_session=made-up")).status_code == 429
    assert (await ask("3.3.3.3", Authorization=invented)).status_code != 429


async def test_many_at_once_are_counted_right(ask: Ask) -> None:
    answers = await asyncio.gather(*(ask() for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 17
