"""Customers: who buys, where she lives, how she is reached and what she prefers.

Owns accounts, customer groups and companies with their members (`memberships`), segments, e-mail claims, sign-in codes,
addresses and preferences. Promises that one e-mail address is one account, even when two ask for it at once, and that
nobody learns from an answer whether somebody else has an account. Publishes `customer.registered`, `customer.changed`,
`customer.signed-in` and `segment.changed`.
"""

from torg.customers.address_book import add_address, addresses_of, remove_address
from torg.customers.addresses import Address, AddressFormat, check, form_of, printed, wrong_fields
from torg.customers.change import change as change_customer
from torg.customers.codes import Asked, Proof
from torg.customers.consents import consents_of, say_consents, wording
from torg.customers.consents import present as present_consents
from torg.customers.events import CustomerChanged, CustomerRegistered, CustomerSignedIn, SegmentChanged
from torg.customers.find import by_email, find_customer, load, search_customers
from torg.customers.load_history import MOST_CUSTOMERS, HistoricCustomer, load_history
from torg.customers.memberships import (
    NOBODY,
    Company,
    CustomerGroup,
    KeptMembership,
    Membership,
    NewCompany,
    UnknownCompany,
    UnknownGroup,
    add_company,
    add_group,
    companies,
    company,
    find_company,
    groups,
    known_groups,
    membership,
    membership_of,
    put_membership,
)
from torg.customers.model import (
    Consent,
    Customer,
    CustomerEmailTaken,
    NoCustomer,
    NotACustomer,
    Preference,
    PreferenceName,
    Purpose,
    SavedAddress,
    UnknownCustomer,
)
from torg.customers.phones import normalise as normalise_phone
from torg.customers.preferences import preferences_of, set_preferences
from torg.customers.register import register, register_by_email
from torg.customers.rules import Details, require_customer
from torg.customers.segments import (
    Segment,
    UnknownSegment,
    add_segment,
    change_members,
    known_segments,
    segments_of,
)
from torg.customers.sign_in import CustomerSession, ask_for_code, with_code
from torg.customers.vat_numbers import (
    CheckedNumber,
    Finding,
    RegisterSilent,
    VatRegister,
    Verdict,
    check_vat_number,
)

__all__ = [
    "MOST_CUSTOMERS",
    "NOBODY",
    "Address",
    "AddressFormat",
    "Asked",
    "CheckedNumber",
    "Company",
    "Consent",
    "Customer",
    "CustomerChanged",
    "CustomerEmailTaken",
    "CustomerGroup",
    "CustomerRegistered",
    "CustomerSession",
    "CustomerSignedIn",
    "Details",
    "Finding",
    "HistoricCustomer",
    "KeptMembership",
    "Membership",
    "NewCompany",
    "NoCustomer",
    "NotACustomer",
    "Preference",
    "PreferenceName",
    "Proof",
    "Purpose",
    "RegisterSilent",
    "SavedAddress",
    "Segment",
    "SegmentChanged",
    "UnknownCompany",
    "UnknownCustomer",
    "UnknownGroup",
    "UnknownSegment",
    "VatRegister",
    "Verdict",
    "add_address",
    "add_company",
    "add_group",
    "add_segment",
    "addresses_of",
    "ask_for_code",
    "by_email",
    "change_customer",
    "change_members",
    "check",
    "check_vat_number",
    "companies",
    "company",
    "consents_of",
    "find_company",
    "find_customer",
    "form_of",
    "groups",
    "known_groups",
    "known_segments",
    "load",
    "load_history",
    "membership",
    "membership_of",
    "normalise_phone",
    "preferences_of",
    "present_consents",
    "printed",
    "put_membership",
    "register",
    "register_by_email",
    "remove_address",
    "require_customer",
    "say_consents",
    "search_customers",
    "segments_of",
    "set_preferences",
    "with_code",
    "wording",
    "wrong_fields",
]
