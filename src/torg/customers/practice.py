"""Customers of practice data: with address and password from the beginning."""

from torg.customers import store
from torg.customers.address_book import add_address
from torg.customers.addresses import Address
from torg.customers.model import Customer
from torg.customers.register import register
from torg.customers.rules import Details
from torg.kernel.access import Actor
from torg.kernel.database import Transaction


async def keep_for_practice(
    tx: Transaction,
    details: Details,
    address: Address,
    *,
    email: str,
    channel: str,
    password_hash: str,
    by: Actor,
) -> Customer:
    """Register a customer who can sign in by password at once, with one address in her book."""
    customer = await register(tx, details, email=email, channel=channel, by=by)
    await add_address(tx, customer.customer_id, address, by=by)
    await store.set_password(tx, customer.customer_id, password_hash)
    return customer
