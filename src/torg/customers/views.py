"""What the API takes and tells about customers."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from torg.customers.addresses import Address, FormField, form_of, printed
from torg.customers.codes import Asked
from torg.customers.model import Consent, Customer, Preference, PreferenceName, Purpose, SavedAddress
from torg.customers.rules import Details
from torg.customers.sign_in import CustomerSession
from torg.kernel import i18n, ids
from torg.kernel.access import Transport

Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["kari@example.com"])]
Name = Annotated[str, Meta(max_length=100)]
Phone = Annotated[str, Meta(max_length=40, examples=["+47 22 33 44 55"])]
Number = Annotated[str, Meta(max_length=40)]
Password = Annotated[str, Meta(min_length=1, max_length=500)]
Secret = Annotated[str, Meta(min_length=1, max_length=100)]
Language = Literal["nb", "sv", "da", "en", "de", "ja"]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2", examples=["NO"])]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class CodeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """To which address a code shall go."""

    email: Email
    device: Annotated[str, Meta(max_length=400)] | None = None


class CodeAsked(Struct, frozen=True):
    """A code is on its way; the challenge is given back together with it."""

    challenge: str
    expires_at: datetime

    @classmethod
    def of(cls, asked: Asked) -> "CodeAsked":
        """The same for everybody."""
        return cls(asked.challenge, asked.expires_at)


class CustomerSignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Sign in with a mailed code (and its challenge), or with a password."""

    email: Email
    challenge: Secret | None = None
    code: Secret | None = None
    password: Password | None = None
    transport: Transport = Transport.bearer
    device: Annotated[str, Meta(max_length=400)] | None = None


class EmailProof(Struct, frozen=True, forbid_unknown_fields=True):
    """The new address with the code that was mailed to it."""

    email: Email
    challenge: Secret
    code: Secret


class CustomerPassword(Struct, frozen=True, forbid_unknown_fields=True):
    """A new password, with the old one unless she has just signed in."""

    new_password: Password
    old_password: Password | None = None


class CustomerPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be different; what is left out stays. `country` is for phone numbers without +."""

    given_name: Name | UnsetType = UNSET
    family_name: Name | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    company: Name | UnsetType = UNSET
    vat_number: Number | UnsetType | None = UNSET
    org_number: Number | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET
    country: Country | None = None
    version: Version | None = None

    def details(self) -> Details:
        """As the use case takes it."""
        return Details(**{name: getattr(self, name) for name in Details.__struct_fields__})


class StaffCustomerPatch(CustomerPatch, frozen=True, forbid_unknown_fields=True):
    """The same by staff, who may also write down another e-mail address."""

    email: Email | None = None


class NewCustomer(Struct, frozen=True, forbid_unknown_fields=True):
    """A customer who stands before us or is on the phone; e-mail or phone is needed."""

    email: Email | None = None
    given_name: Name = ""
    family_name: Name = ""
    phone: Phone | None = None
    company: Name = ""
    vat_number: Number | None = None
    org_number: Number | None = None
    language: Language = "en"
    country: Country | None = None

    def details(self) -> Details:
        """As the use case takes it."""
        return Details(**{name: getattr(self, name) for name in Details.__struct_fields__})


class NewAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """An address for the book."""

    address: Address
    label: Name = ""
    default_delivery: bool = False
    default_billing: bool = False


class AddressPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be different about an address of the book; what is null stays."""

    address: Address | None = None
    label: Name | None = None
    default_delivery: bool | None = None
    default_billing: bool | None = None
    version: Version | None = None


class PreferencesForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Wishes by name; null forgets one, and what is left out stays."""

    preferences: Annotated[
        dict[PreferenceName, Annotated[str, Meta(min_length=1, max_length=100)] | None], Meta(max_length=20)
    ]


class ConsentsForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What she says now, by purpose; what is left out stays."""

    consents: Annotated[dict[Purpose, bool], Meta(max_length=20)]


