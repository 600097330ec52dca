"""An account comes into being: by staff in the store or on the phone, or by the first sign-in with a mailed code."""

from datetime import datetime

import msgspec

from torg.customers import rules, store
from torg.customers.events import CustomerChanged, CustomerRegistered
from torg.customers.model import Customer, CustomerEmailTaken
from torg.customers.rules import Details
from torg.kernel import i18n, ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def register(
    tx: Transaction,
    details: Details,
    *,
    email: str | None,
    channel: str | None,
    country: str | None = None,
    by: Actor,
) -> Customer:
    """Register a customer who stands before us or is on the phone; an e-mail address that is taken is told."""
    by.must(Permission.customers_write, anywhere=True)
    address = rules.email(email) if email else None
    language = details.language if isinstance(details.language, str) else i18n.DEFAULT
    new = Customer(ids.new_id(), language, tx.now, email=address, registered_in=channel)
    customer = rules.changed(new, details, country=country)
    if not await _add(tx, customer):
        raise CustomerEmailTaken(email=address)
    return customer


async def register_by_email(
    tx: Transaction, email: str, *, language: str, channel: str | None, verified_at: datetime
) -> Customer:
    """The account of who has just proved to read this address: the one there is, or a new one.

    Of several that come at once one makes the account, and the others find it.
    """
    known = await store.claimant(tx, email)
    if known is None:
        customer = Customer(
            ids.new_id(),
            language,
            tx.now,
            email=email,
            email_verified_at=verified_at,
            registered_in=channel,
        )
        if await _add(tx, customer):
            return customer
        known = await store.claimant(tx, email)
    present = await store.lock(tx, known) if known else None
    if present is None:
        raise LookupError("an e-mail claim without its customer")
    if present.email_verified_at is None:
        present = msgspec.structs.replace(present, email_verified_at=verified_at)
        await store.save(tx, present)
        present = msgspec.structs.replace(present, version=present.version + 1)
        tx.record(CustomerChanged(customer_id=present.customer_id, what="email", version=present.version))
    return present


async def _add(tx: Transaction, customer: Customer) -> bool:
    if customer.email and not await store.claim_email(tx, customer.email, customer.customer_id):
        return False
    await store.add(tx, customer)
    tx.record(
        CustomerRegistered(
            customer_id=customer.customer_id, channel=customer.registered_in, language=customer.language
        )
    )
    return True
