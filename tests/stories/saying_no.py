"""What the stories of places that say no share: an order of goods that lie where the story wants them."""

from typing import Any

import httpx
from msgspec import Struct
from tests.conftest import settle
from tests.kernel.people import add_key, header
from tests.stories.buying import OSLO, call, completed, shipped

from torg.inventory import Reason, adjust, verify
from torg.kernel import ids, mail
from torg.kernel.access import SYSTEM
from torg.kernel.database import Database, Transaction
from torg.settings import Settings

FREE = """
SELECT location, available FROM levels WHERE variant_id = %(variant)s AND available > 0 ORDER BY location
"""
HOME = "guest@says-no.example"
RIGHTS = (
    "fulfilment:read",
    "fulfilment:write",
    "orders:read",
    "orders:cancel",
    "payments:read",
    "stock:read",
    "stock:adjust",
    "stock:count",
    "channels:read",
    "channels:write",
    "audit:read",
)


class _Free(Struct, frozen=True):
    location: str
    available: int


async def lying(world: Database, variant: str, **places: int) -> None:
    """Have so many free of the variant at these places (`lager` is the warehouse), and none anywhere else."""
    id = ids.parse("var", variant)
    wanted = {{"lager": "lager-oslo"}.get(place, place): units for place, units in places.items()}

    async def set_right(tx: Transaction) -> None:
        await tx.execute("UPDATE levels SET buffer = 0 WHERE variant_id = %(variant)s", variant=id)
        there = {row.location: row.available for row in await tx.all(_Free, FREE, variant=id)}
        for place in {*there, *wanted}:
            more = wanted.get(place, 0) - there.get(place, 0)
            if more:
                await adjust(tx, id, place, more, reason=Reason.correction, by=SYSTEM)

    await world.run(set_right)


async def web_order(
    shop: httpx.AsyncClient, world: Database, settings: Settings, lines: dict[str, int], email: str = HOME
) -> tuple[Any, dict[str, str]]:
    """A paid web order of these variants, sent home, with its places told; and what opens it."""
    cart = await call(shop, "POST", "/carts", status=201, json={"channel": "web-no"})
    token, path = {"Torg-Token": cart["token"]}, f"/carts/{cart['id']}"
    for variant, quantity in lines.items():
        line = {"variant": variant, "quantity": quantity}
        await call(shop, "POST", f"{path}/lines", status=201, json=line, headers=token)
    contact = {"email": email, "name": "Kari"}
    await call(shop, "PUT", f"{path}/contact", json=contact, headers=token)
    cart = await shipped(shop, path, token, OSLO)
    order = await completed(shop, cart, token)
    await settle(world, settings)
    return await call(shop, "GET", f"/orders/{order['id']}", headers=token), token


async def staff(world: Database, *rights: str, stores: tuple[str, ...] | None = None) -> dict[str, str]:
    """A key with these rights, everywhere or in these stores."""
    key = await world.run(lambda tx: add_key(tx, *rights, stores=stores))
    return header(key.secret)


async def work(shop: httpx.AsyncClient, boss: dict[str, str], order: Any) -> dict[str, Any]:
    """What the places have to do for the order, by location; only what is still to be done."""
    found = await call(shop, "GET", "/fulfilments?limit=100", headers=boss)
    return {one["location"]: one for one in found["items"] if one["order"] == order["id"]}


async def says_no(
    shop: httpx.AsyncClient,
    boss: dict[str, str],
    fulfilment: Any,
    reason: str = "not_found",
    *,
    quantity: int | None = None,
    status: int = 201,
    **more: Any,
) -> Any:
    """The place rejects its first line, or so many of it."""
    line = fulfilment["lines"][0]
    goods = {"line": line["line"], "variant": line["variant"]}
    said = goods | {"quantity": quantity or line["quantity"], "reason": reason}
    path = f"/orders/{fulfilment['order']}/fulfilments/{fulfilment['id']}/rejections"
    return await call(shop, "POST", path, status=status, json={"lines": [said | more]}, headers=boss)


async def mails(world: Database, to: str) -> list[str]:
    """Which mails somebody got, by name: the clock stands, so they have no order."""
    found = await world.read(lambda tx: mail.newest(tx, to=to))
    return sorted(one.template for one in found)


async def ledger_agrees(world: Database) -> bool:
    """Whether every balance is what its movements and holds add up to."""
    return await world.read(lambda tx: verify(tx, by=SYSTEM)) == []
