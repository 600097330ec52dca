"""A customer's saved lists: what waits on them, their names, and the links that show them to others."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from torg import carts, catalog, customers
from torg.carts import SavedList
from torg.kernel.access import Actor, browser
from torg.kernel.database import Transaction
from torg.kernel.errors import TorgError
from torg.kernel.http import Call, Calling, FromPath, Open, read, write
from torg.kernel.ids import new_id, parse, public
from torg.kernel.page_forms import FINE, go, read_form, wrong
from torg.kernel.problems import status_of
from torg.surfaces.shop import basket
from torg.surfaces.shop.frame import show, within
from torg.surfaces.shop.front import Front, Way
from torg.surfaces.storefront.pictures import ShopPicture

F = TypeVar("F", bound=Struct)

HERE: Final = "/{front:str}/{language:str}/account/lists"
SHARED: Final = "/{front:str}/{language:str}/list/{token:str}"
LISTS: Final = Way("account/lists", abroad=True, indexed=False)
Name = Annotated[str, Meta(max_length=40)]


class NewListForm(Struct, frozen=True):
    """The name of a list to begin."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]


class RenameForm(Struct, frozen=True):
    """Another name of a list."""

    list: Name
    name: Annotated[str, Meta(min_length=1, max_length=100)]


class ListForm(Struct, frozen=True):
    """The list that is meant, and of it a variant, where one is."""

    list: Name
    variant: Name = ""


class ItemSeen(Struct, frozen=True):
    """Goods on a list; without a name they are not sold in this shop."""

    variant: str
    product: str
    sku: str
    name: str
    options: str
    picture: ShopPicture | None
    quantity: int


class ListSeen(Struct, frozen=True):
    """A list with what is on it."""

    id: str
    name: str
    shared: bool
    items: tuple[ItemSeen, ...]


@read(HERE, permission=Open.public, summary="Saved lists", include_in_schema=False)
async def lists_page(call: Call) -> Response[Any]:
    """Her lists; who is not signed in is led to the way in."""

    async def page(at: Front) -> Response[Any]:
        if call.actor.customer_id is None:
            return go(at.to("account"))
        return await _page(call, at)

    return await within(call, page)


@write("POST", HERE, permission=Open.public, summary="Begin a list", include_in_schema=False)
async def begin(call: Call) -> Response[Any]:
    """Begin a list under a name."""

    async def work(tx: Transaction, form: NewListForm, by: Actor) -> None:
        await carts.begin_list(tx, new_id(), form.name, by=by)

    return await _done(call, NewListForm, work)


@write("POST", f"{HERE}/rename", permission=Open.public, summary="Rename", include_in_schema=False)
async def rename(call: Call) -> Response[Any]:
    """Give a list another name."""

    async def work(tx: Transaction, form: RenameForm, by: Actor) -> None:
        await carts.rename_list(tx, parse("lst", form.list), form.name, version=None, by=by)

    return await _done(call, RenameForm, work)


@write("POST", f"{HERE}/take-off", permission=Open.public, summary="Take off", include_in_schema=False)
async def take_off(call: Call) -> Response[Any]:
    """Take goods off a list."""

    async def work(tx: Transaction, form: ListForm, by: Actor) -> None:
        await carts.take_off_list(tx, parse("lst", form.list), parse("var", form.variant), by=by)

    return await _done(call, ListForm, work)


@write("POST", f"{HERE}/forget", permission=Open.public, summary="Forget a list", include_in_schema=False)
async def forget(call: Call) -> Response[Any]:
    """Forget a list; its link shows nothing any more."""

    async def work(tx: Transaction, form: ListForm, by: Actor) -> None:
        await carts.forget_list(tx, parse("lst", form.list), by=by)

    return await _done(call, ListForm, work)


@write("POST", f"{HERE}/unshare", permission=Open.public, summary="Share no more", include_in_schema=False)
async def unshare(call: Call) -> Response[Any]:
    """Show the list to nobody any more."""

    async def work(tx: Transaction, form: ListForm, by: Actor) -> None:
        await carts.unshare_list(tx, parse("lst", form.list), by=by)

    return await _done(call, ListForm, work)


