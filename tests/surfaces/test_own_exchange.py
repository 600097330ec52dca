"""Exchanging goods on the order's page, as a browser without script does it: the page shows the one difference, she
agrees, it is done once; what is lacking is paid there, and nobody else can.
"""

import re

import httpx
import pytest
from tests.conftest import settle
from tests.surfaces.test_checkout import at_checkout
from tests.surfaces.test_own_order import EVIL, bought, delivered, filled, units
from tests.surfaces.test_shop import OURS, page, said

from torg import orders
from torg.app import ports
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database
from torg.kernel.ids import parse
from torg.orders import Came
from torg.orders.returns.receive import Reception
from torg.orders.returns.take_back import take_back
from torg.payments import Gateways
from torg.settings import Settings

pytestmark = pytest.mark.usefixtures("shop")
DEARER = "KAF-JUL-500G-FILTER"
THAT = {"units-LINE": "1", "other-LINE": DEARER}


def variants(text: str) -> list[str]:
    """The variants that may be taken instead, in the order of the page."""
    return re.findall(r'<option value="(var_[0-9a-f]{32})"', text)


async def asked(shop: httpx.AsyncClient, path: str, **changes: str) -> httpx.Response:
    """Say what comes back and what is taken for it; `LINE` in a name is that of the only line."""
    text = await page(shop, f"{path}/exchange")
    line = units(text).removeprefix("units-")
    wanted = {name.replace("LINE", line): value for name, value in changes.items()}
    return await shop.post(f"{path}/exchange", data=filled(text, **wanted), headers=OURS)


async def come_back(world: Database, settings: Settings, path: str) -> None:
    """What was announced is received in a store."""
    id = parse("ord", path.split("/")[-1])
    back = (await world.read(lambda tx: orders.see(tx, id, by=SYSTEM))).returns[0]
    came = tuple(Came(line.line_id, line.announced) for line in back.lines if line.line_id)
    here = Reception(order_id=id, id=back.id, store="oslo", came=came)
    await take_back(world, ports(settings, world).get(Gateways), here, by=SYSTEM)
    await settle(world, settings)


def numbers(text: str) -> list[str]:
    return re.findall(r'<strong translate="no">(R-[^<]+)', text)


async def test_another_variant_is_taken_once_and_sent_when_the_old_goods_have_come(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    path = await delivered(shop, world, world_settings)
    assert f"{path}/exchange" in await page(shop, path)
    same = variants(await page(shop, f"{path}/exchange"))[0]
    meant = await asked(shop, path, **{"units-LINE": "1", "instead-LINE": same, "note": EVIL})
    assert meant.status_code == 200, said(meant.text)
    assert "<img src=x" not in meant.text
    told = said(meant.text)
    assert "Ingenting å betale" in told and "Storgata 1" in told
    assert "Vi sender det så snart de gamle varene har kommet" in told
    assert numbers(await page(shop, path)) == []  # looking does nothing
    for _ in range(2):
        done = await shop.post(f"{path}/exchange", data=filled(meant.text), headers=OURS)
        assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=exchanged"), said(
            done.text
        )
    shown = await page(shop, f"{path}?done=exchanged")
    assert len(numbers(shown)) == 1
    assert f"Send oss de gamle varene med nummeret {numbers(shown)[0]}" in said(shown)
    await come_back(world, world_settings, path)
    after = said(await page(shop, path))
    assert "1 kom tilbake" in after and "byttet" in after
    assert "i gang" not in after


