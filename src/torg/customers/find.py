"""Customers are found by themselves (their own account) and by staff who may read customers."""

from collections.abc import Sequence
from uuid import UUID

from torg.customers import rules, store
from torg.customers.model import Customer, UnknownCustomer
from torg.kernel import ids
from torg.kernel.access import Actor
from torg.kernel.database import Transaction
from torg.permissions import Permission


async def find_customer(tx: Transaction, customer_id: UUID, *, by: Actor) -> Customer:
    """One customer."""
    rules.require_reader(by, customer_id)
    found = await store.find(tx, customer_id)
    if found is None:
        raise UnknownCustomer(id=ids.public("cus", customer_id))
    return found


async def search_customers(
    tx: Transaction, *, query: str | None, before: UUID | None = None, limit: int = 20, by: Actor
) -> list[Customer]:
    """Customers whose e-mail, phone, name or company have words that begin like those of the query; newest first."""
    by.must(Permission.customers_read, anywhere=True)
    asked = rules.query(query) if query and query.strip() else None
    if query and query.strip() and asked is None:
        return []
    return await store.search(tx, asked, before, limit)


async def load(tx: Transaction, customer_ids: Sequence[UUID]) -> dict[UUID, Customer]:
    """Customers by id, for contexts that have checked themselves that these may be seen."""
    return {one.customer_id: one for one in await store.find_some(tx, customer_ids)}


async def by_email(tx: Transaction, email: str) -> Customer | None:
    """The account of an e-mail address, for contexts; never shown to who has not proved to read it."""
    customer_id = await store.claimant(tx, rules.email(email))
    return await store.find(tx, customer_id) if customer_id else None
