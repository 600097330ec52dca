"""What a customer does with her order by herself, as a browser without script does it: her page shows what it would
mean, she agrees, it is done once, and nobody else can.
"""

import re
from functools import partial
from uuid import UUID

import httpx
import pytest
from tests.conftest import settle
from tests.surfaces.test_checkout import PEOPLE, WHO, at_checkout, buy
from tests.surfaces.test_shop import OURS, page, said

from torg import fulfilment
from torg.fulfilment import FulfilmentState
from torg.kernel import mail
from torg.kernel.access import SYSTEM, Policy
from torg.kernel.database import Database, Transaction
from torg.kernel.ids import parse
from torg.settings import Settings

pytestmark = pytest.mark.usefixtures("shop")
EVIL = '"><img src=x onerror=alert(1)>'


async def bought(shop: httpx.AsyncClient) -> str:
    """The path of the page of an order of two that this browser has made."""
    answer = await buy(shop, "no/nb", await at_checkout(shop, "no/nb"), **WHO, **PEOPLE[0][1])
    return str(answer.headers["location"]).partition("?")[0]


async def delivered(shop: httpx.AsyncClient, world: Database, settings: Settings) -> str:
    """The same, after all of it has left."""
    path = await bought(shop)
    await settle(world, settings)
    id = parse("ord", path.split("/")[-1])
    await world.run(lambda tx: _leave(tx, id))
    await settle(world, settings)
    return path


async def _leave(tx: Transaction, id: UUID) -> None:
    for one in await fulfilment.of_order(tx, id):
        if one.state is FulfilmentState.open:
            await fulfilment.ship(
                tx,
                id,
                one.id,
                carrier="Posten",
                tracking=None,
                tracking_url=None,
                by=SYSTEM,
            )


def filled(text: str, **changes: str) -> dict[str, str]:
    """The fields of the page's form as they stand, with changes."""
    main = text[text.index("<main") : text.index("</main>")]
    form = re.search(r'<form class="[^"]*stack[^"]*".*?</form>', main, re.DOTALL)
    assert form is not None
    found = dict(re.findall(r'name="([\w-]+)"[^>]*? value="([^"]*)"', form[0]))
    for name, options in re.findall(r'<select[^>]*name="([\w-]+)".*?>(.*?)</select>', form[0], re.DOTALL):
        chosen = re.search(r'value="(\w*)" selected', options) or re.search(r'value="(\w*)"', options)
        found[name] = chosen[1] if chosen else ""
    for name in re.findall(r'<textarea[^>]*name="([\w-]+)"', form[0]):
        found.setdefault(name, "")
    return {**found, **changes}


def units(text: str) -> str:
    found = re.search(r'name="(units-lin_[0-9a-f]{32})"', text)
    assert found is not None
    return found[1]


async def test_fewer_goods_and_another_address_are_shown_with_their_money_and_then_done_once(
    shop: httpx.AsyncClient,
):
    path = await bought(shop)
    text = await page(shop, f"{path}/change")
    wanted = filled(text, **{units(text): "1", "street": "Storgata 2"})
    meant = await shop.post(f"{path}/change", data=wanted, headers=OURS)
    assert meant.status_code == 200, said(meant.text)
    assert "Du betaler 149,00 kr mindre" in said(meant.text)
    assert "Storgata 1" in said(await page(shop, path))
    agreed = filled(meant.text)
    assert agreed["agreed"] == "yes"
    for _ in range(2):
        done = await shop.post(f"{path}/change", data=agreed, headers=OURS)
        assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=changed")
    after = said(await page(shop, f"{path}?done=changed"))
    assert "Bestillingen er endret" in after
    assert "Antall: 1" in after and "Storgata 2" in after


async def test_what_is_wrong_in_a_change_is_told_at_its_field_and_changes_nothing(shop: httpx.AsyncClient):
    path = await bought(shop)
    text = await page(shop, f"{path}/change")
    name = units(text)
    for changes, wrong in (
        ({"postal_code": "1"}, "wrong-postal_code"),
        ({name: "99"}, f"wrong-{name}"),
        ({name: "x" * 3}, f"wrong-{name}"),
        ({"email": "nobody@"}, "wrong-email"),
    ):
        answer = await shop.post(f"{path}/change", data=filled(text, **changes), headers=OURS)
        assert (answer.status_code, f'id="{wrong}"' in answer.text) == (422, True), changes
    same = await shop.post(f"{path}/change", data=filled(text), headers=OURS)
    assert same.status_code == 422
    nothing = await shop.post(f"{path}/change", data=filled(text, **{name: "0"}), headers=OURS)
    assert (nothing.status_code, "Ingenting ville vært igjen" in said(nothing.text)) == (422, True)
    assert "Antall: 2" in said(await page(shop, path))


