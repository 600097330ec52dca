"""A customer's address book: kept by herself and by staff, one default for parcels and one for bills."""

from typing import Final
from uuid import UUID

import msgspec

from torg.customers import addresses, rules, store
from torg.customers.addresses import Address
from torg.customers.change import locked
from torg.customers.events import CustomerChanged
from torg.customers.model import SavedAddress, TooManyAddresses, UnknownAddress
from torg.kernel import ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.kernel.errors import StaleVersion

MOST: Final = 50


async def add_address(
    tx: Transaction,
    customer_id: UUID,
    address: Address,
    *,
    label: str = "",
    default_delivery: bool = False,
    default_billing: bool = False,
    by: Actor,
) -> SavedAddress:
    """Put an address into the book; the first one is the default for everything."""
    rules.require_writer(by, customer_id)
    checked = addresses.check(address, field="address")
    customer = await locked(tx, customer_id, None)
    present = await store.addresses(tx, customer_id)
    if len(present) >= MOST:
        raise TooManyAddresses(most=MOST)
    saved = SavedAddress(
        id=ids.new_id(),
        address=checked,
        label=label.strip(),
        default_delivery=default_delivery or not any(one.default_delivery for one in present),
        default_billing=default_billing or not any(one.default_billing for one in present),
    )
    await store.write_address(tx, customer_id, saved, new=True)
    tx.record(CustomerChanged(customer_id=customer_id, what="addresses", version=customer.version))
    return saved


async def change_address(
    tx: Transaction,
    customer_id: UUID,
    id: UUID,
    *,
    address: Address | None = None,
    label: str | None = None,
    default_delivery: bool | None = None,
    default_billing: bool | None = None,
    version: int | None = None,
    by: Actor,
) -> SavedAddress:
    """Change an address of the book; what is None stays. A default moves by making another address the default."""
    rules.require_writer(by, customer_id)
    customer = await locked(tx, customer_id, None)
    present = await store.lock_address(tx, customer_id, id)
    if present is None:
        raise UnknownAddress(id=ids.public("adr", id))
    if version is not None and version != present.version:
        raise StaleVersion(given=version, present=present.version)
    after = msgspec.structs.replace(
        present,
        address=present.address if address is None else addresses.check(address, field="address"),
        label=present.label if label is None else label.strip(),
        default_delivery=present.default_delivery or bool(default_delivery),
        default_billing=present.default_billing or bool(default_billing),
    )
    if not await store.write_address(tx, customer_id, after, new=False):
        raise StaleVersion(given=present.version, present=present.version + 1)
    tx.record(CustomerChanged(customer_id=customer_id, what="addresses", version=customer.version))
    return msgspec.structs.replace(after, version=after.version + 1)


async def remove_address(tx: Transaction, customer_id: UUID, id: UUID, *, by: Actor) -> None:
    """Take an address out of the book; if it was a default, the newest that is left takes its place."""
    rules.require_writer(by, customer_id)
    customer = await locked(tx, customer_id, None)
    gone = await store.lock_address(tx, customer_id, id)
    if gone is None:
        raise UnknownAddress(id=ids.public("adr", id))
    await store.delete_address(tx, customer_id, id)
    left = await store.addresses(tx, customer_id)
    if left and (gone.default_delivery or gone.default_billing):
        heir = msgspec.structs.replace(
            left[-1],
            default_delivery=left[-1].default_delivery or gone.default_delivery,
            default_billing=left[-1].default_billing or gone.default_billing,
        )
        await store.write_address(tx, customer_id, heir, new=False)
    tx.record(CustomerChanged(customer_id=customer_id, what="addresses", version=customer.version))


async def addresses_of(tx: Transaction, customer_id: UUID, *, by: Actor) -> list[SavedAddress]:
    """Her address book, in the order in which it was written."""
    rules.require_reader(by, customer_id)
    return await store.addresses(tx, customer_id)