class ConsentView(Struct, frozen=True):
    """That she agreed or took it back: the words that she was shown, when and in which channel."""

    purpose: Purpose
    given: bool
    wording: str
    language: str
    said_in: str | None
    at: datetime

    @classmethod
    def of(cls, consent: Consent) -> "ConsentView":
        """What she said, as she and staff see it."""
        return cls(**{name: getattr(consent, name) for name in cls.__struct_fields__})


class CustomerView(Struct, frozen=True):
    """A customer's account; `number` is what another system (`source`) knew her by."""

    id: str
    email: str | None
    email_verified: bool
    given_name: str
    family_name: str
    phone: str | None
    company: str
    vat_number: str | None
    org_number: str | None
    language: str
    registered_at: datetime
    registered_in: str | None
    source: str | None
    number: str | None
    version: int

    @classmethod
    def of(cls, customer: Customer) -> "CustomerView":
        """As she herself and staff see it."""
        names = set(cls.__struct_fields__) & set(customer.__struct_fields__)
        plain = {name: getattr(customer, name) for name in names}
        verified = customer.email_verified_at is not None
        return cls(id=customer.public_id, email_verified=verified, **plain)


class CustomerSessionView(Struct, frozen=True):
    """Signed in; the token is only told to programs (`bearer`)."""

    customer: CustomerView
    expires_at: datetime
    token: str | None
    device: str | None

    @classmethod
    def of(cls, signed_in: CustomerSession) -> "CustomerSessionView":
        """As the one who signed in sees it."""
        opened = signed_in.opened
        bearer = opened.session.transport is Transport.bearer
        return cls(
            customer=CustomerView.of(signed_in.customer),
            expires_at=opened.session.expires_at,
            token=opened.token if bearer else None,
            device=opened.device_mark if bearer else None,
        )


class SavedAddressView(Struct, frozen=True):
    """An address of the book, with the lines that would be printed on a parcel."""

    id: str
    address: Address
    printed: list[str]
    label: str
    default_delivery: bool
    default_billing: bool
    version: int

    @classmethod
    def of(cls, saved: SavedAddress) -> "SavedAddressView":
        """As it is shown."""
        return cls(
            id=ids.public("adr", saved.id),
            address=saved.address,
            printed=printed(saved.address),
            label=saved.label,
            default_delivery=saved.default_delivery,
            default_billing=saved.default_billing,
            version=saved.version,
        )


class PreferenceView(Struct, frozen=True):
    """One thing that she likes, since when, and where she said so."""

    name: PreferenceName
    value: str
    set_at: datetime
    set_in: str | None

    @classmethod
    def of(cls, preference: Preference) -> "PreferenceView":
        """As it is shown."""
        return cls(preference.name, preference.value, preference.set_at, preference.set_in)


class AddressFieldView(Struct, frozen=True):
    """A field of an address form: the key of its label, and the label in the caller's language."""

    name: str
    label: str
    text: str
    required: bool
    choices: list["AddressChoiceView"]
    pattern: str | None
    examples: list[str]

    @classmethod
    def of(cls, field: FormField, language: str) -> "AddressFieldView":
        """As a form shows it."""
        return cls(
            name=field.name,
            label=field.label,
            text=i18n.text(language, field.label),
            required=field.required,
            choices=[AddressChoiceView(choice.code, choice.name) for choice in field.choices],
            pattern=field.pattern,
            examples=field.examples,
        )


class AddressChoiceView(Struct, frozen=True):
    """One of the values that a field may have."""

    code: str
    name: str


class AddressFormatView(Struct, frozen=True):
    """The address form of a country, row by row, as people there write addresses."""

    country: str
    rows: list[list[AddressFieldView]]

    @classmethod
    def of(cls, country: str, language: str) -> "AddressFormatView":
        """In the language of whoever fills it in."""
        form = form_of(country)
        return cls(country, [[AddressFieldView.of(field, language) for field in row] for row in form.rows])
