"""The words of customers: account, address book, preferences, and what can go wrong with them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from torg.customers.addresses import Address
from torg.kernel import ids
from torg.kernel.errors import Forbidden, NotFound, Refused, Unauthenticated


class Customer(Struct, frozen=True):
    """Somebody who buys, for herself or for a company. E-mail is normalised, phone is E.164; both may be lacking.

    `source` names the system that knew her first, when that was not this one, and `number` is what she has there.
    """

    customer_id: UUID
    language: str
    registered_at: datetime
    email: str | None = None
    email_verified_at: datetime | None = None
    given_name: str = ""
    family_name: str = ""
    phone: str | None = None
    company: str = ""
    vat_number: str | None = None
    org_number: str | None = None
    registered_in: str | None = None
    source: str | None = None
    number: str | None = None
    version: int = 1

    @property
    def public_id(self) -> str:
        """Her id as the outside sees it."""
        return ids.public("cus", self.customer_id)


class SavedAddress(Struct, frozen=True):
    """An address in a customer's address book."""

    id: UUID
    address: Address
    label: str = ""
    default_delivery: bool = False
    default_billing: bool = False
    version: int = 1


class PreferenceName(StrEnum):
    """What Torg remembers of how a customer likes things, in every channel; consents are kept elsewhere."""

    language = "language"
    market = "market"
    store = "store"
    channel = "channel"
    contact_by = "contact-by"
    delivery_method = "delivery-method"
    payment_method = "payment-method"
    theme = "theme"


class Preference(Struct, frozen=True):
    """One thing that she likes, since when, and in which channel she said so."""

    name: PreferenceName
    value: str
    set_at: datetime
    set_in: str | None = None


class Purpose(StrEnum):
    """What her data may be used for beyond what she buys."""

    news_email = "news-email"
    news_sms = "news-sms"
    news_post = "news-post"
    suggestions = "suggestions"


class Consent(Struct, frozen=True):
    """That she agreed (`given`) or took it back, and the proof: the words that she was shown, when and where."""

    id: UUID
    purpose: Purpose
    given: bool
    wording: str
    language: str
    said_in: str | None
    actor: str
    at: datetime


class CodePurpose(StrEnum):
    """What a mailed code proves the address for."""

    sign_in = "sign-in"
    change = "change"


class UnknownCustomer(NotFound):
    """There is no such customer, or not for this actor."""

    code = "unknown-customer"
    message = "There is no customer {id}."


class UnknownAddress(NotFound):
    """She has no such address."""

    code = "unknown-address"
    message = "There is no address {id}."


class NoCustomer(Unauthenticated):
    """Only a customer who has signed in has an account of her own."""

    code = "customer-sign-in-needed"
    message = "Sign in as a customer first."


class NotACustomer(Forbidden):
    """Staff and programs have no customer account of their own."""

    code = "not-a-customer"
    message = "This is for customers only."


class CustomerEmailTaken(Refused):
    """Another customer has this e-mail address; told only to staff, or to who has proved to read it."""

    code = "customer-email-taken"
    message = "Another customer has the e-mail address {email}."


class WrongEmailCode(Unauthenticated):
    """The mailed code is wrong, used, too old, or was tried too often."""

    code = "wrong-email-code"
    message = "This code is not valid. Ask for a new one."


class WrongCustomerPassword(Unauthenticated):
    """E-mail address and password do not belong together; it is not said which is wrong."""

    code = "wrong-customer-password"
    message = "This e-mail address and password do not belong together."


class PasswordNeeded(Refused):
    """The password can be changed only by who knows it, or has signed in a moment ago."""

    code = "password-needed"
    message = "Give your present password, or sign in with a code from your e-mail first."


class NoWayToReach(Refused):
    """A customer without e-mail address and without phone could never be found again."""

    code = "no-way-to-reach"
    message = "A customer needs an e-mail address or a phone number."


class TooManyAddresses(Refused):
    """The address book is full."""

    code = "too-many-addresses"
    message = "An address book has at most {most} addresses."
