"""A customer's own account over HTTP: signing in, details, address book, preferences."""

from typing import Annotated, Any

from litestar import Response
from msgspec.structs import asdict

from torg.customers import address_book, change, consents, find, preferences, rules, sign_in
from torg.customers.api_staff import ROUTES as STAFF_ROUTES
from torg.customers.codes import Proof
from torg.customers.sign_in import CustomerSession
from torg.customers.views import (
    AddressFormatView,
    AddressPatch,
    CodeAsked,
    CodeRequest,
    ConsentsForm,
    ConsentView,
    CustomerPassword,
    CustomerPatch,
    CustomerSessionView,
    CustomerSignIn,
    CustomerView,
    EmailProof,
    NewAddress,
    PreferencesForm,
    PreferenceView,
    SavedAddressView,
)
from torg.kernel import ids
from torg.kernel.access import browser
from torg.kernel.errors import FieldProblem, Invalid
from torg.kernel.http import Body, Call, FromPath, Open, Page, QueryParameter, read, write

SIGN_IN = ["customer sign-in"]
ME = ["own customer account"]


@write(
    "POST", "/me/codes", permission=Open.public, status=202, summary="Ask for a code by e-mail", tags=SIGN_IN
)
async def ask_for_code(call: Call, data: Body[CodeRequest]) -> Response[CodeAsked]:
    """Six digits to sign in with, whether or not there is an account yet; the answer is the same."""
    policy = browser.policy_of(call.request)
    device = browser.device_of(call.request, mark=data.device)
    return await call.chain(
        lambda: sign_in.ask_for_code(
            call.database, policy, data.email, language=call.language, device=device
        ),
        view=CodeAsked.of,
    )


@write("POST", "/me/sessions", permission=Open.public, status=201, summary="Sign in", tags=SIGN_IN)
async def enter(call: Call, data: Body[CustomerSignIn]) -> Response[CustomerSessionView]:
    """With a mailed code, which makes the account when there is none, or with a password.

    With `transport` `cookie` the session is set as a cookie, with `bearer` its token is in the answer, for the header
    `Authorization: Bearer …`. Trying again makes another session, whatever the Idempotency-Key.
    """
    browser.require_own_origin(call.request)
    signed_in = await _enter(call, data)
    response = Response(CustomerSessionView.of(signed_in), status_code=201)
    browser.remember(response, browser.policy_of(call.request), signed_in.opened, call.database.clock.now())
    return response


async def _enter(call: Call, data: CustomerSignIn) -> CustomerSession:
    policy = browser.policy_of(call.request)
    device = browser.device_of(call.request, transport=data.transport, mark=data.device)
    if data.password is not None:
        return await sign_in.with_password(
            call.database, policy, data.email, data.password, channel=call.channel, device=device
        )
    if data.challenge is None or data.code is None:
        missing = [name for name in ("challenge", "code") if getattr(data, name) is None]
        raise Invalid.of(*(FieldProblem(name, "required", "This field is required.") for name in missing))
    return await sign_in.with_code(
        call.database,
        policy,
        Proof(data.email, data.challenge, data.code),
        language=call.language,
        channel=call.channel,
        device=device,
    )


@read("/me", permission=Open.customer, summary="Read one's own account", tags=ME)
async def read_me(call: Call) -> CustomerView:
    """The customer who asks."""
    own = rules.require_customer(call.actor)
    return CustomerView.of(await call.read(lambda tx: find.find_customer(tx, own, by=call.actor)))


@write("PATCH", "/me", permission=Open.customer, summary="Change one's own details", tags=ME)
async def change_me(call: Call, data: Body[CustomerPatch]) -> Response[CustomerView]:
    """What is left out stays."""
    own = rules.require_customer(call.actor)
    return await call.write(
        lambda tx: change.change(
            tx, own, data.details(), version=data.version, country=data.country, by=call.actor
        ),
        view=CustomerView.of,
    )


@write(
    "PUT",
    "/me/password",
    permission=Open.customer,
    status=204,
    summary="Set or change one's password",
    tags=ME,
)
async def set_password(call: Call, data: Body[CustomerPassword]) -> Response[None]:
    """Needs the old one, unless she has signed in during the last quarter of an hour. Her other sessions end."""
    policy = browser.policy_of(call.request)
    await change.set_password(
        call.database, policy, old=data.old_password, new=data.new_password, by=call.actor
    )
    return Response(None, status_code=204)


@write(
    "POST",
    "/me/email-codes",
    permission=Open.customer,
    status=202,
    summary="Ask for a code to a new e-mail address",
    tags=ME,
)
async def ask_for_email_code(call: Call, data: Body[CodeRequest]) -> Response[CodeAsked]:
    """The code proves that she reads the new address."""
    policy = browser.policy_of(call.request)
    device = browser.device_of(call.request, mark=data.device)
    return await call.chain(
        lambda: change.ask_to_change_email(
            call.database, policy, data.email, language=call.language, device=device, by=call.actor
        ),
        view=CodeAsked.of,
    )