async def test_an_order_is_cancelled_by_its_customer_once_and_not_after_it_has_left(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    path = await bought(shop)
    for _ in range(2):
        done = await shop.post(f"{path}/cancel", headers=OURS)
        assert done.headers["location"] == f"{path}?done=cancelled"
    assert "kansellert" in said(await page(shop, f"{path}?done=cancelled"))
    left = await delivered(shop, world, world_settings)
    late = await shop.post(f"{left}/cancel", headers=OURS)
    assert (late.status_code, "blir allerede gjort klar" in said(late.text)) == (409, True)
    assert f"{left}/change" not in await page(shop, left)


async def test_goods_are_given_back_after_the_page_showed_the_money_and_can_be_kept_after_all(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    path = await delivered(shop, world, world_settings)
    text = await page(shop, f"{path}/return")
    none = await shop.post(f"{path}/return", data=filled(text), headers=OURS)
    assert none.status_code == 422
    name = units(text)
    many = await shop.post(f"{path}/return", data=filled(text, **{name: "9"}), headers=OURS)
    assert (many.status_code, f'id="wrong-{name}"' in many.text) == (422, True)
    wanted = filled(text, **{name: "1", "note": EVIL})
    seen = await shop.post(f"{path}/return", data=wanted, headers=OURS)
    assert "Du får tilbake" in said(seen.text)
    assert "<img src=x" not in seen.text
    for _ in range(2):
        done = await shop.post(f"{path}/return", data=filled(seen.text), headers=OURS)
        assert done.headers["location"] == f"{path}?done=announced", said(done.text)
    shown = await page(shop, f"{path}?done=announced")
    assert len(re.findall(r'<strong translate="no">R-', shown)) == 1
    id = re.search(r'name="id" value="(ret_[0-9a-f]{32})"', shown)
    assert id is not None
    off = await shop.post(f"{path}/return/call-off", data={"id": id[1]}, headers=OURS)
    assert off.headers["location"] == f"{path}?done=kept"
    assert "avlyst" in said(await page(shop, path))


async def test_a_claim_is_taken_once_and_stands_on_the_orders_page(shop: httpx.AsyncClient):
    path = await bought(shop)
    text = await page(shop, f"{path}/claim")
    name = units(text)
    bare = await shop.post(f"{path}/claim", data=filled(text, kind="damaged", **{name: "0"}), headers=OURS)
    assert bare.status_code == 422
    told = filled(text, kind="damaged", note=EVIL, **{name: "1"})
    for _ in range(2):
        done = await shop.post(f"{path}/claim", data=told, headers=OURS)
        assert done.headers["location"] == f"{path}?done=claimed", said(done.text)
    shown = await page(shop, path)
    assert shown.count("Noe kom skadet") == 1
    assert "<img src=x" not in shown


async def test_papers_open_as_files_for_who_has_the_order_and_for_nobody_else(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    path = await delivered(shop, world, world_settings)
    text = await page(shop, path)
    papers = re.findall(r'href="([^"]+/papers/doc_[0-9a-f]{32})"', text)
    assert papers
    paper = await shop.get(papers[-1])
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    assert paper.content.startswith(b"%PDF-")
    assert paper.headers["cache-control"] == "private, no-store"
    shop.cookies.clear()
    for hidden in (papers[-1], f"{path}/change", f"{path}/return", f"{path}/claim"):
        assert (hidden, (await shop.get(hidden)).status_code) == (hidden, 404)
    for deed in ("change", "cancel", "return", "return/call-off", "claim", "pay"):
        form = {"id": "ret_" + "0" * 32, "change": "och_" + "0" * 32, "kind": "late", "drop": "yes"}
        answer = await shop.post(f"{path}/{deed}", data=form, headers=OURS)
        assert (deed, answer.status_code) == (deed, 404)


async def test_who_has_a_mail_about_an_order_reads_its_documents_without_signing_in_and_nobody_else(
    shop: httpx.AsyncClient, world: Database, world_settings: Settings
):
    path = await delivered(shop, world, world_settings)
    other = await delivered(shop, world, world_settings)
    foreign = re.findall(r'/papers/(doc_[0-9a-f]{32})"', await page(shop, other))
    shop.cookies.clear()
    links = []
    for template in ("orders/placed", "fulfilment/shipped"):
        (found,) = await world.read(partial(mails, template=template, order=path.split("/")[-1]))
        sent = mail.as_sent(found, Policy.of(secret=world_settings.secret, origin="http://torg.test"))
        links += re.findall(r"http://torg.test(/documents/\S+)", sent.text)
        assert links[-1] in sent.html and links[-1].rpartition(".")[2] not in found.html + found.text
    assert len(links) == 2
    answer = await shop.get(links[0])
    assert (answer.status_code, answer.headers["location"]) == (303, f"/no/nb{links[0]}")
    home = str(answer.headers["location"])
    text = await page(shop, home)
    papers = re.findall(rf'href="({re.escape(home)}/doc_[0-9a-f]{{32}})"', text)
    assert [kind in text for kind in ("Ordrebekreftelse", "Kvittering", "Pakkseddel", "Plukkliste")] == [
        True,
        True,
        True,
        False,
    ]
    assert len(papers) == 3
    paper = await shop.get(papers[0])
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    assert paper.headers["cache-control"] == "private, no-store"
    assert paper.headers["referrer-policy"] == "no-referrer"
    for hidden in (
        home[:-1],
        f"{home[:-1]}/{papers[0].rpartition('/')[2]}",
        f"{home}/{foreign[0]}",
        links[0] + "x",
    ):
        assert (hidden, (await shop.get(hidden)).status_code) == (hidden, 404)


async def mails(tx: Transaction, *, template: str, order: str) -> list[mail.Mail]:
    """The mails of a template that lead to an order's documents."""
    query = "SELECT id FROM mails WHERE template = %(template)s AND links::text LIKE %(order)s"
    ids = await tx.all(UUID, query, template=template, order=f"%{order}%")
    return [await mail.find(tx, id) for id in ids]


async def test_a_form_of_another_site_does_nothing_to_an_order(shop: httpx.AsyncClient):
    path = await bought(shop)
    evil = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for deed in ("change", "cancel", "return", "return/call-off", "claim", "pay"):
        answer = await shop.post(f"{path}/{deed}", data={"agreed": "yes"}, headers=evil)
        assert (deed, answer.status_code) == (deed, 403)
    assert units(await page(shop, f"{path}/change"))
    assert "Antall: 2" in said(await page(shop, path))
