"""Webhook targets that hang, lie, redirect or lead inside harm nobody, and it is said why they failed."""

import asyncio
from pathlib import Path
from unittest.mock import patch

import pytest
import pytest_asyncio
from tests.simulators import webhook_target
from tests.simulators.webhook_target import Target, answer, certificate

from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.errors import Invalid
from torg.kernel.webhooks import Dispatcher, dispatch, endpoints
from torg.kernel.webhooks.addresses import is_public
from torg.kernel.webhooks.model import DeliveryState, Outcome

from .eventually import eventually
from .webhook_world import (
    STRICT,
    deliver,
    empty,
    happen,
    instant,
    only_call,
    sent,
    subscribe,
    work,
)


@pytest_asyncio.fixture(autouse=True)
async def _empty(database: Database) -> None:
    await empty(database)


async def test_a_target_that_hangs_is_cut_off_and_holds_up_nobody_else(database: Database) -> None:
    async with Target(webhook_target.hang) as hanging, Target() as healthy, instant():
        slow = await subscribe(database, hanging.url)
        good = await subscribe(database, healthy.url)
        await happen(database, *[f"ball-{number}" for number in range(20)])
        stop = asyncio.Event()
        running = asyncio.create_task(Dispatcher(work(database)).run(stop))
        await eventually(lambda: asyncio.sleep(0, len(healthy.received) >= 20))
        assert hanging.most_open <= dispatch.AT_ONCE_PER_ENDPOINT
        stop.set()
        await running
    assert [one.delivery.state for one in await sent(database, good)] == [DeliveryState.delivered] * 20
    tried = [one for one in await sent(database, slow) if one.calls]
    assert {one.calls[0].outcome for one in tried} == {Outcome.timed_out}
    assert "did not answer in time" in tried[0].calls[0].reason


@pytest.mark.parametrize(
    ("acts", "outcome", "words"),
    [
        (webhook_target.drip, Outcome.timed_out, "did not answer in time"),
        (webhook_target.hang_up, Outcome.broken_answer, "broke off"),
        (webhook_target.talk_nonsense, Outcome.broken_answer, "broke off"),
        (answer(404), Outcome.refused_by_answer, "answered 404"),
        (answer(200, b"\x00\xff" * 100), Outcome.delivered, "answered 200"),
    ],
)
async def test_every_bad_answer_has_its_reason_in_words(
    database: Database, acts: webhook_target.Answering, outcome: Outcome, words: str
) -> None:
    async with Target(acts) as target, instant():
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
    call = await only_call(database, endpoint)
    assert call.outcome is outcome
    assert words in call.reason


async def test_of_an_endless_answer_only_the_beginning_is_read(database: Database) -> None:
    async with Target(webhook_target.flood) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
    call = await only_call(database, endpoint)
    assert (call.outcome, len(call.answer)) == (Outcome.delivered, 1000)


async def test_nobody_listening_is_told_as_such(database: Database) -> None:
    async with Target() as target:
        url = target.url
    endpoint = await subscribe(database, url)
    await happen(database, "a")
    await deliver(database)
    call = await only_call(database, endpoint)
    assert (call.outcome, call.status) == (Outcome.unreachable, None)


@pytest.mark.parametrize(
    "where", ["http://10.0.0.5/admin", "http://[::1]/", "//169.254.169.254/latest/meta-data"]
)
async def test_a_redirect_to_a_private_address_is_refused_with_the_reason(
    database: Database, where: str
) -> None:
    async with Target(answer(302, Location=where)) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
    call = await only_call(database, endpoint)
    assert (call.outcome, call.status) == (Outcome.redirected, 302)
    assert "a redirect to a private address" in call.reason and "not followed" in call.reason


async def test_a_certificate_that_proves_nothing_is_refused(database: Database, tmp_path: Path) -> None:
    async with Target(tls=certificate(tmp_path, "somebody.example")) as target:
        endpoint = await subscribe(database, target.url)
        await happen(database, "a")
        await deliver(database)
        assert target.received == []
    call = await only_call(database, endpoint)
    assert (call.outcome, call.status) == (Outcome.tls_failed, None)
    assert "certificate" in call.reason


async def test_a_name_that_leads_inside_is_never_called(database: Database) -> None:
    async with Target() as target:
        endpoint = await subscribe(database, f"http://localhost:{target.port}/")
        await happen(database, "a")
        await deliver(database, allow_private=False)
        assert target.received == []
    call = await only_call(database, endpoint)
    assert call.outcome is Outcome.address_not_allowed
    assert "not a public address" in call.reason


async def test_a_name_that_changes_its_mind_after_the_check_gains_nothing(database: Database) -> None:
    answers = [[(2, 1, 6, "", ("93.184.215.14", 80))], [(2, 1, 6, "", ("127.0.0.1", 80))]]
    async with Target() as target, instant(1.0):
        url = f"http://rebinding.example:{target.port}/"
        endpoint = await subscribe(database, url)
        await happen(database, "a")
        with patch("torg.kernel.webhooks.addresses.socket.getaddrinfo", side_effect=answers) as look_up:
            await deliver(database, allow_private=False)
        assert look_up.call_count == 1
        assert target.received == []
    assert (await only_call(database, endpoint)).outcome in (Outcome.timed_out, Outcome.unreachable)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook",
        "https://10.1.2.3/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://user:password@shop.example/",
        "https:///nowhere",
        "https://shop.example/#part",
        "ftp://shop.example/",
        "https://shop.example:99999/",
        "https://sh op.example/",
        "javascript:alert(1)",
    ],
)
async def test_an_unsuitable_url_is_refused_and_nothing_is_made(database: Database, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        await database.run(
            lambda tx: endpoints.create(tx, STRICT, url=url, description="", types=["no.such"], by=SYSTEM)
        )
    assert [problem.field for problem in refused.value.problems] == ["types.0", "url"]
    assert await database.read(lambda tx: endpoints.list_endpoints(tx, by=SYSTEM)) == []


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104  # what is judged, not bound to
        "10.255.255.255",
        "100.64.0.1",
        "127.1.2.3",
        "169.254.169.254",
        "172.31.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "64:ff9b::808:808",
        "2001::1",
        "2001:db8::1",
        "2002:808:808::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "localhost",
        "0x7f.1",
    ],
)
def test_an_address_that_is_not_plainly_public_is_not_called(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_an_address_on_the_public_internet_is_called(address: str) -> None:
    assert is_public(address)