async def test_for_dearer_goods_the_difference_is_paid_on_the_page_after_it_was_agreed_to(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    path = await delivered(shop, world, world_settings)
    meant = await asked(shop, path, **THAT)
    form = filled(meant.text)
    assert int(form["difference"]) > 0
    moved = await shop.post(f"{path}/exchange", data={**form, "difference": "1"}, headers=OURS)
    assert (moved.status_code, filled(moved.text)["difference"]) == (200, form["difference"])
    assert "Forskjellen har endret seg" in said(moved.text)
    declined = await shop.post(f"{path}/exchange", data={**form, "means": "test.decline"}, headers=OURS)
    waiting = await page(shop, path)
    assert declined.status_code in {303, 409}
    assert "må betales før de nye varene sendes" in said(waiting)
    pay = filled(waiting, means="test.ok", drop="")
    paid = await shop.post(f"{path}/exchange/go-on", data=pay, headers=OURS)
    assert paid.headers["location"] == f"{path}?done=exchanged"
    shown = said(await page(shop, path))
    assert "må betales" not in shown and "Send oss de gamle varene" in shown
    await come_back(world, world_settings, path)
    after = await page(shop, path)
    assert "500 g" in said(after) and "1 kom tilbake" in said(after)


async def test_a_second_step_of_the_payment_is_gone_on_with_and_the_exchange_can_be_taken_back(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    path = await delivered(shop, world, world_settings)
    meant = await asked(shop, path, **THAT)
    form = filled(meant.text, means="test.second_step")
    done = await shop.post(f"{path}/exchange", data=form, headers=OURS)
    assert done.headers["location"] == f"{path}?done=exchanged", said(done.text)
    led = await shop.get(done.headers["location"])
    assert "/test-gateway/" in led.headers["refresh"]
    assert "/test-gateway/" in await page(shop, path)
    waiting = filled(await page(shop, path))
    for _ in range(2):
        off = await shop.post(f"{path}/exchange/go-on", data={**waiting, "drop": "yes"}, headers=OURS)
        assert off.headers["location"] == f"{path}?done=exchange-dropped", said(off.text)
    after = said(await page(shop, f"{path}?done=exchange-dropped"))
    assert "Bestillingen er som før" in after and "avlyst" in after
    assert (await asked(shop, path, **{"units-LINE": "2", "other-LINE": DEARER})).status_code == 200


async def test_what_is_wrong_in_an_exchange_is_told_at_its_field_and_changes_nothing(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    path = await delivered(shop, world, world_settings)
    line = units(await page(shop, f"{path}/exchange")).removeprefix("units-")
    for changes, wrong in (
        ({}, "units"),
        ({"units-LINE": "1"}, f"instead-{line}"),
        ({"units-LINE": "9"}, f"units-{line}"),
        ({"units-LINE": "1", "instead-LINE": "var_" + "0" * 32}, f"instead-{line}"),
        ({"units-LINE": "1", "other-LINE": EVIL}, f"other-{line}"),
        ({**THAT, "reason-LINE": "weather"}, f"reason-{line}"),
        ({**THAT, "note": "x" * 501}, "note"),
    ):
        answer = await asked(shop, path, **changes)
        assert (answer.status_code, f'href="#field-{wrong}"' in answer.text) == (422, True), (changes, wrong)
        assert "<img src=x" not in answer.text
    assert (await asked(shop, path, **THAT, to="cash")).status_code == 422
    assert numbers(await page(shop, path)) == []


async def test_an_exchange_is_for_who_has_the_order_and_goods_that_have_left_and_no_other_site_asks_for_it(
    shop: httpx.AsyncClient,
):
    path = await bought(shop)
    assert "Ingenting av dette kan byttes nå" in said(await page(shop, f"{path}/exchange"))
    evil = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for deed in ("exchange", "exchange/go-on"):
        form = {"id": "ret_" + "0" * 32, "agreed": "yes", "drop": "yes"}
        assert (await shop.post(f"{path}/{deed}", data=form, headers=evil)).status_code == 403
        assert (await shop.post(f"{path}/{deed}", data=form, headers=OURS)).status_code in {404, 422}
    await at_checkout(shop, "no/nb")  # another browser
    await page(shop, f"{path}/exchange", 404)
    for deed in ("exchange", "exchange/go-on"):
        assert (await shop.post(f"{path}/{deed}", data=form, headers=OURS)).status_code == 404
