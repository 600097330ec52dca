"""A quote's page as a browser without script gets it: read by its link, accepted once or declined, not when over."""

import html
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.surfaces.test_checkout import PEOPLE, WHO
from tests.surfaces.test_shop import OURS, field, page, said

from torg.app import ports
from torg.kernel.access import SYSTEM, Policy
from torg.kernel.database import Database
from torg.kernel.ids import parse
from torg.orders import Quotation
from torg.orders.quotes.end import withdraw
from torg.orders.quotes.link import link
from torg.orders.quotes.model import AgreedPrice, QuoteWish
from torg.orders.quotes.send import send
from torg.settings import Settings

pytestmark = pytest.mark.usefixtures("shop")
API = "/api/v1"
EVIL = "<img src=x onerror=alert(1)>"


class Office:
    """Staff who make quotes, and their buyers' browser."""

    def __init__(self, shop: httpx.AsyncClient, world: Database, settings: Settings) -> None:
        self.shop, self.world = shop, world
        self.policy: Policy = ports(settings, world).get(Policy)

    async def cart(self) -> dict[str, Any]:
        """A cart of two things that lacks nothing."""
        self.shop.cookies.clear()
        variant = field(await page(self.shop, "/no/nb/p/julekaffe"), "variant")
        made = (await self.shop.post(f"{API}/carts", json={"channel": "web-no", "language": "nb"})).json()
        path, token = f"{API}/carts/{made['id']}", {"Torg-Token": made["token"]}
        goods = {"variant": variant, "quantity": 2, "note": EVIL}
        assert (await self.shop.post(f"{path}/lines", json=goods, headers=token)).status_code == 201
        address = {"country": "NO", "name": WHO["name"], **PEOPLE[0][1]}
        for part, body in (
            ("contact", WHO),
            ("address", {"delivery": address}),
            ("delivery", {"method": "standard"}),
        ):
            answer = await self.shop.put(f"{path}/{part}", json=body, headers=token)
            assert answer.status_code == 200, answer.text
        cart: dict[str, Any] = answer.json()
        return cart

    async def send(self, cart: dict[str, Any], unit: int = 50_00) -> tuple[Quotation, str]:
        """The quote of a cart at an agreed price, and the path of its page."""
        line = parse("lin", cart["lines"][0]["id"])
        wish = QuoteWish(
            valid_until=self.world.clock.now() + timedelta(days=3),
            terms="30 dager netto",
            message="Som avtalt på messen",
            prices={line: AgreedPrice(unit, "Messepris")},
            delivery=0,
        )
        id = parse("crt", cart["id"])
        quote = await self.world.run(lambda tx: send(tx, id, wish, policy=self.policy, by=SYSTEM))
        led = await self.shop.get(link(self.policy, id).removeprefix(self.policy.origin))
        assert led.status_code == 303
        return quote, led.headers["location"]

    async def answer(self, path: str, **fields: str) -> httpx.Response:
        """Press a button of the page."""
        return await self.shop.post(path, data=fields, headers=OURS)


@pytest.fixture
def office(shop: httpx.AsyncClient, world: Database, world_settings: Settings) -> Office:
    return Office(shop, world, world_settings)


def accepting(text: str) -> dict[str, str]:
    """The form that accepts, as it stands."""
    form = text[text.index('aria-labelledby="accept"') :]
    form = form[: form.index("</form>")]
    found = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form))
    chosen = re.search(r'name="means" value="([^"]*)" checked', form)
    assert chosen is not None
    return {name: html.unescape(value) for name, value in found.items()} | {"means": chosen[1]}