@write("PUT", "/me/email", permission=Open.customer, summary="Change one's e-mail address", tags=ME)
async def change_email(call: Call, data: Body[EmailProof]) -> Response[CustomerView]:
    """With the code that was mailed to the new address; the former one is told."""
    policy = browser.policy_of(call.request)
    proof = Proof(data.email, data.challenge, data.code)
    return await call.chain(
        lambda: change.change_own_email(call.database, policy, proof, by=call.actor), view=CustomerView.of
    )


@read("/me/addresses", permission=Open.customer, summary="Read one's address book", tags=ME)
async def my_addresses(call: Call) -> Page[SavedAddressView]:
    """In the order in which it was written."""
    own = rules.require_customer(call.actor)
    book = await call.read(lambda tx: address_book.addresses_of(tx, own, by=call.actor))
    return Page([SavedAddressView.of(saved) for saved in book])


@write("POST", "/me/addresses", permission=Open.customer, status=201, summary="Add an address", tags=ME)
async def add_my_address(call: Call, data: Body[NewAddress]) -> Response[SavedAddressView]:
    """Checked after the country's rules; the first one is the default."""
    own = rules.require_customer(call.actor)
    return await call.write(
        lambda tx: address_book.add_address(tx, own, **asdict(data), by=call.actor),
        view=SavedAddressView.of,
    )


@write(
    "PATCH", "/me/addresses/{address_id:str}", permission=Open.customer, summary="Change an address", tags=ME
)
async def change_my_address(
    call: Call, address_id: FromPath[str], data: Body[AddressPatch]
) -> Response[SavedAddressView]:
    """What is null stays."""
    own, id = rules.require_customer(call.actor), ids.parse("adr", address_id)
    return await call.write(
        lambda tx: address_book.change_address(tx, own, id, **asdict(data), by=call.actor),
        view=SavedAddressView.of,
    )


@write(
    "DELETE",
    "/me/addresses/{address_id:str}",
    permission=Open.customer,
    status=204,
    summary="Remove an address",
    tags=ME,
)
async def remove_my_address(call: Call, address_id: FromPath[str]) -> Response[None]:
    """If it was a default, the newest that is left takes its place."""
    own, id = rules.require_customer(call.actor), ids.parse("adr", address_id)
    return await call.write(lambda tx: address_book.remove_address(tx, own, id, by=call.actor))


@read("/me/preferences", permission=Open.customer, summary="Read one's preferences", tags=ME)
async def my_preferences(call: Call) -> Page[PreferenceView]:
    """What she likes, in every channel."""
    own = rules.require_customer(call.actor)
    found = await call.read(lambda tx: preferences.preferences_of(tx, own, by=call.actor))
    return Page([PreferenceView.of(one) for one in found])


@write("PATCH", "/me/preferences", permission=Open.customer, summary="Change one's preferences", tags=ME)
async def set_my_preferences(call: Call, data: Body[PreferencesForm]) -> Response[Page[PreferenceView]]:
    """Null forgets a preference; what is left out stays."""
    own = rules.require_customer(call.actor)
    return await call.write(
        lambda tx: preferences.set_preferences(
            tx, own, data.preferences, channel=call.channel, by=call.actor
        ),
        view=lambda found: Page([PreferenceView.of(one) for one in found]),
    )


@read("/me/consents", permission=Open.customer, summary="Read what one has agreed to", tags=ME)
async def my_consents(call: Call) -> Page[ConsentView]:
    """All that she has said, the latest first; the first of a purpose is what counts. Without one it is a no."""
    own = rules.require_customer(call.actor)
    found = await call.read(lambda tx: consents.consents_of(tx, own, by=call.actor))
    return Page([ConsentView.of(one) for one in found])


@write("PATCH", "/me/consents", permission=Open.customer, summary="Agree, or take it back", tags=ME)
async def say_my_consents(call: Call, data: Body[ConsentsForm]) -> Response[Page[ConsentView]]:
    """Kept with the words that stand for it in the language of the call, and never changed."""
    own = rules.require_customer(call.actor)
    return await call.write(
        lambda tx: consents.say_consents(
            tx, own, data.consents, language=call.language, channel=call.channel, by=call.actor
        ),
        view=lambda found: Page([ConsentView.of(one) for one in found]),
    )


@read("/address-format", permission=Open.public, summary="Read a country's address form", tags=["addresses"])
async def address_format(
    call: Call,
    country: Annotated[str, QueryParameter(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")],
) -> AddressFormatView:
    """Which fields there are, in which order, which are required and which values a region may have."""
    return AddressFormatView.of(country, call.language)


ROUTES: list[Any] = [
    ask_for_code,
    enter,
    read_me,
    change_me,
    set_password,
    ask_for_email_code,
    change_email,
    my_addresses,
    add_my_address,
    change_my_address,
    remove_my_address,
    my_preferences,
    set_my_preferences,
    my_consents,
    say_my_consents,
    address_format,
    *STAFF_ROUTES,
]
