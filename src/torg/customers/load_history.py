"""Bring in customers whom another system knew before Torg: thousands in one transaction.

Nobody is told of them, and nothing is sent to them. A customer who is there already (by her id) stays as she is, so the
same customers again change nothing.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from torg.customers import addresses, phones, rules, store
from torg.customers.addresses import Address
from torg.customers.model import Customer, CustomerEmailTaken, Preference, SavedAddress
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import Invalid
from torg.kernel.ids import derived_id
from torg.permissions import Permission

MOST_CUSTOMERS: Final = 5_000


class HistoricCustomer(Struct, frozen=True):
    """A customer with her address book; the first address is the default. Name, e-mail and phone may all be unknown."""

    customer: Customer
    addresses: tuple[Address, ...] = ()
    password_hash: str | None = None
    preferences: tuple[Preference, ...] = ()


async def load_history(
    tx: Transaction, customers: Sequence[HistoricCustomer], *, source: str, by: Actor
) -> int:
    """Bring in customers of a source; how many were new. At most `MOST_CUSTOMERS` at once.

    An e-mail address that another customer has, and a phone or an address that is none, are refused; then nothing is
    written.
    """
    by.must(Permission.customers_write, anywhere=True)
    if len(customers) > MOST_CUSTOMERS:
        raise ValueError(f"at most {MOST_CUSTOMERS} customers are brought in at once")
    tidy = {given.customer.customer_id: _tidied(given, source) for given in customers}
    new = set(await store.add_many(tx, [given.customer for given in tidy.values()]))
    fresh = [given for given in tidy.values() if given.customer.customer_id in new]
    if taken := await store.claim_emails(tx, [given.customer for given in fresh]):
        raise CustomerEmailTaken(email=", ".join(taken[:20]))
    await store.write_addresses(tx, {given.customer.customer_id: _book(given) for given in fresh})
    await store.write_preferences(tx, {given.customer.customer_id: given.preferences for given in fresh})
    for given in fresh:
        if given.password_hash is not None:
            await store.set_password(tx, given.customer.customer_id, given.password_hash)
    return len(fresh)


def _tidied(given: HistoricCustomer, source: str) -> HistoricCustomer:
    one = given.customer
    phone = phones.normalise(one.phone) if one.phone else None
    if one.phone and phone is None:
        raise Invalid.of(phones.problem("phone"))
    email = rules.email(one.email) if one.email else None
    return replace(
        given,
        customer=replace(one, source=source, phone=phone, email=email),
        addresses=tuple(addresses.check(address, field="address") for address in given.addresses),
    )


def _book(given: HistoricCustomer) -> list[SavedAddress]:
    one = given.customer
    return [
        SavedAddress(
            id=derived_id(one.registered_at, "address", one.customer_id.hex, str(place)),
            address=address,
            default_delivery=place == 0,
            default_billing=place == 0,
        )
        for place, address in enumerate(given.addresses)
    ]
