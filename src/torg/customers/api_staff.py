"""Customers over HTTP, for staff and programs that may read or change them."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from msgspec.structs import asdict

from torg.customers import address_book, change, find, preferences
from torg.customers.model import Customer
from torg.customers.register import register
from torg.customers.views import (
    AddressPatch,
    CustomerView,
    NewAddress,
    NewCustomer,
    PreferencesForm,
    PreferenceView,
    SavedAddressView,
    StaffCustomerPatch,
)
from torg.kernel import cursors, ids
from torg.kernel.database import Transaction
from torg.kernel.http import Body, Call, Cursor, FromPath, Limit, Page, QueryParameter, read, write
from torg.permissions import Permission

TAGS = ["customers"]


@read("/customers", permission=Permission.customers_read, summary="Search customers", tags=TAGS)
async def search(
    call: Call,
    asked: Annotated[
        str | None,
        QueryParameter(name="query", max_length=200, description="Beginnings of words, or a phone number."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[CustomerView]:
    """By e-mail, phone, name, company or number; newest first."""
    key = cursors.decode(cursor, tuple[UUID])
    rows = await call.read(
        lambda tx: find.search_customers(
            tx, query=asked, before=key[0] if key else None, limit=limit + 1, by=call.actor
        )
    )
    return Page.cut(rows, limit, lambda one: (one.customer_id,)).map(CustomerView.of)


@write(
    "POST",
    "/customers",
    permission=Permission.customers_write,
    status=201,
    summary="Register a customer",
    tags=TAGS,
)
async def add(call: Call, data: Body[NewCustomer]) -> Response[CustomerView]:
    """Somebody who stands before us or is on the phone."""
    return await call.write(
        lambda tx: register(
            tx,
            data.details(),
            email=data.email,
            channel=call.channel,
            country=data.country,
            by=call.actor,
        ),
        view=CustomerView.of,
    )


@read(
    "/customers/{customer_id:str}",
    permission=Permission.customers_read,
    summary="Read a customer",
    tags=TAGS,
)
async def read_one(call: Call, customer_id: FromPath[str]) -> CustomerView:
    """One account."""
    id = ids.parse("cus", customer_id)
    return CustomerView.of(await call.read(lambda tx: find.find_customer(tx, id, by=call.actor)))


@write(
    "PATCH",
    "/customers/{customer_id:str}",
    permission=Permission.customers_write,
    summary="Change a customer's details",
    tags=TAGS,
)
async def change_one(
    call: Call, customer_id: FromPath[str], data: Body[StaffCustomerPatch]
) -> Response[CustomerView]:
    """What is left out stays. A new e-mail address ends her sessions and counts once she signs in with it."""
    id = ids.parse("cus", customer_id)

    async def work(tx: Transaction) -> Customer:
        customer = await change.change(
            tx, id, data.details(), version=data.version, country=data.country, by=call.actor
        )
        if data.email is not None:
            customer = await change.change_email(tx, id, data.email, version=None, by=call.actor)
        return customer

    return await call.write(work, view=CustomerView.of)


@read(
    "/customers/{customer_id:str}/addresses",
    permission=Permission.customers_read,
    summary="Read a customer's address book",
    tags=TAGS,
)
async def addresses_of(call: Call, customer_id: FromPath[str]) -> Page[SavedAddressView]:
    """In the order in which it was written."""
    id = ids.parse("cus", customer_id)
    book = await call.read(lambda tx: address_book.addresses_of(tx, id, by=call.actor))
    return Page([SavedAddressView.of(saved) for saved in book])


@write(
    "POST",
    "/customers/{customer_id:str}/addresses",
    permission=Permission.customers_write,
    status=201,
    summary="Add an address for a customer",
    tags=TAGS,
)
async def add_address(
    call: Call, customer_id: FromPath[str], data: Body[NewAddress]
) -> Response[SavedAddressView]:
    """Checked after the country's rules."""
    id = ids.parse("cus", customer_id)
    return await call.write(
        lambda tx: address_book.add_address(tx, id, **asdict(data), by=call.actor),
        view=SavedAddressView.of,
    )


@write(
    "PATCH",
    "/customers/{customer_id:str}/addresses/{address_id:str}",
    permission=Permission.customers_write,
    summary="Change an address of a customer",
    tags=TAGS,
)
async def change_address(
    call: Call, customer_id: FromPath[str], address_id: FromPath[str], data: Body[AddressPatch]
) -> Response[SavedAddressView]:
    """What is null stays."""
    owner, id = ids.parse("cus", customer_id), ids.parse("adr", address_id)
    return await call.write(
        lambda tx: address_book.change_address(tx, owner, id, **asdict(data), by=call.actor),
        view=SavedAddressView.of,
    )


@write(
    "DELETE",
    "/customers/{customer_id:str}/addresses/{address_id:str}",
    permission=Permission.customers_write,
    status=204,
    summary="Remove an address of a customer",
    tags=TAGS,
)
async def remove_address(call: Call, customer_id: FromPath[str], address_id: FromPath[str]) -> Response[None]:
    """If it was a default, the newest that is left takes its place."""
    owner, id = ids.parse("cus", customer_id), ids.parse("adr", address_id)
    return await call.write(lambda tx: address_book.remove_address(tx, owner, id, by=call.actor))


@read(
    "/customers/{customer_id:str}/preferences",
    permission=Permission.customers_read,
    summary="Read a customer's preferences",
    tags=TAGS,
)
async def preferences_of(call: Call, customer_id: FromPath[str]) -> Page[PreferenceView]:
    """What she likes, in every channel."""
    id = ids.parse("cus", customer_id)
    found = await call.read(lambda tx: preferences.preferences_of(tx, id, by=call.actor))
    return Page([PreferenceView.of(one) for one in found])


@write(
    "PATCH",
    "/customers/{customer_id:str}/preferences",
    permission=Permission.customers_write,
    summary="Change a customer's preferences",
    tags=TAGS,
)
async def set_preferences(
    call: Call, customer_id: FromPath[str], data: Body[PreferencesForm]
) -> Response[Page[PreferenceView]]:
    """Null forgets a preference; what is left out stays."""
    id = ids.parse("cus", customer_id)
    return await call.write(
        lambda tx: preferences.set_preferences(tx, id, data.preferences, channel=call.channel, by=call.actor),
        view=lambda found: Page([PreferenceView.of(one) for one in found]),
    )


ROUTES: list[Any] = [
    search,
    add,
    read_one,
    change_one,
    addresses_of,
    add_address,
    change_address,
    remove_address,
    preferences_of,
    set_preferences,
]
