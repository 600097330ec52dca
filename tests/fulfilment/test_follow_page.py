"""The page on which an order is followed: by its link alone, in the reader's language, and nobody else's order."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from tests.conftest import running
from tests.fulfilment.conftest import Dock
from tests.fulfilment.test_pick_ups import code_in, waiting

from torg.app import build
from torg.fulfilment import ParcelState, follow_link
from torg.fulfilment.shipments.leave import send_off
from torg.fulfilment.tracking.hear import hear
from torg.kernel.access import SYSTEM, Policy
from torg.kernel.ids import new_id, public


@pytest_asyncio.fixture
async def web(dock: Dock) -> AsyncIterator[httpx.AsyncClient]:
    async with running(build(dock.till.settings, dock.till.database)) as client:
        yield client


def page_of(dock: Dock, order_id: object) -> str:
    """The path of an order's page, as its mails have it."""
    policy = dock.till.ports.get(Policy)
    return follow_link(policy, order_id).removeprefix(policy.origin)  # type: ignore[arg-type]  # an order's id


async def test_parcels_are_told_step_by_step_in_every_language_of_the_shop(
    dock: Dock, web: httpx.AsyncClient
) -> None:
    cart, planned, _ = await dock.order(3)
    shipment = await dock.booked(planned, 2)
    await dock.till.database.run(lambda tx: send_off(tx, cart.id, shipment.id, by=SYSTEM))
    now = dock.till.clock.now()
    await hear(
        dock.till.database,
        "sim",
        dock.carrier.on_its_way("SIM000000", now, [ParcelState.in_transit, ParcelState.out_for_delivery]),
    )
    answer = await web.get(page_of(dock, cart.id), follow_redirects=True)
    assert answer.status_code == 200, answer.text
    assert (
        answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "same-origin"
    )
    for told in ("Comes today", "SIM000000", "Hamar", "2 × ", "1 × ", "Being packed", "noindex"):
        assert told in answer.text, told
    here = answer.url.path
    for language, told in (("nb", "Kommer i dag"), ("en", "Comes today")):
        other = await web.get(here.replace("/en/", f"/{language}/").replace("/nb/", f"/{language}/"))
        assert told in other.text
    for secret in ("kari@example.com", "Storgata"):
        assert secret not in answer.text


async def test_who_changes_a_link_finds_nothing(dock: Dock, web: httpx.AsyncClient) -> None:
    cart, *_ = await dock.order(3)
    good = page_of(dock, cart.id)
    seal = good.rpartition(".")[2]
    wrong = (
        good[:-1],
        good + "x",
        f"/follow/{public('ord', cart.id)}",
        f"/follow/{public('ord', new_id())}.{seal}",
        f"/follow/{public('ord', cart.id)}.{'A' * 43}",
    )
    for path in wrong:
        for prefix in ("", "/no/nb"):
            answer = await web.get(prefix + path, follow_redirects=True)
            assert answer.status_code == 404, path
            assert dock.till.number((await dock.till.order(cart)).order) not in answer.text


async def test_a_pick_up_shows_its_code_and_is_kept_longer_by_a_button(
    dock: Dock, web: httpx.AsyncClient
) -> None:
    cart, ready, _ = await waiting(dock)
    code = await code_in(dock, cart, "fulfilment/ready")
    answer = await web.get(page_of(dock, cart.id), follow_redirects=True)
    assert code in answer.text and "<svg" in answer.text and "Kept for you until" in answer.text
    here, form = answer.url.path, {"pick_up": public("ful", ready.id)}
    foreign = await web.post(here, data=form, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    for kept in (7, 14):
        done = await web.post(here, data=form, headers={"Origin": "http://torg.test"})
        assert done.status_code == 303, done.text
        after = await dock.fulfilment(cart)
        assert after.collect_until is not None and ready.collect_until is not None
        assert (after.collect_until - ready.collect_until).days == kept
    no = await web.post(here, data=form, headers={"Origin": "http://torg.test"})
    assert no.status_code == 409 and "cannot be kept longer" in no.text
