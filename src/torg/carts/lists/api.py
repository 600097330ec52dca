"""Saved lists over HTTP: a customer's own under `/me/lists`, one that she shows to others under its link's secret."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from msgspec import Meta, Struct

from torg.carts.api import TAGS, LineNote, Quantity, VariantName, Version
from torg.carts.lists import keep
from torg.carts.lists.model import SavedList
from torg.carts.lists.move import from_cart, to_cart
from torg.carts.views import CartView
from torg.customers import require_customer
from torg.kernel.access import Policy
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Body, Call, Calling, FromPath, Open, read, write
from torg.kernel.ids import new_id, parse, public

ListName = Annotated[str, Meta(min_length=1, max_length=100)]


class ListItemView(Struct, frozen=True):
    """Something on a list."""

    variant: str
    quantity: int
    note: str | None
    added_at: datetime


class ListView(Struct, frozen=True):
    """A list; `shared` while a link shows it to others."""

    id: str
    name: str
    version: int
    shared: bool
    created_at: datetime
    changed_at: datetime
    items: list[ListItemView]

    @classmethod
    def of(cls, one: SavedList) -> "ListView":
        """The list as its customer sees it."""
        return cls(
            id=public("lst", one.id),
            name=one.name,
            version=one.version,
            shared=one.share_hash is not None,
            created_at=one.created_at,
            changed_at=one.changed_at,
            items=_items(one),
        )


class SharedListView(Struct, frozen=True):
    """A list as others see it: nothing of whose it is, or of what she noted."""

    name: str
    items: list[ListItemView]

    @classmethod
    def of(cls, one: SavedList) -> "SharedListView":
        """The list as others see it."""
        return cls(one.name, [ListItemView(i.variant, i.quantity, None, i.added_at) for i in _items(one)])


class ListLink(Struct, frozen=True):
    """What shows a list to whoever has it; told this once."""

    token: str
    link: str


class NewList(Struct, forbid_unknown_fields=True):
    """A list to begin."""

    name: ListName


class ListPatch(Struct, forbid_unknown_fields=True):
    """Another name."""

    name: ListName
    version: Version = None


class ListItem(Struct, forbid_unknown_fields=True):
    """How many, and a note."""

    quantity: Quantity = 1
    note: LineNote | None = None


class ListToCart(Struct, forbid_unknown_fields=True):
    """Which goods go into the cart, all when nothing is said; with `keep` they stay on the list as well."""

    variants: Annotated[list[VariantName], Meta(max_length=200)] | None = None
    keep: bool = False


class LineToList(Struct, forbid_unknown_fields=True):
    """The list that a line goes onto."""

    list: Annotated[str, Meta(max_length=40)]
    version: Version = None


@read("/me/lists", permission=Open.customer, summary="My lists", tags=TAGS)
async def list_my_lists(call: Call) -> list[ListView]:
    """The customer's saved lists, the oldest first."""
    return [ListView.of(one) for one in await call.read(lambda tx: keep.lists(tx, by=call.actor))]


@write("POST", "/me/lists", permission=Open.customer, status=201, summary="Begin a list", tags=TAGS)
async def create_my_list(call: Call, data: Body[NewList]) -> Response[ListView]:
    """Begin a list under a name."""
    id = new_id()
    return await call.write(lambda tx: keep.begin(tx, id, data.name, by=call.actor), view=ListView.of)


@read("/me/lists/{list:str}", permission=Open.customer, summary="One of my lists", tags=TAGS)
async def get_my_list(call: Call, list: FromPath[str]) -> ListView:
    """A list with what is on it."""
    id = parse("lst", list)
    return ListView.of(await call.read(lambda tx: keep.see(tx, id, by=call.actor)))


@write("PATCH", "/me/lists/{list:str}", permission=Open.customer, summary="Rename a list", tags=TAGS)
async def rename_my_list(call: Call, list: FromPath[str], data: Body[ListPatch]) -> Response[ListView]:
    """Give a list another name."""
    id = parse("lst", list)
    return await call.write(
        lambda tx: keep.rename(tx, id, data.name, version=data.version, by=call.actor), view=ListView.of
    )


@write(
    "DELETE", "/me/lists/{list:str}", permission=Open.customer, status=204, summary="Forget a list", tags=TAGS
)
async def forget_my_list(call: Call, list: FromPath[str]) -> Response[None]:
    """Forget a list; its link shows nothing any more."""
    id = parse("lst", list)
    return await call.write(lambda tx: keep.forget(tx, id, by=call.actor))


