"""Gift wrapping: an article around goods, with its own price, tax and message, that follows them into the order."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from tests.carts.conftest import Shop
from tests.carts.test_merging import claimed, customer, hers
from tests.orders.conftest import Till
from tests.orders.test_api import API, Buyer
from tests.orders.test_api import buyer as buyer
from tests.orders.test_api import key as key
from tests.orders.test_changes_api import asked

from torg.carts import LineWish, wrap
from torg.kernel.access import SYSTEM
from torg.kernel.ids import public
from torg.markets import ChannelChange, ChannelSettings, change_channel
from torg.permissions import Permission

STAFF = (
    Permission.orders_read,
    Permission.orders_change,
    Permission.orders_place,
    Permission.carts_read,
    Permission.carts_write,
)


async def wraps_with(till: Till, paper: UUID | None) -> None:
    """What the web shop wraps with from now on."""
    query = "SELECT sku FROM variants WHERE id = %(id)s"
    sku = await till.database.read(lambda tx: tx.find(str, query, id=paper)) if paper else None
    change = ChannelChange(settings=ChannelSettings(gift_wrap=sku))
    await till.database.run(lambda tx: change_channel(tx, "web-no", change, version=None, by=SYSTEM))
    till.database.forget("markets.atlas")


@pytest.fixture
async def paper(retailer: Shop, till: Till) -> UUID:
    """Gift paper for 49.00, taxed as food so that its tax is seen to be its own."""
    made = await retailer.product(price=49_00, tax_class="food")
    await wraps_with(till, made)
    return made


async def wrapped(
    buyer: Buyer, path: str, token: dict[str, str], line: dict[str, Any], message: str | None
) -> dict[str, Any]:
    """The cart after a line was wrapped."""
    url = f"{path}/lines/{line['id']}/wrapping"
    answer = await buyer.web.put(url, json={"message": message}, headers=token)
    assert answer.status_code == 200, answer.text
    cart: dict[str, Any] = answer.json()
    return cart


def around(lines: list[dict[str, Any]]) -> list[tuple[str, int, str | None]]:
    """What is around goods: the goods, how many, the message."""
    return [(one["wraps"], one["quantity"], one["note"]) for one in lines if one["wraps"]]


async def test_wrapping_follows_its_goods_in_the_cart(buyer: Buyer, paper: UUID) -> None:
    path, token, cart = await buyer.cart(price=100_00)
    line = cart["lines"][0]
    cart = await wrapped(buyer, path, token, line, "Happy birthday")
    again = await wrapped(buyer, path, token, line, "Happy birthday")
    assert again["version"] == cart["version"]
    assert around(cart["lines"]) == [(line["id"], 1, "Happy birthday")]
    assert cart["lines"][1]["amount"]["amount"] == 49_00
    more = {"variant": line["variant"], "quantity": 2}
    cart = (await buyer.web.post(f"{path}/lines", json=more, headers=token)).json()
    assert around(cart["lines"]) == [(line["id"], 3, "Happy birthday")]
    cart = await wrapped(buyer, path, token, line, "Merry Christmas")
    shop = {"intent": "pick_up", "store": "oslo"}
    cart = (await buyer.web.patch(f"{path}/lines/{line['id']}", json=shop, headers=token)).json()
    assert around(cart["lines"]) == [(line["id"], 3, "Merry Christmas")]
    assert [one["store"] for one in cart["lines"]] == ["oslo", "oslo"]
    alone = {"variant": public("var", paper)}
    cart = (await buyer.web.post(f"{path}/lines", json=alone, headers=token)).json()
    assert [one["quantity"] for one in cart["lines"]] == [3, 3, 1]
    cart = (await buyer.web.delete(f"{path}/lines/{line['id']}", headers=token)).json()
    assert [(one["variant"], one["wraps"]) for one in cart["lines"]] == [(alone["variant"], None)]


async def test_what_cannot_be_wrapped_is_refused_and_changes_nothing(
    buyer: Buyer, paper: UUID, till: Till
) -> None:
    path, token, cart = await buyer.cart()
    line = cart["lines"][0]
    cart = await wrapped(buyer, path, token, line, None)
    paper_line = next(one for one in cart["lines"] if one["wraps"])
    unknown = f"lin_{'0' * 32}"
    other_path, other_token, other = await buyer.cart()
    await wraps_with(till, None)
    for place, at, proof, code in (
        (path, paper_line["id"], token, "wrapping-not-offered"),
        (path, unknown, token, "unknown-line"),
        (path, line["id"], other_token, "unknown-cart"),
        (other_path, other["lines"][0]["id"], other_token, "wrapping-not-offered"),
    ):
        answer = await buyer.web.put(f"{place}/lines/{at}/wrapping", json={}, headers=proof)
        assert answer.json()["code"] == code, answer.text
    stale = {"version": cart["version"] - 1}
    answer = await buyer.web.put(f"{path}/lines/{line['id']}/wrapping", json=stale, headers=token)
    assert answer.status_code == 409
    present = (await buyer.web.get(path, headers=token)).json()
    assert (present["version"], around(present["lines"])) == (cart["version"], [(line["id"], 1, None)])


async def test_an_order_has_its_wrapping_and_a_change_of_the_goods_is_one_of_it(
    buyer: Buyer, paper: UUID, key: Any, retailer: Shop
) -> None:
    path, token, cart = await buyer.cart(price=100_00)
    line = cart["lines"][0]
    two = {"variant": line["variant"]}
    await buyer.web.post(f"{path}/lines", json=two, headers=token)
    cart = await wrapped(buyer, path, token, line, "From Kari")
    order = (await buyer.complete(path, token, cart)).json()
    assert (order["state"], around(order["lines"])) == ("placed", [(line["id"], 2, "From Kari")])
    goods, wrap = order["lines"]
    assert (goods["tax_rate"], wrap["tax_rate"], wrap["gross"]["amount"]) == (250_000, 150_000, 98_00)
    staff = await key(*STAFF)
    fewer = {"type": "set_quantity", "line": line["id"], "quantity": 1}
    await asked(buyer, order, staff, fewer, reason="one is enough")
    there = f"{API}/orders/{order['id']}"
    changed = (await buyer.web.get(there, headers=staff)).json()
    assert around(changed["lines"]) == [(line["id"], 1, "From Kari")]
    assert changed["total"]["amount"] == order["total"]["amount"] - 149_00
    other = public("var", await retailer.product(price=80_00))
    swap = {"type": "swap_variant", "line": line["id"], "variant": other}
    await asked(buyer, order, staff, swap, reason="broken")
    swapped = (await buyer.web.get(there, headers=staff)).json()["lines"]
    ((inside, units, message),) = around(swapped)
    assert (units, message) == (1, "From Kari")
    assert [one["variant"] for one in swapped if one["id"] == inside] == [other]


async def test_wrapping_comes_along_when_a_guests_cart_goes_into_her_own(retailer: Shop, paper: UUID) -> None:
    mug, beans, by = await retailer.product(), await retailer.product(), customer()
    own = await hers(retailer, by, LineWish(mug, 2))
    guest = await retailer.cart(mug, beans)
    for line in guest.lines:
        wish = partial(wrap, cart_id=guest.id, line_id=line.id, message="Hi", by=retailer.visitor(guest))
        await retailer.database.run(wish)
    joined = await claimed(retailer, guest, by)
    names = {line.id: line.variant_id for line in joined.lines}
    assert joined.id == own.id
    assert [(names[line.wraps], line.quantity, line.note) for line in joined.lines if line.wraps] == [
        (mug, 2, "Hi"),
        (beans, 1, "Hi"),
    ]
