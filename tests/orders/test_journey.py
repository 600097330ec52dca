"""Through which channels and on which devices an order came about: recorded as it happens, granting nothing."""

import httpx
import pytest
from msgspec.structs import replace
from tests.orders.conftest import Till

from torg import carts
from torg.carts import Cart, LineChange
from torg.kernel.access import Actor, ActorKind
from torg.kernel.access.touchpoint import DeviceKind, Touchpoint, touchpoint
from torg.orders import Seen

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
)
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 Version/17.6 Mobile/15E148 Safari/604.1"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
GALAXY_TAB = "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"


def on(by: Actor, channel: str | None, device: DeviceKind | None) -> Actor:
    """The same somebody, elsewhere."""
    return replace(by, touch=Touchpoint(channel, device))


def steps(seen: Seen) -> list[tuple[str, str, str | None]]:
    return [(touch.channel, touch.by, touch.device) for touch in seen.order.journey]


async def set_quantity(till: Till, cart: Cart, quantity: int, by: Actor) -> None:
    change, line = LineChange(quantity=quantity), cart.lines[0].id
    await till.database.run(lambda tx: carts.change_line(tx, cart.id, line, change, by=by))


async def test_an_order_tells_each_channel_and_device_once_in_the_order_of_the_steps(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    visitor = till.shop.visitor(cart)
    phone, desk = on(visitor, "agent-no", DeviceKind.phone), on(visitor, "web-no", DeviceKind.desktop)
    for quantity in (2, 3):
        await set_quantity(till, cart, quantity, phone)
    cart = await till.cart_now(cart)
    placement = await till.buy(cart, by=desk)
    seen = await till.order(cart)
    assert steps(seen) == [
        ("web-no", "visitor", None),
        ("agent-no", "visitor", "phone"),
        ("web-no", "visitor", "desktop"),
    ]
    assert placement.order.journey == seen.order.journey
    assert [touch.at for touch in seen.order.journey] == sorted(touch.at for touch in seen.order.journey)


async def test_looking_and_changes_that_change_nothing_leave_no_step(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    phone = on(till.shop.visitor(cart), "agent-no", DeviceKind.phone)
    await till.database.read(lambda tx: carts.load(tx, cart.id, by=phone))
    await set_quantity(till, cart, cart.lines[0].quantity, phone)
    after = await till.cart_now(cart)
    assert (after.journey, after.version) == (cart.journey, cart.version)


async def test_a_channel_that_nobody_opened_is_not_written_down(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    await till.buy(cart, by=on(till.shop.visitor(cart), "moon", DeviceKind.tablet))
    assert steps(await till.order(cart))[-1] == ("web-no", "visitor", "tablet")


async def test_a_journey_has_an_end(till: Till) -> None:
    cart = await till.cart(await till.shop.product())
    visitor = till.shop.visitor(cart)
    for turn in range(carts.MOST_TOUCHES + 5):
        who = on(visitor, None, DeviceKind.phone if turn % 2 else DeviceKind.tablet)
        await set_quantity(till, cart, 1 + turn % 2, who)
    assert len((await till.cart_now(cart)).journey) == carts.MOST_TOUCHES


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Torg-Device": "Till", "User-Agent": WINDOWS}, DeviceKind.till),
        ({"Torg-Device": "fridge", "User-Agent": WINDOWS}, DeviceKind.desktop),
        ({"User-Agent": IPHONE}, DeviceKind.phone),
        ({"User-Agent": PIXEL}, DeviceKind.phone),
        ({"User-Agent": IPAD}, DeviceKind.tablet),
        ({"User-Agent": GALAXY_TAB}, DeviceKind.tablet),
        ({"User-Agent": "python-httpx/0.28"}, None),
        ({}, None),
    ],
)
def test_the_kind_of_device_is_what_the_client_says_or_what_its_browser_shows(
    headers: dict[str, str], told: DeviceKind | None
) -> None:
    assert touchpoint(httpx.Headers(headers)).device is told


def test_where_somebody_asks_from_grants_nothing() -> None:
    clerk = Actor(ActorKind.visitor, touch=Touchpoint("till-oslo", DeviceKind.till))
    assert not clerk.may("orders:read", channel="till-oslo", anywhere=True)