@write("POST", f"{HERE}/share", permission=Open.public, summary="Share a list", include_in_schema=False)
async def share(call: Call) -> Response[Any]:
    """A link that shows the list to whoever has it, told this once; an earlier one shows it no more."""

    async def page(at: Front) -> Response[Any]:
        customers.require_customer(call.actor)
        form = await read_form(call.request, ListForm)
        id, by = parse("lst", form.list), basket.shopper(call, at)
        token = await call.database.run(lambda tx: carts.share_list(tx, id, by=by), actor=str(by))
        link = browser.policy_of(call.request).origin + at.to("list", token)
        return await _page(call, at, link=(form.list, link))

    return await within(call, page)


@read(SHARED, permission=Open.public, summary="A shared list", include_in_schema=False)
async def shared_page(call: Call, token: FromPath[str]) -> Response[Any]:
    """A list that somebody shows to whoever has its link; nothing of whose it is."""

    async def page(at: Front) -> Response[Any]:
        found = await call.read(lambda tx: carts.shared_list(tx, token))
        seen = (await _seen(call, at, [found]))[0]
        shown = await show(call, at, "list", Way(f"list/{token}", abroad=True, indexed=False), list=seen)
        shown.headers["Cache-Control"] = "no-store"
        shown.headers["Referrer-Policy"] = "no-referrer"
        return shown

    return await within(call, page)


async def _done(
    call: Calling, kind: type[F], work: Callable[[Transaction, F, Actor], Awaitable[None]]
) -> Response[Any]:
    """Do what a form asks for, and show the lists again; what was refused is told on them."""

    async def page(at: Front) -> Response[Any]:
        customers.require_customer(call.actor)
        by = basket.shopper(call, at)
        try:
            form = await read_form(call.request, kind)
            await call.database.run(lambda tx: work(tx, form, by), actor=str(by))
        except TorgError as error:
            return await _page(call, at, error=error)
        return go(at.to("account", "lists"), done="changed")

    return await within(call, page)


async def _page(
    call: Calling, at: Front, *, link: tuple[str, str] = ("", ""), error: TorgError | None = None
) -> Response[Any]:
    found = await call.read(lambda tx: carts.lists(tx, by=basket.shopper(call, at)))
    shown = await show(
        call,
        at,
        "lists",
        LISTS,
        status=status_of(error) if error else 200,
        lists=await _seen(call, at, found),
        link=link,
        wrong=wrong(call.request, error) if error else FINE,
        once=new_id().hex,
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


async def _seen(call: Calling, at: Front, found: list[SavedList]) -> tuple[ListSeen, ...]:
    wanted = list({item.variant_id for one in found for item in one.items})

    async def look(tx: Transaction) -> dict[UUID, Any]:
        if not wanted:
            return {}
        channel = at.shop.channel
        goods = await catalog.sellables(tx, channel=channel, language=at.language, variant_ids=wanted)
        await at.shop.pictures.meet(tx, [one.image for one in goods])
        return {one.variant_id: one for one in goods}

    goods = await call.read(look)
    return tuple(
        ListSeen(
            public("lst", one.id),
            one.name,
            one.share_hash is not None,
            tuple(
                _item(at, item.variant_id, item.quantity, goods.get(item.variant_id)) for item in one.items
            ),
        )
        for one in found
    )


def _item(at: Front, variant_id: UUID, quantity: int, goods: Any) -> ItemSeen:
    variant = public("var", variant_id)
    if goods is None:
        return ItemSeen(variant, "", "", "", "", None, quantity)
    picture = at.shop.pictures.show(goods.image, "", small=True)
    product = public("prd", goods.product_id)
    return ItemSeen(variant, product, goods.sku, goods.name, goods.options, picture, quantity)


ROUTES: list[Any] = [lists_page, begin, rename, take_off, forget, unshare, share, shared_page]