async def test_who_has_the_link_reads_the_quote_and_accepts_it_once(office: Office) -> None:
    cart = await office.cart()
    quote, path = await office.send(cart)
    office.shop.cookies.clear()
    text = await page(office.shop, path)
    seen = said(text)
    for words in ("Vårt tilbud til deg", "Som avtalt på messen", "30 dager netto", "Messepris", "Gyldig til"):
        assert words in seen
    assert "<s>" in text and EVIL not in text
    form = accepting(text)
    assert form["total"] == str(quote.gross) == "10000"
    bought = await office.answer(path, **form | {"purchase_order": "PO 17"})
    assert bought.status_code == 303, said(bought.text)
    assert "/no/nb/order/ord_" in bought.headers["location"]
    again = await office.answer(path, **form | {"purchase_order": "PO 17"})
    assert again.headers["location"].partition("?")[0] == bought.headers["location"].partition("?")[0]
    order = await page(office.shop, bought.headers["location"])
    assert "Takk for bestillingen" in said(order)
    placed = (
        "SELECT count(*) FROM orders WHERE order_id = %(id)s AND state = 'placed' AND gross = 10000"
        " AND purchase_order = 'PO 17' AND quote = 1"
    )
    assert await office.world.read(lambda tx: tx.one(int, placed, id=quote.order_id)) == 1
    office.shop.cookies.clear()
    after = await page(office.shop, path)
    assert "Du har godtatt dette tilbudet" in said(after)
    assert 'name="answer"' not in after
    to_order = re.search(r'href="(/no/nb/order/[^"]+)"', after)
    assert to_order is not None
    assert (await office.shop.get(to_order[1])).status_code == 200


async def test_what_was_changed_meanwhile_is_shown_and_not_bought(office: Office) -> None:
    cart = await office.cart()
    _, path = await office.send(cart)
    form = accepting(await page(office.shop, path))
    await office.send(cart, unit=60_00)
    refused = await office.answer(path, **form)
    assert refused.status_code == 409
    assert "Tilbudet er endret i mellomtiden" in said(refused.text)
    assert (accepting(refused.text)["version"], accepting(refused.text)["total"]) == ("2", "12000")
    assert "Versjon 1" in said(refused.text)
    declined_card = await office.answer(path, **accepting(refused.text) | {"means": "test.decline"})
    assert declined_card.status_code == 409
    form = accepting(declined_card.text) | {"means": "test.ok"}
    assert (await office.answer(path, **form)).status_code == 303


async def test_it_is_declined_with_or_without_a_reason(office: Office) -> None:
    _, path = await office.send(await office.cart())
    form = accepting(await page(office.shop, path))
    assert (await office.answer(path, answer="decline", reason="For dyrt " + EVIL)).status_code == 303
    after = await page(office.shop, path)
    assert "Du har takket nei" in said(after) and "For dyrt" in said(after) and EVIL not in after
    late = await office.answer(path, **form)
    assert late.status_code == 409
    assert "Du har takket nei" in said(late.text)


async def test_what_is_over_or_withdrawn_says_so_and_has_no_button(office: Office, clock: Any) -> None:
    withdrawn, gone = await office.send(await office.cart())
    quote, path = await office.send(await office.cart())
    form = accepting(await page(office.shop, path))
    await office.world.run(lambda tx: withdraw(tx, withdrawn.order_id, "Utsolgt", by=SYSTEM))
    text = await page(office.shop, gone)
    assert "trukket tilbake" in said(text) and "Utsolgt" in said(text) and 'name="answer"' not in text
    clock.move(days=4)
    text = await page(office.shop, path)
    assert "Dette tilbudet har gått ut" in said(text) and 'name="answer"' not in text
    late = await office.answer(path, **form)
    assert late.status_code == 409
    assert "Dette tilbudet har gått ut" in said(late.text)
    assert quote.order_id != withdrawn.order_id


async def test_who_changes_the_link_finds_nothing(office: Office) -> None:
    _, path = await office.send(await office.cart())
    for wrong in (path[:-1], path[:-1] + ("A" if path[-1] != "A" else "B"), path.rpartition(".")[0]):
        assert (await office.shop.get(wrong)).status_code == 404
        assert (await office.answer(wrong, answer="decline")).status_code == 404


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("se/sv", "Vår offert till dig"),
        ("dk/da", "Vores tilbud til dig"),
        ("de/de", "Unser Angebot für Sie"),
        ("gb/en", "Our quote for you"),
        ("jp/ja", "お見積もりを承諾する"),
    ],
)
async def test_it_is_read_in_every_language(office: Office, front: str, words: str) -> None:
    _, path = await office.send(await office.cart())
    assert words in said(await page(office.shop, path.replace("/no/nb/", f"/{front}/")))