@write(
    "PUT",
    "/me/lists/{list:str}/items/{variant:str}",
    permission=Open.customer,
    summary="Put on a list",
    tags=TAGS,
)
async def put_on_my_list(
    call: Call, list: FromPath[str], variant: FromPath[str], data: Body[ListItem]
) -> Response[ListView]:
    """Put so many of a variant on a list; the channel of the header `Torg-Channel` must sell it."""
    require_customer(call.actor)
    id, variant_id, channel = parse("lst", list), parse("var", variant), _channel(call)
    return await call.write(
        lambda tx: keep.put(
            tx, id, variant_id, data.quantity, data.note or None, channel=channel, by=call.actor
        ),
        view=ListView.of,
    )


@write(
    "DELETE",
    "/me/lists/{list:str}/items/{variant:str}",
    permission=Open.customer,
    summary="Take off a list",
    tags=TAGS,
)
async def take_off_my_list(call: Call, list: FromPath[str], variant: FromPath[str]) -> Response[ListView]:
    """Take a variant off a list."""
    id, variant_id = parse("lst", list), parse("var", variant)
    return await call.write(lambda tx: keep.take_off(tx, id, variant_id, by=call.actor), view=ListView.of)


@write(
    "POST",
    "/me/lists/{list:str}/to-cart",
    permission=Open.customer,
    summary="From a list to the cart",
    tags=TAGS,
)
async def move_my_list_to_cart(call: Call, list: FromPath[str], data: Body[ListToCart]) -> Response[CartView]:
    """Put what is on a list into the customer's one cart. What the channel does not sell stays on the list."""
    require_customer(call.actor)
    id, cart_id, channel = parse("lst", list), new_id(), _channel(call)
    only = None if data.variants is None else {parse("var", one) for one in data.variants}
    return await call.write(
        lambda tx: to_cart(tx, id, cart_id, channel=channel, only=only, keep=data.keep, by=call.actor),
        view=lambda cart: CartView.of(cart, call.language),
    )


@write(
    "POST",
    "/carts/{cart:str}/lines/{line:str}/save",
    permission=Open.customer,
    summary="From the cart to a list",
    tags=TAGS,
)
async def save_cart_line(
    call: Call, cart: FromPath[str], line: FromPath[str], data: Body[LineToList]
) -> Response[CartView]:
    """Take a line out of a cart and put it on one of the customer's lists, in one step."""
    require_customer(call.actor)
    id, line_id, list_id = parse("crt", cart), parse("lin", line), parse("lst", data.list)
    return await call.write(
        lambda tx: from_cart(tx, id, line_id, list_id, version=data.version, by=call.actor),
        view=lambda changed: CartView.of(changed, call.language),
    )


@write(
    "POST",
    "/me/lists/{list:str}/share",
    permission=Open.customer,
    status=201,
    summary="Share a list",
    tags=TAGS,
)
async def share_my_list(call: Call, list: FromPath[str]) -> Response[ListLink]:
    """A link that shows the list to whoever has it, told this once; an earlier one shows it no more."""
    id, origin = parse("lst", list), call.ports.get(Policy).origin
    return await call.write(
        lambda tx: keep.share(tx, id, by=call.actor),
        view=lambda token: ListLink(token, f"{origin}/api/v1/shared-lists/{token}"),
    )


@write(
    "DELETE",
    "/me/lists/{list:str}/share",
    permission=Open.customer,
    status=204,
    summary="Share no more",
    tags=TAGS,
)
async def unshare_my_list(call: Call, list: FromPath[str]) -> Response[None]:
    """Show the list to nobody any more."""
    id = parse("lst", list)
    return await call.write(lambda tx: keep.unshare(tx, id, by=call.actor))


@read("/shared-lists/{token:str}", permission=Open.public, summary="A shared list", tags=TAGS)
async def get_shared_list(call: Call, token: FromPath[str]) -> SharedListView:
    """A list that somebody shows to whoever has its link."""
    return SharedListView.of(await call.read(lambda tx: keep.shared(tx, token)))


def _items(one: SavedList) -> list[ListItemView]:
    return [ListItemView(public("var", i.variant_id), i.quantity, i.note, i.added_at) for i in one.items]


def _channel(call: Calling) -> str:
    if call.channel is None:
        raise Invalid.of(FieldProblem("Torg-Channel", "required", "This field is required."))
    return call.channel


ROUTES = [
    list_my_lists,
    create_my_list,
    get_my_list,
    rename_my_list,
    forget_my_list,
    put_on_my_list,
    take_off_my_list,
    move_my_list_to_cart,
    save_cart_line,
    share_my_list,
    unshare_my_list,
    get_shared_list,
]
